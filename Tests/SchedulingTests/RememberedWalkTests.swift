// SPDX-License-Identifier: GPL-2.0-or-later
// Walks along colocations that are remembered: the arithmetic, and that no score is another one for it.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("What walks along colocations add up to")
struct RememberedWalkTests {
    private static let deltas = [-1_000_000, -999_999, -600_000, -3, -1, 0, 1, 4, 500_001, 999_999, 1_000_000].map { (value: Int) in Score(value) }

    @Test("Stretches one after the other give the score that their additions give, and tell whether it was ever negative")
    func arithmetic() {
        var random = SplitMix(state: 1)
        for _ in 0..<3_000 {
            var (stretches, additions) = ([ScoreShift()], ContiguousArray<Score>())
            for _ in 0..<random.below(6) {
                var stretch = ScoreShift()
                for _ in 0...random.below(3) {
                    let delta = Self.deltas[random.below(Self.deltas.count)]
                    additions.append(delta)
                    stretch.append(ScoreShift(adding: delta))
                }
                stretches.append(stretch)
            }
            var whole = ScoreShift()
            for stretch in stretches { whole.append(stretch) }
            for start in Self.deltas {
                var (score, isUsable) = (start, start.value >= 0)
                for delta in additions {
                    score += delta
                    isUsable = isUsable && score.value >= 0
                }
                #expect(whole(start) == score, "\(start) after \(additions)")
                #expect(whole.keepsUsable(start) == isUsable, "\(start) on the way along \(additions)")
            }
        }
    }

    @Test("Scores are the same whether every walk is remembered or none is", arguments: 0..<60)
    func scores(seed: Int) throws {
        let cib = Configuration(seed: UInt64(seed)).text
        #expect(try reports(cib, worthwhile: 1) == reports(cib, worthwhile: .max))
    }

    @Test("Scores of many that keep apart, run, stay and form loops are the same, too", arguments: 0..<80)
    func tangledScores(seed: Int) throws {
        let cib = Tangle(seed: UInt64(seed)).text
        #expect(try reports(cib, worthwhile: 1) == reports(cib, worthwhile: .max))
    }

    @Test("Running resources that keep apart take no more steps than there are colocations, some hundred times over", arguments: [20, 60])
    func apartSteps(count: Int) throws {
        let names = (0..<count).map { "r\($0 / 10)\($0 % 10)" }
        let state = try placed(
            cib(names.map { dummy($0, stickiness($0, 50)) }.joined(), apart(names, "-100"), running: names))
        #expect(state.placement.walks.steps < 120 * count * count)
        let places = names.compactMap { state.findResource($0) }.compactMap { state.resources[$0].assigned }
        #expect(places.count == count)
    }

    @Test("Where colocations form loops, ways with the same steps before them are one way")
    func loops() throws {
        let names = (10..<22).map { "r\($0)" }
        let sets = [names[..<6], names[6...], names[6...], names[..<6]].enumerated().map { number, members in
            "<resource_set id=\"s\(number)\" sequential=\"false\">\(members.map { "<resource_ref id=\"\($0)\"/>" }.joined())</resource_set>"
        }
        let constraints = [sets[..<2], sets[2...]].enumerated().map { number, pair in
            "<rsc_colocation id=\"k\(number)\" score=\"INFINITY\">\(pair.joined())</rsc_colocation>"
        }
        let state = try placed(cib(names.map { dummy($0) }.joined(), constraints.joined()))
        #expect(state.placement.walks.steps < 100_000)
        #expect(names.compactMap { state.findResource($0) }.allSatisfy { state.resources[$0].assigned != nil })
    }

    @Test("Many that keep apart are placed, and each counts", arguments: ["-10", "-INFINITY"])
    func keptApart(score: String) throws {
        let names = (0..<40).map { "r\($0)" }
        let state = try placed(cib(names.map { dummy($0) }.joined(), apart(names, score)))
        let places = names.compactMap { state.findResource($0) }.map { state.resources[$0].assigned }
        #expect(places.count { $0 != nil } == (score == "-10" ? 40 : 4))
    }

    @Test("A finite score with a clone counts once for each instance, whether they are taken one by one or at once", arguments: [12, 20])
    func instances(count: Int) throws {
        let numbers = "<nvpair id=\"c-n\" name=\"clone-max\" value=\"\(count)\"/><nvpair id=\"c-p\" name=\"clone-node-max\" value=\"\(count / 4)\"/>"
        let clone = "<clone id=\"c\"><meta_attributes id=\"c-m\">\(numbers)</meta_attributes>\(dummy("ca"))</clone>"
        for (score, sum) in [(10, 10 * count / 4), (600_000, 1_000_000)] {
            let state = try placed(
                cib(
                    clone + dummy("r"), "<rsc_colocation id=\"k\" rsc=\"r\" with-rsc=\"c\" score=\"\(score)\"/>"
                        + "<rsc_location id=\"l\" rsc=\"r\" node=\"n1\" score=\"-INFINITY\"/>"))
            let r = try #require(state.findResource("r"))
            #expect(state.resources[r].nodes.row.map { Int($0.score.value) } == [sum, -1_000_000, sum, sum])
        }
    }

    @Test("What cannot be told step by step still adds up in an explanation", arguments: [0, 50])
    func explained(stays: Int) throws {
        let names = (0..<24).map { "r\($0)" }
        let text = cib(names.map { dummy($0, stickiness($0, stays)) }.joined(), apart(names, "-100"), running: stays > 0 ? names : [])
        let state = try placed(text, explaining: "r3")
        let r = try #require(state.findResource("r3"))
        let explanation = try #require(state.explainPlacement(of: r).first)
        for account in explanation.nodes {
            var sum = Score.zero
            for part in account.contributions { sum = part.score.map { sum + $0 } ?? part.total }
            #expect(sum == account.score, "\(account.node)")
        }
        #expect(try reports(text) == state.scoreReports.map { "\($0)" })
    }

    private func reports(_ text: String, worthwhile: Int32 = 16) throws -> [String] {
        try placed(text, worthwhile: worthwhile).scoreReports.map { "\($0)" }
    }

    private func placed(_ text: String, worthwhile: Int32 = 16, explaining id: String? = nil) throws -> ClusterState {
        var state = ClusterState(reading: try XMLParser.parse(text), at: Timestamp(epoch: 1_700_000_000))
        state.placement.showScores = true
        state.placement.walks.worthwhile = worthwhile
        state.unpackHealth()
        state.unpackConstraints()
        if let id, let r = state.findResource(id) { state.recordScores(of: r) }
        state.applyNodeCriteria()
        state.addInternalOrderings()
        state.assignResources()
        return state
    }
}

private func dummy(_ id: String, _ inside: String = "") -> String {
    "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(inside)</primitive>"
}

private func stickiness(_ id: String, _ value: Int) -> String {
    "<meta_attributes id=\"\(id)-m\"><nvpair id=\"\(id)-ms\" name=\"resource-stickiness\" value=\"\(value)\"/></meta_attributes>"
}

/// Each resource away from each other.
private func apart(_ names: [String], _ score: String) -> String {
    let set = names.map { "<resource_ref id=\"\($0)\"/>" }.joined()
    return "<rsc_colocation id=\"c\" score=\"\(score)\"><resource_set id=\"s\">\(set)</resource_set></rsc_colocation>"
}

private func history(_ id: String) -> String {
    let transition = "1:1:0:11111111-1111-1111-1111-111111111111"
    return """
        <lrm_resource id="\(id)" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="\(id)_last_0" operation_key="\(id)_start_0"
         operation="start" transition-key="\(transition)" transition-magic="0:0;\(transition)" call-id="1" rc-code="0" op-status="0" interval="0"/></lrm_resource>
        """
}

/// Four nodes; which of them are not there, the options, and what runs, one after the other on each node.
private func cib(_ resources: String, _ constraints: String, absent: Int = -1, options: String = "", running: [String] = []) -> String {
    let nodes = (0..<4).map { "<node id=\"\($0)\" uname=\"n\($0)\"><instance_attributes id=\"a\($0)\"><nvpair id=\"k\($0)\" name=\"rack\" value=\"\($0 % 2)\"/></instance_attributes></node>" }
    func histories(_ node: Int) -> String { running.enumerated().map { $0 % 4 == node ? history($1) : "" }.joined() }
    let states = (0..<4).map { $0 == absent ? "" : "<node_state id=\"\($0)\" uname=\"n\($0)\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"><lrm id=\"\($0)\"><lrm_resources>\(histories($0))</lrm_resources></lrm></node_state>" }
    return """
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
        <crm_config><cluster_property_set id="o"><nvpair id="o-f" name="fencing-enabled" value="false"/>\(options)</cluster_property_set></crm_config>
        <nodes>\(nodes.joined())</nodes><resources>\(resources)</resources><constraints>\(constraints)</constraints></configuration>
        <status>\(states.joined())</status></cib>
        """
}

/// A generated configuration full of colocations.
private struct Configuration {
    private(set) var text = ""
    private var random: SplitMix
    private var resources = ""
    private var constraints = ""

    init(seed: UInt64) {
        random = SplitMix(state: seed)
        var names: [String] = []
        for number in 0..<(3 + random.below(5)) {
            let name = "x\(number)"
            resources += resource(name)
            names.append(name)
        }
        for number in 0..<(2 + random.below(6)) { constraints += constraint("k\(number)", names) }
        let strategy = random.below(4) == 0 ? "<nvpair id=\"o-p\" name=\"placement-strategy\" value=\"balanced\"/>" : ""
        text = cib(resources, constraints, absent: random.below(3) == 0 ? random.below(4) : -1, options: strategy)
    }

    private mutating func choose<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

    private mutating func resource(_ name: String) -> String {
        let priority = choose(["0", "0", "0", "5"])
        let stickiness = choose(["0", "50"])
        let meta = "<meta_attributes id=\"\(name)-m\"><nvpair id=\"\(name)-mp\" name=\"priority\" value=\"\(priority)\"/><nvpair id=\"\(name)-ms\" name=\"resource-stickiness\" value=\"\(stickiness)\"/>"
        switch random.below(6) {
        case 0: return "<group id=\"\(name)\">\(meta)</meta_attributes>\(dummy(name + "a"))\(dummy(name + "b"))\(dummy(name + "c"))</group>"
        case 1: return "<clone id=\"\(name)\">\(meta)</meta_attributes>\(dummy(name + "a"))</clone>"
        case 2:
            let promotable = "<nvpair id=\"\(name)-mo\" name=\"promotable\" value=\"true\"/>"
            return "<clone id=\"\(name)\">\(meta)\(promotable)</meta_attributes><group id=\"\(name)g\">\(dummy(name + "a"))\(dummy(name + "b"))</group></clone>"
        default: return dummy(name, meta + "</meta_attributes>")
        }
    }

    private mutating func constraint(_ id: String, _ names: [String]) -> String {
        let score = choose(["INFINITY", "INFINITY", "INFINITY", "100", "-10", "-INFINITY", "700000"])
        switch random.below(5) {
        case 0: return "<rsc_location id=\"\(id)\" rsc=\"\(choose(names))\" node=\"n\(random.below(4))\" score=\"\(choose(["20", "-20", "INFINITY", "-INFINITY"]))\"/>"
        case 1:
            let chosen = names.filter { _ in random.below(2) == 0 }
            if chosen.count < 2 { return "" }
            let half = 1 + random.below(chosen.count - 1)
            let sets = [chosen[..<half], chosen[half...]].enumerated().map { number, members in
                "<resource_set id=\"\(id)s\(number)\" sequential=\"\(choose(["true", "false"]))\">\(members.map { "<resource_ref id=\"\($0)\"/>" }.joined())</resource_set>"
            }
            return "<rsc_colocation id=\"\(id)\" score=\"\(score)\">\(sets.joined())</rsc_colocation>"
        default:
            // Mostly one after the other, so that there are long ways; sometimes back, so that some are loops.
            let (one, other) = (random.below(names.count), random.below(names.count))
            if one == other { return "" }
            let isLoop = random.below(8) == 0
            let (dependent, primary) = isLoop ? (min(one, other), max(one, other)) : (max(one, other), min(one, other))
            let attribute = random.below(5) == 0 ? " node-attribute=\"rack\"" : ""
            return "<rsc_colocation id=\"\(id)\" rsc=\"\(names[dependent])\" with-rsc=\"\(names[primary])\" score=\"\(score)\"\(attribute)/>"
        }
    }
}

/// A few resources, most of them colocated with most others, and most of them running.
private struct Tangle {
    let text: String

    init(seed: UInt64) {
        var random = SplitMix(state: seed &+ 1_000)
        let names = (0..<(4 + random.below(5))).map { "x\($0)" }
        let scores = [["-100"], ["-100", "-10", "-250"], ["-100", "INFINITY"], ["100", "-7000", "-INFINITY"]][random.below(4)]
        let stays = [0, 50, 200, 1_000_000][random.below(4)]
        let mayLoop = random.below(2) == 0
        var resources = ""
        var constraints = ""
        for (number, name) in names.enumerated() {
            let isClone = random.below(5) == 0
            resources += isClone
                ? "<clone id=\"\(name)\">\(stickiness(name, stays))\(dummy(name + "a"))</clone>" : dummy(name, stickiness(name, stays))
            for other in names[..<number] where random.below(6) > 0 {
                let isBack = mayLoop && random.below(4) == 0
                let (dependent, primary) = isBack ? (other, name) : (name, other)
                let attribute = random.below(9) == 0 ? " node-attribute=\"rack\"" : ""
                constraints += "<rsc_colocation id=\"\(name)-\(other)\" rsc=\"\(dependent)\" with-rsc=\"\(primary)\" score=\"\(scores[random.below(scores.count)])\"\(attribute)/>"
            }
            if random.below(6) == 0 { constraints += "<rsc_location id=\"l\(name)\" rsc=\"\(name)\" node=\"n\(random.below(4))\" score=\"-INFINITY\"/>" }
        }
        let running = names.filter { _ in random.below(5) > 0 }
        let strategy = random.below(4) == 0 ? "<nvpair id=\"o-p\" name=\"placement-strategy\" value=\"balanced\"/>" : ""
        text = cib(resources, constraints, absent: random.below(4) == 0 ? random.below(4) : -1, options: strategy, running: running)
    }
}

/// A small generator of numbers that are the same everywhere.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(max(limit, 1)))
    }
}
