# SPDX-License-Identifier: GPL-2.0-or-later
"""What generated histories do not have: locks, digests, migrations on their way, containers."""
from choices import NOW
from widened.document import EMPTY_DIGEST, Document


class History(Document):
    """Additions to the status."""

    def locks(self):
        for state, entry in self.entries():
            if self.chance(0.06):
                entry.set("shutdown-lock", str(NOW - self.pick((60, 500, 5000, 100000))))
        for state in self.status.findall("node_state"):
            if self.chance(0.06):
                self.attribute(state, "shutdown", str(NOW - 30))

    def digests(self):
        for _, entry in self.entries():
            for operation in entry:
                if operation.get("op-digest") is None and self.chance(0.1):
                    operation.set("op-digest", EMPTY_DIGEST)
                if self.chance(0.15):
                    operation.set("op-restart-digest", EMPTY_DIGEST if self.chance(0.7) else "0" * 32)
                    if self.chance(0.7):
                        operation.set("op-force-restart", self.pick((" server ", " state ", " fake depth ", "state")))
                if self.chance(0.12):
                    operation.set("op-secure-params", self.pick((" passwd ", " fake ", "  state passwd  ")))
                    operation.set("op-secure-digest", EMPTY_DIGEST)
        for resource in self.elements("primitive"):
            if self.chance(0.08):
                self.place_parameters(resource, {self.pick(("fake", "state", "passwd", "server")): self.pick(("1", "2", "x"))})

    def node_attributes(self):
        for state in self.status.findall("node_state"):
            if self.chance(0.12):
                self.attribute(state, "#node-unfenced", self.pick(("0", str(NOW - 1000))))
            if self.chance(0.06):
                self.attribute(state, "#digests-all", "fence1:fence_xvm:%s," % EMPTY_DIGEST)
            if self.chance(0.05):
                self.attribute(state, "maintenance", "true")
            if self.chance(0.08):
                self.attribute(state, "#health-cpu", self.pick(("red", "yellow", "green", "-5")))
            if self.chance(0.04):
                state.set("in_ccm", str(NOW - 100))
            if self.chance(0.04):
                state.set("crmd", self.pick((str(NOW - 100), "0")))
            if self.chance(0.05):
                self.attribute(state, "#feature-set", self.pick(("3.16.1", "3.20.5")))

    def migrations(self):
        """A migration in one of its phases: begun, arrived, with or without the stop at the source."""
        dummies = [p for p in self.elements("primitive") if p.get("type") == "Dummy" or p.get("type") == "remote"]
        states = [s for s in self.status.findall("node_state") if s.find("lrm") is not None and s.get("remote_node") is None]
        for _ in range(self.random.randint(0, 2)):
            if not dummies or len(states) < 2:
                return
            resource = self.pick(dummies)
            name, agent = resource.get("id"), {"class": "ocf", "provider": "pacemaker", "type": resource.get("type")}
            source, target = self.random.sample(states, 2)
            ends = {"migrate_source": source.get("uname"), "migrate_target": target.get("uname")}
            phase = self.random.randrange(5)
            entry = self.entry(source, name, agent)
            if entry is None:
                continue
            self.operation(entry, name, "start", 0, 0, 5, source.get("uname"), id="%s_start_0" % name)
            self.operation(entry, name, "migrate_to", 0, 0 if self.chance(0.8) else 1, 9, source.get("uname"), id="%s_migrate_to_0" % name, **ends)
            if phase == 1:
                self.operation(entry, name, "stop", 0, 0, 10, source.get("uname"))
            if phase >= 2:
                arrived = self.entry(target, name, agent)
                if arrived is not None:
                    self.operation(arrived, name, "migrate_from", 0, 0 if self.chance(0.7) else 1, 12, target.get("uname"),
                                   id="%s_migrate_from_0" % name, **ends)
                    if phase == 3:
                        self.operation(entry, name, "stop", 0, 0, 13, source.get("uname"))
                    if phase == 4:
                        self.operation(arrived, name, "monitor", 10000, 0, 14, target.get("uname"), id="%s_monitor_10000" % name)
            if self.chance(0.6):
                self.meta(resource, {"allow-migrate": "true"})

    def containers(self):
        states = [s for s in self.status.findall("node_state") if s.find("lrm") is not None and s.get("remote_node") is None]
        for bundle in self.elements("bundle"):
            if not states or not self.chance(0.7):
                continue
            name = bundle.get("id")
            technology = "docker" if bundle.find("docker") is not None else "podman"
            replicas = int((bundle.find("docker") if bundle.find("docker") is not None else bundle.find("podman")).get("replicas", "1"))
            child = bundle.find("primitive")
            for number in range(replicas):
                state = self.pick(states)
                node = state.get("uname")
                container = "%s-%s-%d" % (name, technology, number)
                entry = self.entry(state, container, {"class": "ocf", "provider": "heartbeat", "type": technology})
                if entry is None:
                    continue
                self.operation(entry, container, "start", 0, 0, 4, node)
                if self.chance(0.3):
                    self.operation(entry, container, "monitor", 60000, self.pick((0, 7, 1)), 6, node, id=container + "_last_failure_0")
                if child is None:
                    continue
                connection = "%s-%d" % (name, number)
                entry = self.entry(state, connection, {"class": "ocf", "provider": "pacemaker", "type": "remote", "container": container})
                self.operation(entry, connection, "start", 0, 0, 5, node)
                if self.chance(0.3):
                    self.operation(entry, connection, "monitor", 30000, self.pick((0, 1, 7)), 7, node, id=connection + "_monitor_30000")
                guest = self.state(connection)
                if self.chance(0.8):
                    inner = self.entry(guest, child.get("id"), {"class": "ocf", "provider": "pacemaker", "type": child.get("type", "Dummy")})
                    self.operation(inner, child.get("id"), "start", 0, 0, 3, connection)
                    if self.chance(0.3):
                        self.operation(inner, child.get("id"), "monitor", 10000, self.pick((0, 1, 8)), 5, connection,
                                       id=child.get("id") + "_monitor_10000")
