# SPDX-License-Identifier: GPL-2.0-or-later
"""Resources with odd meta-attributes and agents, and operations of every role and interval."""
import xml.etree.ElementTree as ET

from rarities.rules import Rules
from rarities.values import INSTANTS, ON_FAIL, ROLES


class Resources(Rules):
    """Resources and their operations."""

    def odd_meta(self):
        names = (("target-role", ROLES + ("started", "MASTER")), ("is-managed", ("false", "true", "off")), ("maintenance", ("true", "off")),
                 ("resource-stickiness", ("10", "-10", "-INFINITY", "INFINITY")), ("priority", ("3", "-3", "INFINITY", "1000001")), ("critical", ("false", "no")),
                 ("failure-timeout", ("PT10M", "90000", "1h", "5ms", "0")), ("migration-threshold", ("0", "1", "INFINITY")), ("allow-migrate", ("true", "false")),
                 ("container-attribute-target", ("host",)), ("requires", ("nothing", "quorum", "fencing", "unfencing")),
                 ("multiple-active", ("block", "stop_only", "stop_start", "stop_unexpected")), ("allow-unhealthy-nodes", ("true",)), ("restart-type", ("restart", "ignore")),
                 ("provides", ("unfencing",)), ("clone-max", ("0", "1", "5", "100")), ("clone-node-max", ("0", "1", "2")), ("clone-min", ("0", "1", "3")),
                 ("promoted-max", ("0", "1", "3")), ("promoted-node-max", ("0", "1", "2")), ("master-max", ("2",)), ("master-node-max", ("2",)),
                 ("promotable", ("true", "false")), ("interleave", ("true", "false")), ("ordered", ("true", "false")), ("notify", ("true", "false")),
                 ("globally-unique", ("true", "false")), ("collocated", ("false",)), ("remote-clear-port", ("1",)), ("resource-discovery-enabled", ("false",)))
        for element in self.elements("primitive", "group", "clone", "bundle", "template", "master"):
            if self.chance(0.25):
                values = {}
                for _ in range(self.random.randint(1, 2)):
                    name, sensible = self.pick(names)
                    values[name] = self.value(*sensible, odd=0.15)
                self.ruled(element, "meta_attributes", values, at=0)
        if self.chance(0.25):
            for tag in ("rsc_defaults",):
                if self.configuration.find(tag) is None:
                    name, sensible = self.pick(names)
                    self.ruled(ET.SubElement(self.configuration, tag), "meta_attributes", {name: self.value(*sensible, odd=0.1)})

    def agents(self):
        for element in self.elements("primitive"):
            if element.get("class") == "ocf" and element.get("type") == "Dummy" and self.chance(0.2):
                other = self.pick((("lsb", None, "exim"), ("systemd", None, "httpd"), ("service", None, "cron"), ("ocf", "heartbeat", "IPaddr2")))
                element.set("class", other[0])
                element.set("type", other[2])
                element.attrib.pop("provider", None)
                if other[1]:
                    element.set("provider", other[1])
                for _, entry in self.entries():
                    if entry.get("id").split(":")[0] == element.get("id") and self.chance(0.8):
                        for name in ("class", "provider", "type"):
                            entry.attrib.pop(name, None)
                            if element.get(name):
                                entry.set(name, element.get(name))
            if element.get("class") in ("ocf", "stonith") and self.chance(0.15):
                holder = ET.Element("holder")
                block = self.ruled(holder, "instance_attributes", {self.pick(("state", "fake", "server", "pcmk_host_map", "pcmk_reboot_timeout", "envfile")):
                                                                   self.pick(("1", "x", "/a b", "node1:1;node2:2", "60s"))}, attributes=True)
                self.place(element, block, ("operations", "utilization"))

    def container_metas(self):
        primitives = [p for p in self.elements("primitive") if p.get("class") != "stonith" and p.get("type") != "remote"]
        used = []
        for _ in range(self.random.randint(1, 3)):
            if len(primitives) < 2:
                return
            inner, outer = self.random.sample(primitives, 2)
            if inner in used or outer in used:
                continue
            used += [inner, outer]
            self.meta(inner, {"container": outer.get("id")})
            if self.chance(0.6):
                for operation in inner.iter("op"):
                    if self.chance(0.5):
                        operation.set("on-fail", "restart-container")

    def fence_topology(self):
        fences = [p.get("id") for p in self.elements("primitive") if p.get("class") == "stonith"] or ["no-such-device"]
        if self.configuration.find("fencing-topology") is None:
            topology = ET.SubElement(self.configuration, "fencing-topology")
            for index in range(1, self.random.randint(1, 3) + 1):
                level = ET.SubElement(topology, "fencing-level", id=self.new("fl"), index=str(index), devices=self.pick(fences))
                if self.chance(0.7):
                    level.set("target", self.pick(self.nodes or ["x"]))
                elif self.chance(0.5):
                    level.set("target-pattern", "node.*")
                else:
                    level.set("target-attribute", "rack")
                    level.set("target-value", "a")

    def more_bundles(self):
        number = 0
        for bundle in self.elements("bundle"):
            number += 1
            container = next(child for child in bundle if child.tag in ("docker", "podman"))
            for name, values in (("replicas", ("0", "1", "4") if self.loose else ("1", "4")), ("replicas-per-host", ("1", "2", "3")), ("promoted-max", ("0", "1", "5")), ("run-command", ("/bin/x",)),
                                 ("network", ("host", "bridge")), ("options", ("-v /a:/b", "")), ("image", ("other:1",))):
                if self.chance(0.25):
                    container.set(name, self.pick(values))
            network = bundle.find("network")
            if network is None and self.chance(0.3):
                network = ET.Element("network")
                bundle.insert(list(bundle).index(container) + 1, network)
            if network is not None:
                for name, values in (("ip-range-start", ("192.168.7.254", "10.1.1.9")), ("host-netmask", ("16",)), ("control-port", ("3333",)),
                                     ("host-interface", ("eth1",)), ("add-host", ("false", "true"))):
                    if self.chance(0.3):
                        network.set(name, self.pick(values))
                for _ in range(self.random.choice((0, 0, 1, 2))):
                    mapping = ET.SubElement(network, "port-mapping", id=self.new("port"))
                    if self.chance(0.6):
                        mapping.set("port", str(self.random.randint(1, 99)))
                        if self.chance(0.5):
                            mapping.set("internal-port", "8080")
                    else:
                        mapping.set("range", "1000-1010")
            storage = bundle.find("storage")
            if storage is None and self.chance(0.3):
                storage = ET.Element("storage")
                after = network if network is not None else container
                bundle.insert(list(bundle).index(after) + 1, storage)
            for _ in range(self.random.choice((0, 1, 2)) if storage is not None else 0):
                mapping = ET.SubElement(storage, "storage-mapping", {"id": self.new("map"), "target-dir": "/t%d" % self.number,
                                                                     self.pick(("source-dir", "source-dir-root")): "/s"})
                if self.chance(0.5):
                    mapping.set("options", self.pick(("ro", "rw,Z")))
            if self.chance(0.4):
                self.ruled(bundle, "meta_attributes", {self.pick(("target-role", "is-managed", "maintenance", "priority", "resource-stickiness", "migration-threshold",
                                                                  "failure-timeout", "allow-unhealthy-nodes", "multiple-active", "interleave", "notify")):
                                                       self.value("Stopped", "Promoted", "Unpromoted", "false", "true", "1", "10", "stop_only", odd=0.1)}, at=0)

    def odd_operations(self):
        for element in self.elements("primitive", "template"):
            if not self.chance(0.4):
                continue
            operations = element.find("operations")
            if operations is None:
                operations = ET.Element("operations")
                self.place(element, operations, ("utilization",))
            if operations.get("id-ref"):
                continue
            for _ in range(self.random.randint(1, 3)):
                name = self.pick(("monitor", "monitor", "monitor", "start", "stop", "promote", "demote", "migrate_to", "migrate_from", "notify", "reload", "meta-data"))
                op = ET.SubElement(operations, "op", id=self.new("op"), name=name, interval=self.value("0", "10s", "10s", "12s", "20s", "1min", "PT1M", "500ms", "0.5s",
                                                                                                    odd=0.05) if name == "monitor" or self.chance(0.05) else "0")
                place = op
                if self.chance(0.35):
                    place = {}
                for key, values, probability in (("role", ROLES, 0.4), ("on-fail", ON_FAIL if self.loose else ON_FAIL[:8], 0.45), ("timeout", ("5", "1min", "PT2M", "300ms"), 0.4),
                                                 ("start-delay", ("5s", "2min", "0"), 0.12), ("interval-origin", INSTANTS, 0.12), ("enabled", ("true", "false"), 0.15),
                                                 ("record-pending", ("true", "false"), 0.15)):
                    if self.chance(probability):
                        if not isinstance(place, dict):
                            place.set(key, self.pick(values))
                        elif key != "role":
                            place[key] = self.value(*values, odd=0.12)
                if self.loose and self.chance(0.1):
                    op.set("requires", self.pick(("nothing", "quorum", "fencing")))
                if isinstance(place, dict) and place:
                    self.ruled(op, "meta_attributes", place)
        if self.chance(0.2) and self.configuration.find("op_defaults") is None:
            section = ET.SubElement(self.configuration, "op_defaults")
            for _ in range(self.random.randint(1, 2)):
                block = self.ruled(section, "meta_attributes", {self.pick(("timeout", "on-fail", "start-delay", "interval-origin", "enabled", "record-pending", "interval", "role")):
                                                                self.value("17s", "block", "restart", "ignore", "2023-01-01", "false", "Stopped", odd=0.1)})
                if block.find("rule") is None and self.chance(0.5):
                    rule = ET.Element("rule", id=self.new("r"))
                    ET.SubElement(rule, "op_expression", id=self.new("e"), name=self.pick(("monitor", "start", "stop", "notify", "promote")))
                    if self.chance(0.5):
                        rule.append(self.date())
                    block.insert(0, rule)
