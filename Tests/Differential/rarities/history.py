# SPDX-License-Identifier: GPL-2.0-or-later
"""Results as old or broken programs leave them, and of what is not configured any more."""
import xml.etree.ElementTree as ET

from choices import RESULTS
from rarities.rules import Rules


class History(Rules):
    """Histories."""

    def some_history(self, state, primitive):
        name = primitive.get("id") + self.pick(("", "", "", ":0", ":1", ":2", ":01", ":"))
        agent = {key: primitive.get(key) for key in ("class", "provider", "type") if primitive.get(key)}
        if not agent:
            agent = {"class": "ocf", "provider": "pacemaker", "type": "Dummy"}
        entry = self.entry(state, name, agent)
        if entry is None:
            return
        node = state.get("uname", "")
        call = self.random.randint(1, 30)
        for _ in range(self.random.randint(1, 4)):
            call += self.pick((0, 1, 1, 2, -1))
            task = self.pick(("start", "stop", "monitor", "monitor", "promote", "demote", "notify", "migrate_to", "migrate_from", "reload", "reload-agent", "meta-data", "bogus"))
            interval = self.pick((0, 10000, 10000, 12000, 20000)) if task == "monitor" else 0
            if any(op.get("id") == "%s_%s_%d" % (name, task, interval) for op in entry):
                continue
            rc, status = self.pick(RESULTS + (190, 191, 194, 255)), self.pick((0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1))
            op = self.operation(entry, name, task, interval, rc, call, node, id="%s_%s_%d" % (name, task, interval))
            op.set("op-status", str(status))
            op.set("transition-magic", "%d:%d;%s" % (status, rc, op.get("transition-key")))
            if status == -1:
                op.set("call-id", "-1")
            if task.startswith("migrate") or self.chance(0.02):
                others = self.random.sample(self.nodes, min(2, len(self.nodes))) or [node]
                op.set("migrate_source", self.pick(others))
                op.set("migrate_target", self.pick(others))
            op.set("last-rc-change", self.when())
            if self.chance(0.3):
                op.set("exit-reason", "a reason")
            if self.chance(0.2):
                op.set("crm_feature_set", self.pick(("3.0.1", "3.0.9", "3.0.14", "3.1.0", "3.19.0", "2.0", "")))
            if self.loose and self.chance(0.1):
                op.attrib.pop(self.pick(("last-rc-change", "transition-key", "transition-magic", "rc-code", "op-status", "call-id", "interval", "operation_key", "on_node",
                                         "operation")), None)

    def histories(self):
        states = [s for s in self.status.findall("node_state") if s.find("lrm/lrm_resources") is not None]
        primitives = self.elements("primitive")
        for _ in range(self.random.randint(1, 4)):
            if states and primitives:
                self.some_history(self.pick(states), self.pick(primitives))

    def removed(self):
        """What is not configured any more: resources, fence devices, remote connections, instances, members of bundles."""
        states = [s for s in self.status.findall("node_state") if s.find("lrm/lrm_resources") is not None]
        for _ in range(self.random.randint(1, 3)):
            if not states:
                return
            name = self.pick(("gone", "gone:0", "gone:1", "gone-remote", "gone-fence", "gone-docker-0", "gone-0", "gone-ip-192.168.1.1")) + self.pick(("", "", "x"))
            agent = ({"class": "stonith", "type": "fence_xvm"} if "fence" in name else
                     {"class": "ocf", "provider": "pacemaker", "type": self.pick(("remote", "Dummy", "Stateful")) if "remote" in name or "-0" in name else self.pick(("Dummy", "Stateful"))})
            primitive = ET.Element("primitive", {"id": name, **agent})
            for state in self.random.sample(states, min(len(states), self.pick((1, 1, 2)))):
                self.some_history(state, primitive)
                if self.chance(0.3):
                    self.attribute(state, "fail-count-%s#monitor_10000" % name, "3")
        if self.chance(0.2) and len(self.resources) > 1:
            gone = self.pick(list(self.resources))
            if gone.tag != "template" and all(reference.get(key) != gone.get("id") for reference in self.constraints.iter()
                                              for key in ("rsc", "with-rsc", "first", "then", "id")):
                self.resources.remove(gone)
