# SPDX-License-Identifier: GPL-2.0-or-later
"""Random choices that follow from a seed, and the values that all generators choose from."""
import random
import xml.etree.ElementTree as ET


NOW = 1700000100
OWNER = "11111111-2222-3333-4444-555555555555"
RESULTS = (0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 190, 191, 193)
STATES = (0, 0, 0, 0, 2, 4, 5, 7, 8, -1, 6)
SCORES = ("INFINITY", "-INFINITY", "100", "-100", "1", "0", "5000", "-1", "1000000", "200")
FAILURES = ("block", "ignore", "stop", "restart", "fence", "standby", "demote", "restart-container")


def sub(parent, tag, **values):
    """A new child; names get "-" for "__"."""
    element = ET.SubElement(parent, tag)
    for name, value in values.items():
        if value is not None:
            element.set(name.replace("__", "-"), str(value))
    return element


class Choices:
    """Random choices and new ids that follow from a seed."""

    def __init__(self, seed, namespace=""):
        self.random = random.Random(seed)
        self.number = 0
        self.namespace = namespace

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, items):
        return items[self.random.randrange(len(items))]

    def new(self, prefix):
        self.number += 1
        return "%s%s%d" % (self.namespace, prefix, self.number)
