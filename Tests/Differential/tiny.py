# SPDX-License-Identifier: GPL-2.0-or-later
"""Clusters of two or three nodes and two resources, with something out of the ordinary in nearly every place: where there is little, what is
there meets."""
import xml.etree.ElementTree as ET

from choices import NOW, OWNER, SCORES, Choices

FAILURES = ("block", "ignore", "stop", "restart", "fence", "standby", "demote", "restart-container")
# What a history can end in: operations as (task, interval, rc, status).
PASTS = {
    "probed": (("monitor", 0, 7, 0),), "started": (("start", 0, 0, 0), ("monitor", 10000, 0, 0)), "found": (("monitor", 0, 0, 0),),
    "failed": (("start", 0, 0, 0), ("monitor", 10000, 1, 0)), "vanished": (("start", 0, 0, 0), ("monitor", 10000, 7, 0)),
    "timeout": (("start", 0, 0, 0), ("monitor", 10000, 1, 2)), "no start": (("start", 0, 1, 0),), "no stop": (("start", 0, 0, 0), ("stop", 0, 1, 0)),
    "stopped": (("start", 0, 0, 0), ("stop", 0, 0, 0)), "starting": (("start", 0, 193, -1),), "stopping": (("start", 0, 0, 0), ("stop", 0, 193, -1)),
    "probing": (("monitor", 0, 193, -1),), "missing": (("monitor", 0, 5, 0),), "missing start": (("start", 0, 5, 7),), "unconfigured": (("start", 0, 6, 0),),
    "promoted": (("start", 0, 0, 0), ("promote", 0, 0, 0), ("monitor", 9000, 8, 0)), "promoting": (("start", 0, 0, 0), ("promote", 0, 193, -1)),
    "no promote": (("start", 0, 0, 0), ("promote", 0, 1, 0)), "no demote": (("start", 0, 0, 0), ("promote", 0, 0, 0), ("demote", 0, 1, 0)),
    "demoted": (("start", 0, 0, 0), ("promote", 0, 0, 0), ("demote", 0, 0, 0)), "promoted failed": (("promote", 0, 0, 0), ("monitor", 9000, 9, 0)),
    "demoting": (("promote", 0, 0, 0), ("demote", 0, 193, -1)), "found promoted": (("monitor", 0, 8, 0),), "degraded": (("start", 0, 0, 0), ("monitor", 10000, 190, 0)),
    "left": (("start", 0, 0, 0), ("migrate_to", 0, 0, 0)), "leaving": (("start", 0, 0, 0), ("migrate_to", 0, 193, -1)), "not left": (("start", 0, 0, 0), ("migrate_to", 0, 1, 0)),
    "arrived": (("migrate_from", 0, 0, 0),), "not arrived": (("migrate_from", 0, 1, 0),), "arriving": (("migrate_from", 0, 193, -1),),
    "unconnected": (("start", 0, 0, 0), ("monitor", 10000, 1, 8)), "reloaded": (("start", 0, 0, 0), ("reload-agent", 0, 0, 0)),
}
PROMOTABLE_PASTS = ("promoted", "promoted", "promoting", "no promote", "no demote", "demoted", "promoted failed", "demoting", "found promoted")
METAS = (("is-managed", ("false",)), ("maintenance", ("true",)), ("target-role", ("Stopped", "Started", "Unpromoted", "Promoted")), ("priority", ("5", "-5")),
         ("resource-stickiness", ("0", "100", "INFINITY", "-10")), ("migration-threshold", ("1", "2")), ("failure-timeout", ("60s", "1h")), ("allow-migrate", ("true",)),
         ("multiple-active", ("block", "stop_only", "stop_start", "stop_unexpected")), ("requires", ("nothing", "quorum", "fencing", "unfencing")),
         ("critical", ("false",)), ("allow-unhealthy-nodes", ("true",)))
CLONE_METAS = (("interleave", ("true",)), ("ordered", ("true",)), ("notify", ("true",)), ("globally-unique", ("true",)), ("clone-max", ("1", "2", "3")),
               ("clone-node-max", ("2",)), ("clone-min", ("1", "2")), ("promoted-max", ("2", "0")), ("promoted-node-max", ("2",)))


class Tiny(Choices):
    def __init__(self, seed):
        super().__init__(seed * 15485863 + 7)
        self.members = []       # (id, agent, promotable, nodes where its history can be, name in the history)
        self.tops = []
        self.promotable = []

    def sub(self, parent, tag, **values):
        return ET.SubElement(parent, tag, {name.replace("__", "-"): str(value) for name, value in values.items() if value is not None})

    def block(self, parent, tag, values):
        if values:
            block = self.sub(parent, tag, id=self.new("b"))
            for name, value in values.items():
                self.sub(block, "nvpair", id=self.new("p"), name=name, value=value)

    def metas(self, probability, *tables):
        return {name: self.pick(values) for table in tables for name, values in table if self.chance(probability)}

    # -- resources -----------------------------------------------------------

    def primitive(self, parent, name, promotable=False, agent=None, metas=None, places=None):
        agent = agent or {"class": "ocf", "provider": "pacemaker", "type": "Stateful" if promotable else "Dummy"}
        primitive = self.sub(parent, "primitive", id=name)
        primitive.attrib.update(agent)
        self.block(primitive, "meta_attributes", {**self.metas(0.07, METAS), **(metas or {})})
        if self.chance(0.15):
            self.block(primitive, "instance_attributes", {self.pick(("fake", "state")): self.pick(("1", "2"))})
        if self.chance(0.85):
            operations = self.sub(primitive, "operations")
            for task, interval, probability in (("monitor", "10s", 0.85), ("start", "0", 0.15), ("stop", "0", 0.2), ("promote", "0", 0.15), ("demote", "0", 0.2),
                                                ("migrate_to", "0", 0.1), ("migrate_from", "0", 0.05)):
                if self.chance(probability):
                    op = self.sub(operations, "op", id=self.new("op"), name=task, interval=interval)
                    if self.chance(0.35):
                        op.set("on-fail", self.pick(("demote", "block", "fence", "restart") if task in ("demote", "promote") else FAILURES))
            if promotable:
                op = self.sub(operations, "op", id=self.new("op"), name="monitor", interval="9s", role="Promoted")
                if self.chance(0.4):
                    op.set("on-fail", self.pick(FAILURES))
            if self.chance(0.08):
                self.sub(operations, "op", id=self.new("op"), name="monitor", interval="20s", role="Stopped")
        self.members.append((name, agent, promotable, places, name))
        return primitive

    def shape(self, resources, name):
        kind = self.pick(("primitive", "primitive", "group", "clone", "clone", "cloned group", "promotable", "promotable", "promotable group", "bundle", "bundle", "guest", "remote",
                          "device"))
        self.tops.append(name)
        if kind == "primitive":
            self.primitive(resources, name)
        elif kind == "device":
            self.primitive(resources, name, agent={"class": "stonith", "type": "fence_xvm"}, metas={"provides": "unfencing"} if self.chance(0.4) else None)
        elif kind == "group":
            group = self.sub(resources, "group", id=name)
            self.block(group, "meta_attributes", self.metas(0.07, METAS, (("ordered", ("false",)), ("collocated", ("false",)))))
            for letter in "ab"[:self.random.randint(1, 2)]:
                self.primitive(group, name + letter)
        elif kind in ("guest", "remote"):
            node = name + "n" if kind == "guest" else name
            self.nodes.append((node, kind))
            if kind == "guest":
                self.primitive(resources, name, metas={"remote-node": node})
                self.members.append((node, {"class": "ocf", "provider": "pacemaker", "type": "remote"}, False, "hosts", node))
            else:
                self.primitive(resources, name, agent={"class": "ocf", "provider": "pacemaker", "type": "remote"})
        elif kind == "bundle":
            self.bundle(resources, name)
        else:
            clone = self.sub(resources, "clone", id=name)
            promotable = kind.startswith("promotable")
            self.block(clone, "meta_attributes", {**self.metas(0.06, METAS), **self.metas(0.15, CLONE_METAS), **({"promotable": "true"} if promotable else {})})
            if promotable:
                self.promotable.append(name)
            if kind.endswith("group"):
                group = self.sub(clone, "group", id=name + "g")
                for letter in "ab":
                    self.primitive(group, name + letter, promotable)
            else:
                self.primitive(clone, name + "i", promotable)

    def bundle(self, resources, name):
        bundle = self.sub(resources, "bundle", id=name)
        self.block(bundle, "meta_attributes", self.metas(0.05, METAS))
        promotable = self.chance(0.4)
        replicas = self.random.randint(1, 2)
        self.sub(bundle, "docker", image="i:1", replicas=replicas, promoted__max=1 if promotable else None, replicas__per__host=2 if self.chance(0.1) else None)
        if promotable:
            self.promotable.append(name)
        inside = promotable or self.chance(0.7)
        if inside or self.chance(0.5):
            network = self.sub(bundle, "network", ip__range__start="192.168.9.10" if self.chance(0.8) else None)
            if network.get("ip-range-start") is None:
                network.set("control-port", "3122")
            if network.get("ip-range-start"):
                for number in range(replicas):
                    self.members.append(("%s-ip-192.168.9.%d" % (name, 10 + number), {"class": "ocf", "provider": "heartbeat", "type": "IPaddr2"}, False, "hosts",
                                         "%s-ip-192.168.9.%d" % (name, 10 + number)))
        for number in range(replicas):
            self.members.append(("%s-docker-%d" % (name, number), {"class": "ocf", "provider": "heartbeat", "type": "docker"}, False, "hosts", "%s-docker-%d" % (name, number)))
            if inside:
                node = "%s-%d" % (name, number)
                self.nodes.append((node, "bundle"))
                self.members.append((node, {"class": "ocf", "provider": "pacemaker", "type": "remote"}, False, "hosts", node))
        if inside:
            self.primitive(bundle, name + "i", promotable, places=["%s-%d" % (name, number) for number in range(replicas)])

    # -- constraints ---------------------------------------------------------

    def role(self, name):
        return self.pick(("Promoted", "Promoted", "Unpromoted", "Started")) if name in self.promotable and self.chance(0.6) else None

    def constrain(self, constraints):
        one, other = self.random.sample(self.tops, 2)
        kind = self.random.randrange(4)
        if kind == 0:
            location = self.sub(constraints, "rsc_location", id=self.new("l"), rsc=one, node=self.pick(self.nodes)[0], score=self.pick(SCORES))
            if self.chance(0.2):
                location.set("resource-discovery", self.pick(("never", "exclusive")))
            if self.role(one):
                location.set("role", self.role(one) or "Started")
        elif kind == 1:
            colocation = self.sub(constraints, "rsc_colocation", id=self.new("c"), rsc=one, with__rsc=other, score=self.pick(("INFINITY",) + SCORES))
            for key, name in (("rsc-role", one), ("with-rsc-role", other)):
                role = self.role(name)
                if role:
                    colocation.set(key, role)
            if self.chance(0.15):
                colocation.set("influence", self.pick(("true", "false")))
        elif kind == 2:
            order = self.sub(constraints, "rsc_order", id=self.new("o"), first=one, then=other, kind=self.pick((None, None, "Mandatory", "Optional", "Serialize")))
            for key, name in (("first-action", one), ("then-action", other)):
                if self.chance(0.35):
                    order.set(key, self.pick(("start", "stop", "promote", "demote") if name in self.promotable else ("start", "stop")))
            if self.chance(0.15):
                order.set("symmetrical", "false")
            if self.chance(0.15):
                order.set("require-all", "false")
        else:
            ticket = self.sub(constraints, "rsc_ticket", id=self.new("t"), ticket="tA", rsc=one, loss__policy=self.pick(("stop", "demote", "fence", "freeze")))
            if self.role(one):
                ticket.set("rsc-role", self.role(one) or "Started")

    # -- status --------------------------------------------------------------

    def state(self, status, number, name, kind):
        if kind != "member":
            state = self.sub(status, "node_state", id=name, uname=name, remote_node="true", in_ccm="true")
            if self.chance(0.06):
                state.set("node_fenced", str(NOW - 10))
            if self.chance(0.05):
                state.set("node_in_maintenance", "true")
        else:
            state = self.sub(status, "node_state", id=number, uname=name, in_ccm="true", crmd="online", join="member", expected="member")
            chance = self.random.random()
            if chance < 0.1:
                state.attrib.update(in_ccm="false", crmd="offline")
            elif chance < 0.17:
                state.attrib.update(in_ccm="false", crmd="offline", join="down", expected="down")
            elif chance < 0.2:
                state.set(*self.pick((("crmd", "offline"), ("join", "pending"), ("join", "down"), ("expected", "down"), ("in_ccm", "false"))))
        values = {attribute: value for attribute, value, probability in (
            ("shutdown", str(NOW - 30), 0.07), ("standby", "on", 0.06), ("maintenance", "true", 0.06), ("terminate", "true", 0.02), ("#health-x", "red", 0.02),
            ("#node-unfenced", "1", 0.05), ("resource-discovery-enabled", "false", 0.02)) if self.chance(probability)}
        for member, _, promotable, _, _ in self.members:
            if promotable and self.chance(0.6):
                values["master-" + member] = self.pick(("5", "10", "100", "-INFINITY", "0"))
            if self.chance(0.06):
                operation = self.pick(("monitor_10000", "start_0", "stop_0"))
                values["fail-count-%s#%s" % (member, operation)] = self.pick(("1", "2", "INFINITY"))
                values["last-failure-%s#%s" % (member, operation)] = str(NOW - self.pick((10, 100, 5000)))
        if values:
            self.block(self.sub(state, "transient_attributes", id=state.get("id")), "instance_attributes", values)
        entries = self.sub(self.sub(state, "lrm", id=state.get("id")), "lrm_resources")
        for member, agent, promotable, places, shown in self.members:
            possible = kind == "member" if places == "hosts" else name in places if places else (kind == "member" or agent.get("class") == "ocf" and agent.get("type") != "remote")
            if not possible or self.chance(0.2):
                continue
            self.history(entries, shown, agent, name, promotable)

    def history(self, entries, name, agent, node, promotable):
        past = self.pick(("probed", "probed", "probed", "started", "started", "started", "started") if self.chance(0.6) else PROMOTABLE_PASTS if promotable and self.chance(0.7)
                         else [p for p in PASTS if promotable or p not in PROMOTABLE_PASTS])
        if self.restful and self.chance(0.8):
            past = "started" if name not in self.active or self.chance(0.05) else "probed"
        if past == "started":
            self.active.add(name)
        entry = self.sub(entries, "lrm_resource", id=name)
        entry.attrib.update(agent)
        call = self.random.randint(1, 20)
        for task, interval, rc, status in PASTS[past]:
            call += 1
            failed = status not in (0, -1) or rc not in (0, 7, 8, 190, 193) or (task == "monitor" and interval and rc == 7)
            operation_id = "%s_last_failure_0" % name if failed else "%s_%s_%d" % (name, task, interval)
            key = "%d:1:%d:%s" % (call, 7 if task == "monitor" and not interval else 8 if rc == 8 else 0, OWNER)
            operation = self.sub(entry, "lrm_rsc_op", id=operation_id, operation=task, operation_key="%s_%s_%d" % (name, task, interval), crm_feature_set="3.16.1",
                                 transition__key=key, transition__magic="%d:%d;%s" % (status, rc, key), on_node=node, call__id=-1 if status == -1 else call, rc__code=rc,
                                 op__status=status, interval=interval, last__rc__change=NOW - self.pick((5, 70, 4000)))
            if task.startswith("migrate"):
                other = self.pick([n for n, k in self.nodes if k == "member"])
                operation.set("migrate_source", node if task == "migrate_to" else other)
                operation.set("migrate_target", other if task == "migrate_to" else node)
            if self.chance(0.12):
                operation.set("op-digest", self.pick(("f2317cad3d54cec5d7d7aa7d0bf35cf8", "0" * 32)))
                if self.chance(0.5):
                    operation.set("op-restart-digest", self.pick(("f2317cad3d54cec5d7d7aa7d0bf35cf8", "0" * 32)))
                    operation.set("op-force-restart", self.pick((" state ", " server ")))

    # -- the whole -----------------------------------------------------------

    def cib(self):
        cib = ET.Element("cib", {"crm_feature_set": "3.16.1", "validate-with": "pacemaker-3.9", "epoch": "3", "num_updates": "1", "admin_epoch": "0", "dc-uuid": "1",
                                 "have-quorum": "0" if self.chance(0.12) else "1", "execution-date": str(NOW)})
        configuration = self.sub(cib, "configuration")
        options = {"stonith-enabled": "true" if self.chance(0.65) else "false", "concurrent-fencing": self.pick(("true", "false")), **{
            name: self.pick(values) for name, values, probability in (
                ("no-quorum-policy", ("freeze", "ignore", "demote", "suicide", "stop"), 0.35), ("symmetric-cluster", ("false",), 0.05), ("maintenance-mode", ("true",), 0.03),
                ("start-failure-is-fatal", ("false",), 0.15), ("stonith-action", ("off",), 0.06), ("shutdown-lock", ("true",), 0.1), ("stop-orphan-resources", ("false",), 0.03),
                ("enable-startup-probes", ("false",), 0.06), ("startup-fencing", ("false",), 0.05), ("priority-fencing-delay", ("15s",), 0.08), ("have-watchdog", ("true",), 0.05),
                ("node-health-strategy", ("migrate-on-red", "only-green"), 0.05), ("stop-all-resources", ("true",), 0.02), ("placement-strategy", ("balanced", "utilization"), 0.08))
            if self.chance(probability)}}
        self.block(self.sub(configuration, "crm_config"), "cluster_property_set", options)
        self.nodes = [("n%d" % number, "member") for number in range(1, self.random.randint(2, 3) + 1)]
        hosts = list(self.nodes)
        self.active, self.restful = set(), self.chance(0.7)
        nodes = self.sub(configuration, "nodes")
        for number, (name, _) in enumerate(hosts, 1):
            self.sub(nodes, "node", id=number, uname=name)
        resources = self.sub(configuration, "resources")
        if self.chance(0.8):
            self.primitive(resources, "dev", agent={"class": "stonith", "type": "fence_xvm"})
        for name in "xyz"[:self.pick((2, 2, 3))]:
            self.shape(resources, name)
        constraints = self.sub(configuration, "constraints")
        for _ in range(self.pick((0, 1, 1, 2, 3))):
            self.constrain(constraints)
        status = self.sub(cib, "status")
        for number, (name, kind) in enumerate(self.nodes, 1):
            if not self.chance(0.05):
                self.state(status, number, name, kind)
        if self.chance(0.4):
            self.sub(self.sub(status, "tickets"), "ticket_state", id="tA", granted=self.pick(("true", "false")), standby=self.pick((None, None, "true")))
        return cib


def tiny(seed):
    """The CIB of a seed as bytes."""
    return ET.tostring(Tiny(seed).cib())
