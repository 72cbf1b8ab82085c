# SPDX-License-Identifier: BSD-3-Clause
"""The modes flowgen, noisy and recycle_mbufs, and what txonly can be told to send."""

import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from framework import frames
from framework.forwarder import lcores, memory_options
from framework.wire import exchange

NOISY_BUFFER = 64
TAP = "net_tap0,iface=dtap"
TAP_MBUF = 1024         # a data room of 896 bytes


def check_datagram(frame, size):
    """Verify that a generated frame is a sound UDP datagram; return it as a packet."""
    assert len(frame) == size
    packet = Ether(frame)
    assert (packet[IP].len, packet[UDP].len) == (size - 14, size - 34)
    rebuilt = Ether(frame)
    del rebuilt[IP].chksum
    assert bytes(Ether(bytes(rebuilt))) == frame
    assert packet[UDP].chksum == 0
    return packet


def address(packet, field):
    """The last two bytes of an address, as a number."""
    parts = getattr(packet[IP], field).split(".")
    return int(parts[2]) * 256 + int(parts[3])


@pytest.mark.parametrize("flows, clones, size", ((16, 0, 64), (300, 0, 1200), (1024, 0, 46),
                                                 (64, 3, 100)))
def test_flowgen(make_bench, forwarders, flows, clones, size):
    """flowgen sends datagrams of many flows in turn, and drops what it receives.

    Steps:
        Start the forwarder in flowgen mode on two ports, with a number of flows.
        Take 2000 frames from port 0, and send 100 to port 1.
    Verify:
        The frames are testpmd's: its MAC addresses, 10.254.0.0 to 10.253.0.0 and up, ports 1000
        and 1001, four bytes shorter than --txpkts, for the CRC.
        Each flow follows the one before it; with clones each frame comes several times.
        The statistics count what was received.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    program = forwarders.start(bench.vdevs(), "flowgen", bench.dut, flowgen_flows=flows,
                               flowgen_clones=clones, txpkts=size)
    seen = wires[0].collect(2000, 20)
    for frame in frames.udp_frames([64], 100):
        wires[1].send(frame)
    time.sleep(0.5)
    outcome = program.stop()
    outcome.check_clean()
    assert f"  number of flows for port 1: {flows}\n" in outcome.output
    assert outcome.statistics.rx(1) == 100
    assert len(seen) == 2000
    numbers = []
    for frame in seen:
        packet = check_datagram(frame, size - 4)
        assert (packet.src, packet.dst) == ("00:01:02:03:04:00", "00:01:02:03:04:01")
        assert packet[IP].src == "10.254.0.0" and packet[IP].dst.startswith("10.253.")
        assert (packet[UDP].sport, packet[UDP].dport) == (1000, 1001)
        numbers.append(address(packet, "dst"))
    assert max(numbers) < flows
    each = clones + 1
    if clones == 0:
        steps = {(b - a) % flows for a, b in zip(numbers, numbers[1:])}
        assert set(numbers) == set(range(flows)) and steps == {1}
    else:
        # A burst is 32 frames, of 4 each.
        assert all(len(set(numbers[i:i + each])) == 1 for i in range(0, 1024, each))
        assert numbers[:3 * each:each] == [numbers[0], numbers[0] + each, numbers[0] + 2 * each]


@pytest.mark.parametrize("size, mbufs, accepted", ((45, 2176, "46 to 2052"),
                                                   (901, 1024, "46 to 900")))
def test_flowgen_length(make_bench, forwarders, size, mbufs, accepted):
    """A frame that flowgen cannot make is refused.

    Steps:
        Start it with --txpkts too small for the headers, or too large for an mbuf.
    Verify:
        It says what is accepted in one line, and ends with an error.
    """
    bench = make_bench(0)
    program = forwarders.start([TAP], "flowgen", bench.dut, wait=False, txpkts=size,
                               mbuf_size=mbufs, port_topology="loop")
    outcome = program.finish()
    assert outcome.code != 0
    assert f"lbuf-fwd: --txpkts={size}: flowgen accepts {accepted}" in outcome.output
    assert outcome.leaks == (0, 0)


def start_noisy(bench, forwarders, **wanted):
    """Start noisy on two ports; the program and the wires at its ends."""
    wires = [bench.wire(0), bench.wire(1)]
    return forwarders.start(bench.vdevs(), "noisy", bench.dut, **wanted), wires


@pytest.mark.parametrize("mode", ("io", "mac", "macswap", "5tswap"))
@pytest.mark.parametrize("memory", ({}, {"noisy_lkup_memory": 2, "noisy_lkup_num_reads": 3,
                                         "noisy_lkup_num_writes": 2,
                                         "noisy_lkup_num_reads_writes": 1}), ids=("idle", "busy"))
def test_noisy_modes(make_bench, forwarders, mode, memory):
    """noisy forwards as the mode does that --noisy-forward-mode names.

    Steps:
        Start the forwarder in noisy mode, with memory to use and without; send frames.
    Verify:
        They come out at the other port as that mode makes them.
    """
    bench = make_bench(2)
    program, wires = start_noisy(bench, forwarders, noisy_forward_mode=mode, **memory)
    sent = frames.udp_frames(frames.SIZES, 5)
    received = exchange(wires[0], wires[1], sent)
    program.stop().check_clean()
    if mode == "io":
        assert received == sent
    elif mode == "mac":
        assert received == [frames.addressed(frame, bench.dut_mac(1), frames.peer_mac(1))
                            for frame in sent]
    elif mode == "macswap":
        assert received == [frames.swapped(frame) for frame in sent]
    else:
        assert received == [frames.swapped(frame[:26] + frame[30:34] + frame[26:30]
                                           + frame[36:38] + frame[34:36] + frame[38:])
                            for frame in sent]


def test_noisy_buffer(make_bench, forwarders):
    """Packets wait in the buffer until others need the room.

    Steps:
        Send as many frames as the buffer holds, and then as many again.
    Verify:
        Nothing comes of the first ones until the others are there; then the first ones come.
        The end frees those that wait.
    """
    bench = make_bench(2)
    program, wires = start_noisy(bench, forwarders, noisy_tx_sw_buffer_size=NOISY_BUFFER)
    first = frames.udp_frames([100], NOISY_BUFFER)
    second = [frames.udp_frame(200, seed) for seed in range(NOISY_BUFFER)]
    for frame in first:
        wires[0].send(frame)
    assert wires[1].drain(1) == []
    for frame in second:
        wires[0].send(frame)
    assert wires[1].collect(NOISY_BUFFER, 5) == first
    assert wires[1].drain(0.5) == []
    outcome = program.stop()
    outcome.check_clean()
    assert (outcome.statistics.rx(0), outcome.statistics.tx(1)) == (2 * NOISY_BUFFER, NOISY_BUFFER)


def test_noisy_small_buffer(make_bench, forwarders):
    """A buffer that is smaller than a burst loses nothing.

    Steps:
        Send 200 frames through a buffer of 3.
    Verify:
        All but the last 3 come out, in order.
    """
    bench = make_bench(2)
    program, wires = start_noisy(bench, forwarders, noisy_tx_sw_buffer_size=3)
    sent = frames.udp_frames([100], 200)
    for frame in sent:
        wires[0].send(frame)
    assert wires[1].collect(197, 5) == sent[:197]
    assert wires[1].drain(0.3) == []
    program.stop().check_clean()


def test_noisy_flush(make_bench, forwarders):
    """With a time to flush the buffer is emptied that often.

    Steps:
        Send 20 frames into a buffer of 64 that is flushed every 300 ms.
    Verify:
        They come out, in order.
    """
    bench = make_bench(2)
    program, wires = start_noisy(bench, forwarders, noisy_tx_sw_buffer_size=NOISY_BUFFER,
                                 noisy_tx_sw_buffer_flushtime=300)
    sent = frames.udp_frames([100], 20)
    for frame in sent:
        wires[0].send(frame)
    assert wires[1].collect(20, 5) == sent
    program.stop().check_clean()


def test_refused(forwarders, tmp_path):
    """What a mode cannot do is refused in one line.

    Steps:
        Start noisy with reads but without memory, and with a mode that is not one of its own;
        txonly with a segment that no mbuf has room for, and with one too short for headers
        which chance may leave alone; recycle_mbufs on ports that cannot.
    Verify:
        Each says why, and ends with an error; nothing leaks.
    """
    ports = ["net_null0", "net_null1"]
    program = forwarders.start(ports, "noisy", wait=False, noisy_lkup_num_reads=1)
    outcome = program.finish()
    assert outcome.code != 0 and outcome.leaks == (0, 0)
    assert "lbuf-fwd: --noisy-lkup-memory=0: there is nothing for" in outcome.output
    program = forwarders.start(ports, "noisy", wait=False, noisy_forward_mode="rxonly")
    outcome = program.finish()
    assert outcome.code != 0
    assert "accepted values are io, mac, macswap, 5tswap\n" in outcome.output
    program = forwarders.start(ports, "txonly", wait=False, txpkts="100,2049", mbuf_size=2176)
    outcome = program.finish()
    assert outcome.code != 0 and outcome.leaks == (0, 0)
    assert "lbuf-fwd: --txpkts" in outcome.output
    commands = tmp_path / "commands"
    commands.write_text("set txsplit rand\n")
    program = forwarders.start(ports, "txonly", wait=False, txpkts="20,100", cmdline_file=commands)
    outcome = program.finish()
    assert outcome.code != 0 and outcome.leaks == (0, 0)
    assert "lbuf-fwd: set txsplit rand: first segment of 20 bytes" in outcome.output
    program = forwarders.start(ports, "recycle_mbufs", wait=False)
    outcome = program.finish()
    assert outcome.code != 0 and outcome.leaks == (0, 0)
    assert outcome.output.count("lbuf-fwd: recycle_mbufs: ") == 1


@pytest.mark.parametrize("segments", ("64", "42", "20,30,50", "10,10,10,10,10", "500,600", "1400",
                                      "1,896,2"))
def test_txonly_lengths(make_bench, forwarders, segments):
    """--txpkts gives the lengths of the segments of a frame.

    Steps:
        Start the forwarder in txonly mode with one length or with several, some of which the
        headers do not fit into, or one that no mbuf has room for; addresses and ports of its own;
        take 200 frames.
    Verify:
        Each is a sound datagram of their sum, between these addresses and ports.
    """
    size = sum(int(length) for length in segments.split(","))
    bench = make_bench(0)
    program = forwarders.start([TAP], "txonly", bench.dut, txpkts=segments,
                               tx_ip="192.0.2.7,192.0.2.9", tx_udp="77,88",
                               mbuf_size=TAP_MBUF, port_topology="loop")
    seen = bench.open_wire(bench.dut, "dtap").collect(200, 10)
    program.stop().check_clean()
    assert len(seen) == 200
    for frame in set(seen):
        packet = check_datagram(frame, size)
        assert (packet[IP].src, packet[IP].dst) == ("192.0.2.7", "192.0.2.9")
        assert (packet[UDP].sport, packet[UDP].dport) == (77, 88)
        assert set(frame[42:]) <= {0}


def test_txonly_by_chance(make_bench, forwarders, tmp_path):
    """With set txsplit rand a frame has as many of its segments as chance has it.

    Steps:
        Start txonly with segments of 60, 40 and 100 bytes; take 300 frames.
    Verify:
        Each is a sound datagram of the first one, two or three, and there are some of each.
    """
    commands = tmp_path / "commands"
    commands.write_text("set txsplit rand\n")
    bench = make_bench(0)
    program = forwarders.start([TAP], "txonly", bench.dut, txpkts="60,40,100",
                               mbuf_size=TAP_MBUF, port_topology="loop", cmdline_file=commands)
    seen = bench.open_wire(bench.dut, "dtap").collect(300, 10)
    program.stop().check_clean()
    assert len(seen) == 300
    assert {len(frame) for frame in seen} == {60, 100, 200}
    for frame in set(seen):
        check_datagram(frame, len(frame))


@pytest.mark.parametrize("ports", (None, 5))
@pytest.mark.parametrize("segments", ("64", "20,80"))
def test_txonly_flows(make_bench, forwarders, ports, segments):
    """--txonly-multi-flow varies source addresses, or source ports.

    Steps:
        Start the forwarder in txonly mode with many flows; take 1000 frames.
    Verify:
        Each is a sound datagram. Source addresses are 198.18.N.M with N from 0 to 255 in turn,
        and M 2 and the lcore; or source ports are 49152 and the lcore, and as many of them, each
        256 behind the one before.
    """
    bench = make_bench(1)
    wire = bench.wire(0)
    wanted = {} if ports is None else {"txonly_nb_flows": ports}
    arguments = ["--forward-mode=txonly", "--txonly-multi-flow", "--port-topology=loop",
                 "--total-num-mbufs=4096", f"--txpkts={segments}",
                 *(f"--{name.replace('_', '-')}={value}" for name, value in wanted.items())]
    eal = lcores(2) + memory_options() + [f"--vdev={vdev}" for vdev in bench.vdevs()]
    program = forwarders.launch(eal, arguments, bench.dut)
    program.wait_forwarding()
    seen = wire.collect(1000, 10)
    program.stop().check_clean()
    size = sum(int(length) for length in segments.split(","))
    made = [check_datagram(frame, size) for frame in seen]
    assert len(made) == 1000
    if ports is None:
        numbers = [address(packet, "src") for packet in made]
        assert {number % 256 for number in numbers} == {3}
        turns = [number // 256 for number in numbers]
        count = 256
    else:
        numbers = [packet[UDP].sport for packet in made]
        assert {packet[IP].src for packet in made} == {"198.18.0.1"}
        assert {number % 256 for number in numbers} == {1}
        turns = [number // 256 - 0xc0 for number in numbers]
        count = ports
    assert set(turns) == set(range(count))
    assert {(b - a) % count for a, b in zip(turns, turns[1:])} == {1}
