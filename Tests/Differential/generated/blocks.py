# SPDX-License-Identifier: GPL-2.0-or-later
"""What all parts of a generated CIB have: blocks of name/value pairs, and rules."""
import xml.etree.ElementTree as ET

from choices import Choices, sub


class Blocks(Choices):
    """Blocks and rules; what was generated so far."""

    def __init__(self, seed):
        super().__init__(seed)
        self.primitives = []    # (id, element, kind of parent)
        self.tops = []          # ids constraints may name
        self.promotable = []
        self.cloned = []
        self.remotes = []
        self.nodes = []
        self.guests = []
        self.resource_ids = []

    def pairs(self, parent, tag, values, rule=None, score=None):
        """A block of name/value pairs."""
        if not values and rule is None:
            return
        block = sub(parent, tag, id=self.new("nv"), score=score)
        if rule is not None:
            block.append(rule)
        for name, value in values.items():
            sub(block, "nvpair", id=self.new("p"), name=name, value=value)

    def expression(self, node_attributes=True):
        r = self.random
        kind = r.random()
        if not node_attributes or kind < 0.3:
            kind = r.random()
            if kind < 0.3:
                e = ET.Element("date_expression", id=self.new("e"), operation="gt", start=self.pick(("2023-01-01", "2024-01-01T00:00:00Z")))
            elif kind < 0.5:
                e = ET.Element("date_expression", id=self.new("e"), operation="lt", end=self.pick(("2023-01-01 00:00:00Z", "2024-01-01")))
            elif kind < 0.8:
                e = ET.Element("date_expression", id=self.new("e"), operation="in_range", start=self.pick(("2023-11-01", "2023-11-14 22:00:00Z")))
                if self.chance(0.5):
                    sub(e, "duration", id=self.new("d"), **{self.pick(("hours", "days", "months", "weeks")): r.randint(1, 40)})
                else:
                    e.set("end", self.pick(("2023-12-01", "2023-11-14 22:15:01Z")))
            else:
                e = ET.Element("date_expression", id=self.new("e"), operation="date_spec")
                name, value = self.pick((("hours", "9-22"), ("weekdays", "1-5"), ("months", "11"), ("monthdays", "1-14"), ("years", "2023-"),
                                         ("yeardays", "-300"), ("hours", "22"), ("minutes", "10-20"), ("weeks", "46")))
                sub(e, "date_spec", id=self.new("d"), **{name: value})
            return e
        attribute = self.pick(("rack", "cores", "#uname", "#kind", "pingd", "#id", "zone", "#site-name", "#cluster-name", "#is_dc"))
        operation = self.pick(("eq", "ne", "lt", "gte", "defined", "not_defined", "lte", "gt"))
        value = {"#uname": self.pick(self.nodes), "#kind": self.pick(("cluster", "remote", "container")), "rack": self.pick(("a", "B")),
                 "#is_dc": "true", "#cluster-name": "demo", "#id": "1"}.get(attribute, self.pick(("4", "8", "100", "x", "16.0")))
        e = ET.Element("expression", id=self.new("e"), attribute=attribute, operation=operation)
        if operation not in ("defined", "not_defined"):
            e.set("value", value)
            if self.chance(0.25):
                e.set("type", self.pick(("string", "integer", "number", "version")))
        return e

    def rule(self, node_attributes=True, score=None, role=None, depth=0, **more):
        rule = ET.Element("rule", id=self.new("rule"))
        if score is not None:
            rule.set("score", score)
        if role:
            rule.set("role", role)
        for name, value in more.items():
            rule.set(name.replace("_", "-"), value)
        if self.chance(0.4):
            rule.set("boolean-op", self.pick(("and", "or")))
        for _ in range(self.random.randint(1, 2)):
            if depth == 0 and self.chance(0.12):
                rule.append(self.rule(node_attributes, depth=1))
            else:
                rule.append(self.expression(node_attributes))
        return rule
