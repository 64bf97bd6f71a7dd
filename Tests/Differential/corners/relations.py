# SPDX-License-Identifier: GPL-2.0-or-later
"""What depends on what: circles, clones side by side, groups that do not stick together, discovery, attributes, health, fence devices."""
import xml.etree.ElementTree as ET

from choices import SCORES
from corners.places import Places


class Relations(Places):
    """Constraints and settings that meet."""

    def promotables(self):
        return [e.get("id") for e in self.elements("clone", "master") if e.tag == "master" or any(
            pair.get("name") == "promotable" and pair.get("value") == "true" for pair in e.iter("nvpair"))]

    def role(self, name):
        """A role that can be asked of a resource."""
        if name not in self.promotables() or self.chance(0.3):
            return None
        old = self.cib.get("validate-with", "") < "pacemaker-3.9" or self.cib.get("validate-with") == "none" and self.chance(0.5)
        return self.pick(("Master", "Slave", "Started") if old else ("Promoted", "Unpromoted", "Started", "Stopped"))

    def together(self, rsc, other, score, **more):
        colocation = ET.SubElement(self.constraints, "rsc_colocation", {"id": self.new("c"), "rsc": rsc, "with-rsc": other, "score": score, **more})
        for key, name in (("rsc-role", rsc), ("with-rsc-role", other)):
            role = self.role(name)
            if role:
                colocation.set(key, role)

    def sequence(self, first, then, **more):
        order = ET.SubElement(self.constraints, "rsc_order", {"id": self.new("o"), "first": first, "then": then, **more})
        for key, name in (("first-action", first), ("then-action", then)):
            if self.chance(0.3):
                order.set(key, self.pick(("start", "stop", "promote", "demote") if name in self.promotables() else ("start", "stop")))

    def circles(self):
        """Colocations and orders that lead back to where they began."""
        chosen = self.random.sample(self.tops, min(len(self.tops), self.random.randint(2, 4)))
        if len(chosen) < 2:
            return
        for position, name in enumerate(chosen):
            other = chosen[(position + 1) % len(chosen)]
            if self.chance(0.75):
                self.together(name, other, self.pick(("INFINITY", "INFINITY", "100", "-100", "-INFINITY")))
            if self.chance(0.5):
                self.sequence(name, other, kind=self.pick(("Mandatory", "Optional", "Serialize")))

    def side_by_side(self):
        """Clones that go together instance by instance, with different numbers of instances and banned nodes."""
        clones = self.elements("clone", "master", "bundle")
        if len(clones) < 2:
            singles = [e for e in self.resources if e.tag in ("primitive", "group") and e.get("class") != "stonith" and e.get("type") != "remote"
                       and not any(pair.get("name") == "remote-node" for pair in e.iter("nvpair"))]
            for element in self.some(singles, 2):
                clone = ET.Element("clone", id=self.new("clone"))
                self.resources[list(self.resources).index(element)] = clone
                clone.append(element)
                clones.append(clone)
        if len(clones) < 2:
            return
        for clone in clones:
            if clone.tag != "bundle" and self.chance(0.8):
                self.meta(clone, {"interleave": "true", **({"clone-max": self.pick(("1", "2", "3"))} if self.chance(0.5) else {}),
                                  **({"ordered": "true"} if self.chance(0.2) else {}), **({"clone-min": self.pick(("1", "2"))} if self.chance(0.2) else {}),
                                  **({"clone-node-max": "2"} if self.chance(0.1) else {}), **({"notify": "true"} if self.chance(0.2) else {})})
        for _ in range(self.random.randint(1, 3)):
            one, other = self.random.sample(clones, 2)
            if self.chance(0.8):
                self.together(one.get("id"), other.get("id"), self.pick(("INFINITY", "INFINITY", "1000", "-INFINITY", "-50")))
            if self.chance(0.8):
                self.sequence(other.get("id"), one.get("id"), **({"require-all": "false"} if self.chance(0.3) else {}))
            if self.chance(0.6):
                self.prefer(self.pick((one, other)).get("id"))

    def loose_groups(self):
        """Groups whose members need neither the same node nor an order, in constraints with everything."""
        groups = self.elements("group")
        for group in self.some(groups, 2):
            self.meta(group, dict([self.pick((("collocated", "false"), ("ordered", "false"), ("collocated", "false")))]))
            holder = self.parent(group)
            name = holder.get("id") if holder.tag in ("clone", "master") else group.get("id")
            for _ in range(self.random.randint(1, 2)):
                other = self.pick(self.tops)
                if other == name:
                    continue
                pair = [name, other]
                self.random.shuffle(pair)
                if self.chance(0.7):
                    self.together(pair[0], pair[1], self.pick(("INFINITY", "100", "-INFINITY", "-100")))
                else:
                    self.sequence(pair[0], pair[1])

    def inner_ones(self):
        """Constraints with members of groups and with what is in clones, instead of the whole."""
        inner = [p.get("id") for p in self.elements("primitive") if self.parent(p).tag in ("group", "clone", "master")]
        for name in self.some(inner):
            other = self.pick(self.tops + inner)
            if other == name:
                continue
            pair = [name, other]
            self.random.shuffle(pair)
            if self.chance(0.5):
                self.together(pair[0], pair[1], self.pick(SCORES), **({"influence": self.pick(("true", "false"))} if self.chance(0.3) else {}))
            else:
                self.sequence(pair[0], pair[1], **({"symmetrical": "false"} if self.chance(0.2) else {}))

    def discovery(self):
        """Locations with every mode of discovery, on everything."""
        for name in self.some(self.tops + [p.get("id") for p in self.plain()]):
            for node in self.some(self.nodes or ["x"]):
                ET.SubElement(self.constraints, "rsc_location", {"id": self.new("l"), "rsc": name, "node": node, "score": self.pick(SCORES),
                                                                 "resource-discovery": self.pick(("always", "never", "exclusive", "exclusive"))})
        if self.chance(0.3):
            self.option("symmetric-cluster", "false")

    def by_attribute(self):
        """Node attributes that colocations and rules compare: on all nodes, some remote, some transient."""
        name = self.pick(("rack", "zone", "site"))
        for node in self.configuration.find("nodes"):
            if self.chance(0.8):
                self.block(node, "instance_attributes", {name: self.pick(("a", "b", "")), "weight": self.pick(("5", "INFINITY", "-7", "x", "100"))})
        for state in self.status.findall("node_state"):
            if self.chance(0.3):
                self.attribute(state, self.pick((name, "weight")), self.pick(("a", "b", "3", "-INFINITY")))
        for _ in range(self.random.randint(1, 3)):
            if len(self.tops) < 2:
                return
            one, other = self.random.sample(self.tops, 2)
            self.together(one, other, self.pick(SCORES), **{"node-attribute": self.pick((name, "#kind", "#uname", "#site-name"))})
        location = ET.SubElement(self.constraints, "rsc_location", id=self.new("l"), rsc=self.pick(self.tops))
        rule = ET.SubElement(location, "rule", {"id": self.new("r"), "score-attribute": self.pick(("weight", "weight", "cores", name))})
        ET.SubElement(rule, "expression", id=self.new("e"), attribute=self.pick((name, "weight")), operation=self.pick(("defined", "not_defined")))
        if self.role(location.get("rsc")):
            rule.set("role", self.role(location.get("rsc")) or "Started")

    def health(self):
        """Health of all nodes, with every strategy and with resources that do not mind."""
        self.option("node-health-strategy", self.pick(("migrate-on-red", "only-green", "progressive", "custom")))
        for name in self.some(("base", "green", "yellow", "red")):
            self.option("node-health-" + name, self.pick(("0", "10", "-10", "-INFINITY", "100")))
        for state in self.status.findall("node_state"):
            for number in range(self.random.randint(0, 2)):
                self.attribute(state, "#health-%d" % number, self.pick(("red", "yellow", "green", "-5", "20", "-INFINITY")))
        for element in self.some(self.elements("primitive", "group", "clone", "bundle")):
            self.meta(element, {"allow-unhealthy-nodes": "true"})

    def devices(self):
        """Fence devices that unfence, are themselves cloned or required, and what asks for them."""
        fences = [p for p in self.elements("primitive") if p.get("class") == "stonith"]
        if not fences:
            device = ET.SubElement(self.resources, "primitive", {"id": self.new("fence"), "class": "stonith", "type": "fence_scsi"})
            self.tops.append(device.get("id"))
            fences = [device]
        for device in self.some(fences):
            self.meta(device, dict([self.pick((("provides", "unfencing"), ("requires", "unfencing"), ("requires", "fencing"), ("requires", "quorum"), ("requires", "nothing")))]))
        for primitive in self.some(self.plain()):
            self.meta(primitive, {"requires": self.pick(("unfencing", "unfencing", "fencing", "quorum", "nothing"))})
        for state in self.hosts():
            if self.chance(0.3):
                self.attribute(state, "#node-unfenced", self.pick(("0", "1699990000")))
            if self.chance(0.15):
                state.set("in_ccm", "false")
        self.option("stonith-enabled" if self.old_words() else "fencing-enabled", "true")

    def capacities(self):
        """Capacities and needs, some without meaning, of everything that can have them."""
        self.option("placement-strategy", self.pick(("utilization", "minimal", "balanced", "balanced")))
        for node in self.configuration.find("nodes"):
            if self.chance(0.8):
                self.block(node, "utilization", {key: self.pick(("0", "1", "2", "4", "8", "-1", "x", "1.5")) for key in self.some(("cpu", "mem", "disk"))})
        for primitive in self.plain():
            if self.chance(0.6) and primitive.get("template") is None:
                self.block(primitive, "utilization", {key: self.pick(("0", "1", "2", "3", "-1", "x")) for key in self.some(("cpu", "mem", "disk"))})
            if self.chance(0.2):
                self.meta(primitive, {"priority": self.pick(("1", "5", "10"))})

    def permits(self):
        """Tickets granted, on standby, lost, for everything with a role."""
        holder = self.status.find("tickets")
        if holder is None:
            holder = ET.SubElement(self.status, "tickets")
        for name in self.some(self.tops):
            ticket = self.new("ticket")
            constraint = ET.SubElement(self.constraints, "rsc_ticket", {"id": self.new("t"), "ticket": ticket, "rsc": name,
                                                                        "loss-policy": self.pick(("stop", "demote", "fence", "freeze"))})
            if self.role(name):
                constraint.set("rsc-role", self.role(name) or "Started")
            if self.chance(0.8):
                state = ET.SubElement(holder, "ticket_state", id=ticket, granted=self.pick(("true", "false")))
                if self.chance(0.3):
                    state.set("standby", self.pick(("true", "false")))
