// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration on disk: what is found again after crashes at bad moments and with damaged files.
import ClusterXML
import Glibc
import NodeRuntime
import Testing

struct CIBStoreTests {
    private let directory: String
    private let store: CIBStore

    init() {
        var template = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/cib-store-XXXXXX".utf8CString)
        directory = String(cString: mkdtemp(&template))
        store = CIBStore(directory: directory)
    }

    private func cib(_ epoch: Int) -> XMLElement {
        XMLElement("cib", [("epoch", "\(epoch)"), ("num_updates", "0"), ("admin_epoch", "0")], children: [XMLElement("configuration")])
    }

    private func loadedEpoch() throws -> String? {
        switch try store.load() {
        case .nothing, .damaged: nil
        case .found(let cib), .restored(let cib, _): cib["epoch"]
        }
    }

    private func damage(_ name: String) {
        let file = fopen("\(directory)/\(name)", "w")
        fputs("<cib epoch=\"9\"", file)
        fclose(file)
    }

    @Test("an empty directory holds nothing")
    func empty() throws {
        guard case .nothing = try store.load() else { Issue.record("found something"); return }
    }

    @Test("what was written is found")
    func roundTrip() throws {
        try store.write(cib(1))
        try store.write(cib(2))
        #expect(try loadedEpoch() == "2")
    }

    @Test("a crash between the two renames leaves the new configuration")
    func crash() throws {
        try store.write(cib(1))
        try store.write(cib(2))
        // As if the process had been killed after `cib.xml` was replaced and before its digest was.
        rename("\(directory)/cib.xml.sig", "\(directory)/cib.new.sig")
        #expect(try loadedEpoch() == "2")
        #expect(try loadedEpoch() == "2")
    }

    @Test("a damaged file is replaced by the newest good backup")
    func backup() throws {
        for epoch in 1...3 { try store.write(cib(epoch)) }
        damage("cib.xml")
        #expect(try loadedEpoch() == "2")
    }

    @Test("a directory full of damaged files is reported, not taken as empty")
    func hopeless() throws {
        try store.write(cib(1))
        damage("cib.xml")
        guard case .damaged = try store.load() else { Issue.record("not reported"); return }
    }
}
