# SPDX-License-Identifier: GPL-2.0-or-later
"""How things are found and added in a CIB that is there already."""
import xml.etree.ElementTree as ET

from choices import Choices, NOW, OWNER

# The digest of no parameters.
EMPTY_DIGEST = "f2317cad3d54cec5d7d7aa7d0bf35cf8"


class Document(Choices):
    """A CIB to add to."""

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

    def entries(self):
        return [(state, entry) for state in self.status.findall("node_state") for entry in state.iterfind("./lrm/lrm_resources/lrm_resource")]

    def attribute(self, state, name, value):
        block = state.find("transient_attributes/instance_attributes")
        if block is None:
            holder = ET.Element("transient_attributes", id=state.get("id", "x"))
            state.insert(0, holder)
            block = ET.SubElement(holder, "instance_attributes", id=self.new("a"))
        if not any(pair.get("name") == name for pair in block):
            ET.SubElement(block, "nvpair", id=self.new("n"), name=name, value=value)

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
