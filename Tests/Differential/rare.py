#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds to a CIB, generated or recorded, what configurations seldom have and the other generators never make: values that mean nothing,
attributes and states in old forms, several blocks of attributes with scores and rules, rules about every part of a date, containers
without remote nodes, resource discovery by node, resource sets with all their attributes, operations of every role and interval,
results and fail counts as old or broken programs leave them. Each seed takes a few of the steps."""
import copy
import random
import xml.etree.ElementTree as ET

from rarities.cluster import Cluster
from rarities.connections import Connections
from rarities.constraints import Constraints
from rarities.history import History
from rarities.resources import Resources
from rarities.values import INSTANTS


class Rarer(Cluster, Resources, Connections, Constraints, History):
    STEPS = ("root", "odd_options", "node_entries", "states", "transients", "odd_meta", "agents", "container_metas", "remote_metas", "remotes", "fence_topology",
             "more_bundles", "odd_operations", "locations", "colocations", "orders", "tickets", "histories", "removed")

    def run(self):
        if self.loose:
            self.cib.set("validate-with", "none")
        for name in self.random.sample(self.STEPS, self.random.choice((1, 2, 2, 3, 4))):
            getattr(self, name)()
        return self.cib


def events(cib, seed):
    """Options of crm_simulate of every kind, several at once; mostly none."""
    r = random.Random(seed * 37 + 11)
    nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node")]
    primitives = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive")]
    remotes = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive") if p.get("type") == "remote"]
    remotes += [pair.get("value") for pair in cib.iter("nvpair") if pair.get("name") == "remote-node"]
    if not nodes or not primitives or r.random() < 0.6:
        return []
    chosen = []
    for _ in range(r.choice((1, 1, 2, 3))):
        node, primitive = r.choice(nodes + remotes), r.choice(primitives) + r.choice(("", "", "", ":0", ":1"))
        task = r.choice(("start_0", "stop_0", "monitor_10000", "monitor_0", "promote_0", "demote_0", "migrate_to_0", "migrate_from_0", "monitor_20000"))
        chosen += r.choice((
            ["-d", r.choice(nodes)], ["-u", r.choice(nodes)], ["-f", r.choice(nodes)], ["-q", r.choice(("true", "false"))], ["-w", r.choice(("true", "false"))], ["-t", r.choice(INSTANTS[:-1])],
            ["-g", "tA"], ["-r", "tB"], ["-b", "tA"], ["-e", "tB"], ["-F", "%s_%s@%s=%d" % (primitive, task, node, r.choice((1, 5, 6, 7)))],
            ["-i", "%s_%s@%s=%d" % (primitive, task, node, r.choice((0, 1, 5, 6, 7, 8, 9, 190, 191, 193)))]))
    return chosen


def rarer(text, seed):
    """A CIB (bytes) with rare things in it; None for a text that is no CIB."""
    cib = copy.deepcopy(ET.fromstring(text))
    if cib.find("./configuration/resources") is None or cib.find("status") is None or cib.find("./configuration/nodes") is None:
        return None
    return ET.tostring(Rarer(cib, seed).run())
