/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing is called from Swift; see without_icu.c. */
