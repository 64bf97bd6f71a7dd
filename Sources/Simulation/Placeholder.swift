// SPDX-License-Identifier: GPL-2.0-or-later
// Placeholder so that the target builds; delete with the first real file.
