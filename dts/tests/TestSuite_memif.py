# SPDX-License-Identifier: BSD-3-Clause
"""Shared memory ports: two forwarders in a row."""

import signal

from framework import frames
from framework.wire import exchange


def memif(role, path):
    """The EAL device of one end of a memif link."""
    return f"net_memif0,role={role},id=0,socket={path},socket-abstract=no"


def start_row(bench, forwarders, path, modes):
    """Start two forwarders: host 0 - first - memif - second - host 1."""
    first = forwarders.start([bench.vdev(0), memif("server", path)], modes[0], bench.dut)
    second = forwarders.start([memif("client", path), bench.vdev(1)], modes[1], bench.dut)
    return first, second


def wait_for_link(wires):
    """Send single frames until one has crossed both forwarders."""
    for seed in range(50):
        wires[0].send(frames.udp_frame(64, seed))
        if wires[1].receive(0.2) is not None:
            wires[1].drain()
            return
    raise AssertionError("the memif link does not come up")


def test_row(make_bench, forwarders, tmp_path):
    """Frames cross two forwarders that share a memif link.

    Steps:
        Start two forwarders in io mode, joined by memif, each with an AF_PACKET port.
        Send frames of 64 to 1514 bytes from end to end, each way.
    Verify:
        Every frame comes out at the other end, unchanged and in order.
        Both forwarders end without a leak.
    """
    bench = make_bench(2)
    programs = start_row(bench, forwarders, tmp_path / "memif.sock", ("io", "io"))
    wires = [bench.wire(0), bench.wire(1)]
    wait_for_link(wires)
    sent = frames.udp_frames(frames.SIZES, repeat=3)
    for source, sink in ((0, 1), (1, 0)):
        assert exchange(wires[source], wires[sink], sent) == sent
    for program in programs:
        program.stop().check_clean()


def test_swap_twice(make_bench, forwarders, tmp_path):
    """Two forwarders that swap addresses cancel each other out.

    Steps:
        Start two forwarders in macswap mode, joined by memif.
        Send frames from end to end, each way.
    Verify:
        Every frame comes out at the other end as it was sent.
    """
    bench = make_bench(2)
    programs = start_row(bench, forwarders, tmp_path / "memif.sock", ("macswap", "macswap"))
    wires = [bench.wire(0), bench.wire(1)]
    wait_for_link(wires)
    sent = frames.udp_frames(frames.SIZES)
    for source, sink in ((0, 1), (1, 0)):
        assert exchange(wires[source], wires[sink], sent) == sent
    for program in programs:
        program.stop().check_clean()


def test_peer_goes(make_bench, forwarders, tmp_path):
    """A forwarder outlives the one at the other end of its memif link.

    Steps:
        Start two forwarders in io mode, joined by memif; stop the second one.
        Send frames into the first one's AF_PACKET port.
    Verify:
        The first one goes on, counts the frames, and ends without a leak.
    """
    bench = make_bench(2)
    first, second = start_row(bench, forwarders, tmp_path / "memif.sock", ("io", "io"))
    wires = [bench.wire(0), bench.wire(1)]
    wait_for_link(wires)
    second.stop().check_clean()
    for frame in frames.udp_frames(frames.SIZES):
        wires[0].send(frame)
    assert wires[1].drain(0.5) == []
    assert first.running()
    outcome = first.stop(signal.SIGTERM)
    outcome.check_clean()
    assert outcome.statistics.rx(0) > len(frames.SIZES)
