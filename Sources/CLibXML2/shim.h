/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <libxml/xmlversion.h>
/* Debian's libxml2 brings ICU's headers along, which clash with those inside Foundation in tests; none of them is used here. */
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>
