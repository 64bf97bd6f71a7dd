# SPDX-License-Identifier: GPL-2.0-or-later
"""The status of a generated cluster: nodes in all states, results, fail counts."""
import xml.etree.ElementTree as ET

from choices import NOW, OWNER, RESULTS, STATES, sub
from generated.blocks import Blocks


class Status(Blocks):
    """Status."""

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
