// SPDX-License-Identifier: GPL-2.0-or-later
// Fence devices as resources: start, stop and monitor on behalf of the executor.
package import Messages

extension Fencer {
    /// Carries out start, stop or monitor of a device on behalf of the executor.
    package mutating func perform(_ process: ProcessID, _ order: OperationOrder, agent: String, at now: Now, into effects: inout [FencerEffect]) {
        if order.action == "stop" {
            effects.append(.delegateFinished(process, DelegateOutcome(status: .done, rc: 0)))
            return
        }
        let resource = order.resource.split(separator: ":").first.map(String.init) ?? order.resource
        if order.action == "monitor", order.interval == 0, order.userData.split(separator: ":").dropFirst(2).first == "7" {
            // A probe: a device is active once it was started, which the executor knows better.
            effects.append(.delegateFinished(process, DelegateOutcome(status: .done, rc: 7)))
            return
        }
        if order.action == "start" {
            register(
                FenceDevice(id: resource, agent: agent, parameters: order.parameters.entries, isConfigured: device(resource)?.isConfigured ?? false),
                at: now, into: &effects)
        }
        guard let device = device(resource) else {
            effects.append(.delegateFinished(process, DelegateOutcome(
                status: .noFenceDevice, rc: 1, exitReason: "Device \(resource) is not registered")))
            return
        }
        launch(
            device.agent, device.input(action: "monitor", target: nil), .delegated(process),
            limit: .milliseconds(max(1000, order.timeout)), at: now, into: &effects)
    }
}
