# SPDX-License-Identifier: BSD-3-Clause
"""The modes io, mac and macswap: every frame comes out, and as it should be."""

import pytest

from framework import frames
from framework.bench import JUMBO_MBUF, JUMBO_MTU
from framework.wire import exchange

DIRECTIONS = ((0, 1), (1, 0))


def io_frame(bench, port, frame):
    """What io sends on a port for a frame."""
    return frame


def mac_frame(bench, port, frame):
    """What mac sends on a port for a frame."""
    return frames.addressed(frame, bench.dut_mac(port), frames.peer_mac(port))


def macswap_frame(bench, port, frame):
    """What macswap sends on a port for a frame."""
    return frames.swapped(frame)


MODES = {"io": io_frame, "mac": mac_frame, "macswap": macswap_frame}
all_modes = pytest.mark.parametrize("mode", MODES)


def check_both_directions(bench, sent, expected):
    """Send frames each way; `expected(bench, port, frame)` is what must come out of a port."""
    wires = [bench.wire(0), bench.wire(1)]
    for source, sink in DIRECTIONS:
        received = exchange(wires[source], wires[sink], sent)
        assert len(received) == len(sent)
        assert received == [expected(bench, sink, frame) for frame in sent]


def check_counts(outcome, count):
    """Verify that both ports received and sent `count` packets and lost none."""
    outcome.check_clean()
    statistics = outcome.statistics
    for port in (0, 1):
        assert statistics.rx(port) == statistics.tx(port) == count
        assert statistics.dropped(port) == 0
        assert statistics.bad(port) == 0
    assert statistics.total["RX-packets"] == statistics.total["TX-packets"] == 2 * count


@all_modes
def test_sizes(make_bench, forwarders, mode):
    """Frames of the usual sizes cross.

    Steps:
        Start the forwarder in the mode between two AF_PACKET ports.
        Send five frames of each size from 64 to 1514 bytes, each way.
    Verify:
        Every frame comes out once, in order, with the bytes that the mode promises.
        The statistics count each of them, and nothing else.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), mode, bench.dut)
    sent = frames.udp_frames(frames.SIZES, repeat=5)
    check_both_directions(bench, sent, MODES[mode])
    check_counts(program.stop(), len(sent))


@all_modes
def test_jumbo(make_bench, forwarders, mode):
    """Frames of up to 9000 bytes cross.

    Steps:
        Raise the MTU of the links, start the forwarder with rings and mbufs that hold 9000 bytes.
        Send two frames of each size from 64 to 9000 bytes, each way.
    Verify:
        Every frame comes out once, in order, with the bytes that the mode promises.
        The statistics count each of them, and nothing else.
    """
    bench = make_bench(2, JUMBO_MTU)
    program = forwarders.start(bench.vdevs(), mode, bench.dut, mbuf_size=JUMBO_MBUF)
    sent = frames.udp_frames(frames.JUMBO_SIZES, repeat=2)
    check_both_directions(bench, sent, MODES[mode])
    check_counts(program.stop(), len(sent))


@all_modes
def test_vlan(make_bench, forwarders, mode):
    """VLAN tags are payload to these modes.

    Steps:
        Start the forwarder in the mode between two AF_PACKET ports.
        Send tagged frames of 68 to 1518 bytes, each way.
    Verify:
        Every frame comes out with its tag, as the mode promises.
    """
    bench = make_bench(2, JUMBO_MTU)
    program = forwarders.start(bench.vdevs(), mode, bench.dut, mbuf_size=JUMBO_MBUF)
    sent = [frames.vlan_frame(size, vlan=size, seed=size) for size in (68, 69, 128, 1000, 1518)]
    check_both_directions(bench, sent, MODES[mode])
    check_counts(program.stop(), len(sent))


@pytest.mark.smoke
def test_eth_peer(make_bench, forwarders):
    """--eth-peer sets where mac sends to, port by port.

    Steps:
        Start the forwarder in mac mode with a peer for port 1 and none for port 0.
        Send frames each way.
    Verify:
        What leaves port 1 goes to that peer, what leaves port 0 to the default one.
    """
    peers = {0: frames.peer_mac(0), 1: "02:aa:bb:cc:dd:ee"}
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "mac", bench.dut, eth_peer=f"1,{peers[1]}")

    def expected(bench, port, frame):
        return frames.addressed(frame, bench.dut_mac(port), peers[port])

    sent = frames.udp_frames(frames.SIZES)
    check_both_directions(bench, sent, expected)
    check_counts(program.stop(), len(sent))


@pytest.mark.parametrize("burst", (1, 3, 32, 512))
def test_burst(make_bench, forwarders, burst):
    """The burst size changes nothing in what crosses.

    Steps:
        Start the forwarder in io mode with the burst size.
        Send 300 frames, each way.
    Verify:
        Every frame comes out once and in order.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut, burst=burst)
    sent = [frames.udp_frame(64 + seed, seed) for seed in range(300)]
    check_both_directions(bench, sent, io_frame)
    check_counts(program.stop(), len(sent))


def test_two_cores(make_bench, forwarders):
    """Two cores forward the two directions at the same time.

    Steps:
        Start the forwarder in io mode on two cores.
        Send frames into both ports by turns, without waiting for what comes out.
    Verify:
        The banner tells 2 cores and 2 streams.
        On each side every frame comes out once and in order.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut, cores=2)
    assert program.wait_for(r"ports=2 - cores=2 - streams=2 ", 1)
    wires = [bench.wire(0), bench.wire(1)]
    sent = [[frames.udp_frame(200 + port, seed) for seed in range(250)] for port in (0, 1)]
    for pair in zip(*sent):
        for wire, frame in zip(wires, pair):
            wire.send(frame)
    for source, sink in DIRECTIONS:
        assert wires[sink].collect(250, 10) == sent[source]
    check_counts(program.stop(), 250)


def test_queues(make_bench, forwarders):
    """Several queues carry what one carries.

    Steps:
        Start the forwarder in io mode with two queues for each port, on two cores.
        Send 20 frames of each of 16 flows, each way; the kernel spreads flows over queues.
    Verify:
        Every frame comes out once; the frames of a flow are in order.
    """
    bench = make_bench(2)
    vdevs = [f"{vdev},qpairs=2" for vdev in bench.vdevs()]
    program = forwarders.start(vdevs, "io", bench.dut, cores=2, rxq=2, txq=2)
    wires = [bench.wire(0), bench.wire(1)]
    flows = {port: [frames.udp_frame(100, seed, port=port) for seed in range(20)]
             for port in range(3000, 3016)}
    sent = [flow[number] for number in range(20) for flow in flows.values()]
    for source, sink in DIRECTIONS:
        received = exchange(wires[source], wires[sink], sent)
        assert len(received) == len(sent)
        for flow in flows.values():
            assert [frame for frame in received if frame in flow] == flow
    check_counts(program.stop(), len(sent))


def test_few_mbufs(make_bench, forwarders):
    """The smallest pool of mbufs is enough to go on.

    Steps:
        Start the forwarder in io mode with 1025 mbufs and bursts of 512.
        Send 5000 frames, each way, in one go; then a few, one by one.
    Verify:
        It may lose some of the first, but counts no more than came out, and none of the last.
        No leak.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut, total_num_mbufs=1025, burst=512)
    wires = [bench.wire(0), bench.wire(1)]
    few = frames.udp_frames(frames.SIZES)
    for source, sink in DIRECTIONS:
        for _ in range(5000):
            wires[source].send(few[0])
        wires[sink].drain(0.3)
        assert exchange(wires[source], wires[sink], few) == few
    program.stop().check_clean()


def test_link_down(make_bench, forwarders):
    """A link that goes down and comes up again does no lasting harm.

    Steps:
        Start the forwarder in io mode. Take the far end of port 1 down, send frames to it.
        Take it up again, let what has been waiting come out with one more frame.
        Send frames each way.
    Verify:
        The forwarder goes on; every frame of the last comes out. No leak.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut)
    sent = frames.udp_frames(frames.SIZES)
    bench.hosts[1].run("ip", "link", "set", bench.host_port(1), "down")
    wire = bench.wire(0)
    for frame in sent:
        wire.send(frame)
    bench.hosts[1].run("ip", "link", "set", bench.host_port(1), "up")
    wire.send(sent[0])
    bench.wire(1).drain(0.5)
    check_both_directions(bench, sent, io_frame)
    program.stop().check_clean()


@pytest.mark.smoke
@pytest.mark.parametrize("huge", (True, False), ids=("hugepages", "no-huge"))
def test_memory(make_bench, forwarders, need_hugepages, huge):
    """Both kinds of memory carry frames.

    Steps:
        Start the forwarder in io mode with hugepages, or with --no-huge.
        Send frames each way.
    Verify:
        Every frame comes out once and in order.
    """
    if huge:
        need_hugepages()
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut, huge=huge)
    sent = frames.udp_frames(frames.SIZES)
    check_both_directions(bench, sent, io_frame)
    check_counts(program.stop(), len(sent))
