# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are: active twice, migrating elsewhere, unmanaged and failed, locked, with guests on hosts that are lost."""
import xml.etree.ElementTree as ET

from choices import NOW
from rarities.connections import Connections
from rarities.history import History


class Places(Connections, History):
    """Situations of resources on nodes."""

    def option(self, name, value):
        section = self.configuration.find("crm_config")
        for pair in section.iter("nvpair"):
            if pair.get("name") == name:
                pair.set("value", value)
                return
        block = section.find("cluster_property_set")
        if block is None:
            block = ET.SubElement(section, "cluster_property_set", id="cib-bootstrap-options")
        ET.SubElement(block, "nvpair", id=self.new("o"), name=name, value=value)

    def hosts(self):
        return [s for s in self.status.findall("node_state") if s.get("remote_node") is None and s.find("lrm/lrm_resources") is not None and s.get("uname")]

    def some(self, items, most=3):
        items = list(items)
        return self.random.sample(items, min(len(items), self.random.randint(1, most)))

    def plain(self):
        return [p for p in self.elements("primitive") if p.get("class") == "ocf" and p.get("type") != "remote"]

    def parent(self, element):
        return next((p for p in self.resources.iter() if element in list(p)), self.resources)

    def agent(self, primitive):
        """What runs a primitive, which its template may say."""
        template = next((t for t in self.resources if t.get("id") == primitive.get("template")), primitive)
        return {key: template.get(key) for key in ("class", "provider", "type") if template.get(key)}

    def home(self, state, primitive, name=None, promoted=False, monitor=0):
        """Makes a resource active on a node, with a monitor that has the result (None: without one)."""
        name = name or primitive.get("id")
        entry = self.entry(state, name, self.agent(primitive))
        if entry is None:
            return None
        node = state.get("uname", "")
        call = self.random.randint(1, 40)
        self.operation(entry, name, "start", 0, 0, call, node)
        if promoted:
            self.operation(entry, name, "promote", 0, 0, call + 1, node, id=name + "_promote_0")
        if monitor is not None:
            self.operation(entry, name, "monitor", self.pick((10000, 10000, 11000, 30000)), 8 if promoted and not monitor else monitor, call + 2, node,
                           id=name + ("_last_failure_0" if monitor else "_monitor_10000"))
        return entry

    def twice(self):
        """Active on several nodes, with every policy; members of groups, promoted instances, containers, some nodes in maintenance."""
        for primitive in self.some(self.plain()):
            self.meta(primitive, {"multiple-active": self.pick(("block", "stop_only", "stop_start", "stop_unexpected", "stop_unexpected"))})
            holder = self.parent(primitive)
            if holder.tag == "group" and self.chance(0.4):
                self.meta(holder, {"multiple-active": self.pick(("block", "stop_unexpected", "stop_only"))})
            promotable = primitive.get("type") == "Stateful"
            for state in self.some(self.hosts()):
                suffix = self.pick(("", "", ":0", ":1")) if holder.tag in ("clone", "master") or promotable else ""
                self.home(state, primitive, primitive.get("id") + suffix, promotable and self.chance(0.5), self.pick((0, 0, 0, 1, 7, None)))
                if self.chance(0.12):
                    self.attribute(state, "maintenance", "true")
        for clone in self.elements("clone", "master"):
            if self.chance(0.3):
                self.meta(clone, {"globally-unique": "true", "clone-node-max": self.pick(("1", "2", "3"))})

    def elsewhere(self):
        """Migrations on their way, also of what is active on a third node, starts, is unmanaged or has its target lost."""
        states = self.hosts()
        for primitive in self.some([p for p in self.plain() if self.parent(p).tag in ("resources", "group")], 2):
            if len(states) < 2:
                return
            source, target, *others = self.random.sample(states, min(3, len(states)))
            name, ends = primitive.get("id"), {"migrate_source": source.get("uname"), "migrate_target": target.get("uname")}
            entry = self.home(source, primitive, monitor=None)
            self.operation(entry, name, "migrate_to", 0, self.pick((0, 0, 0, 1)), 50, source.get("uname"), id=name + "_migrate_to_0", **ends)
            if self.chance(0.4):
                arrived = self.entry(target, name, self.agent(primitive))
                self.operation(arrived, name, "migrate_from", 0, self.pick((0, 1, 193)), 52, target.get("uname"), id=name + "_migrate_from_0", **ends)
                if self.chance(0.3):
                    arrived[-1].set("op-status", "-1")
                    arrived[-1].set("call-id", "-1")
            if others and self.chance(0.5):
                self.home(others[0], primitive)
            self.meta(primitive, {"allow-migrate": "true", **({"is-managed": "false"} if self.chance(0.15) else {})})
            for state in (source, target):
                if self.chance(0.2):
                    state.set(*self.pick((("in_ccm", "false"), ("crmd", "offline"), ("join", "down"))))
                elif self.chance(0.2):
                    self.attribute(state, self.pick(("standby", "shutdown", "maintenance")), self.pick(("true", str(NOW - 5))))

    def pending(self):
        """Operations under way, of what is configured to move, migrate or change."""
        for state, entry in self.some(self.entries(), 4):
            name = entry.get("id")
            task = self.pick(("start", "start", "promote", "demote", "stop", "monitor", "migrate_to", "notify"))
            key = "%s_%s_0" % (name, task)
            for old in [o for o in entry if o.get("id") in (key, name + "_last_0") and self.chance(0.6)]:
                entry.remove(old)
            if any(o.get("id") == key for o in entry):
                continue
            op = self.operation(entry, name, task, 0, 193, 60, state.get("uname", ""), id=key)
            op.set("op-status", "-1")
            op.set("call-id", "-1")
            op.set("transition-magic", "-1:193;" + op.get("transition-key"))
            if task == "migrate_to":
                op.set("migrate_source", state.get("uname", ""))
                op.set("migrate_target", self.pick(self.nodes or ["x"]))
            for other in entry:
                if self.chance(0.3):
                    other.set("op-digest", "0" * 32)
                    other.set("op-restart-digest", self.pick(("0" * 32, "f2317cad3d54cec5d7d7aa7d0bf35cf8")))
        for primitive in self.some(self.plain()):
            self.meta(primitive, {"allow-migrate": "true"})
            if self.chance(0.5):
                self.prefer(primitive.get("id"))

    def prefer(self, name):
        ET.SubElement(self.constraints, "rsc_location", id=self.new("l"), rsc=name, node=self.pick(self.nodes or ["x"]), score=self.pick(("INFINITY", "500", "-INFINITY")))

    def unmanaged(self):
        """What is unmanaged: failed, promoted, the connection or the container of a node, something that others wait for."""
        pool = self.elements("primitive", "group", "clone", "master", "bundle")
        for element in self.some(pool):
            self.meta(element, dict([self.pick((("is-managed", "false"), ("is-managed", "false"), ("maintenance", "true")))]))
            for primitive in [p for p in element.iter("primitive")][:2]:
                if self.chance(0.6):
                    for state in self.some(self.hosts(), 2):
                        entry = self.home(state, primitive, promoted=primitive.get("type") == "Stateful" and self.chance(0.5), monitor=self.pick((0, 1, 1, 7)))
                        if entry is not None and self.chance(0.3):
                            self.operation(entry, primitive.get("id"), "stop", 0, 1, 70, state.get("uname", ""), id=primitive.get("id") + "_stop_0")
            if self.tops and self.chance(0.6):
                pair = [element.get("id"), self.pick(self.tops)]
                self.random.shuffle(pair)
                if pair[0] != pair[1]:
                    ET.SubElement(self.constraints, "rsc_order", {"id": self.new("o"), "first": pair[0], "then": pair[1]})

    def frozen(self):
        """Without quorum, in the middle of something."""
        self.cib.set("have-quorum", "0")
        self.option("no-quorum-policy", self.pick(("freeze", "freeze", "demote", "stop", "fence", "ignore")))
        for primitive in self.some(self.plain(), 4):
            for state in self.some(self.hosts(), 2):
                self.home(state, primitive, promoted=primitive.get("type") == "Stateful" and self.chance(0.5), monitor=self.pick((0, 0, 1)))
                if primitive.get("type") == "Stateful":
                    self.attribute(state, "master-" + primitive.get("id"), self.pick(("5", "10", "100")))

    def lost_hosts(self):
        """Nodes that are lost, leaving, or in maintenance, with guests, remotes and bundles on them."""
        states = self.hosts()
        for state in self.some(states, 2):
            kind = self.random.randrange(6)
            if kind == 0:
                state.set("in_ccm", "false")
                state.set("crmd", "offline")
            elif kind == 1:
                for key, value in (("in_ccm", "false"), ("crmd", "offline"), ("join", "down"), ("expected", "down")):
                    state.set(key, value)
            else:
                for name in (("shutdown",), ("standby",), ("maintenance",), ("maintenance", "shutdown"), ("terminate",))[kind - 1]:
                    self.attribute(state, name, str(NOW - 20) if name == "shutdown" else "true")
            for primitive in self.some(self.plain(), 2):
                self.home(state, primitive, promoted=primitive.get("type") == "Stateful" and self.chance(0.4))
            for bundle in self.elements("bundle"):
                if self.chance(0.5):
                    self.replica(state, bundle)
            for name in [p.get("id") for p in self.elements("primitive") if p.get("type") == "remote"] + \
                    [pair.get("value") for pair in self.resources.iter("nvpair") if pair.get("name") == "remote-node"]:
                if self.chance(0.5):
                    self.connection(state, name)
        self.option("stonith-enabled" if self.old_words() else "fencing-enabled", self.pick(("true", "true", "false")))

    def old_words(self):
        return any(pair.get("name") == "stonith-enabled" for pair in self.configuration.iter("nvpair"))

    def replica(self, state, bundle):
        """A container on a host, its connection and what runs in it; maybe one more than is configured."""
        kind = next((c.tag for c in bundle if c.tag in ("docker", "podman")), "docker")
        number = self.random.randint(0, 3)
        container = "%s-%s-%d" % (bundle.get("id"), kind, number)
        entry = self.entry(state, container, {"class": "ocf", "provider": "heartbeat", "type": kind})
        self.operation(entry, container, self.pick(("start", "start", "stop")), 0, self.pick((0, 0, 0, 1)), 4, state.get("uname"))
        child = bundle.find("primitive")
        if child is None:
            return
        connection = "%s-%d" % (bundle.get("id"), number)
        entry = self.entry(state, connection, {"class": "ocf", "provider": "pacemaker", "type": "remote", "container": container})
        self.operation(entry, connection, "start", 0, self.pick((0, 0, 0, 1)), 5, state.get("uname"))
        if self.chance(0.3):
            self.operation(entry, connection, "monitor", 30000, self.pick((1, 7)), 6, state.get("uname"), id=connection + "_last_failure_0")
        self.home(self.state(connection), child, promoted=child.get("type") == "Stateful" and self.chance(0.5), monitor=self.pick((0, 0, 1, None)))

    def dangling(self):
        """Connections whose container nobody configures any more, and replicas beyond the configured ones."""
        states = self.hosts()
        for _ in range(self.random.randint(1, 2)):
            if not states:
                return
            state = self.pick(states)
            name = self.new("gone")
            entry = self.entry(state, name, {"class": "ocf", "provider": "pacemaker", "type": "remote", "container": self.pick(self.tops + ["nothing"])})
            self.operation(entry, name, "start", 0, 0, 5, state.get("uname"))
            if self.chance(0.5):
                self.operation(entry, name, "monitor", 30000, self.pick((0, 1, 7)), 6, state.get("uname"), id=name + "_monitor_30000")
            guest = self.state(name)
            for primitive in self.some(self.plain(), 2):
                self.home(guest, primitive)
        for bundle in self.elements("bundle"):
            for container in bundle:
                if container.tag in ("docker", "podman") and self.chance(0.5):
                    container.set("replicas", "1")
            for state in self.some(states, 3):
                self.replica(state, bundle)

    def locks_and_leaves(self):
        """Shutdown locks of nodes that left cleanly, or are leaving, or came back."""
        self.option("shutdown-lock", "true")
        if self.chance(0.4):
            self.option("shutdown-lock-limit", self.pick(("5min", "1h", "0")))
        for state in self.some(self.hosts(), 3):
            if self.chance(0.6):
                for key, value in (("in_ccm", "false"), ("crmd", "offline"), ("join", "down"), ("expected", "down")):
                    state.set(key, value)
            else:
                self.attribute(state, "shutdown", str(NOW - 20))
            for primitive in self.some(self.elements("primitive")):
                entry = self.home(state, primitive, monitor=None)
                if entry is not None and self.chance(0.7):
                    for op in list(entry):
                        entry.remove(op)
                    self.operation(entry, primitive.get("id"), "stop", 0, 0, 9, state.get("uname"))
                    entry.set("shutdown-lock", str(NOW - self.pick((60, 250, 500, 4000))))
