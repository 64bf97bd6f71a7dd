#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds to a generated CIB what the generator itself does not make: tags and templates in constraints, references, defaults with rules
about operations and resources, shutdown locks, digests of reloadable and private parameters, migrations on their way, unfencing,
histories of containers, resource sets in tickets. And events for the command line of crm_simulate."""
import copy
import random
import xml.etree.ElementTree as ET

from widened.configuration import Configuration
from widened.constraints import Constraints
from widened.history import History


class Widener(Configuration, Constraints, History):
    def run(self):
        for step, probability in (
                (self.options, 0.6), (self.defaults, 0.6), (self.resource_options, 0.6), (self.guests, 0.6), (self.wrappings, 0.3), (self.remote_entries, 0.5),
                (self.bundles, 0.5), (self.references, 0.6),
                (self.operation_parameters, 0.5), (self.tags, 0.6), (self.more_constraints, 0.6), (self.locks, 0.4), (self.digests, 0.4),
                (self.node_attributes, 0.5), (self.migrations, 0.4), (self.containers, 0.6), (self.ghosts, 0.3)):
            if self.chance(probability):
                step()
        return self.cib


def events(cib, seed):
    """Options of crm_simulate that make something happen; mostly none."""
    r = random.Random(seed * 31 + 5)
    nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node")]
    primitives = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive")]
    nodes, primitives = [n for n in nodes if n], [p for p in primitives if p]
    if not nodes or not primitives or r.random() < 0.5:
        return []
    node, primitive = r.choice(nodes), r.choice(primitives)
    operation = r.choice(("start_0", "stop_0", "monitor_10000", "monitor_0", "promote_0", "demote_0"))
    return r.choice((
        ["-d", node], ["-f", node], ["-u", node], ["-q", "false", "-w", "true"], ["-g", "tA"], ["-r", "tA"], ["-b", "tA"], ["-e", "tA"],
        ["-i", "%s_%s@%s=%d" % (primitive, operation, node, r.choice((0, 1, 7, 5, 8)))],
        ["-F", "%s_%s@%s=%d" % (primitive, operation, node, r.choice((1, 7, 5)))], ["-d", node, "-u", r.choice(nodes)],
        ["-i", "%s_%s@%s=%d" % (primitive, operation, node, 1), "-f", r.choice(nodes)], ["-U"], ["-R"], ["-N", node]))[:]


def widened(text, seed):
    """A CIB (bytes) with more in it."""
    return ET.tostring(Widener(copy.deepcopy(ET.fromstring(text)), seed).run())
