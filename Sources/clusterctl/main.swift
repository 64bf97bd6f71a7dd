// SPDX-License-Identifier: GPL-2.0-or-later
// The one executable. Everything it does is in Commands.
import Commands
import Glibc

// What was to be written has been. What libraries would do at the end of a process that ends anyway takes a megabyte of their pages.
_exit(dispatch(argv: CommandLine.arguments))
