#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes random cluster configurations with status, for comparing schedulers: every kind of resource and constraint, failures,
nodes in all states. The same seed gives the same CIB. Meant to be imported; alone it prints the CIB of a seed.

    Tests/Differential/generate.py SEED > cib.xml
"""
import sys
import xml.etree.ElementTree as ET

from choices import NOW, sub
from generated.cluster import Cluster
from generated.constraints import Constraints
from generated.resources import Resources
from generated.status import Status


class Generator(Cluster, Resources, Constraints, Status):
    def cib(self, random_history=True):
        self.health = False
        self.used = []
        self.group_of = {}
        self.tidy_groups = self.chance(0.85)
        self.fencing = self.chance(0.6)
        cib = ET.Element("cib", {
            "crm_feature_set": "3.16.1", "validate-with": "pacemaker-3.9", "epoch": "7", "num_updates": "1", "admin_epoch": "0",
            "have-quorum": "0" if self.chance(0.12) else "1", "dc-uuid": "1", "execution-date": str(NOW)})
        configuration = sub(cib, "configuration")
        self.options(sub(configuration, "crm_config"))
        nodes = sub(configuration, "nodes")
        self.nodes = ["node%d" % i for i in range(1, self.random.randint(1, 5) + 1)]
        for position, name in enumerate(self.nodes, 1):
            node = sub(nodes, "node", id=str(position), uname=name)
            self.node_attributes(node)
        self.resources(sub(configuration, "resources"))
        self.constraints(sub(configuration, "constraints"))
        if self.chance(0.15):
            defaults = sub(configuration, "rsc_defaults")
            self.pairs(defaults, "meta_attributes", {"resource-stickiness": self.pick(("1", "100"))}, self.rule(False) if self.chance(0.3) else None)
        if self.chance(0.12):
            self.pairs(sub(configuration, "op_defaults"), "meta_attributes", {self.pick(("timeout", "on-fail")): "35s"} if self.chance(0.7) else {"timeout": "33"})
        self.status(cib, random_history)
        return cib


def generate(seed, random_history=True):
    """The CIB of a seed as bytes."""
    return ET.tostring(Generator(seed).cib(random_history))


if __name__ == "__main__":
    sys.stdout.write(generate(int(sys.argv[1])).decode() + "\n")
