# SPDX-License-Identifier: GPL-2.0-or-later
"""Clones, groups and bundles woven together by orders of every kind, most of which run and have a reason to restart: what decides is the walk
through the relations, and where it comes back to an action it has not finished with."""
import xml.etree.ElementTree as ET

from choices import NOW, sub
from themes.theme import Theme

ACTIONS = ("start", "stop", "promote", "demote")


class Woven(Theme):
    def __init__(self, seed):
        super().__init__(seed * 22695477 + 1)
        self.histories = []     # (id, type, promotable)
        self.tops, self.inner = [], []

    # -- resources -----------------------------------------------------------

    def primitive(self, parent, name, kind="Dummy", recorded=True):
        primitive = sub(parent, "primitive", id=name, provider="pacemaker", type=kind)
        primitive.set("class", "ocf")
        self.block(primitive, "meta_attributes", self.some(
            ("requires", ("unfencing", "nothing", "quorum"), 0.25), ("priority", ("5", "10"), 0.2), ("target-role", ("Stopped", "Unpromoted"), 0.06), ("is-managed", ("false",), 0.03),
            ("allow-migrate", ("true",), 0.1), ("resource-stickiness", ("10", "INFINITY"), 0.2), ("migration-threshold", ("1",), 0.1), ("critical", ("false",), 0.05)))
        operations = sub(primitive, "operations")
        sub(operations, "op", id=self.new("o"), name="monitor", interval="10s")
        if kind == "Stateful" and self.chance(0.5):
            sub(operations, "op", id=self.new("o"), name="monitor", interval="11s", role="Promoted")
        if recorded:
            self.histories.append((name, kind))

    def shape(self, resources, name):
        kind = self.pick(("primitive", "group", "clone", "clone", "clone", "promotable", "promotable", "cloned group", "cloned group", "bundle"))
        if kind == "primitive":
            self.primitive(resources, name)
        elif kind == "group":
            group = sub(resources, "group", id=name)
            self.block(group, "meta_attributes", self.some(("ordered", ("false",), 0.1), ("collocated", ("false",), 0.1)))
            for letter in "abc"[:self.random.randint(1, 3)]:
                self.primitive(group, name + letter)
                self.inner.append(name + letter)
        elif kind == "bundle":
            bundle = sub(resources, "bundle", id=name)
            sub(bundle, "docker", image="i", replicas=self.random.randint(1, 2))
            sub(bundle, "network", control__port="3121")
            self.primitive(bundle, name + "i", recorded=False)
        else:
            clone = sub(resources, "clone", id=name)
            metas = self.some(("interleave", ("true",), 0.6), ("ordered", ("true",), 0.2), ("notify", ("true",), 0.15), ("clone-max", ("1", "2"), 0.25), ("clone-min", ("1", "2"), 0.15),
                               ("globally-unique", ("true",), 0.08), ("priority", ("10",), 0.2))
            if kind == "promotable":
                metas["promotable"] = "true"
            self.block(clone, "meta_attributes", metas)
            holder = clone
            if kind == "cloned group":
                holder = sub(clone, "group", id=name + "g")
            for letter in "ij"[:self.random.randint(1, 2) if holder is not clone else 1]:
                self.primitive(holder, name + letter, "Stateful" if kind == "promotable" else "Dummy")
        self.tops.append(name)

    # -- constraints ---------------------------------------------------------

    def taken(self, free):
        names = [name for name in free if self.chance(0.5)][:3] or free[:1]
        for name in names:
            free.remove(name)
        return names

    def order(self, parent):
        order = sub(parent, "rsc_order", id=self.new("o"), kind=self.pick((None, None, "Mandatory", "Optional", "Serialize")),
                    symmetrical=self.pick(("true", "false")) if self.chance(0.15) else None)
        if self.chance(0.35):
            free = self.tops + self.inner[:2]
            self.random.shuffle(free)
            for _ in range(self.random.randint(1, 3)):
                names = self.taken(free)
                if names:
                    chosen = sub(order, "resource_set", id=self.new("s"), sequential=self.pick((None, "true", "false")), require__all=self.pick((None, None, "false", "true")),
                                 action=self.pick(ACTIONS) if self.chance(0.4) else None)
                    for name in names:
                        sub(chosen, "resource_ref", id=name)
            return
        first, then = self.random.sample(self.tops, 2) if self.chance(0.85) else (self.pick(self.tops), self.pick(self.inner or self.tops))
        if first == then or then.startswith(first):
            parent.remove(order)
            return
        order.attrib.update({"first": first, "then": then})
        if self.chance(0.4):
            order.set("first-action", self.pick(ACTIONS))
        if self.chance(0.4):
            order.set("then-action", self.pick(ACTIONS))
        if self.chance(0.15):
            order.set("require-all", "false")

    def colocation(self, parent):
        first, second = self.random.sample(self.tops, 2)
        sub(parent, "rsc_colocation", id=self.new("c"), **{"rsc": first, "with__rsc": second}, score=self.pick(("INFINITY", "INFINITY", "-INFINITY", "100", "-50")),
            **{"rsc__role": self.pick((None, None, "Promoted", "Started")), "with__rsc__role": self.pick((None, None, "Promoted"))})

    # -- status --------------------------------------------------------------

    def steps(self, kind):
        """What a resource went through: (task, interval, rc)."""
        if kind == "Stateful" and self.chance(0.4):
            return [("start", 0, 0), ("promote", 0, 0)] + [("monitor", 11000, self.pick((8, 8, 8, 9, 7)))] * self.chance(0.4)
        ending = self.pick((None, None, None, None, ("monitor", 10000, 1), ("monitor", 10000, 7), ("stop", 0, 1), ("stop", 0, 0)))
        return [("start", 0, 0), ("monitor", 10000, 0)] if ending is None else [("start", 0, 0), ending]

    def state(self, status, number, node):
        state = sub(status, "node_state", id=number, uname=node, in_ccm="true", crmd="online", join="member", expected="member")
        if self.chance(0.07):
            state.attrib.update({"in_ccm": "false", "crmd": "offline"})
        values = {"master-" + name: self.pick(("5", "10", "100")) for name, kind in self.histories if kind == "Stateful" and self.chance(0.7)}
        if self.chance(0.08):
            values[self.pick(("standby", "shutdown"))] = self.pick(("on", str(NOW - 9)))
        if self.chance(0.3):
            values["#node-unfenced"] = str(NOW - 500)
        if values:
            self.block(sub(state, "transient_attributes", id=number), "instance_attributes", values)
        entries = sub(sub(state, "lrm", id=number), "lrm_resources")
        for name, kind in self.histories:
            if self.chance(0.06):
                continue
            entry = sub(entries, "lrm_resource", id=name, provider="pacemaker", type=kind)
            entry.set("class", "ocf")
            runs = self.where.get(name, number) == number and self.chance(0.8)
            for call, (task, interval, rc) in enumerate(self.steps(kind) if runs else [("monitor", 0, 7)], 3):
                expected = 7 if task == "monitor" and not interval else 8 if interval == 11000 else 0
                operation = self.result(entry, name, task, interval, rc, call, node, expected=expected)
                if self.chance(0.7):
                    operation.set("op-digest", "0" * 32 if self.chance(0.1) else "f2317cad3d54cec5d7d7aa7d0bf35cf8" if not interval else "873ed4f07792aa8ff18f3254244675ea")

    def cib(self):
        cib, configuration = self.cluster(0.95)
        self.block(sub(configuration, "crm_config"), "cluster_property_set", {"stonith-enabled": self.pick(("true", "false")), "concurrent-fencing": "true"})
        names = ["n%d" % number for number in range(1, self.random.randint(1, 3) + 1)]
        nodes = sub(configuration, "nodes")
        for number, name in enumerate(names, 1):
            sub(nodes, "node", id=number, uname=name)
        resources = sub(configuration, "resources")
        device = sub(resources, "primitive", id="dev", type="fence_xvm")
        device.set("class", "stonith")
        self.block(device, "meta_attributes", self.some(("provides", ("unfencing",), 0.4)))
        for name in "tuvwxyz"[:self.random.randint(3, 7)]:
            self.shape(resources, name)
        self.where = {name: self.random.randint(1, len(names)) for name, _ in self.histories if name in self.tops or name in self.inner}
        constraints = sub(configuration, "constraints")
        for _ in range(self.random.randint(2, 9)):
            self.order(constraints)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.colocation(constraints)
        status = sub(cib, "status")
        for number, name in enumerate(names, 1):
            self.state(status, number, name)
        return cib


def woven(seed):
    """The CIB of a seed as bytes."""
    return ET.tostring(Woven(seed).cib())
