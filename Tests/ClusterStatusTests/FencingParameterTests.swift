// SPDX-License-Identifier: GPL-2.0-or-later
// Which parameters of a fence device are the fencer's own: what older versions left out of digests.
import Testing

@testable import ClusterStatus

@Suite("Parameters of the fencer")
struct FencingParameterTests {
    @Test(
        "The fencer's own are known by their whole names",
        arguments: [
            "provides", "stonith-timeout", "pcmk_host_list", "pcmk_host_map", "pcmk_host_check", "pcmk_host_argument", "pcmk_delay_base",
            "pcmk_delay_max", "pcmk_action_limit", "pcmk_reboot_timeout", "pcmk_off_retries", "pcmk_on_action",
        ])
    func own(_ name: String) { #expect(ClusterState.isFencingParameter(name)) }

    @Test(
        "Everything else is the agent's",
        arguments: [
            "priority", "passwd", "pcmk_", "pcmk_foo", "pcmk_timeout", "pcmk_host_listx", "pcmk_host_list_timeout", "pcmk_x_y_action",
            "PCMK_host_list", "",
        ])
    func agents(_ name: String) { #expect(!ClusterState.isFencingParameter(name)) }
}
