# SPDX-License-Identifier: GPL-2.0-or-later
"""What a careless hand writes, and moments around that of the decision."""
from choices import NOW


WHENS = (NOW - 5, NOW - 60, NOW - 3600, NOW - 100000, NOW + 50, 0, 1)
INSTANTS = ("2023-11-14", "2023-11-14 22:15:00Z", "2023-11-14T22:15:00+01:00", "20231114", "2023-318", "2023-W46-2", "20231114T221500Z",
            "2023-11-14 24:00:00Z", "2024-02-29", "2023-11-13 23:15:00 -01:00", "2023-11-14 22:15Z", "1970-01-01")
# What a value has that a careless hand wrote.
ODD = ("", "abc", "-1", "0", "1.5", "12abc", " 7", "+INFINITY", "true", "2147483648", "99999999999999999999", "#default")
ON_FAIL = ("ignore", "block", "stop", "restart", "standby", "fence", "demote", "restart-container", "reset-remote", "bogus")
ROLES = ("Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave")
