# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes beyond the cluster: remote nodes, guests in virtual machines and bundles, guests on remote nodes, with services that run there; their
connections fail, reconnect, move and are lost with their hosts. Everything is mostly where it should be."""
import random
import xml.etree.ElementTree as ET

from choices import NOW, SCORES, sub
from themes.theme import Theme

REMOTE = {"class": "ocf", "provider": "pacemaker", "type": "remote"}
ENDS = ((("monitor", 60000, 1, 0),), (("monitor", 60000, 7, 0),), (("monitor", 60000, 1, 2),), (("monitor", 60000, 193, -1),), (("stop", 0, 0, 0),), (("stop", 0, 1, 0),),
        (("start", 0, 1, 2),), (("monitor", 60000, 1, 8),), (("migrate_to", 0, 0, 0),), (("monitor", 30000, 0, 0),), ())


class Far(Theme):
    def __init__(self, seed):
        super().__init__(seed * 22695477 + 1)
        self.tops, self.past, self.far = [], {}, {}     # past: node: [(id, agent, steps)]; far: far node: the host of its connection

    def ran(self, node, name, agent, interval=10000, trouble=0.08, ends=None):
        """A history on a node: it runs, but for what happened last."""
        steps = [("start", 0, 0, 0)] + ([("monitor", interval, 0, 0)] if interval else [])
        if self.chance(trouble):
            steps += list(self.pick(ends or ((("monitor", 10000, 1, 0),), (("monitor", 10000, 7, 0),), (("stop", 0, 1, 0),), (("stop", 0, 0, 0),), (("monitor", 10000, 193, -1),),
                                             (("monitor", 10000, 1, 8),), (("migrate_to", 0, 0, 0),), (("migrate_to", 0, 193, -1),))))
        self.past.setdefault(node, []).append((name, agent, steps))

    def probed(self, node, name, agent):
        self.past.setdefault(node, []).append((name, agent, [("monitor", 0, 7, 0)]))

    def primitive(self, parent, name, agent=None, metas=None, operations=(("monitor", "10s"),), parameters=None):
        primitive = ET.SubElement(parent, "primitive", {"id": name, **(agent or {"class": "ocf", "provider": "pacemaker", "type": "Dummy"})})
        self.block(primitive, "meta_attributes", metas or {})
        self.block(primitive, "instance_attributes", parameters or {})
        holder = sub(primitive, "operations")
        for task, interval in operations:
            op = sub(holder, "op", id=self.new("o"), name=task, interval=interval)
            if self.chance(0.15):
                op.set("on-fail", self.pick(("block", "stop", "restart", "fence", "standby", "ignore", "restart-container")))
        return primitive

    # -- nodes ---------------------------------------------------------------

    def remote(self, resources, name):
        if self.chance(0.15):
            self.primitive(sub(resources, "group", id=name + "g"), name + "ip")
            self.tops.append(name + "g")
        self.tops.append(name)
        self.primitive(resources, name, REMOTE, self.some(("allow-migrate", ("true",), 0.2), ("is-managed", ("false",), 0.05), ("target-role", ("Stopped",), 0.05), ("priority", ("9",), 0.1),
                                                          ("migration-threshold", ("1", "3"), 0.15), ("failure-timeout", ("1min", "2h"), 0.15)),
                       (("monitor", "60s"),) + ((("start", "0"),) if self.chance(0.3) else ()) + ((("stop", "0"),) if self.chance(0.2) else ()),
                       self.some(("reconnect_interval", ("60s", "1h", "0"), 0.4), ("server", ("far.example.com",), 0.4)))
        host = self.pick(self.hosts)
        self.far[name] = host if self.chance(0.92) else None
        for other in self.hosts:
            if other == self.far[name] or self.chance(0.04):
                self.ran(other, name, REMOTE, 60000, 0.25, ENDS)
            elif self.chance(0.5):
                self.probed(other, name, REMOTE)
        if self.chance(0.5):
            self.entries.append(name)

    def guest(self, resources, name):
        """A virtual machine with a guest node, on a host or a remote node, maybe in a group."""
        parent = resources
        if self.chance(0.3):
            parent = sub(resources, "group", id=name + "g")
            self.tops.append(name + "g")
            if self.chance(0.5):
                self.primitive(parent, name + "fs")
        else:
            self.tops.append(name)
        node = name + "-guest"
        agent = {"class": "ocf", "provider": "heartbeat", "type": "VirtualDomain"}
        self.primitive(parent, name, agent, {"remote-node": node, **self.some(
            ("allow-migrate", ("true",), 0.5), ("remote-allow-migrate", ("false",), 0.1), ("is-managed", ("false",), 0.04), ("target-role", ("Stopped",), 0.05),
            ("resource-stickiness", ("100",), 0.2), ("remote-connect-timeout", ("15s",), 0.1), ("remote-addr", ("10.0.0.9",), 0.2))})
        remotes = [n for n, host in self.far.items() if host and n in self.remotes]
        place = self.pick(remotes) if remotes and self.chance(0.25) else self.pick(self.hosts)
        runs = self.chance(0.9)
        for other in self.hosts + remotes:
            if other == place and runs:
                self.ran(other, name, agent, trouble=0.15)
            elif self.chance(0.7):
                self.probed(other, name, agent)
        connection = place if place in self.hosts else self.far[place]
        self.far[node] = connection if runs else None
        if runs and self.chance(0.9):
            self.ran(connection, node, {**REMOTE, "container": name}, 30000, 0.15, ENDS)

    def bundle(self, resources, name):
        bundle = sub(resources, "bundle", id=name)
        self.tops.append(name)
        replicas = self.random.randint(1, 3)
        sub(bundle, "podman", image="i", replicas=replicas, replicas__per__host=self.pick((None, None, 2)))
        sub(bundle, "network", ip__range__start="192.168.9.10" if self.chance(0.5) else None, control__port="3121")
        self.primitive(bundle, name + "i", metas=self.some(("resource-stickiness", ("10",), 0.1)))
        remotes = [n for n, host in self.far.items() if host and n in self.remotes]
        for number in range(replicas):
            place = self.pick(remotes) if remotes and self.chance(0.3) else self.pick(self.hosts)
            if self.chance(0.15):
                continue
            self.ran(place, "%s-podman-%d" % (name, number), {"class": "ocf", "provider": "heartbeat", "type": "podman"}, 60000, 0.12)
            if bundle.find("network").get("ip-range-start"):
                self.ran(place, "%s-ip-192.168.9.%d" % (name, 10 + number), {"class": "ocf", "provider": "heartbeat", "type": "IPaddr2"}, 60000)
            node = "%s-%d" % (name, number)
            connection = place if place in self.hosts else self.far[place]
            self.far[node] = connection
            self.ran(connection, node, {**REMOTE, "container": "%s-podman-%d" % (name, number)}, 30000, 0.12, ENDS)
            if self.chance(0.9):
                self.ran(node, name + "i", {"class": "ocf", "provider": "pacemaker", "type": "Dummy"})

    def service(self, resources, name):
        agent = {"class": "ocf", "provider": "pacemaker", "type": "Dummy"}
        metas = self.some(("resource-stickiness", ("100",), 0.2), ("allow-migrate", ("true",), 0.3), ("priority", ("2",), 0.1), ("requires", ("quorum", "nothing", "unfencing"), 0.1))
        self.tops.append(name)
        nodes = self.hosts + [n for n in self.far if n in self.remotes or n.endswith("-guest")]
        if self.chance(0.3):
            clone = sub(resources, "clone", id=name)
            self.block(clone, "meta_attributes", self.some(("interleave", ("true",), 0.5), ("notify", ("true",), 0.15), ("clone-max", ("2",), 0.15)))
            self.primitive(clone, name + "i", agent, metas)
            name, places = name + "i", [n for n in nodes if self.chance(0.8)]
        else:
            self.primitive(resources, name, agent, metas)
            far = [n for n in nodes if n not in self.hosts]
            places = [self.pick(far) if far and self.chance(0.7) else self.pick(nodes)]
        for node in nodes:
            if node in places:
                self.ran(node, name, agent)
            elif self.chance(0.6):
                self.probed(node, name, agent)

    def constrain(self, constraints):
        kind = self.random.randrange(3)
        one, other = self.random.sample(self.tops, 2)
        if kind == 0:
            nodes = self.hosts + list(self.far)
            sub(constraints, "rsc_location", id=self.new("l"), rsc=one, node=self.pick(nodes), score=self.pick(SCORES), resource__discovery=self.pick((None, None, None, "never", "exclusive")))
        elif kind == 1:
            sub(constraints, "rsc_colocation", id=self.new("c"), rsc=one, with__rsc=other, score=self.pick(("INFINITY", "-INFINITY", "100", "-100")))
        else:
            sub(constraints, "rsc_order", id=self.new("o"), first=one, then=other, kind=self.pick((None, "Mandatory", "Optional", "Serialize")), symmetrical=self.pick((None, None, None, "false")))

    # -- status --------------------------------------------------------------

    def state(self, status, node, number=None):
        state = sub(status, "node_state", id=number or node, uname=node)
        if number:
            state.attrib.update(in_ccm="true", crmd="online", join="member", expected="member")
            if self.chance(0.15):
                state.attrib.update(self.pick(({"in_ccm": "false", "crmd": "offline"}, {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}, {"crmd": "offline"})))
        else:
            state.attrib.update(remote_node="true", in_ccm="true" if self.far[node] or self.chance(0.3) else "false")
            for key, value in self.some(("node_in_maintenance", ("true",), 0.06), ("node_fenced", (str(NOW - 20), "0"), 0.08)).items():
                state.set(key, value)
        values = self.some(("shutdown", (str(NOW - 30),), 0.06), ("standby", ("on",), 0.05), ("maintenance", ("true",), 0.06), ("terminate", ("true",), 0.03),
                           ("#health-x", ("red",), 0.03), ("#node-unfenced", (str(NOW - 90),), 0.05))
        for name, _, steps in self.past.get(node, ()):
            if steps[-1][2] not in (0, 7, 193) and self.chance(0.7) or self.chance(0.02):
                key = "%s#%s_%d" % (name, steps[-1][0], steps[-1][1])
                values["fail-count-" + key] = self.pick(("1", "2", "INFINITY"))
                values["last-failure-" + key] = str(NOW - self.pick((10, 100, 5000)))
        if values:
            self.block(sub(state, "transient_attributes", id=state.get("id")), "instance_attributes", values)
        entries = sub(sub(state, "lrm", id=state.get("id")), "lrm_resources")
        for name, agent, steps in self.past.get(node, ()):
            entry = ET.SubElement(entries, "lrm_resource", {"id": name, **agent})
            call = self.random.randint(1, 9)
            for task, interval, rc, result in steps:
                call += 1
                failed = rc not in (0, 193) and not (rc == 7 and task == "monitor" and not interval)
                op = self.result(entry, name, task, interval, rc, call, node, expected=7 if task == "monitor" and not interval else 0, status=result,
                                 changed=NOW - self.pick((5, 70, 4000)), id="%s_last_failure_0" % name if failed else None)
                if task.startswith("migrate"):
                    op.attrib.update(migrate_source=node, migrate_target=self.pick(self.hosts))

    def cib(self):
        cib, configuration = self.cluster(0.9)
        self.block(sub(configuration, "crm_config"), "cluster_property_set", {"stonith-enabled": "true" if self.chance(0.75) else "false", "concurrent-fencing": "true", **self.some(
            ("no-quorum-policy", ("freeze", "ignore", "demote", "suicide"), 0.2), ("startup-fencing", ("false",), 0.05), ("shutdown-lock", ("true",), 0.06), ("stop-orphan-resources", ("false",), 0.04),
            ("maintenance-mode", ("true",), 0.03), ("fence-remote-without-quorum", ("true",), 0.1), ("symmetric-cluster", ("false",), 0.06), ("priority-fencing-delay", ("10s",), 0.05),
            ("enable-startup-probes", ("false",), 0.06), ("placement-strategy", ("balanced", "utilization"), 0.08), ("node-health-strategy", ("only-green",), 0.05))})
        self.hosts = ["n%d" % number for number in range(1, self.random.randint(1, 3) + 1)]
        self.entries = []
        nodes = sub(configuration, "nodes")
        for number, name in enumerate(self.hosts, 1):
            sub(nodes, "node", id=number, uname=name)
        resources = sub(configuration, "resources")
        if self.chance(0.8):
            self.primitive(resources, "dev", {"class": "stonith", "type": "fence_xvm"}, {"provides": "unfencing"} if self.chance(0.15) else {}, ())
            self.ran(self.pick(self.hosts), "dev", {"class": "stonith", "type": "fence_xvm"}, 0, 0.05)
        self.remotes = ["far%d" % number for number in range(self.random.choice((0, 1, 1, 2)))]
        for name in self.remotes:
            self.remote(resources, name)
        for number in range(self.random.choice((0, 1, 1, 2)) if self.remotes else self.random.choice((1, 2))):
            self.pick((self.guest, self.guest, self.bundle))(resources, "vm%d" % number)
        for name in "abcd"[:self.random.randint(1, 3)]:
            self.service(resources, name)
        for name in self.entries:
            self.block(sub(nodes, "node", id=name, uname=name, type="remote"), "instance_attributes", self.some(("standby", ("on",), 0.2), ("maintenance", ("true",), 0.1), ("zone", ("a",), 0.3)))
        constraints = sub(configuration, "constraints")
        for _ in range(self.pick((0, 0, 1, 2, 3))):
            self.constrain(constraints)
        status = sub(cib, "status")
        for number, name in enumerate(self.hosts, 1):
            self.state(status, name, number)
        for name in self.far:
            if self.chance(0.93):
                self.state(status, name)
        return cib


def far(seed):
    """The CIB of a seed as bytes."""
    return ET.tostring(Far(seed).cib())


def events(cib, seed):
    """What happens to far nodes, from the command line; mostly nothing."""
    r = random.Random(seed * 53 + 29)
    states = [s.get("uname") for s in cib.iterfind("./status/node_state")]
    recorded = [(o.get("operation_key"), o.get("on_node")) for o in cib.iterfind("./status//lrm_rsc_op")]
    primitives = [p.get("id") for p in cib.iterfind("./configuration/resources//primitive")]
    chosen = []
    if r.random() < 0.5 or not recorded:
        return chosen
    for _ in range(r.choice((1, 1, 2))):
        key, node = r.choice(recorded)
        task = r.choice(("start_0", "stop_0", "monitor_10000", "monitor_0", "monitor_60000", "migrate_to_0", "migrate_from_0"))
        chosen += r.choice((["-d", r.choice(states)], ["-f", r.choice(states)], ["-u", r.choice(states)], ["-i", "%s@%s=%d" % (key, node, r.choice((0, 1, 7, 8)))],
                            ["-i", "%s_%s@%s=%d" % (r.choice(primitives), task, r.choice(states), r.choice((0, 1, 7)))],
                            ["-F", "%s_%s@%s=%d" % (r.choice(primitives), task, r.choice(states), r.choice((1, 7)))], ["-F", "%s@%s=1" % (key, node)]))
    return chosen
