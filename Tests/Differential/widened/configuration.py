# SPDX-License-Identifier: GPL-2.0-or-later
"""What generated configurations do not have: defaults with rules, references, guests, bundles in every form."""
import xml.etree.ElementTree as ET

from widened.document import Document


class Configuration(Document):
    """Additions to the configuration."""

    def options(self):
        block = self.configuration.find("./crm_config/cluster_property_set")
        if block is None:
            block = ET.SubElement(self.configuration.find("crm_config"), "cluster_property_set", id="cib-bootstrap-options")
        known = {p.get("name") for p in block}
        for name, values, probability in (
                ("stonith-watchdog-timeout", ("10s", "-1", "0"), 0.15), ("stonith-timeout", ("90s", "2min"), 0.1),
                ("cluster-delay", ("30s",), 0.1), ("migration-limit", ("1", "2", "-1"), 0.1), ("batch-limit", ("5",), 0.05),
                ("no-quorum-policy", ("fence", "demote", "freeze"), 0.1), ("shutdown-lock", ("true",), 0.25),
                ("shutdown-lock-limit", ("10min", "1h", "0"), 0.15), ("have-watchdog", ("true",), 0.1),
                ("node-pending-timeout", ("2h", "0", "60s"), 0.15), ("stop-removed-resources", ("false",), 0.0),
                ("priority-fencing-delay", ("15s", "5s"), 0.15), ("node-health-strategy", ("progressive", "migrate-on-red", "custom"), 0.1),
                ("node-health-base", ("5", "-5"), 0.05), ("placement-strategy", ("balanced", "utilization", "minimal"), 0.15)):
            if name not in known and self.chance(probability):
                ET.SubElement(block, "nvpair", id=self.new("o"), name=name, value=self.pick(values))

    def defaults(self):
        if self.chance(0.3) and self.configuration.find("rsc_defaults") is None:
            section = ET.SubElement(self.configuration, "rsc_defaults")
            for _ in range(self.random.randint(1, 2)):
                block = self.block(section, "meta_attributes", {self.pick(("resource-stickiness", "priority")): self.pick(("5", "50", "0"))}
                                   if self.chance(0.7) else {"migration-threshold": "2"}, score=str(self.random.randint(0, 9)))
                if self.chance(0.6):
                    rule = ET.Element("rule", id=self.new("r"), **{"boolean-op": "and"})
                    agent = {"class": "ocf"}
                    if self.chance(0.6):
                        agent["type"] = self.pick(("Dummy", "Stateful", "remote"))
                    ET.SubElement(rule, "rsc_expression", id=self.new("e"), **agent)
                    block.insert(0, rule)
        if self.chance(0.3) and self.configuration.find("op_defaults") is None:
            section = ET.SubElement(self.configuration, "op_defaults")
            for _ in range(self.random.randint(1, 2)):
                values = self.pick(({"timeout": "41s"}, {"on-fail": self.pick(("block", "restart", "stop", "standby", "demote", "ignore"))},
                                    {"start-delay": "3s"}, {"record-pending": "true"}, {"timeout": "1min", "on-fail": "restart"}))
                block = self.block(section, "meta_attributes", values, score=str(self.random.randint(0, 9)))
                if self.chance(0.7):
                    rule = ET.Element("rule", id=self.new("r"), **{"boolean-op": self.pick(("and", "or"))})
                    operation = {"name": self.pick(("monitor", "start", "stop", "promote"))}
                    if operation["name"] == "monitor" and self.chance(0.6):
                        operation["interval"] = self.pick(("10s", "0", "30"))
                    ET.SubElement(rule, "op_expression", id=self.new("e"), **operation)
                    if self.chance(0.5):
                        ET.SubElement(rule, "rsc_expression", id=self.new("e"), type=self.pick(("Dummy", "Stateful", "fence_xvm")))
                    block.insert(0, rule)

    def resource_options(self):
        for element in self.elements("primitive", "group", "clone", "bundle"):
            if self.chance(0.12):
                self.meta(element, dict([self.pick((
                    ("target-role", "Stopped"), ("target-role", "Promoted"), ("is-managed", "false"), ("maintenance", "true"),
                    ("resource-stickiness", "INFINITY"), ("priority", "7"), ("critical", "false"), ("failure-timeout", "PT1H"),
                    ("migration-threshold", "1"), ("allow-migrate", "true"), ("container-attribute-target", "host"),
                    ("requires", "quorum"), ("requires", "unfencing"), ("requires", "nothing"), ("multiple-active", "stop_unexpected"),
                    ("allow-unhealthy-nodes", "true"), ("remote-allow-migrate", "false")))]))
            if element.tag == "primitive" and element.get("class") == "stonith":
                values = {}
                if self.chance(0.3):
                    values["pcmk_monitor_timeout"] = "71s"
                if self.chance(0.3):
                    values["pcmk_host_list"] = " ".join(self.nodes[:2])
                if self.chance(0.3):
                    values["passwd"] = "secret"
                if values:
                    self.place_parameters(element, values)
                if self.chance(0.25):
                    self.meta(element, {"provides": "unfencing"})

    def guests(self):
        members = [m for g in self.elements("group") for m in g if m.tag == "primitive"]
        parents = {c: p for p in self.resources.iter() for c in p}
        members = [m for m in members if parents[parents[m]].tag == "resources"]
        if members and self.chance(0.25):
            member = self.pick(members)
            name = self.new("guest")
            self.meta(member, {"remote-node": name, "remote-addr": "10.0.0.77"})
            if self.chance(0.7):
                self.state(name)

    def wrappings(self):
        """Clones around primitives of all classes, fence devices included."""
        for element in list(self.resources):
            if element.tag != "primitive" or element.get("type") == "remote" or not self.chance(0.15):
                continue
            if any(pair.get("name") == "remote-node" for pair in element.iter("nvpair")):
                continue
            clone = ET.Element("clone", id=self.new("clone"))
            self.resources[list(self.resources).index(element)] = clone
            values = {name: value for name, value, probability in (
                ("interleave", "true", 0.4), ("clone-max", self.pick(("1", "2")), 0.4), ("globally-unique", "true", 0.2), ("notify", "true", 0.2))
                if self.chance(probability)}
            if values:
                self.block(clone, "meta_attributes", values)
            clone.append(element)

    def remote_entries(self):
        """Remote and guest nodes as the configuration keeps them: with attributes, standby, maintenance, utilization."""
        nodes = self.configuration.find("nodes")
        names = [p.get("id") for p in self.elements("primitive") if p.get("type") == "remote"]
        names += [pair.get("value") for pair in self.resources.iter("nvpair") if pair.get("name") == "remote-node"]
        for name in names:
            if self.chance(0.5) and all(node.get("uname") != name for node in nodes):
                node = ET.SubElement(nodes, "node", id=name, uname=name, type="remote")
                values = {key: value for key, value, probability in (
                    ("standby", "on", 0.2), ("maintenance", "true", 0.15), ("rack", self.pick(("a", "b")), 0.5), ("#health-x", "yellow", 0.1))
                    if self.chance(probability)}
                if values:
                    self.block(node, "instance_attributes", values)
                if self.chance(0.4):
                    self.block(node, "utilization", {"cpu": str(self.random.randint(1, 6)), "mem": "1024"})

    def bundles(self):
        for bundle in self.elements("bundle"):
            container = bundle.find("docker") if bundle.find("docker") is not None else bundle.find("podman")
            if self.chance(0.2):
                container.set("run-command", "/usr/sbin/pacemaker-remoted")
            if self.chance(0.2):
                container.set("options", "--log-driver=journald")
            if self.chance(0.15):
                container.set("network", "host")
            if self.chance(0.2) and bundle.find("primitive") is None:
                container.set("replicas-per-host", "2")
            network = bundle.find("network")
            if network is not None and self.chance(0.2):
                network.set("host-interface", "eth0")
            if network is not None and self.chance(0.2):
                network.set("add-host", "false")

    def ghosts(self):
        """Histories of what is not configured any more, and of other agents than are configured."""
        holders = [s.find("./lrm/lrm_resources") for s in self.status.findall("node_state") if s.find("./lrm/lrm_resources") is not None]
        for _ in range(self.random.randint(0, 2)):
            if not holders:
                return
            holder = self.pick(holders)
            name = self.new("ghost")
            entry = ET.SubElement(holder, "lrm_resource", {"id": name, "class": "ocf", "provider": "pacemaker",
                                                           "type": self.pick(("Dummy", "Stateful", "remote"))})
            if self.chance(0.3) and self.tops:
                entry.set("container", self.pick(self.tops))
            self.operation(entry, name, self.pick(("start", "stop", "promote")), 0, self.pick((0, 0, 1)), 4, self.pick(self.nodes))
            if self.chance(0.5):
                self.operation(entry, name, "monitor", 10000, self.pick((0, 7, 8)), 6, self.pick(self.nodes), id=name + "_monitor_10000")
        for _, entry in self.entries():
            if self.chance(0.03):
                entry.set(self.pick(("type", "provider")), "other")

    def references(self):
        """Operations only: the reference (3.0.3) does not find blocks of attributes of other resources any more."""
        primitives = [p for p in self.elements("primitive") if p.get("class") != "stonith"]
        with_operations = [p for p in primitives if p.find("operations") is not None and p.find("operations").get("id-ref") is None]
        without = [p for p in primitives if p.find("operations") is None]
        if with_operations and without and self.chance(0.2):
            source = self.pick(with_operations).find("operations")
            if source.get("id") is None:
                source.set("id", self.new("ops"))
            self.place(self.pick(without), ET.Element("operations", {"id-ref": source.get("id")}), ("utilization",))

    def operation_parameters(self):
        for operation in self.elements("op"):
            if self.chance(0.08) and operation.find("instance_attributes") is None:
                self.block(operation, "instance_attributes", {"depth": self.pick(("10", "20"))})
            if self.chance(0.05):
                operation.set("interval", {"10s": "PT10S", "30": "0:0:30", "60000ms": "1m"}.get(operation.get("interval"), operation.get("interval")))
                if operation.get("interval") == "0:0:30":
                    operation.set("interval", "30s")
