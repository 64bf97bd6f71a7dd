# SPDX-License-Identifier: GPL-2.0-or-later
"""Options, nodes and their states in old, odd and broken forms."""
import xml.etree.ElementTree as ET

from choices import SCORES
from rarities.rules import Rules
from widened.document import EMPTY_DIGEST


class Cluster(Rules):
    """The cluster and its nodes."""

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
