# SPDX-License-Identifier: GPL-2.0-or-later
"""Constraints with all their attributes, resource sets and tickets."""
import xml.etree.ElementTree as ET

from choices import SCORES
from rarities.rules import Rules
from rarities.values import ROLES


class Constraints(Rules):
    """Constraints."""

    def subset(self, most=3):
        return self.random.sample(self.tops + self.members, min(len(self.tops + self.members), self.random.randint(1, most)))

    def set_of(self, parent, **allowed):
        chosen = ET.SubElement(parent, "resource_set", id=self.new("s"))
        for key, values in allowed.items():
            if self.chance(0.35):
                chosen.set(key.replace("_", "-"), self.pick(values))
        names = []
        for name in self.subset():
            if name not in names:
                names.append(name)
                ET.SubElement(chosen, "resource_ref", id=name)
        return chosen

    def locations(self):
        for _ in range(self.random.randint(1, 3)):
            location = ET.SubElement(self.constraints, "rsc_location", id=self.new("l"))
            kind = self.random.randrange(4)
            ruled = self.chance(0.5)
            if kind == 0:
                location.set("rsc-pattern", self.pick(("^(.)(.*)$", "(r)[0-9]", "!(g)", ".*", "^$", "[", "c(.)$", "(?:x", "^[rg]")))
            elif kind == 1:
                self.set_of(location, role=ROLES, sequential=("true", "false"), require_all=("false",), score=SCORES)
            else:
                location.set("rsc", self.pick(self.tops + self.members) if self.chance(0.95) else "nothing")
            if self.chance(0.3):
                location.set("resource-discovery", self.pick(("always", "never", "exclusive")))
            if ruled:
                for _ in range(2 if self.chance(0.2) else 1):
                    more = {"score": self.pick(SCORES)} if self.chance(0.8) else {"score_attribute": self.pick(("pingd", "rack", "cores", "%1", "none"))}
                    location.append(self.rule(True, role=self.pick(ROLES) if self.chance(0.3) else None, **more))
            else:
                location.set("node", self.pick(self.nodes or ["x"]) if self.chance(0.93) else "nowhere")
                location.set("score", self.pick(SCORES))
                if self.chance(0.25) and kind != 1:
                    location.set("role", self.pick(ROLES))
            if self.chance(0.1):
                lifetime = ET.SubElement(location, "lifetime")
                lifetime.append(self.rule(False, score="INFINITY"))

    def colocations(self):
        for _ in range(self.random.randint(1, 2)):
            colocation = ET.SubElement(self.constraints, "rsc_colocation", id=self.new("c"), score=self.pick(SCORES))
            if self.chance(0.5):
                for _ in range(self.random.randint(1, 3)):
                    self.set_of(colocation, role=ROLES, sequential=("true", "false"), ordering=("group", "listed"), score=SCORES, require_all=("false",))
            else:
                colocation.set("rsc", self.pick(self.tops + self.members))
                colocation.set("with-rsc", self.pick(self.tops + self.members) if self.chance(0.95) else "nothing")
                if self.chance(0.3):
                    colocation.set("rsc-role", self.pick(ROLES))
                if self.chance(0.3):
                    colocation.set("with-rsc-role", self.pick(ROLES))
            if self.chance(0.25):
                colocation.set("node-attribute", self.pick(("rack", "cores", "#kind", "#uname", "none", "site-name")))
            if self.chance(0.2):
                colocation.set("influence", self.pick(("true", "false")))
            if self.chance(0.06):
                del colocation.attrib["score"]

    def orders(self):
        for _ in range(self.random.randint(1, 2)):
            order = ET.SubElement(self.constraints, "rsc_order", id=self.new("o"))
            actions = ("start", "stop", "promote", "demote")
            if self.chance(0.5):
                for _ in range(self.random.randint(1, 3)):
                    self.set_of(order, sequential=("true", "false"), require_all=("true", "false"), action=actions, kind=("Mandatory", "Optional", "Serialize"))
            else:
                first, then = self.pick(self.tops + self.members), self.pick(self.tops + self.members)
                order.set("first", first)
                order.set("then", then if self.chance(0.95) else "nothing")
                for key in ("first-action", "then-action"):
                    if self.chance(0.35):
                        order.set(key, self.pick(actions))
                if self.chance(0.2):
                    order.set("require-all", self.pick(("true", "false")))
            if self.chance(0.4):
                order.set("kind", self.pick(("Mandatory", "Optional", "Serialize")))
            elif self.chance(0.5):
                order.set("score", self.pick(SCORES))
            if self.chance(0.35):
                order.set("symmetrical", self.pick(("true", "false")))

    def tickets(self):
        names = ("tA", "tB", "tC", "ticket D")
        for _ in range(self.random.randint(1, 3)):
            ticket = ET.SubElement(self.constraints, "rsc_ticket", id=self.new("t"), ticket=self.pick(names))
            if self.chance(0.4):
                for _ in range(self.random.randint(1, 2)):
                    self.set_of(ticket, role=ROLES, sequential=("true", "false"))
            else:
                ticket.set("rsc", self.pick(self.tops + self.members))
                if self.chance(0.5):
                    ticket.set("rsc-role", self.pick(ROLES))
            if self.chance(0.85):
                ticket.set("loss-policy", self.pick(("stop", "demote", "fence", "freeze")))
        holder = self.status.find("tickets")
        if holder is None:
            holder = ET.SubElement(self.status, "tickets")
        for name in names:
            if self.chance(0.5):
                state = ET.SubElement(holder, "ticket_state", id=name)
                for key, values in (("granted", ("true", "false", "1", "x")), ("standby", ("true", "false", "x")), ("last-granted", (str(self.now - 5), "x")),
                                    ("expires", ("5",)), ("owner", ("2",))):
                    if self.chance(0.5):
                        state.set(key, self.pick(values))
