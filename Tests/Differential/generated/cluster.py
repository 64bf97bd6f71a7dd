# SPDX-License-Identifier: GPL-2.0-or-later
"""Options of a generated cluster, and its nodes' attributes."""
from choices import sub
from generated.blocks import Blocks


class Cluster(Blocks):
    """Options and nodes."""

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
