# SPDX-License-Identifier: GPL-2.0-or-later
"""Generated constraints of every kind."""
from choices import SCORES, sub
from generated.blocks import Blocks


class Constraints(Blocks):
    """Constraints."""

    def role(self, resource, probability=0.5):
        if resource in self.promotable and self.chance(probability):
            return self.pick(("Master", "Promoted", "Slave", "Unpromoted", "Started"))
        return None

    def related(self, a, b):
        """Whether one resource is part of the other."""
        return self.group_of.get(a, (None,))[0] == b or self.group_of.get(b, (None,))[0] == a

    def location(self, parent):
        resource = self.pick(self.resource_ids)
        c = sub(parent, "rsc_location", id=self.new("loc"))
        kind = self.random.random()
        if kind < 0.07:
            c.set("rsc-pattern", self.pick(("^r[0-9]*[13579]$", "!^c", "g|b", "r(.)")))
        elif kind < 0.12:
            self.resource_set(sub(c, "resource_set", id=self.new("set")), self.random.randint(1, 3))
        else:
            c.set("rsc", resource)
        nodes = self.nodes + self.remotes + [g for g, _ in self.guests]
        if self.chance(0.65):
            c.set("node", self.pick(nodes))
            c.set("score", self.pick(SCORES))
            if c.get("rsc") and self.chance(0.5):
                role = self.role(resource)
                if role:
                    c.set("role", role)
        else:
            role = self.role(resource)
            rule = self.rule(True, self.pick(SCORES), role) if self.chance(0.97) else self.rule(True, None, role, score_attribute="pingd")
            c.append(rule)
        if self.chance(0.08):
            c.set("resource-discovery", self.pick(("always", "never", "exclusive")))

    def resource_set(self, element, count, action=False, role=False):
        chosen = []
        for _ in range(count * 3):
            name = self.pick(self.resource_ids)
            if name not in chosen and name not in self.used and not any(self.related(name, other) for other in chosen + self.used):
                chosen.append(name)
            if len(chosen) == count:
                break
        self.used += chosen
        for name in chosen:
            sub(element, "resource_ref", id=name)
        return chosen

    def colocation(self, parent):
        c = sub(parent, "rsc_colocation", id=self.new("col"))
        self.used = []
        if self.chance(0.2):
            c.set("score", self.pick(SCORES))
            for _ in range(self.random.randint(1, 2)):
                s = sub(c, "resource_set", id=self.new("set"))
                if self.chance(0.4):
                    s.set("sequential", self.pick(("true", "false")))
                if not self.resource_set(s, self.random.randint(1, 3)):
                    c.remove(s)
                elif self.chance(0.15):
                    s.set("role", self.pick(("Started", "Master", "Slave")))
            if len(c) == 0:
                parent.remove(c)
            return
        a, b = self.pick(self.resource_ids), self.pick(self.resource_ids)
        if a == b or self.related(a, b):
            parent.remove(c)
            return
        c.set("rsc", a)
        c.set("with-rsc", b)
        c.set("score", self.pick(SCORES))
        if self.chance(0.5) and self.role(a):
            c.set("rsc-role", self.role(a, 1))
        if self.chance(0.7) and self.role(b):
            c.set("with-rsc-role", self.role(b, 1))
        if self.chance(0.08):
            c.set("node-attribute", self.pick(("rack", "zone")))
        if self.chance(0.08):
            c.set("influence", self.pick(("true", "false")))

    def order(self, parent):
        o = sub(parent, "rsc_order", id=self.new("ord"))
        if self.chance(0.5):
            o.set("kind", self.pick(("Mandatory", "Optional", "Serialize")))
        if self.chance(0.15):
            o.set("symmetrical", self.pick(("true", "false")))
        self.used = []
        if self.chance(0.25):
            for _ in range(self.random.randint(1, 3)):
                s = sub(o, "resource_set", id=self.new("set"))
                if self.chance(0.5):
                    s.set("sequential", self.pick(("true", "false")))
                if self.chance(0.4):
                    s.set("require-all", self.pick(("true", "false")))
                chosen = self.resource_set(s, self.random.randint(1, 3))
                if not chosen:
                    o.remove(s)
                elif self.chance(0.2):
                    s.set("action", self.pick(("start", "stop", "promote", "demote")))
            if len(o) == 0:
                parent.remove(o)
            return
        a, b = self.pick(self.resource_ids), self.pick(self.resource_ids)
        if a == b or self.related(a, b):
            parent.remove(o)
            return
        o.set("first", a)
        o.set("then", b)
        if self.chance(0.3):
            o.set("first-action", self.pick(("start", "stop", "promote", "demote") if a in self.promotable else ("start", "stop")))
        if self.chance(0.25):
            o.set("then-action", self.pick(("start", "stop", "promote", "demote") if b in self.promotable else ("start", "stop")))
        if self.chance(0.08):
            o.set("require-all", "false")

    def ticket(self, parent):
        t = sub(parent, "rsc_ticket", id=self.new("tkt"), ticket=self.pick(("tA", "tB")))
        resource = self.pick(self.resource_ids)
        t.set("rsc", resource)
        if self.role(resource):
            t.set("rsc-role", self.role(resource, 1))
        if self.chance(0.7):
            t.set("loss-policy", self.pick(("stop", "demote", "fence", "freeze")))

    def constraints(self, parent):
        r = self.random
        for make, most in ((self.location, 5), (self.colocation, 4), (self.order, 4)):
            for _ in range(r.randint(0, most)):
                self.used = []
                make(parent)
        if self.chance(0.15):
            for _ in range(r.randint(1, 2)):
                self.ticket(parent)
