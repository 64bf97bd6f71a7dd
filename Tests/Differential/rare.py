#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds to a CIB, generated or recorded, what configurations seldom have and the other generators never make: values that mean nothing,
attributes and states in old forms, several blocks of attributes with scores and rules, rules about every part of a date, containers
without remote nodes, resource discovery by node, resource sets with all their attributes, operations of every role and interval,
results and fail counts as old or broken programs leave them. Each seed takes a few of the steps."""
import copy
import random
import xml.etree.ElementTree as ET

from generate import NOW, OWNER, RESULTS, SCORES
from widen import EMPTY_DIGEST, Widener

WHENS = (NOW - 5, NOW - 60, NOW - 3600, NOW - 100000, NOW + 50, 0, 1)
INSTANTS = ("2023-11-14", "2023-11-14 22:15:00Z", "2023-11-14T22:15:00+01:00", "20231114", "2023-318", "2023-W46-2", "20231114T221500Z",
            "2023-11-14 24:00:00Z", "2024-02-29", "2023-11-13 23:15:00 -01:00", "2023-11-14 22:15Z", "1970-01-01")
# What a value has that a careless hand wrote.
ODD = ("", "abc", "-1", "0", "1.5", "12abc", " 7", "+INFINITY", "true", "2147483648", "99999999999999999999", "#default")
ON_FAIL = ("ignore", "block", "stop", "restart", "standby", "fence", "demote", "restart-container", "reset-remote", "bogus")
ROLES = ("Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave")


class Rarer(Widener):
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

    # -- rules -------------------------------------------------------------

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

    # -- the cluster ---------------------------------------------------------

    def root(self):
        for name, values in (("have-quorum", ("0", "1", "true", "false")), ("dc-uuid", ("2", "nobody", "1")),
                             ("crm_feature_set", ("3.0.1", "3.0.14", "3.19.0", "3.20.5")), ("cib-last-written", ("yesterday",))):
            if self.chance(0.25):
                self.cib.set(name, self.pick(values))
        if self.loose and self.chance(0.4):
            self.cib.set("no-quorum-panic", self.pick(("1", "0", "-3")))
        for name in ("have-quorum", "dc-uuid"):
            if self.chance(0.1) and name in self.cib.attrib:
                del self.cib.attrib[name]

    def odd_options(self):
        names = ("no-quorum-policy", "stonith-action", "stonith-enabled", "fencing-enabled", "fencing-action", "stop-removed-resources", "cancel-removed-actions",
                 "symmetric-cluster", "maintenance-mode", "start-failure-is-fatal", "startup-fencing", "placement-strategy", "node-health-strategy",
                 "node-health-base", "node-health-red", "node-health-green", "node-health-yellow", "shutdown-lock", "shutdown-lock-limit", "cluster-delay",
                 "batch-limit", "migration-limit", "priority-fencing-delay", "stonith-timeout", "fencing-timeout", "fence-remote-without-quorum",
                 "node-pending-timeout", "concurrent-fencing", "enable-startup-probes", "stop-all-resources", "stonith-watchdog-timeout",
                 "fencing-watchdog-timeout", "remove-after-stop", "site-name", "cluster-name", "enable-acl", "is-managed-default",
                 "default-resource-stickiness", "no_quorum_policy", "stonith_enabled", "have-watchdog")
        section = self.configuration.find("crm_config")
        for _ in range(self.random.randint(1, 2)):
            values = {self.pick(names): self.value("true", "false", "ignore", "freeze", "fence", "suicide", "demote", "off", "poweroff", "reboot", "10", "30s",
                                                   "5min", "PT1M", "1h", "balanced", "custom", "progressive", "migrate-on-red", "only-green", "-INFINITY", "yellow")
                      for _ in range(self.random.randint(1, 3))}
            if self.chance(0.6):
                self.ruled(section, "cluster_property_set", values)
            else:
                block = section.find("cluster_property_set")
                for name, value in values.items() if block is not None else ():
                    ET.SubElement(block, "nvpair", id=self.new("o"), name=name, value=value)

    def node_entries(self):
        for node in self.configuration.find("nodes"):
            if self.chance(0.15):
                node.set("type", self.pick(("member", "ping", "Member", "remote", "bogus") if self.loose else ("member", "member", "ping")))
            if self.chance(0.12):
                node.set("score", self.pick(SCORES))
            if self.chance(0.3):
                self.ruled(node, "instance_attributes", {self.pick(("rack", "cores", "standby", "maintenance", "#health-x", "site-name", "r1", "terminate", "pingd",
                                                                    "resource-discovery-enabled", "#kind", "#uname", "shutdown")):
                                                         self.value("a", "b", "true", "false", "on", "off", "4", "red", "yellow", "green", "-20")})
            if self.chance(0.15):
                self.ruled(node, "utilization", {self.pick(("cpu", "mem", "disk")): self.value("1", "4", "2048", "0")})
        if self.chance(0.1):
            ET.SubElement(self.configuration.find("nodes"), "node", id="%d" % self.random.randint(50, 99), uname=self.new("absent"))

    # -- states --------------------------------------------------------------

    def states(self):
        for state in self.status.findall("node_state"):
            if state.get("remote_node") is not None or not self.chance(0.35):
                if state.get("remote_node") is not None and self.chance(0.3):
                    state.set(*self.pick((("in_ccm", "false"), ("node_in_maintenance", "true"), ("node_in_maintenance", "1"), ("node_fenced", "0"),
                                          ("node_fenced", str(self.now - 10)), ("remote_node", "false"), ("in_ccm", "0"), ("crmd", "online"))))
                continue
            for name, values in (("in_ccm", ("true", "false", "0", "1", str(self.now - 7), str(self.now - 90000), "x")),
                                 ("crmd", ("online", "offline", "0", str(self.now - 7), str(self.now - 90000), "x")),
                                 ("join", ("member", "down", "pending", "nack", "banned", "x")), ("expected", ("member", "down", "x")),
                                 ("ha", ("active", "dead")), ("shutdown", ("1", "0", str(self.now - 7))), ("node_fenced", ("1",)),
                                 ("node_in_maintenance", ("true",))):
                if self.chance(0.3):
                    state.set(name, self.pick(values))
                elif self.chance(0.06) and name in state.attrib:
                    del state.attrib[name]
        if self.chance(0.1):
            states = self.status.findall("node_state")
            if states:
                self.pick(states).attrib.pop("uname", None)

    def transients(self):
        names = ("shutdown", "standby", "terminate", "maintenance", "probe_complete", "#node-unfenced", "#health-y", "#digests-all", "#digests-secure",
                 "#feature-set", "resource-discovery-enabled", "#uname", "#kind", "#is_dc", "site-name", "rack", "pingd")
        fences = [p for p in self.elements("primitive") if p.get("class") == "stonith"]
        for state in self.status.findall("node_state"):
            for _ in range(self.random.choice((0, 0, 1, 2))):
                name = self.pick(names)
                if name.startswith("#digests"):
                    value = ",".join("%s:%s:%s" % (f.get("id"), f.get("type"), self.pick((EMPTY_DIGEST, "0" * 32))) for f in fences) + ","
                else:
                    value = self.pick(("0", "1", "true", "false", "on", "off", "yes", str(self.now - 10), str(self.now + 100), "red", "3.19.0", "bogus", "default", ""))
                self.attribute(state, name, value)
            for primitive in self.random.sample(self.elements("primitive"), min(2, len(self.elements("primitive")))):
                if not self.chance(0.2):
                    continue
                name = primitive.get("id") + self.pick(("", ":0", ":1", ""))
                operation = self.pick(("", "#monitor_10000", "#start_0", "#stop_0", "#promote_0", "#demote_0", "#migrate_to_0", "#migrate_from_0", "#monitor_0", "#x"))
                self.attribute(state, "fail-count-%s%s" % (name, operation), self.pick(("1", "2", "INFINITY", "0", "abc", "-1", "+INFINITY", "1000000", "2000000")))
                if self.chance(0.6):
                    self.attribute(state, "last-failure-%s%s" % (name, operation), self.when())
                if self.chance(0.3):
                    self.attribute(state, "%s-%s" % (self.pick(("master", "promotion")), name), self.pick(SCORES + ("abc", "12abc")))

    # -- resources -----------------------------------------------------------

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

    def remote_metas(self):
        """Guest nodes on resources of every place, with all the options of the connection."""
        primitives = [p for p in self.elements("primitive") if p.get("class") != "stonith" and p.get("type") != "remote"
                      and not any(pair.get("name") == "remote-node" for pair in p.iter("nvpair"))]
        for _ in range(self.random.randint(1, 2)):
            if not primitives:
                return
            name = self.new("guest")
            values = {"remote-node": name}
            for key, allowed in (("remote-addr", ("10.0.0.78",)), ("remote-port", ("3122",)), ("remote-connect-timeout", ("15s", "abc")),
                                 ("remote-allow-migrate", ("true", "false")), ("is-managed", ("false", "true")), ("allow-migrate", ("true",))):
                if self.chance(0.3):
                    values[key] = self.pick(allowed)
            self.meta(self.pick(primitives), values)
            state = self.state(name)
            if self.chance(0.6):
                hosts = [s for s in self.status.findall("node_state") if s.get("remote_node") is None and s.find("lrm/lrm_resources") is not None]
                for host in self.random.sample(hosts, min(len(hosts), 1)):
                    self.connection(host, name)
            for primitive in self.random.sample(primitives, min(2, len(primitives))):
                if self.chance(0.5):
                    self.some_history(state, primitive)

    def connection(self, host, name):
        entry = self.entry(host, name, {"class": "ocf", "provider": "pacemaker", "type": "remote"})
        node = host.get("uname", "")
        kind = self.random.randrange(7)
        if kind == 0:
            self.operation(entry, name, "monitor", 0, self.pick((7, 1, 0)), 3, node)
            return
        self.operation(entry, name, self.pick(("start", "start", "start", "migrate_from", "stop")), 0, self.pick((0, 0, 0, 1, 5)), 4, node)
        if kind < 5:
            self.operation(entry, name, "monitor", self.pick((20000, 30000, 60000)), self.pick((0, 1, 7, 193)), 5, node,
                           id=name + self.pick(("_monitor_30000", "_last_failure_0", "_monitor_20000")))

    def remotes(self):
        """Remote connections with options of their operations, on hosts in every state of the connection."""
        hosts = [s for s in self.status.findall("node_state") if s.get("remote_node") is None and s.find("lrm/lrm_resources") is not None]
        for element in self.elements("primitive"):
            if element.get("type") != "remote":
                continue
            operations = element.find("operations")
            if operations is None:
                operations = ET.Element("operations")
                self.place(element, operations, ("utilization",))
            for name, interval in (("monitor", "30s"), ("start", "0"), ("stop", "0"), ("migrate_to", "0")):
                if self.chance(0.4) and not any(o.get("name") == name for o in operations):
                    op = ET.SubElement(operations, "op", id=self.new("op"), name=name, interval=interval)
                    if self.chance(0.6):
                        op.set("on-fail", self.pick(ON_FAIL if self.loose else ON_FAIL[:8]))
            if self.chance(0.4):
                self.place_parameters(element, {"reconnect_interval": self.pick(("60s", "5min", "0", "abc", "PT1H"))})
            for host in self.random.sample(hosts, min(len(hosts), self.random.choice((0, 1, 1, 2)))):
                self.connection(host, element.get("id"))
            state = self.state(element.get("id"))
            for primitive in self.random.sample(self.elements("primitive"), 1):
                if primitive is not element and self.chance(0.5):
                    self.some_history(state, primitive)

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

    # -- operations ----------------------------------------------------------

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

    # -- constraints ---------------------------------------------------------

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

    # -- history -------------------------------------------------------------

    def some_history(self, state, primitive):
        name = primitive.get("id") + self.pick(("", "", "", ":0", ":1", ":2", ":01", ":"))
        agent = {key: primitive.get(key) for key in ("class", "provider", "type") if primitive.get(key)}
        if not agent:
            agent = {"class": "ocf", "provider": "pacemaker", "type": "Dummy"}
        entry = self.entry(state, name, agent)
        if entry is None:
            return
        node = state.get("uname", "")
        call = self.random.randint(1, 30)
        for _ in range(self.random.randint(1, 4)):
            call += self.pick((0, 1, 1, 2, -1))
            task = self.pick(("start", "stop", "monitor", "monitor", "promote", "demote", "notify", "migrate_to", "migrate_from", "reload", "reload-agent", "meta-data", "bogus"))
            interval = self.pick((0, 10000, 10000, 12000, 20000)) if task == "monitor" else 0
            if any(op.get("id") == "%s_%s_%d" % (name, task, interval) for op in entry):
                continue
            rc, status = self.pick(RESULTS + (190, 191, 194, 255)), self.pick((0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1))
            op = self.operation(entry, name, task, interval, rc, call, node, id="%s_%s_%d" % (name, task, interval))
            op.set("op-status", str(status))
            op.set("transition-magic", "%d:%d;%s" % (status, rc, op.get("transition-key")))
            if status == -1:
                op.set("call-id", "-1")
            if task.startswith("migrate") or self.chance(0.02):
                others = self.random.sample(self.nodes, min(2, len(self.nodes))) or [node]
                op.set("migrate_source", self.pick(others))
                op.set("migrate_target", self.pick(others))
            op.set("last-rc-change", self.when())
            if self.chance(0.3):
                op.set("exit-reason", "a reason")
            if self.chance(0.2):
                op.set("crm_feature_set", self.pick(("3.0.1", "3.0.9", "3.0.14", "3.1.0", "3.19.0", "2.0", "")))
            if self.loose and self.chance(0.1):
                op.attrib.pop(self.pick(("last-rc-change", "transition-key", "transition-magic", "rc-code", "op-status", "call-id", "interval", "operation_key", "on_node",
                                         "operation")), None)

    def histories(self):
        states = [s for s in self.status.findall("node_state") if s.find("lrm/lrm_resources") is not None]
        primitives = self.elements("primitive")
        for _ in range(self.random.randint(1, 4)):
            if states and primitives:
                self.some_history(self.pick(states), self.pick(primitives))

    def removed(self):
        """What is not configured any more: resources, fence devices, remote connections, instances, members of bundles."""
        states = [s for s in self.status.findall("node_state") if s.find("lrm/lrm_resources") is not None]
        for _ in range(self.random.randint(1, 3)):
            if not states:
                return
            name = self.pick(("gone", "gone:0", "gone:1", "gone-remote", "gone-fence", "gone-docker-0", "gone-0", "gone-ip-192.168.1.1")) + self.pick(("", "", "x"))
            agent = ({"class": "stonith", "type": "fence_xvm"} if "fence" in name else
                     {"class": "ocf", "provider": "pacemaker", "type": self.pick(("remote", "Dummy", "Stateful")) if "remote" in name or "-0" in name else self.pick(("Dummy", "Stateful"))})
            primitive = ET.Element("primitive", {"id": name, **agent})
            for state in self.random.sample(states, min(len(states), self.pick((1, 1, 2)))):
                self.some_history(state, primitive)
                if self.chance(0.3):
                    self.attribute(state, "fail-count-%s#monitor_10000" % name, "3")
        if self.chance(0.2) and len(self.resources) > 1:
            gone = self.pick(list(self.resources))
            if gone.tag != "template" and all(reference.get(key) != gone.get("id") for reference in self.constraints.iter()
                                              for key in ("rsc", "with-rsc", "first", "then", "id")):
                self.resources.remove(gone)

    STEPS = ("root", "odd_options", "node_entries", "states", "transients", "odd_meta", "agents", "container_metas", "remote_metas", "remotes", "fence_topology",
             "more_bundles", "odd_operations", "locations", "colocations", "orders", "tickets", "histories", "removed")

    def run(self):
        if self.loose:
            self.cib.set("validate-with", "none")
        for name in self.random.sample(self.STEPS, self.random.choice((1, 2, 2, 3, 4))):
            getattr(self, name)()
        return self.cib


def events(cib, seed):
    """Options of crm_simulate of every kind, several at once; mostly none."""
    r = random.Random(seed * 37 + 11)
    nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node")]
    primitives = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive")]
    remotes = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive") if p.get("type") == "remote"]
    remotes += [pair.get("value") for pair in cib.iter("nvpair") if pair.get("name") == "remote-node"]
    if not nodes or not primitives or r.random() < 0.6:
        return []
    chosen = []
    for _ in range(r.choice((1, 1, 2, 3))):
        node, primitive = r.choice(nodes + remotes), r.choice(primitives) + r.choice(("", "", "", ":0", ":1"))
        task = r.choice(("start_0", "stop_0", "monitor_10000", "monitor_0", "promote_0", "demote_0", "migrate_to_0", "migrate_from_0", "monitor_20000"))
        chosen += r.choice((
            ["-d", r.choice(nodes)], ["-u", r.choice(nodes)], ["-f", r.choice(nodes)], ["-q", r.choice(("true", "false"))], ["-w", r.choice(("true", "false"))], ["-t", r.choice(INSTANTS[:-1])],
            ["-g", "tA"], ["-r", "tB"], ["-b", "tA"], ["-e", "tB"], ["-F", "%s_%s@%s=%d" % (primitive, task, node, r.choice((1, 5, 6, 7)))],
            ["-i", "%s_%s@%s=%d" % (primitive, task, node, r.choice((0, 1, 5, 6, 7, 8, 9, 190, 191, 193)))]))
    return chosen


def rarer(text, seed):
    """A CIB (bytes) with rare things in it; None for a text that is no CIB."""
    cib = copy.deepcopy(ET.fromstring(text))
    if cib.find("./configuration/resources") is None or cib.find("status") is None or cib.find("./configuration/nodes") is None:
        return None
    return ET.tostring(Rarer(cib, seed).run())
