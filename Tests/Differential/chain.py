#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clusters with a past and clusters of two: a CIB that the reference brought through several transitions with failures and lost nodes in
them, and two CIBs made one, their resources on the same nodes and with constraints between them."""
import copy
import os
import random
import subprocess
import xml.etree.ElementTree as ET

from choices import NOW, SCORES
from mutate import Mutator

TASKS = ("start_0", "stop_0", "monitor_0", "monitor_10000", "promote_0", "demote_0", "migrate_to_0", "migrate_from_0")
RESOURCES = ("primitive", "group", "clone", "master", "bundle", "template")


def names(cib):
    """Nodes and primitives, as the command line names them."""
    nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node") if n.get("uname")]
    primitives = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive")]
    return nodes, primitives


def happenings(cib, r):
    """What happens while a transition runs: failing actions, lost and returning nodes, mostly one of them."""
    nodes, primitives = names(cib)
    recorded = [o.get("operation_key") for o in cib.iterfind("./status//lrm_rsc_op") if o.get("operation_key")]
    options = []
    for _ in range(r.choice((0, 1, 1, 2, 3))):
        if not nodes or not primitives:
            break
        node = r.choice(nodes)
        what = r.choice(recorded) if recorded and r.random() < 0.5 else r.choice(primitives) + r.choice(("", "", ":0", ":1")) + "_" + r.choice(TASKS)
        options += r.choice((["-F", "%s@%s=%d" % (what, node, r.choice((1, 5, 7)))], ["-F", "%s@%s=%d" % (what, node, r.choice((1, 7, 8)))],
                             ["-i", "%s@%s=%d" % (what, node, r.choice((0, 1, 7, 8)))], ["-d", node], ["-f", node], ["-u", node]))
    return options


def chained(text, seed, reference, scratch):
    """The CIB after one to four transitions of the reference, each with something happening in it; None when one of them failed."""
    r = random.Random(seed * 6151 + 5)
    before, after = os.path.join(scratch, "before.xml"), os.path.join(scratch, "after.xml")
    date = ET.fromstring(text).get("execution-date", str(NOW))
    for _ in range(r.choice((1, 2, 2, 3, 4))):
        with open(before, "wb") as file:
            file.write(text)
        if os.path.exists(after):
            os.remove(after)
        try:
            subprocess.run([reference, "-x", before, "-S", "-O", after] + happenings(ET.fromstring(text), r), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60)
        except subprocess.TimeoutExpired:
            return None
        if not os.path.exists(after):
            return None
        with open(after, "rb") as file:
            cib = ET.fromstring(file.read())
        cib.set("execution-date", date)
        if r.random() < 0.5:
            Mutator(cib, seed).run(r.randint(1, 2))
        text = ET.tostring(cib)
    return text


class Merger:
    """Brings the resources, constraints and histories of one CIB into another."""

    def __init__(self, target, source, seed):
        self.random = random.Random(seed * 12289 + 1)
        self.target, self.source = target, source
        resources = source.find("./configuration/resources")
        self.names = {e.get("id") for e in resources.iter() if e.tag in RESOURCES and e.get("id")}
        self.names |= {p.get("value") for p in resources.iter("nvpair") if p.get("name") == "remote-node"}
        self.names = sorted(self.names, key=len, reverse=True)
        free = target.findall("./configuration/nodes/node")
        mine = [n for n in source.findall("./configuration/nodes/node") if n.get("uname") not in self.names]
        self.nodes, self.ids = {}, {}
        for isSame in (True, False):
            for node in mine:
                if node.get("uname") in self.nodes:
                    continue
                other = next((n for n in free if not isSame or n.get("uname") == node.get("uname")), None)
                if other is not None:
                    free.remove(other)
                    self.nodes[node.get("uname")], self.ids[node.get("id")] = other.get("uname"), other.get("id")

    def renamed(self, value):
        """A text that begins with the name of a resource, with its new name."""
        for prefix in ("", "fail-count-", "last-failure-", "master-", "promotion-"):
            if not value.startswith(prefix):
                continue
            rest = value[len(prefix):]
            for name in self.names:
                if rest == name or rest.startswith(name) and rest[len(name)] in ":_-#":
                    return prefix + "m." + rest
        return value

    def convert(self, element):
        for key, value in list(element.attrib.items()):
            if value in self.nodes:
                element.set(key, self.nodes[value])
            elif key in ("id", "id-ref", "rsc", "with-rsc", "first", "then", "template", "operation_key", "name", "value", "container", "uname", "node",
                         "on_node", "migrate_source", "migrate_target", "devices", "target"):
                new = self.renamed(value)
                if new == value and key in ("id", "id-ref"):
                    new = "m." + value
                element.set(key, new)
        for child in element:
            self.convert(child)
        return element

    def section(self, path, *parent):
        found = self.target.find(path)
        return ET.SubElement(self.target.find("./configuration"), path.split("/")[-1]) if found is None else found

    def run(self):
        for path in ("./configuration/resources", "./configuration/constraints", "./configuration/tags"):
            ours = self.source.find(path)
            for child in ours if ours is not None else ():
                self.section(path).append(self.convert(copy.deepcopy(child)))
        for path in ("./configuration/rsc_defaults", "./configuration/op_defaults"):
            if self.target.find(path) is None and self.source.find(path) is not None:
                self.target.find("./configuration").append(self.convert(copy.deepcopy(self.source.find(path))))
        holder = self.target.find("./configuration/nodes")
        for node in self.source.findall("./configuration/nodes/node"):
            same = next((n for n in holder if n.get("id") == self.ids.get(node.get("id"))), None)
            new = self.convert(copy.deepcopy(node))
            if same is None:
                holder.append(new)
            else:
                same.extend(list(new))
        self.states()
        self.between()
        return self.target

    def states(self):
        status = self.target.find("status")
        for state in self.source.findall("./status/node_state"):
            new = self.convert(copy.deepcopy(state))
            same = next((s for s in status.findall("node_state") if s.get("uname") == new.get("uname")), None)
            if same is None:
                if state.get("id") in self.ids:
                    new.set("id", self.ids[state.get("id")])
                status.append(new)
                continue
            for part, list_path in (("transient_attributes", "instance_attributes"), ("lrm", "lrm_resources")):
                if new.find(part) is None:
                    continue
                if same.find(part) is None or same.find(part + "/" + list_path) is None:
                    for old in same.findall(part):
                        same.remove(old)
                    same.append(new.find(part))
                elif new.find(part + "/" + list_path) is not None:
                    known = {c.get("name", c.get("id")) for c in same.find(part + "/" + list_path)}
                    same.find(part + "/" + list_path).extend(c for c in new.find(part + "/" + list_path) if c.get("name", c.get("id")) not in known)
        tickets, theirs = self.source.find("./status/tickets"), status.find("tickets")
        if tickets is not None and theirs is None:
            status.append(self.convert(copy.deepcopy(tickets)))

    def between(self):
        """Constraints between resources of the one and of the other."""
        tops = [e for e in self.target.find("./configuration/resources") if e.tag != "template"]
        inner = [p.get("id") for p in self.target.iterfind("./configuration/resources/group/primitive")]
        ours = [e.get("id") for e in tops if e.get("id").startswith("m.")]
        theirs = [e.get("id") for e in tops if not e.get("id").startswith("m.")] + inner
        r = self.random
        promotable = {e.get("id") for e in tops if e.tag == "master" or any(p.get("name") == "promotable" and p.get("value") == "true" for p in e.iter("nvpair"))}
        new = self.target.get("validate-with", "") >= "pacemaker-3.9" and self.target.get("validate-with", "") != "pacemaker-next"
        promoted, unpromoted = ("Promoted", "Unpromoted") if new else ("Master", "Slave")
        constraints = self.section("./configuration/constraints")
        for number in range(r.randint(1, 5)):
            if not ours or not theirs:
                return
            pair = [r.choice(ours), r.choice(theirs)]
            r.shuffle(pair)
            if r.random() < 0.5:
                constraint = ET.SubElement(constraints, "rsc_colocation", {"id": "between-%d" % number, "rsc": pair[0], "with-rsc": pair[1],
                                                                            "score": r.choice(("INFINITY", "INFINITY", "-INFINITY") + SCORES)})
                for key, name in (("rsc-role", pair[0]), ("with-rsc-role", pair[1])):
                    if name in promotable and r.random() < 0.6:
                        constraint.set(key, r.choice((promoted, promoted, "Started", unpromoted)))
            else:
                constraint = ET.SubElement(constraints, "rsc_order", {"id": "between-%d" % number, "first": pair[0], "then": pair[1]})
                if r.random() < 0.4:
                    constraint.set("kind", r.choice(("Mandatory", "Optional", "Serialize")))
                for key, name in (("first-action", pair[0]), ("then-action", pair[1])):
                    if r.random() < 0.4:
                        constraint.set(key, r.choice(("start", "stop", "promote", "demote") if name in promotable else ("start", "stop")))
                if r.random() < 0.15:
                    constraint.set("symmetrical", "false")
                if r.random() < 0.1:
                    constraint.set("require-all", "false")


def merged(first, second, seed):
    """Two CIBs (bytes) as one; None if they are not of one kind of schema, or no CIBs."""
    one, other = ET.fromstring(first), ET.fromstring(second)
    for cib in (one, other):
        if any(cib.find(path) is None for path in ("./configuration/resources", "./configuration/nodes", "status")):
            return None
    kinds = [cib.get("validate-with", "").split(".")[0] for cib in (one, other)]
    if kinds[0] != kinds[1]:
        return None
    one.set("validate-with", max((c.get("validate-with") for c in (one, other)), key=lambda v: [int(p) if p.isdigit() else 99 for p in v.split("-")[-1].split(".")]))
    cib = Merger(one, other, seed).run()
    cib.set("execution-date", cib.get("execution-date", str(NOW)))
    if seed % 2:
        Mutator(cib, seed).run(1 + seed % 3)
    return ET.tostring(cib)
