# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings about, in a CIB of any kind, situations that chance hardly ever makes: each step aims at one of them. The steps were found by
looking at which of its messages the reference never wrote while it was compared with us."""
import copy
import xml.etree.ElementTree as ET

from corners.relations import Relations


class Corner(Relations):
    STEPS = ("twice", "elsewhere", "pending", "unmanaged", "frozen", "lost_hosts", "dangling", "locks_and_leaves", "circles", "side_by_side", "loose_groups",
             "inner_ones", "discovery", "by_attribute", "health", "devices", "capacities", "permits")

    def run(self):
        self.namespace = "k-"
        for name in self.random.sample(self.STEPS, self.random.choice((1, 2, 2, 3))):
            getattr(self, name)()
        return self.cib


def cornered(text, seed):
    """A CIB (bytes) with one to three of the situations; None for a text that is no CIB."""
    cib = copy.deepcopy(ET.fromstring(text))
    if cib.find("./configuration/resources") is None or cib.find("status") is None or cib.find("./configuration/nodes") is None \
            or cib.find("./configuration/crm_config") is None:
        return None
    cib.set("execution-date", cib.get("execution-date", "1700000100"))
    return ET.tostring(Corner(cib, seed).run())
