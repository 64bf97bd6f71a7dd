#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds to a generated CIB what the generator itself does not make: tags and templates in constraints, references, defaults with rules
about operations and resources, shutdown locks, digests of reloadable and private parameters, migrations on their way, unfencing,
histories of containers, resource sets in tickets. And events for the command line of crm_simulate."""
import copy
import random
import xml.etree.ElementTree as ET

from generate import NOW, OWNER, SCORES, Choices

EMPTY_DIGEST = "f2317cad3d54cec5d7d7aa7d0bf35cf8"


class Widener(Choices):
    def __init__(self, cib, seed):
        super().__init__(seed * 7919 + 1, "w-")
        self.cib = cib
        self.configuration = cib.find("configuration")
        self.resources = self.configuration.find("resources")
        self.constraints = self.configuration.find("constraints")
        self.status = cib.find("status")
        self.nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node")]
        self.tops = [r.get("id") for r in self.resources if r.tag != "template"]
        self.templates = [r.get("id") for r in self.resources if r.tag == "template"]

    def block(self, parent, tag, values, at=None, **attributes):
        block = ET.Element(tag, id=self.new("b"), **attributes)
        for name, value in values.items():
            ET.SubElement(block, "nvpair", id=self.new("p"), name=name, value=value)
        if at is None:
            parent.append(block)
        else:
            parent.insert(at, block)
        return block

    def meta(self, resource, values):
        """Meta-attributes after the template or before everything else that the schema wants later."""
        self.block(resource, "meta_attributes", values, at=0)

    def elements(self, *tags):
        return [e for e in self.resources.iter() if e.tag in tags]

    # -- configuration -----------------------------------------------------

    def options(self):
        block = self.configuration.find("./crm_config/cluster_property_set")
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

    @staticmethod
    def place(parent, child, before):
        """Puts a child before the first of some kinds, where the schema wants it."""
        for position, other in enumerate(parent):
            if other.tag in before:
                parent.insert(position, child)
                return
        parent.append(child)

    def place_parameters(self, element, values):
        holder = ET.Element("holder")
        block = self.block(holder, "instance_attributes", values)
        self.place(element, block, ("operations", "utilization"))

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

    # -- constraints -------------------------------------------------------

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

    # -- status ------------------------------------------------------------

    def entries(self):
        return [(state, entry) for state in self.status.findall("node_state") for entry in state.iterfind("./lrm/lrm_resources/lrm_resource")]

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

    def attribute(self, state, name, value):
        block = state.find("transient_attributes/instance_attributes")
        if block is None:
            holder = ET.Element("transient_attributes", id=state.get("id", "x"))
            state.insert(0, holder)
            block = ET.SubElement(holder, "instance_attributes", id=self.new("a"))
        if not any(pair.get("name") == name for pair in block):
            ET.SubElement(block, "nvpair", id=self.new("n"), name=name, value=value)

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

    def operation(self, entry, name, task, interval, rc, call, node, **more):
        key = "%s_%s_%d" % (name, task, interval)
        transition = "%d:%d:%d:%s" % (call, call % 7, 7 if task == "monitor" and interval == 0 else 0, OWNER)
        operation = ET.SubElement(entry, "lrm_rsc_op", {
            "id": more.pop("id", "%s_last_0" % name), "operation_key": key, "operation": task, "crm_feature_set": "3.16.1",
            "transition-key": transition, "transition-magic": "0:%d;%s" % (rc, transition), "on_node": node, "call-id": str(call),
            "rc-code": str(rc), "op-status": "0", "interval": str(interval), "last-rc-change": str(NOW - 200 + call)})
        for attribute, value in more.items():
            operation.set(attribute, value)
        return operation

    def entry(self, state, name, agent):
        holder = state.find("./lrm/lrm_resources")
        if holder is None:
            return None
        for known in holder:
            if known.get("id") == name:
                holder.remove(known)
        return ET.SubElement(holder, "lrm_resource", {"id": name, **agent})

    def state(self, name):
        """The state of a guest node with room for a history."""
        for state in self.status.findall("node_state"):
            if state.get("uname") == name:
                if state.find("lrm/lrm_resources") is None:
                    ET.SubElement(ET.SubElement(state, "lrm", id=name), "lrm_resources")
                return state
        state = ET.SubElement(self.status, "node_state", id=name, uname=name, remote_node="true", in_ccm="true")
        ET.SubElement(ET.SubElement(state, "lrm", id=name), "lrm_resources")
        return state

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

    def run(self):
        for step, probability in (
                (self.options, 0.6), (self.defaults, 0.6), (self.resource_options, 0.6), (self.guests, 0.6), (self.wrappings, 0.3), (self.remote_entries, 0.5),
                (self.bundles, 0.5), (self.references, 0.6),
                (self.operation_parameters, 0.5), (self.tags, 0.6), (self.more_constraints, 0.6), (self.locks, 0.4), (self.digests, 0.4),
                (self.node_attributes, 0.5), (self.migrations, 0.4), (self.containers, 0.6), (self.ghosts, 0.3)):
            if self.chance(probability):
                step()
        return self.cib


def events(cib, seed):
    """Options of crm_simulate that make something happen; mostly none."""
    r = random.Random(seed * 31 + 5)
    nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node")]
    primitives = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive")]
    if not nodes or not primitives or r.random() < 0.5:
        return []
    node, primitive = r.choice(nodes), r.choice(primitives)
    operation = r.choice(("start_0", "stop_0", "monitor_10000", "monitor_0", "promote_0", "demote_0"))
    return r.choice((
        ["-d", node], ["-f", node], ["-u", node], ["-q", "false", "-w", "true"], ["-g", "tA"], ["-r", "tA"], ["-b", "tA"], ["-e", "tA"],
        ["-i", "%s_%s@%s=%d" % (primitive, operation, node, r.choice((0, 1, 7, 5, 8)))],
        ["-F", "%s_%s@%s=%d" % (primitive, operation, node, r.choice((1, 7, 5)))], ["-d", node, "-u", r.choice(nodes)],
        ["-i", "%s_%s@%s=%d" % (primitive, operation, node, 1), "-f", r.choice(nodes)], ["-U"], ["-R"], ["-N", node]))[:]


def widened(text, seed):
    """A CIB (bytes) with more in it."""
    return ET.tostring(Widener(copy.deepcopy(ET.fromstring(text)), seed).run())
