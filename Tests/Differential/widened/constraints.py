# SPDX-License-Identifier: GPL-2.0-or-later
"""Constraints that name tags and templates, and those of all kinds on what was added."""
import xml.etree.ElementTree as ET

from choices import SCORES
from widened.document import Document


class Constraints(Document):
    """Additions to the constraints."""

    def tags(self):
        if not self.chance(0.4) or len(self.tops) < 2:
            return
        tags = ET.SubElement(self.configuration, "tags")
        for _ in range(self.random.randint(1, 2)):
            name = self.new("tag")
            tag = ET.SubElement(tags, "tag", id=name)
            for resource in self.random.sample(self.tops, min(len(self.tops), self.random.randint(1, 3))):
                ET.SubElement(tag, "obj_ref", id=resource)
            self.constrain(name)
        for template in self.templates:
            if self.chance(0.4):
                self.constrain(template)

    def constrain(self, name):
        others = [t for t in self.tops]
        kind = self.random.randrange(4)
        other = self.pick(others)
        if kind == 0:
            ET.SubElement(self.constraints, "rsc_location", id=self.new("l"), rsc=name, node=self.pick(self.nodes), score=self.pick(SCORES))
        elif kind == 1:
            pair = (name, other) if self.chance(0.5) else (other, name)
            ET.SubElement(self.constraints, "rsc_colocation", {"id": self.new("c"), "rsc": pair[0], "with-rsc": pair[1], "score": self.pick(SCORES)})
        elif kind == 2:
            pair = (name, other) if self.chance(0.5) else (other, name)
            ET.SubElement(self.constraints, "rsc_order", {"id": self.new("o"), "first": pair[0], "then": pair[1],
                                                          "kind": self.pick(("Mandatory", "Optional", "Serialize"))})
        else:
            ET.SubElement(self.constraints, "rsc_ticket", {"id": self.new("t"), "rsc": name, "ticket": self.pick(("tA", "tB")),
                                                           "loss-policy": self.pick(("stop", "demote", "fence", "freeze"))})

    def more_constraints(self):
        if len(self.tops) >= 2 and self.chance(0.2):
            ticket = ET.SubElement(self.constraints, "rsc_ticket", {"id": self.new("t"), "ticket": self.pick(("tA", "tC")),
                                                                    "loss-policy": self.pick(("stop", "demote", "fence", "freeze"))})
            chosen = ET.SubElement(ticket, "resource_set", id=self.new("s"))
            for resource in self.random.sample(self.tops, 2):
                ET.SubElement(chosen, "resource_ref", id=resource)
            if self.chance(0.3):
                chosen.set("role", self.pick(("Promoted", "Started", "Unpromoted")))
        if self.chance(0.25) and self.tops:
            location = ET.SubElement(self.constraints, "rsc_location", id=self.new("l"), rsc=self.pick(self.tops))
            rule = ET.SubElement(location, "rule", id=self.new("r"), score=self.pick(SCORES), **{"boolean-op": self.pick(("and", "or"))})
            for _ in range(self.random.randint(1, 3)):
                expression = ET.SubElement(rule, "expression", id=self.new("e"), attribute=self.pick(("rack", "cores", "#uname", "pingd", "r")),
                                           operation=self.pick(("eq", "ne", "lt", "gt", "gte", "lte")), value=self.pick(("a", "4", "node1", "8.5", "1.10")))
                expression.set("type", self.pick(("string", "number", "integer", "version")))
                if self.chance(0.2):
                    expression.set("value-source", self.pick(("param", "meta", "literal")))
