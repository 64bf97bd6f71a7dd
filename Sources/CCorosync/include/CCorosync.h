/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CCOROSYNC_H
#define CCOROSYNC_H
/* Declarations of the corosync interface that is opened at run time. */
#endif
