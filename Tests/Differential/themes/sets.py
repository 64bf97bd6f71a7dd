# SPDX-License-Identifier: GPL-2.0-or-later
"""Constraints of many resources at once: sets of every kind with all their attributes, tags of tags, templates, and patterns, in locations,
colocations, orders and tickets; on primitives, groups, clones, promotable ones and bundles that mostly run somewhere."""
import xml.etree.ElementTree as ET

from choices import SCORES, sub
from themes.theme import Theme


class Sets(Theme):
    def __init__(self, seed):
        super().__init__(seed * 40692 + 5)
        self.histories = []     # (id, type, promotable)
        self.tops, self.inner, self.promotable, self.templates, self.tags = [], [], [], [], []

    # -- resources -----------------------------------------------------------

    def primitive(self, parent, name, kind="Dummy", outside=True):
        primitive = sub(parent, "primitive", id=name)
        if kind == "Dummy" and outside and self.templates and self.chance(0.5):
            primitive.set("template", self.pick(self.templates))
        else:
            primitive.attrib.update({"class": "ocf", "provider": "pacemaker", "type": kind})
        if self.chance(0.2):
            self.block(primitive, "meta_attributes", dict([self.pick((("priority", "5"), ("resource-stickiness", "10"), ("target-role", "Stopped"), ("critical", "false"),
                                                                     ("allow-migrate", "true"), ("is-managed", "false"), ("migration-threshold", "1")))]))
        sub(sub(primitive, "operations"), "op", id=self.new("o"), name="monitor", interval="10s")
        self.histories.append((name, kind, kind == "Stateful"))

    def shape(self, resources, name):
        kind = self.pick(("primitive", "primitive", "primitive", "group", "clone", "promotable", "cloned group", "bundle"))
        if kind == "primitive":
            self.primitive(resources, name)
        elif kind == "group":
            group = sub(resources, "group", id=name)
            for letter in "ab":
                self.primitive(group, name + letter)
                self.inner.append(name + letter)
        elif kind == "bundle":
            bundle = sub(resources, "bundle", id=name)
            sub(bundle, "docker", image="i", replicas=2)
            sub(bundle, "network", control__port="3121")
            self.primitive(bundle, name + "i", outside=False)
            self.histories.pop()
        else:
            clone = sub(resources, "clone", id=name)
            metas = {key: value for key, value, probability in (("interleave", "true", 0.4), ("clone-max", "2", 0.2), ("clone-min", "2", 0.15), ("notify", "true", 0.1),
                                                                ("ordered", "true", 0.1)) if self.chance(probability)}
            if kind == "promotable":
                metas["promotable"] = "true"
                self.promotable.append(name)
            self.block(clone, "meta_attributes", metas)
            if kind == "cloned group":
                group = sub(clone, "group", id=name + "g")
                for letter in "ab":
                    self.primitive(group, name + letter)
            else:
                self.primitive(clone, name + "i", "Stateful" if kind == "promotable" else "Dummy")
        self.tops.append(name)

    # -- constraints ---------------------------------------------------------

    def set_of(self, parent, free, **allowed):
        """A set of resources that no other set of the constraint has yet, mostly."""
        names = [name for name in free if self.chance(0.5)][:3] or free[:1]
        if not names:
            return
        chosen = sub(parent, "resource_set", id=self.new("s"))
        for key, (values, probability) in allowed.items():
            if self.chance(probability):
                chosen.set(key.replace("_", "-"), self.pick(values))
        for name in names:
            if not self.chance(0.05):
                free.remove(name)
            sub(chosen, "resource_ref", id=name)

    def free(self):
        names = self.tops + [name for name in self.inner if self.chance(0.3)] + [t for t in self.templates + self.tags if self.chance(0.3)]
        self.random.shuffle(names)
        return names

    def one(self):
        return self.pick(self.tops + self.tops + self.tags + self.templates + self.inner)

    def role(self, *more):
        return self.pick(("Promoted", "Unpromoted", "Started") + more)

    def constrain(self, parent):
        kind = self.random.randrange(5)
        free = self.free()
        roles = ("Promoted", "Unpromoted", "Started", "Stopped")
        if kind == 0:
            location = sub(parent, "rsc_location", id=self.new("l"))
            if self.chance(0.5):
                for _ in range(self.random.randint(1, 2)):
                    self.set_of(location, free, role=(roles, 0.2), sequential=(("true", "false"), 0.2), score=(SCORES, 0.1))
            elif self.chance(0.5):
                location.set("rsc", self.one())
            else:
                location.set("rsc-pattern", self.pick(("^[xyz]", "a$", "!^x", "(.)(.)", "i")))
            if self.chance(0.7):
                location.set("node", self.pick(self.nodes))
                location.set("score", self.pick(SCORES))
                if self.chance(0.2):
                    location.set("role", self.role())
            else:
                rule = sub(location, "rule", id=self.new("r"), score=self.pick(SCORES), role=self.role() if self.chance(0.2) else None)
                sub(rule, "expression", id=self.new("e"), attribute="#uname", operation=self.pick(("eq", "ne")), value=self.pick(self.nodes))
            if self.chance(0.2):
                location.set("resource-discovery", self.pick(("never", "exclusive", "always")))
        elif kind in (1, 2):
            colocation = sub(parent, "rsc_colocation", id=self.new("c"), score=self.pick(("INFINITY", "INFINITY", "-INFINITY") + SCORES))
            if self.chance(0.75):
                for _ in range(self.random.choice((1, 2, 2, 3, 4))):
                    self.set_of(colocation, free, role=(roles, 0.25), sequential=(("true", "false"), 0.6), score=(SCORES, 0.1))
            else:
                colocation.set("rsc", self.one())
                colocation.set("with-rsc", self.one())
                if self.chance(0.3):
                    colocation.set("rsc-role", self.role())
                if self.chance(0.3):
                    colocation.set("with-rsc-role", self.role())
            if self.chance(0.15):
                colocation.set("influence", self.pick(("true", "false")))
            if self.chance(0.12):
                colocation.set("node-attribute", "zone")
        elif kind == 3:
            order = sub(parent, "rsc_order", id=self.new("o"), kind=self.pick((None, "Mandatory", "Optional", "Serialize")))
            actions = ("start", "stop", "promote", "demote")
            if self.chance(0.75):
                for _ in range(self.random.choice((1, 2, 2, 3, 4))):
                    self.set_of(order, free, action=(actions, 0.25), sequential=(("true", "false"), 0.6), require_all=(("true", "false"), 0.4), role=(roles, 0.05))
            else:
                order.set("first", self.one())
                order.set("then", self.one())
                if self.chance(0.3):
                    order.set("first-action", self.pick(actions))
                if self.chance(0.3):
                    order.set("then-action", self.pick(actions))
                if self.chance(0.2):
                    order.set("require-all", "false")
            if self.chance(0.25):
                order.set("symmetrical", self.pick(("true", "false")))
        else:
            ticket = sub(parent, "rsc_ticket", id=self.new("t"), ticket=self.pick(("tA", "tB")), loss__policy=self.pick((None, "stop", "demote", "fence", "freeze")))
            if self.chance(0.6):
                for _ in range(self.random.choice((1, 1, 2))):
                    self.set_of(ticket, free, role=(roles, 0.4), sequential=(("true", "false"), 0.2))
            else:
                ticket.set("rsc", self.one())
                if self.chance(0.4):
                    ticket.set("rsc-role", self.role())
        if parent[-1].find("resource_set") is None and not any(parent[-1].get(key) for key in ("rsc", "first", "rsc-pattern")):
            parent.remove(parent[-1])

    # -- status --------------------------------------------------------------

    def state(self, status, number, node):
        state = sub(status, "node_state", id=number, uname=node, in_ccm="true", crmd="online", join="member", expected="member")
        if self.chance(0.06):
            state.attrib.update({"in_ccm": "false", "crmd": "offline"})
        values = {"master-" + name: self.pick(("5", "10", "100")) for name, _, promotable in self.histories if promotable and self.chance(0.7)}
        if self.chance(0.06):
            values["standby"] = "on"
        if values:
            self.block(sub(state, "transient_attributes", id=number), "instance_attributes", values)
        entries = sub(sub(state, "lrm", id=number), "lrm_resources")
        for name, kind, promotable in self.histories:
            if self.chance(0.1):
                continue
            entry = sub(entries, "lrm_resource", id=name, provider="pacemaker", type=kind)
            entry.set("class", "ocf")
            steps = [("monitor", 0, 7)]
            if self.where.get(name, number) == number and self.chance(0.6):
                steps = [("start", 0, 0), ("monitor", 10000, self.pick((0,) * 14 + (1, 7)))]
                if promotable and self.chance(0.5):
                    steps = [("start", 0, 0), ("promote", 0, 0)]
            for call, (task, interval, rc) in enumerate(steps, 3):
                self.result(entry, name, task, interval, rc, call, node, expected=7 if task == "monitor" and not interval else 0)

    def cib(self):
        cib, configuration = self.cluster(0.93)
        self.block(sub(configuration, "crm_config"), "cluster_property_set", {"stonith-enabled": self.pick(("true", "false")), "concurrent-fencing": "true"})
        self.nodes = ["n%d" % number for number in range(1, self.random.randint(2, 4) + 1)]
        nodes = sub(configuration, "nodes")
        for number, name in enumerate(self.nodes, 1):
            self.block(sub(nodes, "node", id=number, uname=name), "instance_attributes", {"zone": self.pick("ab")} if self.chance(0.6) else {})
        resources = sub(configuration, "resources")
        if self.chance(0.4):
            self.templates.append("tpl")
            template = sub(resources, "template", id="tpl", provider="pacemaker", type="Dummy")
            template.set("class", "ocf")
        if self.chance(0.5):
            primitive = sub(resources, "primitive", id="dev", type="fence_xvm")
            primitive.set("class", "stonith")
        for name in "uvwxyz"[:self.random.randint(3, 6)]:
            self.shape(resources, name)
        self.where = {name: self.random.randint(1, len(self.nodes)) for name, _, _ in self.histories if name in self.tops or name in self.inner}
        self.tags = ["tag%d" % number for number in range(self.random.randint(0, 2))]
        constraints = sub(configuration, "constraints")
        for _ in range(self.random.randint(1, 4)):
            self.constrain(constraints)
        if self.tags:
            holder = sub(configuration, "tags")
            for name in self.tags:
                tag = sub(holder, "tag", id=name)
                for member in self.random.sample(self.tops + self.inner + [t for t in self.tags if t != name] + self.templates, 2):
                    sub(tag, "obj_ref", id=member)
        status = sub(cib, "status")
        for number, name in enumerate(self.nodes, 1):
            self.state(status, number, name)
        if self.chance(0.5):
            sub(sub(status, "tickets"), "ticket_state", id="tA", granted=self.pick(("true", "false")), standby=self.pick((None, None, "true")))
        return cib


def sets(seed):
    """The CIB of a seed as bytes."""
    return ET.tostring(Sets(seed).cib())
