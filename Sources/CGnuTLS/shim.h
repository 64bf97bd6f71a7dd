/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <gnutls/gnutls.h>
#include <gnutls/crypto.h>
