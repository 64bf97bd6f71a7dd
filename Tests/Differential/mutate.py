#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes a CIB at random in ways that keep it a CIB: node states, results in the history, fail counts, options, constraints,
meta-attributes, quorum, tickets. For comparing schedulers on neighbours of recorded inputs."""
import copy
import random
import xml.etree.ElementTree as ET

from choices import NOW, RESULTS, SCORES, STATES

NAMES = {"fencing-enabled": "stonith-enabled", "fencing-action": "stonith-action", "fencing-timeout": "stonith-timeout",
         "stop-removed-resources": "stop-orphan-resources", "cancel-removed-actions": "stop-orphan-actions"}


def old_names(cib):
    """Writes cluster options by names that older references know, too."""
    for pair in cib.iterfind("./configuration/crm_config//nvpair"):
        if pair.get("name") in NAMES:
            pair.set("name", NAMES[pair.get("name")])
    schema = cib.get("validate-with", "")
    if schema in ("pacemaker-3.10", "pacemaker-4.0"):
        cib.set("validate-with", "pacemaker-3.9")
    return cib


class Mutator:
    def __init__(self, cib, seed):
        self.cib = cib
        self.random = random.Random(seed)

    def pick(self, items):
        return items[self.random.randrange(len(items))]

    def all(self, path):
        return self.cib.findall(path)

    def node_state(self):
        states = self.all("./status/node_state")
        if not states:
            return
        state = self.pick(states)
        kind = self.random.randrange(7)
        if kind == 0:
            for name, value in (("in_ccm", "false"), ("crmd", "offline"), ("join", "down"), ("expected", "down")):
                state.set(name, value)
        elif kind == 1:
            state.set("in_ccm", "false")
            state.set("crmd", "offline")
            state.set("join", "member")
            state.set("expected", "member")
        elif kind == 2:
            state.set("crmd", "offline")
        elif kind == 3:
            self.attribute(state, self.pick(("shutdown", "standby", "maintenance", "terminate")), self.pick(("1", "true", str(NOW))))
        elif kind == 4:
            for name, value in (("in_ccm", "true"), ("crmd", "online"), ("join", "member"), ("expected", "member")):
                state.set(name, value)
        elif kind == 5:
            self.cib.find("status").remove(state)
        else:
            state.set("join", self.pick(("down", "pending", "nack")))

    def attribute(self, state, name, value):
        block = state.find("transient_attributes/instance_attributes")
        if block is None:
            holder = ET.SubElement(state, "transient_attributes", id=state.get("id", "x"))
            block = ET.SubElement(holder, "instance_attributes", id="mutated-%d" % self.random.randrange(10**9))
        for pair in block.findall("nvpair"):
            if pair.get("name") == name:
                pair.set("value", value)
                return
        ET.SubElement(block, "nvpair", id="m-%d" % self.random.randrange(10**9), name=name, value=value)

    def operation(self):
        operations = self.all("./status/node_state/lrm/lrm_resources/lrm_resource/lrm_rsc_op")
        if not operations:
            return
        op = self.pick(operations)
        kind = self.random.randrange(6)
        if kind <= 1:
            rc = self.pick(RESULTS)
            status = self.pick(STATES)
            op.set("rc-code", str(rc))
            op.set("op-status", str(status))
            magic = op.get("transition-magic", "")
            if ";" in magic:
                op.set("transition-magic", "%d:%d;%s" % (status, rc, magic.split(";", 1)[1]))
        elif kind == 2:
            for name in ("op-digest", "op-restart-digest"):
                if op.get(name):
                    op.set(name, "0" * 32)
        elif kind == 3:
            for resource in self.all("./status/node_state/lrm/lrm_resources/lrm_resource"):
                if op in list(resource):
                    resource.remove(op)
        elif kind == 4:
            op.set("last-rc-change", str(NOW - self.random.randrange(100000)))
        else:
            op.set("call-id", str(self.random.randrange(-1, 60)))

    def history(self):
        lists = self.all("./status/node_state/lrm/lrm_resources")
        if len(lists) < 1:
            return
        origin, target = self.pick(lists), self.pick(lists)
        if len(origin) == 0:
            return
        entry = self.pick(list(origin))
        if origin is target or self.random.random() < 0.4:
            origin.remove(entry)
        elif all(other.get("id") != entry.get("id") for other in target):
            target.append(copy.deepcopy(entry))

    def failure(self):
        states = self.all("./status/node_state")
        primitives = [p.get("id") for p in self.all("./configuration/resources//primitive")]
        if not states or not primitives:
            return
        state, name = self.pick(states), self.pick(primitives)
        operation = self.pick(("monitor_10000", "start_0", "stop_0"))
        self.attribute(state, "fail-count-%s#%s" % (name, operation), self.pick(("1", "3", "INFINITY")))
        self.attribute(state, "last-failure-%s#%s" % (name, operation), str(NOW - self.pick((5, 60, 9999))))

    def option(self):
        block = self.cib.find("./configuration/crm_config/cluster_property_set")
        if block is None:
            return
        name, allowed = self.pick((
            ("stonith-enabled", ("true", "false")), ("no-quorum-policy", ("stop", "freeze", "ignore", "demote")), ("symmetric-cluster", ("false", "true")),
            ("placement-strategy", ("utilization", "balanced", "minimal", "default")), ("maintenance-mode", ("true", "false")),
            ("start-failure-is-fatal", ("false",)), ("stop-orphan-resources", ("false",)), ("concurrent-fencing", ("true",)),
            ("startup-fencing", ("false",)), ("enable-startup-probes", ("false",)), ("stop-all-resources", ("true",)), ("shutdown-lock", ("true",)),
            ("priority-fencing-delay", ("15s",))))
        for pair in block.findall("nvpair"):
            if pair.get("name") == name:
                pair.set("value", self.pick(allowed))
                return
        ET.SubElement(block, "nvpair", id="mutated-" + name, name=name, value=self.pick(allowed))

    def meta(self):
        resources = [e for e in self.cib.find("./configuration/resources").iter() if e.tag in ("primitive", "group", "clone", "master", "bundle")]
        if not resources:
            return
        resource = self.pick(resources)
        name, allowed = self.pick((
            ("target-role", ("Stopped", "Started")), ("is-managed", ("false", "true")), ("maintenance", ("true",)), ("priority", ("1", "100", "-1")),
            ("resource-stickiness", ("0", "1", "100", "INFINITY")), ("migration-threshold", ("1", "2")), ("failure-timeout", ("10", "1h")),
            ("allow-migrate", ("true", "false")), ("requires", ("nothing", "quorum", "fencing")), ("multiple-active", ("block", "stop_only", "stop_start")),
            ("interleave", ("true", "false")), ("ordered", ("true", "false")), ("clone-max", ("1", "2", "3")), ("notify", ("true", "false")),
            ("critical", ("false",)), ("globally-unique", ("true", "false"))))
        for block in resource.findall("meta_attributes"):
            for pair in block.findall("nvpair"):
                if pair.get("name") == name:
                    pair.set("value", self.pick(allowed))
                    return
        block = ET.Element("meta_attributes", id="mutated-%d" % self.random.randrange(10**9))
        ET.SubElement(block, "nvpair", id="m-%d" % self.random.randrange(10**9), name=name, value=self.pick(allowed))
        resource.insert(0, block)

    def constraint(self):
        constraints = self.cib.find("./configuration/constraints")
        if constraints is None or len(constraints) == 0:
            return
        constraint = self.pick(list(constraints))
        if self.random.random() < 0.4:
            constraints.remove(constraint)
        elif constraint.get("score") is not None:
            constraint.set("score", self.pick(SCORES))
        elif constraint.tag == "rsc_order":
            constraint.attrib.pop("score", None)
            constraint.set("kind", self.pick(("Mandatory", "Optional", "Serialize")))

    def place(self):
        constraints = self.cib.find("./configuration/constraints")
        resources = [e.get("id") for e in self.cib.find("./configuration/resources") if e.tag != "template"]
        nodes = [n.get("uname") for n in self.all("./configuration/nodes/node")]
        if constraints is None or not resources or not nodes:
            return
        ET.SubElement(constraints, "rsc_location", id="mutated-%d" % self.random.randrange(10**9), rsc=self.pick(resources), node=self.pick(nodes),
                      score=self.pick(SCORES))

    def operation_option(self):
        operations = self.all("./configuration/resources//op")
        if operations:
            self.pick(operations).set(*self.pick((("on-fail", "block"), ("on-fail", "ignore"), ("on-fail", "fence"), ("on-fail", "stop"),
                                                  ("on-fail", "standby"), ("interval", "33s"), ("enabled", "false"), ("timeout", "77s"))))

    def whole(self):
        kind = self.random.randrange(3)
        if kind == 0:
            self.cib.set("have-quorum", self.pick(("0", "1")))
        elif kind == 1:
            for ticket in self.all("./status/tickets/ticket_state"):
                ticket.set(*self.pick((("granted", "true"), ("granted", "false"), ("standby", "true"), ("standby", "false"))))
        else:
            nodes = self.all("./configuration/nodes/node")
            if nodes:
                block = ET.SubElement(self.pick(nodes), "instance_attributes", id="mutated-%d" % self.random.randrange(10**9))
                ET.SubElement(block, "nvpair", id="m-%d" % self.random.randrange(10**9), name=self.pick(("standby", "maintenance")), value="true")

    def run(self, count):
        kinds = (self.node_state, self.node_state, self.operation, self.operation, self.operation, self.history, self.failure, self.option, self.meta,
                 self.meta, self.constraint, self.place, self.operation_option, self.whole)
        for _ in range(count):
            self.pick(kinds)()
        return self.cib


def mutated(text, seed):
    """A recorded CIB (bytes) changed in one to four places; None for a text that is no CIB."""
    cib = old_names(ET.fromstring(text))
    if cib.find("./configuration/resources") is None or cib.find("status") is None:
        return None
    return ET.tostring(Mutator(cib, seed).run(1 + seed % 4))
