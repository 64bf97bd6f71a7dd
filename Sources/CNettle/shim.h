/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digests beneath GnuTLS. Linked from the archive: MD5 alone is 2 KB, the shared library 280 KB of every process. */
#include <nettle/md5.h>
