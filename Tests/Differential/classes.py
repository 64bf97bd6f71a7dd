# SPDX-License-Identifier: GPL-2.0-or-later
"""Explained differences between genuine 2.1.5 and the newest version, whose recorded answers decide what is right.

Each class is a function that changes both answers (or the genuine one only) so that the difference vanishes; its text says
what changed between the versions."""
import re
import xml.etree.ElementTree as ET


def graph_root(answer, cib, genuine):
    """The attributes of the graph's root element were renamed with the cluster options."""
    answer.graph = re.sub(r"<transition_graph[^>]*>", "<transition_graph>", answer.graph)


def feature_set(answer, cib, genuine):
    """Each version writes its own feature set."""
    answer.graph = re.sub(r' crm_feature_set="[^"]*"', "", answer.graph)


def numbers(answer, cib, genuine):
    """Numbers of actions follow the order in which they were thought of, which changed; compare the graph without them."""
    try:
        graph = ET.fromstring(answer.graph)
    except ET.ParseError:
        return
    labels = {}

    def label(action):
        node = action.get("on_node", "")
        router = action.get("router_node", "")
        return " ".join(x for x in (action.tag, action.get("operation_key", ""), node, router) if x)

    for action in graph.iterfind("./synapse/action_set/*"):
        labels[action.get("id")] = label(action)
    synapses = []
    for synapse in graph.iterfind("synapse"):
        lines = []
        for action in synapse.iterfind("./action_set/*"):
            lines.append("ACTION " + label(action) + (" priority=" + synapse.get("priority") if synapse.get("priority") else ""))
            for child in action:
                lines.append("  " + child.tag + "".join(' %s="%s"' % item for item in sorted(child.attrib.items())))
                lines += ["    " + sub.tag + "".join(' %s="%s"' % item for item in sorted(sub.attrib.items())) for sub in child]
        lines += sorted("  after " + labels.get(action.get("id"), "?" + label(action)) for action in synapse.iterfind("./inputs/trigger/*"))
        synapses.append("\n".join(lines))
    answer.graph = "\n".join(sorted(synapses))


def names_of_steps(answer, cib, genuine):
    """The steps that print scores were renamed from allocate to assign."""
    answer.scores = re.sub(r"^pcmk__(\w+)_allocate:", r"pcmk__\1_assign:", answer.scores, flags=re.M)
    answer.scores = "\n".join(sorted(answer.scores.split("\n")))


def inactive_promotion(answer, cib, genuine):
    """Instances without a node were printed with the score 0 "on none"; now with what their priority says."""
    answer.scores = re.sub(r"promotion score (on none|\(inactive\)): .*", "promotion score inactive", answer.scores)
    answer.scores = "\n".join(sorted(set(answer.scores.split("\n"))))


def fencing_attributes(answer, cib, genuine):
    """Fencing operations carried all attributes of their node; now only what the fencer needs."""
    def trim(match):
        kept = re.findall(r' (?:CRM_meta_on_node|CRM_meta_on_node_uuid|CRM_meta_stonith_action)="[^"]*"', match.group(0))
        return "attributes" + "".join(kept)
    answer.graph = re.sub(r'attributes[^\n]* CRM_meta_stonith_action="[^\n]*', trim, answer.graph)


def words_of_status(answer, cib, genuine):
    """Maintenance was shown as unmanaged; texts of results began with a small letter; the order of flags of groups changed."""
    def flags(match):
        words = match.group(1).replace("maintenance", "unmanaged").split(", ")
        return " (%s)" % ", ".join(sorted(words))
    answer.text = re.sub(r" \(((?:UNCLEAN|LOCKED|Monitoring|disabled|unmanaged|maintenance|promotable|unique|blocked|failure ignored|target-role:[A-Za-z]+|, )+)\)", flags, answer.text)
    answer.text = re.sub(r"Stopped \(([A-Z])", lambda m: "Stopped (" + m.group(1).lower(), answer.text)
    answer.text = answer.text.replace("due to unmigrateable", "due to unrunnable")


def delete_on_fail(answer, cib, genuine):
    """Cleaning the history of a resource now says that its failure is ignored."""
    answer.graph = answer.graph.replace(' CRM_meta_on_fail="ignore"', "")


def order_of_execution(answer, cib, genuine):
    """Actions that may run at once are executed in the order of the graph, which follows the numbers of actions."""
    lines, block, inside = [], [], False
    for line in answer.text.split("\n"):
        if line.startswith("Executing Cluster Transition"):
            inside = True
        elif inside and not line.startswith("  * "):
            lines += sorted(block)
            block, inside = [], False
        elif inside:
            block.append(line)
            continue
        lines.append(line)
    answer.text = "\n".join(lines + sorted(block))


def words_of_reasons(answer, cib, genuine):
    """The reason of a fencing that was asked for is worded anew."""
    answer.text = answer.text.replace("termination was requested", "fencing was requested")


def shown_on_fail(answer, cib, genuine):
    """What an operation's failure does is checked before it is written into the graph: values that are not allowed are left out, and
    a demote gets the value of its monitor. (What failures do is compared by the actions.)"""
    answer.graph = re.sub(r' CRM_meta_on_fail="[^"]*"', "", answer.graph)


def green_below_yellow(answer, cib, genuine):
    """With odd scores of health colours (green not above yellow) genuine 2.1.5 calls green nodes yellow."""
    if any(p.get("name", "").startswith("node-health-") for p in cib.iterfind("./configuration/crm_config//nvpair")):
        answer.text = re.sub(r"^    \* Node .* \(health is .*\)\n", "", answer.text, flags=re.M)
        answer.text = re.sub(r"^    \* Online: .*\n", "", answer.text, flags=re.M)


def cancelled_in_history(answer, cib, genuine):
    """A cancellation that the simulation records makes 2.1.5 think the resource active afterwards; the newest ignores it."""
    names = set(re.findall(r"Resource action: (\S+) +cancel=", answer.text))
    if names and "Revised Cluster Status" in answer.text:
        head, tail = answer.text.split("Revised Cluster Status", 1)
        keep = [line for line in tail.split("\n") if not re.search(r"\b(%s)\b|: \[ " % "|".join(re.escape(n.split(":")[0]) for n in names), line)]
        answer.text = head + "Revised Cluster Status" + "\n".join(keep)


def ordered_instances(answer, cib, genuine):
    """In ordered clones (containers of bundles, too) each instance waits for all earlier ones, not only for the one before."""
    kept, owner = [], ""
    for line in answer.graph.split("\n"):
        if line.startswith("ACTION"):
            match = re.match(r"ACTION rsc_op ([^ :]+):\d+_(start|stop|promote|demote)_0", line)
            owner = (match.group(1), match.group(2)) if match else ""
        elif owner and re.match(r"  after rsc_op %s:\d+_%s_0" % (re.escape(owner[0]), owner[1]), line):
            continue
        kept.append(line)
    answer.graph = "\n".join(kept)
    answer.dot = "\n".join(line for line in answer.dot.split("\n")
                           if not re.match(r'"([^" :]+):\d+_(start|stop)_0 [^"]*" -> "\1:\d+_\2_0 ', line))


def instance_numbers(answer, cib, genuine):
    """Which instance of an anonymous clone gets which node changed with the rewriting of instance assignment; the numbers are not
    seen by anything outside the scheduler."""
    answer.text = re.sub(r"(\w):\d+\b(?! )", r"\1:*", re.sub(r"(\w):\d+ +", r"\1:* ", answer.text))
    lines, block = [], []
    for line in answer.text.split("\n"):
        if re.match(r"  \* (Start|Stop|Move|Restart|Recover|Promote|Demote|Re-promote|Reload|Migrate) ", line):
            block.append(re.sub(r" +", " ", line))
            continue
        lines += sorted(block) + [line]
        block = []
    answer.text = "\n".join(lines + sorted(block))
    for name in ("graph", "dot", "scores"):
        setattr(answer, name, re.sub(r"(\w):\d+_", r"\1:*_", getattr(answer, name)))
    answer.graph = re.sub(r'CRM_meta_clone="\d+"', "", re.sub(r'long-id="([^":]*):[^"]*"', r'long-id="\1"', answer.graph))
    answer.graph = re.sub(r'id="([^":]*):\d+"', r'id="\1"', answer.graph)
    answer.graph = answer.graph.replace(":*_", "_")
    answer.graph = re.sub(r'(CRM_meta_notify_\w+)="([^"]*)"', lambda m: '%s="%s"' % (m.group(1), " ".join(sorted(re.sub(r":\d+", "", m.group(2)).split()))),
                          answer.graph)
    synapses = []
    for synapse in re.split(r"\n(?=ACTION)", answer.graph):
        head, *rest = synapse.split("\n")
        synapses.append("\n".join([head] + sorted(rest)))
    answer.graph = "\n".join(sorted(synapses))
    answer.graph = re.sub(r"\n  after \?.*", "", answer.graph).replace(":*_", "_")
    answer.dot, answer.text = answer.dot.replace(":*_", "_"), re.sub(r":\*( |_|$)", r"\1", answer.text, flags=re.M)
    # Actions without a node are never in the graph; which of them exist is a matter of the order of look-ups.
    answer.dot = "\n".join(sorted(set(line for line in answer.dot.split("\n") if "<none>" not in line)))
    answer.scores = "\n".join(line for line in answer.scores.split("\n")
                              if not (re.search(r" allocation score on \S+-\d+: -INFINITY$", line) and ": b" in line))
    answer.scores = "\n".join(sorted(set(line for line in answer.scores.split("\n") if not re.search(r"\w:\d+ |promotion score|pcmk__(clone|bundle)", line))))


CLASSES = [graph_root, feature_set, numbers, names_of_steps, inactive_promotion, fencing_attributes, words_of_status, delete_on_fail,
           order_of_execution, words_of_reasons, shown_on_fail, green_below_yellow, cancelled_in_history, ordered_instances, instance_numbers]


# -- features whose decisions changed ------------------------------------------------------------------------------------------


def metas(element):
    return {p.get("name"): p.get("value") for p in element.iterfind("./meta_attributes/nvpair")}


def group_with_hole(cib, genuine, ours):
    """A member that is active after one that is not: its stop now comes before the start of the other (as when a member is added in
    the middle)."""
    def active(line):
        return re.search(r"Started|FAILED|romoted|Starting|Stopping|Migrating|oting", line) is not None
    for block in re.findall(r"Resource Group: .*\n((?:\s+\* \S+\t.*\n)+)", ours.text.split("Transition Summary")[0]):
        states = [active(line) for line in block.strip().split("\n")]
        if any(states[i + 1] and not states[i] for i in range(len(states) - 1)):
            return True
    return False


def implied_unique(cib, genuine, ours):
    """A clone with more than one instance on a node is unique unless it says otherwise; before, it was anonymous."""
    return any("clone-node-max" in metas(c) and metas(c)["clone-node-max"] != "1" for c in cib.iter("clone"))


def missing_score_attribute(cib, genuine, ours):
    """A node without the attribute of score-attribute is skipped; before, it was banned."""
    return any(rule.get("score-attribute") for rule in cib.iter("rule"))


def bundle_in_colocation(cib, genuine, ours):
    """What colocations with bundles add to scores was reworked between the versions."""
    bundles = {b.get("id") for b in cib.iter("bundle")}
    names = set()
    for c in cib.iter("rsc_colocation"):
        names |= {c.get("rsc"), c.get("with-rsc")} | {r.get("id") for r in c.iter("resource_ref")}
    return bool(bundles & names)


def join_state_nack(cib, genuine, ours):
    """The join state of a node that was refused is spelt otherwise."""
    return any(s.get("join") in ("nack", "banned") for s in cib.iter("node_state"))


def order_set_of_stops(cib, genuine, ours):
    """In ordering sets whose action is demote or stop, genuine 2.1.5 lets an action that cannot run block the next set."""
    return any(s.get("action") in ("demote", "stop") for o in cib.iter("rsc_order") for s in o.iter("resource_set"))


def mixed_colocations(cib, genuine, ours):
    """Mandatory colocations are now applied before the others, whatever their priorities; that shows where both kinds, or chains of
    optional ones, meet in one resource."""
    seen = {}
    for c in cib.iter("rsc_colocation"):
        names = [c.get("rsc"), c.get("with-rsc")] + [r.get("id") for r in c.iter("resource_ref")]
        for name in names:
            if name:
                seen[name] = seen.get(name, 0) + 1
    return any(count > 1 for count in seen.values())


def unfenced_bundle_node(cib, genuine, ours):
    """Unfencing covers the nodes of bundles and guests, too."""
    return "stonith-" in ours.graph and "-on" in ours.graph and (cib.find(".//bundle") is not None)


def bundle_probes(cib, genuine, ours):
    """What waits for the probes of a bundle's containers was completed: fewer orders were derived from them."""
    return cib.find(".//bundle") is not None and "_monitor_0" in ours.graph


def legacy_fail_counts(cib, genuine, ours):
    """With a feature set before 3.0.13, genuine 2.1.5 looks only for fail counts without an operation; the newest never does."""
    version = tuple(int(x) for x in (cib.get("crm_feature_set") or "0").split(".") if x.isdigit())
    return version < (3, 0, 13) and any(p.get("name", "").startswith("fail-count-") for p in cib.iter("nvpair"))


def degraded_results(cib, genuine, ours):
    """Results 190 and 191 (running, but degraded) are now successes of every operation, not of monitors alone."""
    return any(o.get("rc-code") in ("190", "191") for o in cib.iter("lrm_rsc_op"))


FEATURES = [legacy_fail_counts, degraded_results, order_set_of_stops, mixed_colocations, unfenced_bundle_node, bundle_in_colocation, join_state_nack, group_with_hole, implied_unique, missing_score_attribute, bundle_probes]


def explained_by(cib, genuine, ours):
    """Names of the features of this input whose decisions changed between the versions."""
    return [feature.__name__ for feature in FEATURES if feature(cib, genuine, ours)]


def normalize(answer, cib, genuine):
    for change in CLASSES:
        change(answer, cib, genuine)
