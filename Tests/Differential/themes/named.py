# SPDX-License-Identifier: GPL-2.0-or-later
"""Gives the resources and nodes of a CIB other names, the same everywhere: long ones, ones that begin alike, that look like operations or
instances, that differ in their case only, that a node and a resource share. The order of many things follows from names."""
import random
import xml.etree.ElementTree as ET

RESOURCES = ("primitive", "group", "clone", "master", "bundle", "template")
PREFIXES = ("", "", "fail-count-", "last-failure-", "master-", "promotion-")
# Attributes of the configuration and the status that name a resource or node, or begin with the name of one.
NAMING = ("id", "rsc", "with-rsc", "first", "then", "template", "operation_key", "name", "value", "container", "uname", "node", "on_node", "migrate_source",
          "migrate_target", "devices", "target", "dc-uuid")
ODD = ("r", "R", "r-1", "r_1", "r-10", "a.b", "start", "x_start_0", "stop_0", "migrate_to", "x_migrate_to_0", "monitor_10000", "clone", "_", "_x", "n1", "Z", "größe",
       "probe_complete", "a-very-long-name-of-a-resource-that-goes-on-and-on-and-on-and-does-not-end-before-the-line-does", "all_stopped", "r1-0", "r1-docker-0", "INFINITY", "x-clone",
       "x-master", "ip-1", "pre", "fence", "stonith", "true", "null", "aa", "ab", "ba", "bb")
ODD_NODES = ("n1", "N2", "n10", "n02", "node.example.com", "10.0.0.1", "a-node", "host_1", "x", "B", "zeta", "alpha.very-long-domain-name-of-a-node.example.com", "n-1", "1", "2", "3", "none",
             "localhost", "node:1")


class Renamer:
    def __init__(self, cib, seed):
        self.random = random.Random(seed * 48271 + 9)
        self.cib = cib
        resources = cib.find("./configuration/resources")
        guests = [p.get("value") for p in resources.iter("nvpair") if p.get("name") == "remote-node"]
        nodes = [n.get("uname") for n in cib.iterfind("./configuration/nodes/node") if n.get("uname")]
        ids = [e.get("id") for e in resources.iter() if e.tag in RESOURCES and e.get("id")]
        self.names = {}
        self.used = {e.get("id") for e in cib.iter() if e.get("id")} | set(nodes) | set(guests)
        shared = self.random.random() < 0.2
        for name in dict.fromkeys(nodes + guests):
            if name not in ids:
                self.names[name] = self.fresh(ODD_NODES)
        for name in dict.fromkeys(ids):
            if self.random.random() < 0.85:
                self.names[name] = self.fresh(ODD)
        if shared and nodes and ids:
            # A node and a resource of one name: nothing forbids it unless the resource is a remote node's connection.
            free = [p.get("id") for p in resources.iter("primitive") if p.get("type") != "remote"]
            if free:
                self.names[self.random.choice(free)] = self.names.get(nodes[0], nodes[0]).replace(":", "")
        self.ordered = sorted(self.names, key=len, reverse=True)

    def fresh(self, pool):
        for _ in range(50):
            name = self.random.choice(pool)
            if self.random.random() < 0.4:
                name += self.random.choice("abcdefghijklmnopqrstuvwxyzXYZ0123456789-_.") * self.random.choice((1, 1, 2))
            if self.random.random() < 0.3:
                name = "".join(self.random.choice("abcdefghijklmnopqrstuvwxyz-_") for _ in range(self.random.randint(2, 12))).lstrip("-") or "q"
            if name not in self.used and (pool is ODD_NODES or not name[0].isdigit()):
                self.used.add(name)
                return name
        name = "q%d" % len(self.used)
        self.used.add(name)
        return name

    def renamed(self, value):
        for prefix in PREFIXES[1:]:
            if not value.startswith(prefix):
                continue
            rest = value[len(prefix):]
            for name in self.ordered:
                if rest == name or rest.startswith(name) and rest[len(name)] in ":_-#":
                    return prefix + self.names[name] + rest[len(name):]
        return value

    def run(self):
        for element in self.cib.iter():
            for key, value in list(element.attrib.items()):
                if key in NAMING and not (key == "name" and element.tag in ("op", "nvpair") and not value.startswith(PREFIXES[2:])):
                    element.set(key, self.renamed(value))
            if element.tag in ("obj_ref", "resource_ref"):
                element.set("id", self.names.get(element.get("id"), element.get("id")))
        return self.cib


def renamed(text, seed):
    """A CIB (bytes) with other names."""
    return ET.tostring(Renamer(ET.fromstring(text), seed).run())
