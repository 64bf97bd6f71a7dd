# SPDX-License-Identifier: GPL-2.0-or-later
"""What generators of one theme share: a cluster, blocks of values, results of operations."""
import xml.etree.ElementTree as ET

from choices import NOW, OWNER, Choices, sub


class Theme(Choices):
    def cluster(self, quorate):
        """A CIB and its configuration, with quorum by that probability."""
        cib = ET.Element("cib", {"crm_feature_set": "3.16.1", "validate-with": "pacemaker-3.9", "epoch": "3", "num_updates": "1", "admin_epoch": "0", "dc-uuid": "1",
                                 "have-quorum": "1" if self.chance(quorate) else "0", "execution-date": str(NOW)})
        return cib, sub(cib, "configuration")

    def block(self, parent, tag, values):
        """A block of values, unless there are none."""
        if values:
            block = sub(parent, tag, id=self.new("b"))
            for name, value in values.items():
                sub(block, "nvpair", id=self.new("p"), name=name, value=value)

    def some(self, *table):
        """Some of the values of a table of (name, values, probability)."""
        return {name: self.pick(values) for name, values, probability in table if self.chance(probability)}

    def result(self, entry, name, task, interval, rc, call, node, expected=0, status=0, changed=NOW - 50, id=None):
        """A result of an operation."""
        key = "%s_%s_%d" % (name, task, interval)
        transition = "%d:1:%d:%s" % (call, expected, OWNER)
        return sub(entry, "lrm_rsc_op", id=id or key, operation=task, operation_key=key, crm_feature_set="3.16.1", transition__key=transition,
                   transition__magic="%d:%d;%s" % (status, rc, transition), on_node=node, call__id=-1 if status == -1 else call, rc__code=rc, op__status=status,
                   interval=interval, last__rc__change=changed)
