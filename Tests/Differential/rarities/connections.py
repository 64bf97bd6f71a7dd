# SPDX-License-Identifier: GPL-2.0-or-later
"""Remote and guest nodes with every option, on hosts in every state of the connection."""
import xml.etree.ElementTree as ET

from rarities.rules import Rules
from rarities.values import ON_FAIL


class Connections(Rules):
    """Remote and guest nodes."""

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
