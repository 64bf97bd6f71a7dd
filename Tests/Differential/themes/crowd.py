# SPDX-License-Identifier: GPL-2.0-or-later
"""Clusters of six to twenty nodes that are alike, with clones, groups and primitives that could be anywhere: what decides is how often things
are where, and in which order equal nodes come."""
import random
import xml.etree.ElementTree as ET

from choices import NOW, OWNER


class Crowd:
    def __init__(self, seed):
        self.random = random.Random(seed * 69621 + 3)
        self.number = 0
        self.running = []       # (id in the history, type, nodes, promoted on)

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return self.random.choice(items)

    def new(self):
        self.number += 1
        return "i%d" % self.number

    def word(self):
        return "".join(self.pick("abcdefghijklmnopqrstuvwxyz") for _ in range(self.random.randint(1, 9))) + self.pick(("", "", "-1", "2", "_x", ".example.com"))

    def block(self, parent, tag, values):
        if values:
            block = ET.SubElement(parent, tag, id=self.new())
            for name, value in values.items():
                ET.SubElement(block, "nvpair", id=self.new(), name=name, value=str(value))

    def primitive(self, parent, name, kind, where, promoted=()):
        primitive = ET.SubElement(parent, "primitive", {"id": name, "class": "ocf", "provider": "pacemaker", "type": kind})
        if self.chance(0.25):
            self.block(primitive, "meta_attributes", {self.pick(("priority", "resource-stickiness")): self.pick(("1", "7", "100"))})
        operations = ET.SubElement(primitive, "operations")
        ET.SubElement(operations, "op", id=self.new(), name="monitor", interval="10s")
        if self.weights and self.chance(0.8):
            self.block(primitive, "utilization", {"cpu": self.random.randint(1, 4)})
        self.running.append((name, kind, where, promoted))

    def some(self, least=0):
        return self.random.sample(self.nodes, self.random.randint(least, len(self.nodes)))

    def resource(self, resources, name):
        kind = self.pick(("primitive", "primitive", "group", "clone", "clone", "clone", "cloned group", "promotable", "unique", "bundle"))
        settled = self.chance(0.7)
        if kind == "primitive":
            self.primitive(resources, name, "Dummy", [self.pick(self.nodes)] if settled else [])
        elif kind == "group":
            group = ET.SubElement(resources, "group", id=name)
            place = [self.pick(self.nodes)] if settled else []
            for letter in "abc"[:self.random.randint(1, 3)]:
                self.primitive(group, name + letter, "Dummy", place)
        elif kind == "bundle":
            bundle = ET.SubElement(resources, "bundle", id=name)
            ET.SubElement(bundle, "docker", image="i", replicas=str(self.random.randint(1, 4)))
            ET.SubElement(bundle, "network", {"control-port": "3122"})
            self.primitive(bundle, name + "i", "Dummy", [])
        else:
            clone = ET.SubElement(resources, "clone", id=name)
            metas = {key: self.pick(values) for key, values, probability in (
                ("interleave", ("true",), 0.5), ("ordered", ("true",), 0.2), ("notify", ("true",), 0.15), ("clone-max", (1, 2, 3, 5, 7, 12, 25), 0.5), ("clone-min", (1, 3), 0.1),
                ("priority", (3,), 0.1), ("resource-stickiness", (0, 1, 50), 0.3)) if self.chance(probability)}
            if kind == "promotable":
                metas.update({"promotable": "true", **({"promoted-max": self.pick((1, 2, 3))} if self.chance(0.5) else {})})
            if kind == "unique":
                metas.update({"globally-unique": "true", "clone-max": self.pick((2, 5, 9, 14)), "clone-node-max": self.pick((1, 2, 4))})
            self.block(clone, "meta_attributes", metas)
            most = int(metas.get("clone-max", len(self.nodes)))
            places = self.some()[:most] if settled else []
            promoted = self.random.sample(places, min(len(places), int(metas.get("promoted-max", 1)))) if kind == "promotable" and self.chance(0.8) else []
            if kind == "unique":
                self.primitive(clone, name + "i", "Dummy", [])
                self.running.pop()
                for number in range(most if settled else 0):
                    if self.chance(0.8):
                        self.running.append(("%si:%d" % (name, number), "Dummy", [self.pick(self.nodes)], ()))
            elif kind == "cloned group":
                group = ET.SubElement(clone, "group", id=name + "g")
                for letter in "ab":
                    self.primitive(group, name + letter, "Dummy", places)
            else:
                self.primitive(clone, name + "i", "Stateful" if kind == "promotable" else "Dummy", places, promoted)
                if kind == "promotable":
                    self.masters.append(name + "i")
        self.tops.append(name)

    def constraint(self, constraints):
        kind = self.random.randrange(5)
        one, other = self.random.sample(self.tops, 2)
        score = self.pick(("INFINITY", "-INFINITY", "100", "-100", "1", "-1", "5", "1000"))
        if kind < 2:
            ET.SubElement(constraints, "rsc_location", id=self.new(), rsc=one, node=self.pick(self.nodes), score=score)
        elif kind == 2:
            ET.SubElement(constraints, "rsc_colocation", {"id": self.new(), "rsc": one, "with-rsc": other, "score": score})
        elif kind == 3:
            location = ET.SubElement(constraints, "rsc_location", id=self.new(), rsc=one)
            rule = ET.SubElement(location, "rule", id=self.new(), score=score)
            ET.SubElement(rule, "expression", id=self.new(), attribute="zone", operation=self.pick(("eq", "ne")), value=self.pick(("a", "b", "c")))
        else:
            ET.SubElement(constraints, "rsc_order", {"id": self.new(), "first": one, "then": other, "kind": self.pick(("Mandatory", "Optional", "Serialize"))})

    def state(self, status, number, node):
        state = ET.SubElement(status, "node_state", {"id": str(number), "uname": node, "in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"})
        if self.chance(0.06):
            state.attrib.update(self.pick(({"in_ccm": "false", "crmd": "offline"}, {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"})))
        values = {"standby": "on"} if self.chance(0.05) else {"shutdown": str(NOW - 9)} if self.chance(0.04) else {}
        for name in self.masters:
            if self.chance(0.6):
                values["master-" + name] = self.pick((5, 5, 10, 100))
        if self.chance(0.08) and self.running:
            name = self.pick(self.running)[0]
            values["fail-count-%s#monitor_10000" % name.split(":")[0]] = self.pick((1, 3, "INFINITY"))
        if values:
            holder = ET.SubElement(state, "transient_attributes", id=str(number))
            self.block(holder, "instance_attributes", values)
        entries = ET.SubElement(ET.SubElement(state, "lrm", id=str(number)), "lrm_resources")
        for name, kind, places, promoted in self.running:
            entry = ET.SubElement(entries, "lrm_resource", {"id": name, "class": "ocf", "provider": "pacemaker", "type": kind})
            steps = [("start", 0, 0), ("monitor", 10000, 0)] if node in places else [("monitor", 0, 7)]
            if node in promoted:
                steps = [("start", 0, 0), ("promote", 0, 0)]
            elif node in places and self.chance(0.03):
                steps[1] = ("monitor", 10000, self.pick((1, 7)))
            for call, (task, interval, rc) in enumerate(steps, 3):
                key = "%d:1:%d:%s" % (call, 7 if task == "monitor" and not interval else 0, OWNER)
                ET.SubElement(entry, "lrm_rsc_op", {
                    "id": "%s_%s_%d" % (name, task, interval), "operation": task, "operation_key": "%s_%s_%d" % (name, task, interval), "crm_feature_set": "3.16.1",
                    "transition-key": key, "transition-magic": "0:%d;%s" % (rc, key), "on_node": node, "call-id": str(call), "rc-code": str(rc), "op-status": "0",
                    "interval": str(interval), "last-rc-change": str(NOW - 100 - call)})

    def cib(self):
        cib = ET.Element("cib", {"crm_feature_set": "3.16.1", "validate-with": "pacemaker-3.9", "epoch": "3", "num_updates": "1", "admin_epoch": "0", "dc-uuid": "1", "have-quorum": "1",
                                 "execution-date": str(NOW)})
        configuration = ET.SubElement(cib, "configuration")
        options = {"stonith-enabled": "false", "concurrent-fencing": "true"}
        self.weights = self.chance(0.3)
        if self.weights:
            options["placement-strategy"] = self.pick(("balanced", "utilization", "minimal"))
        if self.chance(0.2):
            options["symmetric-cluster"] = "false"
        self.block(ET.SubElement(configuration, "crm_config"), "cluster_property_set", options)
        nodes = ET.SubElement(configuration, "nodes")
        plain = self.chance(0.4)
        count = self.random.randint(6, 20)
        self.nodes = list(dict.fromkeys("node%d" % n if plain else self.word() for n in range(1, count + 1)))
        self.random.shuffle(self.nodes)
        for number, name in enumerate(self.nodes, 1):
            node = ET.SubElement(nodes, "node", id=str(number), uname=name)
            self.block(node, "instance_attributes", {"zone": self.pick("abc")} if self.chance(0.5) else {})
            if self.weights:
                self.block(node, "utilization", {"cpu": self.random.randint(2, 9)})
        resources = ET.SubElement(configuration, "resources")
        self.tops, self.masters = [], []
        for _ in range(self.random.randint(2, 5)):
            name = self.word().replace(".", "-")
            if name not in self.tops and name not in self.nodes:
                self.resource(resources, name)
        constraints = ET.SubElement(configuration, "constraints")
        for _ in range(self.random.randint(0, 4)):
            if len(self.tops) > 1:
                self.constraint(constraints)
        if self.chance(0.3):
            self.block(ET.SubElement(configuration, "rsc_defaults"), "meta_attributes", {"resource-stickiness": self.pick((1, 100))})
        status = ET.SubElement(cib, "status")
        for number, name in enumerate(self.nodes, 1):
            self.state(status, number, name)
        return cib


def crowd(seed):
    """The CIB of a seed as bytes."""
    return ET.tostring(Crowd(seed).cib())
