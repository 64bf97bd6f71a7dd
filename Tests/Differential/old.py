#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a CIB, generated or recorded, in the words of an older schema: option names with underscores, `master`, `lifetime`, several
rules in a location, ping nodes, references with names, everything that the upgrades to 2.0, 3.0 and 4.0 change or drop."""
import copy
import random
import xml.etree.ElementTree as ET

from choices import SCORES
from rare import Rarer

UNDERSCORES = ("no-quorum-policy", "symmetric-cluster", "stonith-enabled", "stonith-action", "startup-fencing", "stop-orphan-resources", "stop-orphan-actions",
               "remove-after-stop", "cluster-delay", "batch-limit")


class Older(Rarer):
    def __init__(self, cib, seed):
        super().__init__(cib, seed)
        self.schema = self.pick(((1, 0), (1, 2), (1, 3), (2, 0), (2, 3), (2, 6), (2, 10), (2, 10), (3, 0), (3, 2), (3, 5), (3, 7), (3, 9), (3, 10), (3, 10)))

    def fit(self):
        """Takes away what the schema does not know yet."""
        for e in list(self.cib.iter()):
            for key in ("role", "rsc-role", "with-rsc-role"):
                if self.schema < (3, 7) and e.get(key) in ("Promoted", "Unpromoted"):
                    e.set(key, {"Promoted": "Master", "Unpromoted": "Slave"}[e.get(key)])
            if self.schema < (3, 6):
                e.attrib.pop("influence", None)
            if self.schema < (3, 4) and e.get("on-fail") == "demote":
                e.set("on-fail", "block")
            if self.schema < (3, 5) and e.tag == "expression" and e.get("type") == "integer":
                e.set("type", "number")
            if self.schema < (2, 3) and e.tag == "rsc_order":
                e.attrib.pop("require-all", None)
            if self.schema < (2, 2) and e.tag == "rsc_location":
                e.attrib.pop("resource-discovery", None)
            if self.schema < (3, 0) and e.tag == "network":
                e.attrib.pop("add-host", None)
            if self.schema < (3, 0) and e.get("promoted-max") and e.tag in ("docker", "podman"):
                e.set("masters", e.attrib.pop("promoted-max"))
            if self.schema < (3, 2) and e.tag == "podman":
                e.tag = "docker"
            if self.schema < (3, 0) and e.tag == "clone" and any(p.get("name") == "promotable" and p.get("value") == "true" for p in e.iterfind("meta_attributes/nvpair")):
                e.tag = "master"
            if self.schema < (3, 9):
                for rule in e.findall("rule"):
                    if e.tag != "rsc_location" and rule.get("score") is None and rule.get("score-attribute") is None:
                        rule.set("score", "INFINITY")
            if self.schema < (1, 2) and e.tag == "node":
                e.set("type", e.get("type", "normal"))
                e.attrib.pop("score", None)
        parents = {child: parent for parent in self.cib.iter() for child in parent}
        for e in list(self.cib.iter()):
            gone = (self.schema < (1, 2) and e.tag in ("utilization", "rsc_ticket", "fencing-topology") or self.schema < (1, 3) and e.tag == "tags"
                    or self.schema < (2, 8) and e.tag == "bundle" or self.schema < (2, 6) and e.get("rsc-pattern")
                    or self.schema < (1, 2) and e.tag == "rsc_location" and e.find("resource_set") is not None)
            if gone and e in parents and e in list(parents[e]):
                parents[e].remove(e)

    def names(self):
        for pair in self.configuration.iterfind("./crm_config/cluster_property_set/nvpair"):
            if pair.get("name") in UNDERSCORES and self.schema < (3, 0) and self.chance(0.5):
                pair.set("name", pair.get("name").replace("-", "_"))
        block = self.configuration.find("./crm_config/cluster_property_set")
        names = (("remove-after-stop", ("true",)), ("crmd-transition-delay", ("5s",)), ("stonith-action", ("poweroff",)))
        if self.schema < (3, 0):
            names += (("default-resource-stickiness", ("50", "INFINITY")), ("default_resource_stickiness", ("3",)), ("is-managed-default", ("false", "true")),
                      ("is_managed_default", ("false",)), ("default-action-timeout", ("33s", "1min")), ("default_action_timeout", ("44",)),
                      ("default-resource-failure-stickiness", ("-INFINITY", "0")), ("default-migration-threshold", ("2",)), ("transition_idle_timeout", ("70s",)))
        for _ in range(self.random.randint(0, 2)):
            name, values = self.pick(names)
            if block is not None and all(pair.get("name") != name for pair in block):
                ET.SubElement(block, "nvpair", id=self.new("o"), name=name, value=self.pick(values))

    def metas(self):
        for element in self.elements("primitive", "group", "clone", "master", "template"):
            if self.chance(0.15):
                names = (("restart-type", "restart"),)
                if self.schema < (3, 0):
                    names += (("resource-failure-stickiness", "-INFINITY"), ("resource_failure_stickiness", "-100"), ("isolation", "docker"), ("isolation-host", "x"),
                              ("resource_stickiness", "7"), ("is_managed", "false"), ("target_role", "Stopped"), ("multiple_active", "stop_only"))
                self.meta(element, dict([self.pick(names)]))
            if element.tag == "primitive" and element.get("class") == "stonith" and self.schema < (3, 0) and self.chance(0.5):
                self.place_parameters(element, dict([self.pick((("pcmk_poweroff_action", "off"), ("pcmk_reboot_cmd", "x"), ("pcmk_arg_map", "port:plug"), ("pcmk_arg_map", "a:b,c:d")))]))
        sets = [(e, block) for e in self.elements("primitive", "group", "clone", "master") for block in e.findall("meta_attributes")]
        if len(sets) > 1 and self.chance(0.3):
            pairs = [pair for _, block in sets for pair in block if pair.tag == "nvpair" and pair.get("id") and pair.get("value")]
            if pairs and self.schema >= (1, 3):
                reference = ET.Element("nvpair", {"id-ref": self.pick(pairs).get("id")})
                if self.chance(0.5):
                    reference.set("name", self.pick(("priority", "resource-stickiness", "target-role", "is-managed")))
                self.pick(sets)[1].append(reference)
        for _, block in sets:
            if self.schema >= (1, 0) and self.chance(0.05):
                ET.SubElement(block, "nvpair", id=self.new("n"), name=self.pick(("priority", "target-role", "is-managed")))
            if self.chance(0.08):
                for value in self.random.sample(("1", "2", "#default"), 2):
                    ET.SubElement(block, "nvpair", id=self.new("n"), name=self.pick(("priority", "resource-stickiness")), value=value)

    def operations_of_old(self):
        for operation in self.elements("op"):
            if self.schema < (3, 0) and self.chance(0.1) and operation.get("name") in ("start", "promote"):
                operation.set("requires", self.pick(("nothing", "quorum", "fencing")))
            if self.chance(0.12):
                values = dict([self.pick((("on-fail", "block"), ("timeout", "55s"), ("start-delay", "7s"), ("enabled", "false"), ("record-pending", "false"),
                                          ("interval-origin", "2023-01-01"), ("role", "Started"), ("depth", "3")))])
                if self.schema < (3, 0) or "depth" in values:
                    self.block(operation, "instance_attributes", values)
            if self.chance(0.1):
                self.block(operation, "meta_attributes", dict([self.pick((("can_fail", "true"), ("role_after_failure", "Stopped"), ("timeout", "51s")))]))

    def constraints_of_old(self):
        for _ in range(self.random.randint(0, 2)):
            location = ET.SubElement(self.constraints, "rsc_location", id=self.new("l"), rsc=self.pick(self.tops))
            kind = self.random.randrange(3)
            if kind:
                for _ in range(self.random.randint(1, 3)):
                    location.append(self.rule(True, score=self.pick(SCORES)))
            else:
                location.set("node", self.pick(self.nodes or ["x"]))
                location.set("score", self.pick(SCORES))
            if self.chance(0.5):
                lifetime = ET.SubElement(location, "lifetime")
                for _ in range(self.random.randint(1, 2)):
                    lifetime.append(self.rule(self.chance(0.4), score="INFINITY"))
        for constraint in self.constraints:
            if constraint.tag in ("rsc_colocation", "rsc_order") and self.chance(0.1):
                constraint.insert(0, ET.Element("lifetime"))
                constraint[0].append(self.rule(False, score="0"))
            if constraint.tag == "rsc_colocation" and constraint.get("rsc") and self.schema < (3, 0) and self.chance(0.15):
                del constraint.attrib["score"]
                constraint.set(self.pick(("score-attribute", "score-attribute-mangle")), "pingd")

    def others(self):
        for node in self.configuration.find("nodes"):
            if self.chance(0.1):
                node.set("type", "ping")
        for element in self.elements("primitive"):
            if element.get("class") == "ocf" and element.get("type") == "Dummy" and self.schema >= (1, 2) and self.chance(0.06):
                element.set("class", self.pick(("nagios", "upstart")))
                element.attrib.pop("provider", None)
        for bundle in self.elements("bundle"):
            if self.schema >= (2, 10) and self.chance(0.15):
                for name in ("docker", "podman"):
                    if bundle.find(name) is not None:
                        bundle.find(name).tag = "rkt"
        for spec in self.cib.iter("date_spec"):
            if self.chance(0.3):
                spec.set("moon", "4")
        if self.schema >= (1, 2) and self.configuration.find("fencing-topology") is None and self.chance(0.2):
            topology = ET.SubElement(self.configuration, "fencing-topology")
            ET.SubElement(topology, "fencing-level", id=self.new("fl"), target=self.pick(self.nodes or ["x"]), index=self.pick(("1", "10", "200")), devices="a,b")

    def run(self):
        for step, probability in ((self.names, 0.6), (self.metas, 0.6), (self.operations_of_old, 0.5), (self.constraints_of_old, 0.6), (self.others, 0.4)):
            if self.chance(probability):
                step()
        self.fit()
        self.cib.set("validate-with", "pacemaker-%d.%d" % self.schema)
        return self.cib


def older(text, seed):
    """A CIB (bytes) in older words; None for a text that is no CIB."""
    cib = copy.deepcopy(ET.fromstring(text))
    if cib.find("./configuration/resources") is None or cib.find("status") is None or cib.find("./configuration/nodes") is None:
        return None
    return ET.tostring(Older(cib, seed).run())
