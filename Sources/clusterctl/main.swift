// SPDX-License-Identifier: GPL-2.0-or-later
// The one executable. Everything it does is in Commands.
import Commands
import Glibc

exit(dispatch(argv: CommandLine.arguments))
