# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about every part of a date and every attribute; blocks that have one."""
import xml.etree.ElementTree as ET

from choices import NOW
from rarities.values import INSTANTS, ODD, WHENS
from widen import Widener


class Rules(Widener):
    """Values and rules."""

    def __init__(self, cib, seed):
        super().__init__(cib, seed * 104729 + 3)
        self.namespace = "z-"
        if self.constraints is None:
            self.constraints = ET.SubElement(self.configuration, "constraints")
        self.loose = self.chance(0.35)
        self.members = [p.get("id") for p in self.elements("primitive", "group")]
        self.now = int(cib.get("execution-date", NOW))

    def value(self, *sensible, odd=0.25):
        """Mostly one of the sensible values; where no schema looks, any."""
        return self.pick(ODD) if self.chance(odd) else self.pick(sensible)

    def when(self):
        return str(self.pick(WHENS) - NOW + self.now if self.chance(0.8) else self.pick((0, 1)))

    def date(self):
        e = ET.Element("date_expression", id=self.new("e"))
        kind = self.random.randrange(5)
        if kind == 0:
            e.set("operation", "gt")
            e.set("start", self.pick(INSTANTS))
        elif kind == 1:
            e.set("operation", "lt")
            e.set("end", self.pick(INSTANTS))
        elif kind == 2:
            if self.chance(0.7):
                e.set("operation", "in_range")
            which = self.random.randrange(4)
            if which != 1:
                e.set("start", self.pick(INSTANTS))
            if which in (1, 2):
                e.set("end", self.pick(INSTANTS))
            if which == 3:
                units = self.random.sample(("years", "months", "weeks", "days", "hours", "minutes", "seconds"), self.random.randint(1, 3))
                ET.SubElement(e, "duration", {"id": self.new("d"), **{unit: str(self.pick((0, 1, 2, 11, 13, 40, 400))) for unit in units}})
        else:
            e.set("operation", "date_spec")
            ranges = {"years": ("2023", "2020-2024", "-2022", "2024-"), "months": ("11", "1-10", "11-12"), "monthdays": ("14", "1-13", "14-", "15-31"),
                      "yeardays": ("318", "1-317", "318-"), "weekyears": ("2023", "2022"), "weeks": ("46", "1-45", "46-53"), "weekdays": ("2", "1-5", "6-7"),
                      "hours": ("22", "0-21", "22-23"), "minutes": ("15", "0-14", "15-"), "seconds": ("0", "1-59", "0-10")}
            units = self.random.sample(sorted(ranges), self.random.randint(1, 4))
            ET.SubElement(e, "date_spec", {"id": self.new("d"), **{unit: self.pick(ranges[unit]) for unit in units}})
        return e

    def condition(self, attributes, depth=0):
        if depth < 2 and self.chance(0.25):
            return self.rule(attributes, depth=depth + 1)
        if not attributes or self.chance(0.4):
            return self.date()
        name = self.pick(("rack", "cores", "#uname", "#kind", "#id", "#is_dc", "#ra-version", "pingd", "site-name", "#site-name", "standby", "%1", "m-%1", "%0"))
        e = ET.Element("expression", id=self.new("e"), attribute=name, operation=self.pick(("eq", "ne", "lt", "lte", "gt", "gte", "defined", "not_defined")))
        if e.get("operation") not in ("defined", "not_defined"):
            e.set("value", self.pick(("a", "b", "4", "8.5", "true", "cluster", "remote", "container", "1", self.pick(self.nodes or ["x"]), "resource-stickiness",
                                      "state", "10", "1.2.10")))
            if self.chance(0.5):
                e.set("type", self.pick(("string", "integer", "number", "version")))
            if self.chance(0.3):
                e.set("value-source", self.pick(("literal", "param", "meta")))
        return e

    def rule(self, attributes=True, depth=0, **more):
        rule = ET.Element("rule", {"id": self.new("r"), **{key.replace("_", "-"): value for key, value in more.items() if value}})
        if self.chance(0.6):
            rule.set("boolean-op", self.pick(("and", "or")))
        for _ in range(self.random.randint(1, 3)):
            rule.append(self.condition(attributes, depth))
        return rule

    def ruled(self, parent, tag, values, attributes=False, at=None):
        """A block with a score and maybe a rule."""
        more = {"score": self.pick(("0", "1", "5", "-1", "INFINITY"))} if self.chance(0.6) else {}
        block = self.block(parent, tag, values, at=at, **more)
        if self.chance(0.5):
            block.insert(0, self.rule(attributes))
        return block
