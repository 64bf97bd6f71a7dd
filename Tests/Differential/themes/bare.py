# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes things away: elements and attributes of the nodes, resources, constraints and of the status that other programs always write. What is
left mostly still means something."""
import random
import xml.etree.ElementTree as ET

from themes import far, sets
import generate
import tiny

# Without these the schema refuses everything, or the reference its own assertions.
KEPT = {"cib", "configuration", "crm_config", "nodes", "resources", "constraints", "cluster_property_set"}
NEEDED = {"id", "validate-with", "class", "type", "provider", "operation", "operation_key", "rsc", "first", "then", "with-rsc", "ticket", "attribute", "image", "execution-date", "role",
          "template", "epoch", "num_updates", "admin_epoch", "name", "call-id", "interval", "rsc-pattern", "index", "devices"}


def source(seed):
    return (tiny.tiny, far.far, sets.sets, generate.generate)[seed % 4](seed)


def bared(text, seed):
    """A CIB (bytes) with less in it."""
    r = random.Random(seed * 134775813 + 1)
    cib = ET.fromstring(text)
    share = r.choice((0.01, 0.03, 0.1, 0.25))
    part = r.choice(("status", "status", "configuration", "."))
    top = cib.find(part)
    if top is None:
        return text
    for parent in list(top.iter()):
        if parent.tag == "crm_config" or parent.get("name") == "concurrent-fencing":
            continue
        for child in list(parent):
            if child.tag not in KEPT and child.get("name") != "concurrent-fencing" and r.random() < share * 0.6:
                parent.remove(child)
        if parent.tag in ("nvpair", "cib"):
            continue
        for key in list(parent.attrib):
            if key not in NEEDED and r.random() < share * (2 if parent.tag in ("node_state", "node") else 1):
                del parent.attrib[key]
    if r.random() < 0.2:
        cib.set("validate-with", "none")
    return ET.tostring(cib)


def bare(seed):
    """The CIB of a seed as bytes."""
    return bared(source(seed), seed)
