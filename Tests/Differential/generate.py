#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes random cluster configurations with status, for comparing schedulers: every kind of resource and constraint, failures,
nodes in all states. The same seed gives the same CIB. Meant to be imported; alone it prints the CIB of a seed.

    Tests/Differential/generate.py SEED > cib.xml
"""
import random
import sys
import xml.etree.ElementTree as ET

NOW = 1700000100
OWNER = "11111111-2222-3333-4444-555555555555"
RESULTS = (0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 190, 191, 193)
STATES = (0, 0, 0, 0, 2, 4, 5, 7, 8, -1, 6)
SCORES = ("INFINITY", "-INFINITY", "100", "-100", "1", "0", "5000", "-1", "1000000", "200")
FAILURES = ("block", "ignore", "stop", "restart", "fence", "standby", "demote", "restart-container")


def sub(parent, tag, **values):
    """A new child; names get "-" for "__"."""
    element = ET.SubElement(parent, tag)
    for name, value in values.items():
        if value is not None:
            element.set(name.replace("__", "-"), str(value))
    return element


class Choices:
    """Random choices and new ids that follow from a seed."""

    def __init__(self, seed, namespace=""):
        self.random = random.Random(seed)
        self.number = 0
        self.namespace = namespace

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return items[self.random.randrange(len(items))]

    def new(self, prefix):
        self.number += 1
        return "%s%s%d" % (self.namespace, prefix, self.number)


class Generator(Choices):
    def __init__(self, seed):
        super().__init__(seed)
        self.primitives = []    # (id, element, kind of parent)
        self.tops = []          # ids constraints may name
        self.promotable = []
        self.cloned = []
        self.remotes = []
        self.nodes = []
        self.guests = []
        self.resource_ids = []

    def pairs(self, parent, tag, values, rule=None, score=None):
        """A block of name/value pairs."""
        if not values and rule is None:
            return
        block = sub(parent, tag, id=self.new("nv"), score=score)
        if rule is not None:
            block.append(rule)
        for name, value in values.items():
            sub(block, "nvpair", id=self.new("p"), name=name, value=value)

    # -- options and nodes -------------------------------------------------

    def options(self, parent):
        values = {"stonith-enabled": "true" if self.fencing else "false"}
        choices = {
            "no-quorum-policy": ("stop", "freeze", "ignore", "demote", "suicide"),
            "symmetric-cluster": ("false",),
            "maintenance-mode": ("true",),
            "start-failure-is-fatal": ("false",),
            "enable-startup-probes": ("false",),
            "stonith-action": ("off", "reboot"),
            "concurrent-fencing": ("true", "false"),
            "startup-fencing": ("false",),
            "stop-all-resources": ("true",),
            "stop-orphan-resources": ("false",),
            "stop-orphan-actions": ("false",),
            "placement-strategy": ("utilization", "minimal", "balanced"),
            "shutdown-lock": ("true",),
            "shutdown-lock-limit": ("5min", "100000h"),
            "priority-fencing-delay": ("10s",),
            "cluster-name": ("demo",),
            "have-watchdog": ("true",),
        }
        likely = {"placement-strategy": 0.35, "concurrent-fencing": 0.3, "no-quorum-policy": 0.25, "maintenance-mode": 0.03,
                  "stop-all-resources": 0.02, "symmetric-cluster": 0.1, "shutdown-lock": 0.08, "have-watchdog": 0.1}
        for name, allowed in choices.items():
            if self.chance(likely.get(name, 0.06)):
                values[name] = self.pick(allowed)
        if self.chance(0.12):
            values["node-health-strategy"] = self.pick(("migrate-on-red", "only-green", "progressive", "custom"))
            for name in ("base", "green", "yellow", "red"):
                if self.chance(0.4):
                    values["node-health-" + name] = self.pick(("0", "10", "-10", "-INFINITY", "100", "-1000"))
            self.health = True
        self.balanced = values.get("placement-strategy") is not None
        block = sub(parent, "cluster_property_set", id="cib-bootstrap-options")
        for name, value in values.items():
            sub(block, "nvpair", id=self.new("opt"), name=name, value=value)
        return values

    def node_attributes(self, node):
        values = {}
        if self.chance(0.3):
            values["rack"] = self.pick(("a", "b"))
        if self.chance(0.2):
            values["cores"] = self.pick(("2", "4", "8.5", "16"))
        if self.health and self.chance(0.4):
            values["#health-disk"] = self.pick(("red", "yellow", "green", "-10", "10", "-INFINITY"))
        if self.chance(0.07):
            values["standby"] = self.pick(("on", "true", "off"))
        if self.chance(0.04):
            values["maintenance"] = "true"
        self.pairs(node, "instance_attributes", values)
        if self.balanced and self.chance(0.85):
            self.pairs(node, "utilization", {"cpu": self.random.randint(1, 8), "mem": 256 * self.random.randint(1, 8)})

    # -- rules -------------------------------------------------------------

    def expression(self, node_attributes=True):
        r = self.random
        kind = r.random()
        if not node_attributes or kind < 0.3:
            kind = r.random()
            if kind < 0.3:
                e = ET.Element("date_expression", id=self.new("e"), operation="gt", start=self.pick(("2023-01-01", "2024-01-01T00:00:00Z")))
            elif kind < 0.5:
                e = ET.Element("date_expression", id=self.new("e"), operation="lt", end=self.pick(("2023-01-01 00:00:00Z", "2024-01-01")))
            elif kind < 0.8:
                e = ET.Element("date_expression", id=self.new("e"), operation="in_range", start=self.pick(("2023-11-01", "2023-11-14 22:00:00Z")))
                if self.chance(0.5):
                    sub(e, "duration", id=self.new("d"), **{self.pick(("hours", "days", "months", "weeks")): r.randint(1, 40)})
                else:
                    e.set("end", self.pick(("2023-12-01", "2023-11-14 22:15:01Z")))
            else:
                e = ET.Element("date_expression", id=self.new("e"), operation="date_spec")
                name, value = self.pick((("hours", "9-22"), ("weekdays", "1-5"), ("months", "11"), ("monthdays", "1-14"), ("years", "2023-"),
                                         ("yeardays", "-300"), ("hours", "22"), ("minutes", "10-20"), ("weeks", "46")))
                sub(e, "date_spec", id=self.new("d"), **{name: value})
            return e
        attribute = self.pick(("rack", "cores", "#uname", "#kind", "pingd", "#id", "zone", "#site-name", "#cluster-name", "#is_dc"))
        operation = self.pick(("eq", "ne", "lt", "gte", "defined", "not_defined", "lte", "gt"))
        value = {"#uname": self.pick(self.nodes), "#kind": self.pick(("cluster", "remote", "container")), "rack": self.pick(("a", "B")),
                 "#is_dc": "true", "#cluster-name": "demo", "#id": "1"}.get(attribute, self.pick(("4", "8", "100", "x", "16.0")))
        e = ET.Element("expression", id=self.new("e"), attribute=attribute, operation=operation)
        if operation not in ("defined", "not_defined"):
            e.set("value", value)
            if self.chance(0.25):
                e.set("type", self.pick(("string", "integer", "number", "version")))
        return e

    def rule(self, node_attributes=True, score=None, role=None, depth=0, **more):
        rule = ET.Element("rule", id=self.new("rule"))
        if score is not None:
            rule.set("score", score)
        if role:
            rule.set("role", role)
        for name, value in more.items():
            rule.set(name.replace("_", "-"), value)
        if self.chance(0.4):
            rule.set("boolean-op", self.pick(("and", "or")))
        for _ in range(self.random.randint(1, 2)):
            if depth == 0 and self.chance(0.12):
                rule.append(self.rule(node_attributes, depth=1))
            else:
                rule.append(self.expression(node_attributes))
        return rule

    # -- resources ---------------------------------------------------------

    def meta(self, kind):
        values = {}

        def maybe(probability, name, *allowed):
            if self.chance(probability):
                values[name] = self.pick(allowed)

        maybe(0.15, "priority", "1", "5", "10", "-5", "INFINITY")
        maybe(0.2, "resource-stickiness", "0", "1", "100", "INFINITY", "-5", "1000")
        maybe(0.08, "target-role", "Stopped", "Started", "Started")
        maybe(0.05, "is-managed", "false", "true")
        maybe(0.02, "maintenance", "true")
        maybe(0.04, "critical", "false")
        if kind in ("promotable", "in-promotable"):
            maybe(0.05, "target-role", "Slave", "Master", "Stopped")
        if kind in ("primitive", "group", "in-group", "in-clone", "in-promotable"):
            maybe(0.12, "migration-threshold", "1", "2", "3", "INFINITY")
            maybe(0.12, "failure-timeout", "10", "60s", "1h", "100000h")
            maybe(0.06, "multiple-active", "block", "stop_only", "stop_start", "stop_unexpected")
            maybe(0.06, "requires", "nothing", "quorum", "fencing", "unfencing")
        if kind == "primitive" or kind == "in-group":
            maybe(0.2, "allow-migrate", "true", "true", "false")
        maybe(0.05, "allow-unhealthy-nodes", "true")
        return values

    def operations(self, parent, promotable):
        if self.chance(0.15):
            return
        ops = sub(parent, "operations")

        def op(name, interval, **more):
            o = sub(ops, "op", id=self.new("op"), name=name, interval=interval, **more)
            if self.chance(0.4):
                o.set("timeout", self.pick(("20", "60s", "1min", "30000ms")))
            if self.chance(0.2):
                o.set("on-fail", self.pick(FAILURES))
            if self.chance(0.05):
                o.set("enabled", self.pick(("false", "true")))
            if self.chance(0.04):
                o.set("start-delay", "5s")
            if self.chance(0.03):
                o.set("interval-origin", "2023-01-01 00:00:00Z")
            if self.chance(0.05):
                self.pairs(o, "meta_attributes", {"timeout": "45s"} if self.chance(0.5) else {"on-fail": self.pick(FAILURES)})
            if self.chance(0.03):
                self.pairs(o, "instance_attributes", {"depth": "10"})

        if promotable:
            op("monitor", "10s", role=self.pick(("Promoted", "Master")))
            op("monitor", "11s", role=self.pick(("Unpromoted", "Slave")) if self.chance(0.7) else None)
        elif self.chance(0.8):
            op("monitor", self.pick(("10s", "30", "60000ms")))
        if self.chance(0.06):
            op("monitor", "17s", role="Stopped")
        for name in ("start", "stop", "promote", "demote", "migrate_to", "migrate_from", "notify"):
            if self.chance(0.15) and (promotable or name not in ("promote", "demote")):
                op(name, "0")

    def primitive(self, parent, kind, name=None):
        name = name or self.new("r")
        fence = kind == "fence"
        promotable = kind == "in-promotable"
        p = sub(parent, "primitive", id=name)
        if not fence and self.templates and self.chance(0.15) and not promotable:
            p.set("template", self.pick(self.templates))
        else:
            if fence:
                p.set("class", "stonith")
                p.set("type", "fence_xvm")
            elif kind == "primitive" and self.chance(0.06):
                p.set("class", "systemd")
                p.set("type", "httpd")
            else:
                p.set("class", "ocf")
                p.set("provider", "pacemaker")
                p.set("type", "Stateful" if promotable else "Dummy")
        values = self.meta(kind)
        if kind == "fence":
            values.pop("requires", None)
            if self.chance(0.15):
                values["provides"] = "unfencing"
        rule = self.rule(False) if self.chance(0.04) else None
        self.pairs(p, "meta_attributes", values, rule)
        if self.chance(0.3):
            self.pairs(p, "instance_attributes", {"state": "/run/%s.state" % name, **({"fake": "1"} if self.chance(0.3) else {})},
                       self.rule() if self.chance(0.08) else None)
        if self.balanced and self.chance(0.7) and not fence:
            self.pairs(p, "utilization", {"cpu": self.random.randint(0, 4), **({"mem": 256 * self.random.randint(0, 4)} if self.chance(0.6) else {})})
        self.operations(p, promotable)
        self.primitives.append((name, p, kind))
        return name

    def group(self, parent, kind):
        name = self.new("g")
        g = sub(parent, "group", id=name)
        values = self.meta("group")
        if self.chance(0.05):
            values["ordered"] = "false"
        if self.chance(0.05):
            values["collocated"] = "false"
        self.pairs(g, "meta_attributes", values)
        for place in range(self.random.randint(1, 4)):
            self.group_of[self.primitive(g, kind)] = (name, place)
        return name

    def clone(self, parent):
        promotable = self.chance(0.45)
        name = self.new("c")
        c = sub(parent, "clone", id=name)
        values = self.meta("promotable" if promotable else "clone")
        for option, probability, allowed in (
                ("clone-max", 0.4, ("1", "2", "3", "4", "0", "7")), ("clone-node-max", 0.15, ("1", "2", "3")), ("interleave", 0.4, ("true",)),
                ("ordered", 0.15, ("true",)), ("notify", 0.25, ("true",)), ("globally-unique", 0.12, ("true",)), ("clone-min", 0.08, ("1", "2"))):
            if self.chance(probability):
                values[option] = self.pick(allowed)
        if promotable:
            values["promotable"] = "true"
            if self.chance(0.2):
                values["promoted-max"] = self.pick(("1", "2", "3"))
            if self.chance(0.1):
                values["promoted-node-max"] = self.pick(("1", "2"))
            self.promotable.append(name)
        self.pairs(c, "meta_attributes", values)
        kind = "in-promotable" if promotable else "in-clone"
        if self.chance(0.3):
            self.group(c, kind)
        else:
            self.primitive(c, kind)
        self.cloned.append(name)
        return name

    def bundle(self, parent):
        name = self.new("b")
        b = sub(parent, "bundle", id=name)
        self.pairs(b, "meta_attributes", {k: v for k, v in self.meta("bundle").items() if k in ("priority", "target-role", "is-managed")})
        values = {"image": "pcmk:latest", "replicas": self.random.randint(1, 3)}
        promotable = self.chance(0.4)
        if promotable:
            values["promoted-max"] = self.random.randint(1, 2)
        inside = promotable or self.chance(0.6)
        if self.chance(0.2) and not inside:
            values["replicas-per-host"] = 2
        sub(b, self.pick(("docker", "podman")), **{k.replace("-", "__"): v for k, v in values.items()})
        if inside or self.chance(0.5):
            network = sub(b, "network")
            if self.chance(0.8):
                network.set("ip-range-start", "192.168.%d.131" % (self.number % 250))
                if self.chance(0.4):
                    network.set("host-netmask", "24")
            else:
                network.set("control-port", "9999")
            if self.chance(0.4):
                sub(network, "port-mapping", id=self.new("port"), port="80")
        if self.chance(0.4):
            storage = sub(b, "storage")
            sub(storage, "storage-mapping", id=self.new("map"), target__dir="/var/log/x",
                **{self.pick(("source-dir", "source-dir-root")).replace("-", "__"): "/srv/log"}, options="rw")
        if inside:
            self.primitive(b, "in-promotable" if promotable else "in-clone")
        if promotable:
            self.promotable.append(name)
        self.cloned.append(name)
        return name

    def resources(self, parent):
        self.templates = []
        for _ in range(self.random.randint(0, 2)):
            name = self.new("t")
            t = sub(parent, "template", id=name)
            t.set("class", "ocf")
            t.set("provider", "pacemaker")
            t.set("type", "Dummy")
            self.pairs(t, "meta_attributes", self.meta("primitive"))
            self.operations(t, False)
            self.templates.append(name)
        if self.fencing and self.chance(0.9):
            for _ in range(self.random.randint(1, 2)):
                self.primitive(parent, "fence", self.new("fence"))
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            name = self.new("remote")
            p = sub(parent, "primitive", id=name)
            p.set("class", "ocf")
            p.set("provider", "pacemaker")
            p.set("type", "remote")
            self.pairs(p, "instance_attributes", {"server": "10.0.0.9", **({"reconnect_interval": "60s"} if self.chance(0.3) else {})})
            self.pairs(p, "meta_attributes", {k: v for k, v in self.meta("remote").items() if k not in ("requires",)})
            if self.chance(0.7):
                sub(sub(p, "operations"), "op", id=self.new("op"), name="monitor", interval="20s", timeout="30s")
            self.remotes.append(name)
            self.primitives.append((name, p, "remote"))
            self.tops.append(name)
        for _ in range(self.random.randint(1, 6)):
            kind = self.random.random()
            if kind < 0.4:
                name = self.primitive(parent, "primitive")
                if self.chance(0.06):
                    guest = self.new("guest")
                    element = self.primitives[-1][1]
                    self.pairs(element, "meta_attributes", {"remote-node": guest, **({"remote-addr": "10.0.0.7"} if self.chance(0.5) else {})})
                    self.guests.append((guest, name))
            elif kind < 0.62:
                name = self.group(parent, "in-group")
            elif kind < 0.92:
                name = self.clone(parent)
            else:
                name = self.bundle(parent)
            self.tops.append(name)
        members = [name for name, _, kind in self.primitives if kind == "in-group"]
        self.resource_ids = self.tops * 3 + members

    # -- constraints ---------------------------------------------------------

    def role(self, resource, probability=0.5):
        if resource in self.promotable and self.chance(probability):
            return self.pick(("Master", "Promoted", "Slave", "Unpromoted", "Started"))
        return None

    def related(self, a, b):
        """Whether one resource is part of the other."""
        return self.group_of.get(a, (None,))[0] == b or self.group_of.get(b, (None,))[0] == a

    def location(self, parent):
        resource = self.pick(self.resource_ids)
        c = sub(parent, "rsc_location", id=self.new("loc"))
        kind = self.random.random()
        if kind < 0.07:
            c.set("rsc-pattern", self.pick(("^r[0-9]*[13579]$", "!^c", "g|b", "r(.)")))
        elif kind < 0.12:
            self.resource_set(sub(c, "resource_set", id=self.new("set")), self.random.randint(1, 3))
        else:
            c.set("rsc", resource)
        nodes = self.nodes + self.remotes + [g for g, _ in self.guests]
        if self.chance(0.65):
            c.set("node", self.pick(nodes))
            c.set("score", self.pick(SCORES))
            if c.get("rsc") and self.chance(0.5):
                role = self.role(resource)
                if role:
                    c.set("role", role)
        else:
            role = self.role(resource)
            rule = self.rule(True, self.pick(SCORES), role) if self.chance(0.97) else self.rule(True, None, role, score_attribute="pingd")
            c.append(rule)
        if self.chance(0.08):
            c.set("resource-discovery", self.pick(("always", "never", "exclusive")))

    def resource_set(self, element, count, action=False, role=False):
        chosen = []
        for _ in range(count * 3):
            name = self.pick(self.resource_ids)
            if name not in chosen and name not in self.used and not any(self.related(name, other) for other in chosen + self.used):
                chosen.append(name)
            if len(chosen) == count:
                break
        self.used += chosen
        for name in chosen:
            sub(element, "resource_ref", id=name)
        return chosen

    def colocation(self, parent):
        c = sub(parent, "rsc_colocation", id=self.new("col"))
        self.used = []
        if self.chance(0.2):
            c.set("score", self.pick(SCORES))
            for _ in range(self.random.randint(1, 2)):
                s = sub(c, "resource_set", id=self.new("set"))
                if self.chance(0.4):
                    s.set("sequential", self.pick(("true", "false")))
                if not self.resource_set(s, self.random.randint(1, 3)):
                    c.remove(s)
                elif self.chance(0.15):
                    s.set("role", self.pick(("Started", "Master", "Slave")))
            if len(c) == 0:
                parent.remove(c)
            return
        a, b = self.pick(self.resource_ids), self.pick(self.resource_ids)
        if a == b or self.related(a, b):
            parent.remove(c)
            return
        c.set("rsc", a)
        c.set("with-rsc", b)
        c.set("score", self.pick(SCORES))
        if self.chance(0.5) and self.role(a):
            c.set("rsc-role", self.role(a, 1))
        if self.chance(0.7) and self.role(b):
            c.set("with-rsc-role", self.role(b, 1))
        if self.chance(0.08):
            c.set("node-attribute", self.pick(("rack", "zone")))
        if self.chance(0.08):
            c.set("influence", self.pick(("true", "false")))

    def order(self, parent):
        o = sub(parent, "rsc_order", id=self.new("ord"))
        if self.chance(0.5):
            o.set("kind", self.pick(("Mandatory", "Optional", "Serialize")))
        if self.chance(0.15):
            o.set("symmetrical", self.pick(("true", "false")))
        self.used = []
        if self.chance(0.25):
            for _ in range(self.random.randint(1, 3)):
                s = sub(o, "resource_set", id=self.new("set"))
                if self.chance(0.5):
                    s.set("sequential", self.pick(("true", "false")))
                if self.chance(0.4):
                    s.set("require-all", self.pick(("true", "false")))
                chosen = self.resource_set(s, self.random.randint(1, 3))
                if not chosen:
                    o.remove(s)
                elif self.chance(0.2):
                    s.set("action", self.pick(("start", "stop", "promote", "demote")))
            if len(o) == 0:
                parent.remove(o)
            return
        a, b = self.pick(self.resource_ids), self.pick(self.resource_ids)
        if a == b or self.related(a, b):
            parent.remove(o)
            return
        o.set("first", a)
        o.set("then", b)
        if self.chance(0.3):
            o.set("first-action", self.pick(("start", "stop", "promote", "demote") if a in self.promotable else ("start", "stop")))
        if self.chance(0.25):
            o.set("then-action", self.pick(("start", "stop", "promote", "demote") if b in self.promotable else ("start", "stop")))
        if self.chance(0.08):
            o.set("require-all", "false")

    def ticket(self, parent):
        t = sub(parent, "rsc_ticket", id=self.new("tkt"), ticket=self.pick(("tA", "tB")))
        resource = self.pick(self.resource_ids)
        t.set("rsc", resource)
        if self.role(resource):
            t.set("rsc-role", self.role(resource, 1))
        if self.chance(0.7):
            t.set("loss-policy", self.pick(("stop", "demote", "fence", "freeze")))

    def constraints(self, parent):
        r = self.random
        for make, most in ((self.location, 5), (self.colocation, 4), (self.order, 4)):
            for _ in range(r.randint(0, most)):
                self.used = []
                make(parent)
        if self.chance(0.15):
            for _ in range(r.randint(1, 2)):
                self.ticket(parent)

    # -- status ------------------------------------------------------------

    def status_of_node(self, status, position, name):
        state = sub(status, "node_state", id=str(position), uname=name, in_ccm="true", crmd="online", join="member", expected="member")
        state.set("crm-debug-origin", "x")
        kind = self.random.random()
        if kind < 0.05:
            state.set("in_ccm", "false")
            state.set("crmd", "offline")
        elif kind < 0.09:
            for key, value in (("in_ccm", "false"), ("crmd", "offline"), ("join", "down"), ("expected", "down")):
                state.set(key, value)
        elif kind < 0.11:
            state.set("crmd", "offline")
        elif kind < 0.13:
            state.set("join", self.pick(("down", "pending", "nack", "banned")))
        elif kind < 0.15:
            state.set("expected", "down")
        return state

    def transient(self, state, position):
        values = {}
        if self.chance(0.05):
            values["shutdown"] = str(NOW - 50)
        if self.chance(0.04):
            values["standby"] = "on"
        if self.chance(0.02):
            values["terminate"] = "true"
        if self.chance(0.3):
            values["pingd"] = self.pick(("100", "0", "1000"))
        for name, _, kind in self.primitives:
            if kind == "in-promotable" and self.chance(0.6):
                values["master-" + name] = self.pick(("5", "10", "100", "1", "-INFINITY", "INFINITY", "0"))
            if self.chance(0.04):
                operation = self.pick(("monitor_10000", "start_0", "stop_0", "monitor_0"))
                values["fail-count-%s#%s" % (name, operation)] = self.pick(("1", "2", "INFINITY", "1000000"))
                if self.chance(0.8):
                    values["last-failure-%s#%s" % (name, operation)] = str(NOW - self.pick((5, 30, 600, 7200)))
        if values:
            self.pairs(sub(state, "transient_attributes", id=str(position)), "instance_attributes", values)

    def operation(self, resource, name, task, interval, rc, call, node, status=0, expected=None, prefix=None, when=None):
        if expected is None:
            expected = 7 if task == "monitor" and interval == 0 and self.chance(0.6) else 0
        key = "%s_%s_%d" % (name, task, interval)
        o = sub(resource, "lrm_rsc_op", id=(name + prefix) if prefix else key, operation_key=key, operation=task)
        tk = "%d:%d:%d:%s" % (call, call % 7, expected, OWNER)
        o.set("crm_feature_set", "3.16.1")
        o.set("transition-key", tk)
        o.set("transition-magic", "%d:%d;%s" % (status, rc, tk))
        o.set("on_node", node)
        o.set("call-id", str(call))
        o.set("rc-code", str(rc))
        o.set("op-status", str(status))
        o.set("interval", str(interval))
        if self.chance(0.95):
            o.set("last-rc-change", str(when if when is not None else NOW - self.pick((10, 100, 5000, 90000))))
        o.set("exec-time", "10")
        o.set("queue-time", "0")
        if self.chance(0.1):
            o.set("op-digest", self.pick(("f2317cad3d54cec5d7d7aa7d0bf35cf8", "0" * 32)))
        if self.chance(0.04):
            o.set("exit-reason", "because")
        return o

    def history(self, lrm, name, element, kind, node):
        shown = name
        if kind in ("in-clone", "in-promotable") and self.chance(0.3):
            shown = "%s:%d" % (name, self.random.randint(0, 2))
        r = sub(lrm, "lrm_resource", id=shown)
        template = element.get("template")
        r.set("class", element.get("class") or "ocf")
        if element.get("provider") or template:
            r.set("provider", element.get("provider") or "pacemaker")
        r.set("type", element.get("type") or "Dummy")
        call = self.random.randint(1, 40)
        scenario = self.random.random()
        if scenario < 0.35:
            self.operation(r, shown, "monitor", 0, 7, call, node, expected=7, prefix="_last_0")
        elif scenario < 0.62:
            self.operation(r, shown, "start", 0, 0, call, node, prefix="_last_0")
            if kind == "in-promotable" and self.chance(0.4):
                self.operation(r, shown, "promote", 0, 0, call + 1, node)
                if self.chance(0.7):
                    self.operation(r, shown, "monitor", 10000, 8, call + 2, node, expected=8)
            elif self.chance(0.7):
                self.operation(r, shown, "monitor", 11000 if kind == "in-promotable" else 10000, 0, call + 2, node)
        elif scenario < 0.72:
            self.operation(r, shown, "stop", 0, 0, call, node, prefix="_last_0")
        elif scenario < 0.76:
            self.operation(r, shown, "monitor", 0, self.pick(RESULTS), call, node, status=self.pick(STATES), prefix="_last_0")
        elif scenario < 0.82:
            rc = self.pick(RESULTS)
            self.operation(r, shown, "monitor", 10000, rc, call + 3, node, status=0 if rc == 0 else 4 if self.chance(0.3) else 0, expected=0,
                           prefix="_last_failure_0")
            self.operation(r, shown, "start", 0, 0, call, node, prefix="_last_0")
        elif scenario < 0.9:
            task = self.pick(("start", "stop", "promote", "demote", "monitor", "migrate_to", "migrate_from"))
            o = self.operation(r, shown, task, 0, self.pick(RESULTS), call, node, status=self.pick(STATES), prefix=self.pick(("_last_0", "_last_failure_0")))
            if task.startswith("migrate"):
                other = self.pick(self.nodes)
                o.set("migrate_source", node if task == "migrate_to" else other)
                o.set("migrate_target", other if task == "migrate_to" else node)
        elif scenario < 0.95:
            self.operation(r, shown, self.pick(("start", "stop", "monitor")), 0, 193, -1, node, status=-1, prefix="_last_0")
        else:
            for step in range(self.random.randint(2, 4)):
                task = self.pick(("start", "stop", "promote", "demote", "monitor"))
                self.operation(r, shown, task, 0 if task != "monitor" else self.pick((0, 10000)), self.pick((0, 0, 0, 7, 8, 1)), call + step, node)

    def status(self, parent, random_history):
        status = sub(parent, "status")
        tickets = ET.Element("tickets")
        for ticket in ("tA", "tB"):
            if self.chance(0.6):
                t = sub(tickets, "ticket_state", id=ticket, granted=self.pick(("true", "false")))
                if self.chance(0.2):
                    t.set("standby", "true")
        if len(tickets) and self.chance(0.5):
            status.append(tickets)
        active = {}
        for position, name in enumerate(self.nodes, 1):
            if self.chance(0.03):
                continue
            state = self.status_of_node(status, position, name)
            self.transient(state, position)
            self.add_history(state, position, name, active, random_history)
        for name in self.remotes + [g for g, _ in self.guests]:
            if self.chance(0.6):
                state = sub(status, "node_state", id=name, uname=name, remote_node="true", in_ccm="true")
                state.set("crm-debug-origin", "x")
                if self.chance(0.08):
                    state.set("node_fenced", str(NOW - 10))
                self.transient(state, name)
                self.add_history(state, name, name, active, random_history)
        if len(tickets) and status.find("tickets") is None:
            status.append(tickets)

    def add_history(self, state, position, node, active, random_history):
        if not random_history:
            return
        lrm = sub(sub(state, "lrm", id=str(position)), "lrm_resources")
        for name, element, kind in self.primitives:
            if kind == "in-group" and self.tidy_groups:
                # The first members of a group are active, on one node.
                group, place = self.group_of[name]
                home = active.setdefault(group, (node, self.random.randint(0, 4)) if self.chance(0.5) else None)
                if home is None:
                    del active[group]
                if home and home[0] == node and place < home[1]:
                    r = sub(lrm, "lrm_resource", id=name, provider="pacemaker", type="Dummy")
                    r.set("class", "ocf")
                    call = self.random.randint(1, 40)
                    self.operation(r, name, "start", 0, 0, call, node, prefix="_last_0")
                    if place < home[1] - 1 or self.chance(0.7):
                        self.operation(r, name, "monitor", 10000, 0, call + 2, node)
                    elif self.chance(0.5):
                        self.operation(r, name, "monitor", 10000, self.pick(RESULTS), call + 2, node, expected=0, prefix="_last_failure_0")
                elif self.chance(0.7):
                    r = sub(lrm, "lrm_resource", id=name, provider="pacemaker", type="Dummy")
                    r.set("class", "ocf")
                    self.operation(r, name, "monitor", 0, 7, self.random.randint(1, 9), node, expected=7, prefix="_last_0")
                continue
            if self.chance(0.55):
                if kind in ("primitive", "in-group", "fence", "remote") and active.get(name) and self.chance(0.85):
                    r = sub(lrm, "lrm_resource", id=name)
                    r.set("class", element.get("class") or "ocf")
                    if r.get("class") == "ocf":
                        r.set("provider", "pacemaker")
                    r.set("type", element.get("type") or "Dummy")
                    self.operation(r, name, "monitor", 0, 7, self.random.randint(1, 9), node, expected=7, prefix="_last_0")
                else:
                    self.history(lrm, name, element, kind, node)
                    active[name] = True
        if self.chance(0.05):
            ghost = sub(lrm, "lrm_resource", id="ghost", provider="pacemaker", type="Dummy")
            ghost.set("class", "ocf")
            self.operation(ghost, "ghost", "start", 0, 0, 3, node, prefix="_last_0")

    # -- the whole -----------------------------------------------------------

    def cib(self, random_history=True):
        self.health = False
        self.used = []
        self.group_of = {}
        self.tidy_groups = self.chance(0.85)
        self.fencing = self.chance(0.6)
        cib = ET.Element("cib", {
            "crm_feature_set": "3.16.1", "validate-with": "pacemaker-3.9", "epoch": "7", "num_updates": "1", "admin_epoch": "0",
            "have-quorum": "0" if self.chance(0.12) else "1", "dc-uuid": "1", "execution-date": str(NOW)})
        configuration = sub(cib, "configuration")
        self.options(sub(configuration, "crm_config"))
        nodes = sub(configuration, "nodes")
        self.nodes = ["node%d" % i for i in range(1, self.random.randint(1, 5) + 1)]
        for position, name in enumerate(self.nodes, 1):
            node = sub(nodes, "node", id=str(position), uname=name)
            self.node_attributes(node)
        self.resources(sub(configuration, "resources"))
        self.constraints(sub(configuration, "constraints"))
        if self.chance(0.15):
            defaults = sub(configuration, "rsc_defaults")
            self.pairs(defaults, "meta_attributes", {"resource-stickiness": self.pick(("1", "100"))}, self.rule(False) if self.chance(0.3) else None)
        if self.chance(0.12):
            self.pairs(sub(configuration, "op_defaults"), "meta_attributes", {self.pick(("timeout", "on-fail")): "35s"} if self.chance(0.7) else {"timeout": "33"})
        self.status(cib, random_history)
        return cib


def generate(seed, random_history=True):
    """The CIB of a seed as bytes."""
    return ET.tostring(Generator(seed).cib(random_history))


if __name__ == "__main__":
    sys.stdout.write(generate(int(sys.argv[1])).decode() + "\n")
