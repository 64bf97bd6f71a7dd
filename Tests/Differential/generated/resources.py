# SPDX-License-Identifier: GPL-2.0-or-later
"""Generated resources of every kind."""
from choices import FAILURES, sub
from generated.blocks import Blocks


class Resources(Blocks):
    """Resources."""

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
