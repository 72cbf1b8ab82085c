# SPDX-License-Identifier: BSD-3-Clause
"""TAP ports: the forwarder makes the interfaces itself."""

import pytest

from framework import frames
from framework.echo import HOST, ping
from framework.netns import quiet
from framework.wire import exchange


def tap_vdevs(count):
    """EAL devices for `count` TAP ports."""
    return [f"net_tap{port},iface=lbtap{port}" for port in range(count)]


def test_io(make_bench, forwarders):
    """Frames cross between two TAP interfaces.

    Steps:
        Start the forwarder in io mode on two TAP ports.
        Send frames of 64 to 1514 bytes into one interface, then into the other.
    Verify:
        Every frame comes out of the other interface, unchanged and in order.
    """
    bench = make_bench(0)
    program = forwarders.start(tap_vdevs(2), "io", bench.dut)
    for port in (0, 1):
        quiet(bench.dut, f"lbtap{port}", 1500)
    wires = [bench.open_wire(bench.dut, f"lbtap{port}") for port in (0, 1)]
    sent = frames.udp_frames(frames.SIZES, repeat=3)
    for source, sink in ((0, 1), (1, 0)):
        assert exchange(wires[source], wires[sink], sent) == sent
    outcome = program.stop()
    outcome.check_clean()
    for port in (0, 1):
        assert outcome.statistics.rx(port) == outcome.statistics.tx(port) == len(sent)


@pytest.mark.smoke
def test_ping(make_bench, forwarders):
    """ping works against a TAP port.

    Steps:
        Start the forwarder in icmpecho mode on one TAP port; give the interface an address.
        Run ping until five answers have come.
    Verify:
        They come. The interface is gone when the forwarder is.
    """
    bench = make_bench(0)
    program = forwarders.start(tap_vdevs(1), "icmpecho", bench.dut, port_topology="loop")
    quiet(bench.dut, "lbtap0", 1500)
    bench.dut.run("ip", "address", "add", f"{HOST}/24", "dev", "lbtap0")
    ping(bench.dut)
    program.stop().check_clean()
    assert "lbtap0" not in bench.dut.run("ip", "link", "show")
