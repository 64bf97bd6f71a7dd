# SPDX-License-Identifier: GPL-2.0-or-later
"""Resources on their way: live migrations asked for, under way, half done or failed, of resources that depend on each other, with nodes that
leave, clones that can migrate, capacities, and locks that hold a resource where its node went down."""
import xml.etree.ElementTree as ET

from choices import NOW, SCORES, sub
from themes.theme import Theme

# What the two nodes of a migration know: (source, target), an operation as (task, rc, status).
PASTS = (
    ((("migrate_to", 0, 0),), (("migrate_from", 0, 0),)), ((("migrate_to", 0, 0),), ()), ((("migrate_to", 193, -1),), ()), ((("migrate_to", 0, 0),), (("migrate_from", 193, -1),)),
    ((("migrate_to", 1, 0),), ()), ((("migrate_to", 0, 0),), (("migrate_from", 1, 0),)), ((("migrate_to", 0, 0), ("stop", 0, 0)), (("migrate_from", 0, 0),)),
    ((("migrate_to", 0, 0), ("stop", 1, 0)), (("migrate_from", 0, 0),)), ((("migrate_to", 1, 0), ("stop", 0, 0)), ()), ((("migrate_to", 0, 0),), (("migrate_from", 1, 0), ("stop", 0, 0))),
    ((("migrate_to", 0, 0),), (("migrate_from", 0, 0), ("monitor", 0, 0))), ((("migrate_to", 1, 0),), (("stop", 0, 0),)), ((("migrate_to", 0, 0),), (("monitor", 7, 0),)),
)


class Moving(Theme):
    def __init__(self, seed):
        super().__init__(seed * 48271 + 9)
        self.histories = []     # (id, type)
        self.tops, self.single = [], []

    # -- resources -----------------------------------------------------------

    def primitive(self, parent, name):
        primitive = sub(parent, "primitive", id=name, provider="pacemaker", type="Dummy")
        primitive.set("class", "ocf")
        metas = self.some(
            ("allow-migrate", ("true",), 0.8), ("resource-stickiness", ("10", "100", "INFINITY"), 0.3), ("target-role", ("Stopped",), 0.05), ("is-managed", ("false",), 0.04),
            ("priority", ("5",), 0.15), ("migration-threshold", ("1",), 0.1), ("multiple-active", ("block", "stop_only", "stop_unexpected"), 0.1), ("critical", ("false",), 0.05))
        self.block(primitive, "meta_attributes", metas)
        if self.capacities:
            self.block(primitive, "utilization", {"cpu": self.random.randint(0, 3), **({"mem": self.random.randint(0, 3)} if self.chance(0.5) else {})})
        operations = sub(primitive, "operations")
        sub(operations, "op", id=self.new("o"), name="monitor", interval="10s")
        for task in ("start", "stop", "migrate_to", "migrate_from"):
            if self.chance(0.08):
                sub(operations, "op", id=self.new("o"), name=task, interval="0", on__fail=self.pick(("ignore", "block", "stop", "fence", "restart", "standby")))
        self.histories.append(name)

    def shape(self, resources, name):
        kind = self.pick(("primitive", "primitive", "primitive", "group", "clone", "cloned group"))
        if kind == "primitive":
            self.primitive(resources, name)
            self.single.append(name)
        elif kind == "group":
            group = sub(resources, "group", id=name)
            if self.chance(0.3):
                self.block(group, "meta_attributes", {"allow-migrate": "true"})
            for letter in "abc"[:self.random.randint(1, 3)]:
                self.primitive(group, name + letter)
                self.single.append(name + letter)
        else:
            clone = sub(resources, "clone", id=name)
            self.block(clone, "meta_attributes", {key: value for key, value, probability in (
                ("interleave", "true", 0.5), ("clone-max", "1", 0.5), ("ordered", "true", 0.2), ("notify", "true", 0.2), ("allow-migrate", "true", 0.4), ("globally-unique", "true", 0.2))
                if self.chance(probability)})
            self.primitive(sub(clone, "group", id=name + "g") if kind == "cloned group" else clone, name + "i")
        self.tops.append(name)

    # -- constraints ---------------------------------------------------------

    def constrain(self, parent):
        kind = self.random.randrange(3)
        first, second = self.pick(self.tops), self.pick(self.tops + self.single)
        if kind == 0:
            location = sub(parent, "rsc_location", id=self.new("l"), rsc=first, node=self.pick(self.nodes), score=self.pick(SCORES))
            if self.chance(0.15):
                location.set("resource-discovery", self.pick(("never", "exclusive")))
        elif second.startswith(first):
            return
        elif kind == 1:
            sub(parent, "rsc_colocation", id=self.new("c"), **{"rsc": first, "with__rsc": second}, score=self.pick(("INFINITY", "-INFINITY") + SCORES),
                influence=self.pick(("true", "false")) if self.chance(0.1) else None)
        else:
            sub(parent, "rsc_order", id=self.new("o"), first=first, then=second, kind=self.pick((None, None, "Mandatory", "Optional", "Serialize")),
                symmetrical=self.pick(("true", "false")) if self.chance(0.2) else None,
                first__action=self.pick(("start", "stop")) if self.chance(0.15) else None, then__action=self.pick(("start", "stop")) if self.chance(0.15) else None)

    # -- status --------------------------------------------------------------

    def plan(self):
        """Who knows what of each resource: operations by (node, id)."""
        past = {}
        for name in self.histories:
            home, other = (self.random.sample(self.nodes, 2) if len(self.nodes) > 1 else self.nodes * 2)[:2]
            kind = self.random.random()
            if kind < 0.45:
                past[home, name] = [("start", 0, 0, None), ("monitor", self.pick((0,) * 9 + (1, 7)), 0, None)]
            elif kind < 0.8:
                source, target = self.pick(PASTS)
                pair = (home, other) if self.chance(0.95) else (home, home)
                past[home, name] = [("start", 0, 0, None)] * self.chance(0.5) + [(task, rc, status, pair if task.startswith("migrate") else None) for task, rc, status in source]
                past[other, name] = [(task, rc, status, pair if task.startswith("migrate") else None) for task, rc, status in target]
            elif kind < 0.9:
                past[home, name] = [("start", 0, 0, None)]
                past[other, name] = [("start", 0, 0, None)]
        return past

    def state(self, status, number, node, past):
        state = sub(status, "node_state", id=number, uname=node, in_ccm="true", crmd="online", join="member", expected="member")
        fate = self.random.random()
        if fate < 0.1:
            state.attrib.update({"in_ccm": "false", "crmd": "offline"})
        elif fate < 0.2:
            state.attrib.update({"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"})
        elif fate < 0.23:
            state.attrib.update({"crmd": "offline"})
        values = {}
        if self.chance(0.12):
            values["shutdown"] = str(NOW - 50)
        if self.chance(0.1):
            values["standby"] = "on"
        for name in self.histories:
            if self.chance(0.03):
                values["fail-count-%s#%s" % (name, self.pick(("migrate_to_0", "migrate_from_0", "monitor_10000", "stop_0")))] = self.pick(("1", "INFINITY"))
        if values:
            self.block(sub(state, "transient_attributes", id=number), "instance_attributes", values)
        entries = sub(sub(state, "lrm", id=number), "lrm_resources")
        call = 3
        for name in self.histories:
            operations = past.get((node, name)) or ([("monitor", 7, 0, None)] if self.chance(0.85) else [])
            if not operations:
                continue
            entry = sub(entries, "lrm_resource", id=name, provider="pacemaker", type="Dummy")
            entry.set("class", "ocf")
            if self.chance(0.08):
                entry.set("shutdown-lock", str(NOW - self.pick((10, 1000))))
            for task, rc, result, pair in operations:
                call += 1
                interval = 10000 if task == "monitor" and rc != 7 else 0
                operation = self.result(entry, name, task, interval, rc, call, node, expected=rc if rc == 7 and not interval else 0, status=result,
                                        changed=NOW - self.pick((5, 50, 500)))
                if pair:
                    operation.attrib.update({"migrate_source": pair[0], "migrate_target": pair[1]})

    def cib(self):
        cib, configuration = self.cluster(0.92)
        options = {"stonith-enabled": self.pick(("true", "true", "false")), "concurrent-fencing": "true"}
        for name, values, probability in (("shutdown-lock", ("true",), 0.3), ("shutdown-lock-limit", ("5min",), 0.1), ("placement-strategy", ("utilization", "minimal", "balanced"), 0.3),
                                          ("no-quorum-policy", ("freeze", "ignore", "demote"), 0.15), ("migration-limit", ("0", "1"), 0.05), ("maintenance-mode", ("true",), 0.02)):
            if self.chance(probability):
                options[name] = self.pick(values)
        self.capacities = "placement-strategy" in options
        self.block(sub(configuration, "crm_config"), "cluster_property_set", options)
        self.nodes = ["n%d" % number for number in range(1, self.random.randint(2, 4) + 1)]
        nodes = sub(configuration, "nodes")
        for number, name in enumerate(self.nodes, 1):
            node = sub(nodes, "node", id=number, uname=name)
            if self.capacities:
                self.block(node, "utilization", {"cpu": self.random.randint(1, 6), "mem": self.random.randint(1, 6)})
        resources = sub(configuration, "resources")
        if options["stonith-enabled"] == "true":
            sub(resources, "primitive", id="dev", type="fence_xvm").set("class", "stonith")
        for name in "uvwxyz"[:self.random.randint(2, 5)]:
            self.shape(resources, name)
        constraints = sub(configuration, "constraints")
        for _ in range(self.random.randint(0, 5)):
            self.constrain(constraints)
        status = sub(cib, "status")
        past = self.plan()
        for number, name in enumerate(self.nodes, 1):
            self.state(status, number, name, past)
        return cib


def moving(seed):
    """The CIB of a seed as bytes."""
    return ET.tostring(Moving(seed).cib())
