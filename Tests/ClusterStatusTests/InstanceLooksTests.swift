// SPDX-License-Identifier: GPL-2.0-or-later
// Counting the actions of a large clone's instances instead of looking at all of them again.
@testable import ClusterStatus
import Testing

@Suite("Looks at many instances")
struct InstanceLooksTests {
    private let clone = ResourceIndex(0)
    private let action = ActionIndex(9)

    /// A clone with three instances, resources 1 to 3, that were looked at.
    private func looks() -> InstanceLooks {
        var looks = InstanceLooks()
        var look = looks.take(action, of: clone, instances: 3, actions: 20)
        #expect(look.changed == nil)
        look.note([.optional, .runnable], 0)
        look.note([.runnable], 1)
        look.note([], 2)
        #expect(look.requiredCount == 2)
        #expect(look.runnableCount == 2)
        looks.put(look, action)
        return looks
    }

    @Test("The second look is at what changed since the first, and counts it anew")
    func second() {
        var looks = looks()
        for instance in [2, 2, 1] { looks.noteChange(of: ResourceIndex(instance), in: clone) }
        looks.noteChange(of: clone, in: clone)
        looks.noteChange(of: ResourceIndex(7), in: ResourceIndex(6))
        var look = looks.take(action, of: clone, instances: 3, actions: 20)
        #expect(look.changed == [ResourceIndex(2), ResourceIndex(1)])
        look.note([], 0)
        look.note([.optional], 1)
        #expect(look.requiredCount == 2)
        #expect(look.runnableCount == 0)
        looks.put(look, action)
        #expect(looks.take(action, of: clone, instances: 3, actions: 20).changed == [])
    }

    @Test("Another action of the clone has its own look, and new actions make looks void")
    func others() {
        var looks = looks()
        #expect(looks.take(ActionIndex(8), of: clone, instances: 3, actions: 20).changed == nil)
        let look = looks.take(action, of: clone, instances: 3, actions: 21)
        #expect(look.changed == nil)
        #expect(look.requiredCount == 0)
    }
}
