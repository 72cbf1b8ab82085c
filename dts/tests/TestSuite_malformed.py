# SPDX-License-Identifier: BSD-3-Clause
"""Truncated and malformed frames never stop a mode, and are counted.

The frames come from pcap files: no kernel interface takes frames of less than 14 bytes.
"""

import time

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from framework import frames
from framework.echo import HOST, TARGET, arp_request, echo_request, has_right_checksums
from framework.malformed import CORPORA, MAC, SHORTEST_ETHERNET, cut_requests, every_length
from framework.pcapfile import run_through
from framework.wire import exchange

corpora = pytest.mark.parametrize("corpus", CORPORA)


def with_header(corpus):
    """The frames that are as long as an Ethernet header at least."""
    return [frame for frame in corpus if len(frame) >= SHORTEST_ETHERNET]


def check_received(outcome, corpus):
    """Verify a clean end, and that both ports received all frames."""
    outcome.check_clean()
    for port in (0, 1):
        assert outcome.statistics.rx(port) == len(corpus)


@corpora
def test_io(forwarders, tmp_path, corpus):
    """io carries whatever comes, down to a single byte.

    Steps:
        Let two ports in io mode read the malformed frames.
    Verify:
        All of them come out at the other port, unchanged. No leak, exit code 0.
    """
    sent = CORPORA[corpus]()
    outcome, received = run_through(forwarders, tmp_path, "io", sent)
    check_received(outcome, sent)
    assert received == [sent, sent]
    assert outcome.statistics.bad(0) == 0


@corpora
def test_macswap(forwarders, tmp_path, corpus):
    """macswap drops and counts frames without a whole Ethernet header.

    Steps:
        Let two ports in macswap mode read the malformed frames.
    Verify:
        Those of 14 bytes and more come out at the other port, addresses exchanged.
        The others count as bad. No leak, exit code 0.
    """
    sent = CORPORA[corpus]()
    outcome, received = run_through(forwarders, tmp_path, "macswap", sent)
    check_received(outcome, sent)
    whole = with_header(sent)
    expected = [frames.swapped(frame) for frame in whole]
    assert received == [expected, expected]
    for port in (0, 1):
        assert outcome.statistics.bad(port) == len(sent) - len(whole)


@corpora
def test_mac(forwarders, tmp_path, corpus):
    """mac drops and counts frames without a whole Ethernet header.

    Steps:
        Let two ports in mac mode read the malformed frames.
    Verify:
        Those of 14 bytes and more come out at the other port, addressed to its peer.
        The others count as bad. No leak, exit code 0.
    """
    sent = CORPORA[corpus]()
    outcome, received = run_through(forwarders, tmp_path, "mac", sent)
    check_received(outcome, sent)
    whole = with_header(sent)
    for port in (0, 1):
        assert [frame[12:] for frame in received[port]] == [frame[12:] for frame in whole]
        peer = frames.mac_bytes(frames.peer_mac(port))
        assert {frame[:6] for frame in received[port]} == {peer}
        assert len({frame[6:12] for frame in received[port]}) == 1
        assert outcome.statistics.bad(port) == len(sent) - len(whole)


@corpora
def test_rxonly(forwarders, tmp_path, corpus):
    """rxonly counts whatever comes.

    Steps:
        Let two ports in rxonly mode read the malformed frames.
    Verify:
        All are counted, none comes out. No leak, exit code 0.
    """
    sent = CORPORA[corpus]()
    outcome, received = run_through(forwarders, tmp_path, "rxonly", sent)
    check_received(outcome, sent)
    assert received == [[], []]


def check_answer(frame):
    """Verify that a frame is a sound ARP or echo reply."""
    packet = Ether(frame)
    if ARP in packet:
        assert packet[ARP].op == 2
    else:
        assert packet[ICMP].type == 0
        assert has_right_checksums(packet)


@corpora
def test_icmpecho(forwarders, tmp_path, corpus):
    """icmpecho answers only what is sound.

    Steps:
        Let two ports in icmpecho mode read the malformed frames.
    Verify:
        Whatever comes out is a sound reply, and is counted. No leak, exit code 0.
        No frame counts as bad and as answered.
    """
    sent = CORPORA[corpus]()
    outcome, received = run_through(forwarders, tmp_path, "icmpecho", sent)
    check_received(outcome, sent)
    for port in (0, 1):
        assert outcome.statistics.tx(port) == len(received[port])
        assert 0 < outcome.statistics.bad(port) <= len(sent) - len(received[port])
        for answer in set(received[port]):
            check_answer(answer)


@pytest.mark.smoke
def test_icmpecho_counts(forwarders, tmp_path):
    """icmpecho answers each sound request and counts each one that was cut off.

    Steps:
        Let two ports in icmpecho mode read requests, whole and cut off at every length, by turns.
    Verify:
        As many answers as whole requests, as many bad frames as cut ones.
    """
    sent = cut_requests()
    outcome, received = run_through(forwarders, tmp_path, "icmpecho", sent)
    check_received(outcome, sent)
    for port in (0, 1):
        assert len(received[port]) == len(sent) // 2
        assert outcome.statistics.bad(port) == len(sent) // 2


def test_icmpecho_fragments(forwarders, tmp_path):
    """Fragments of an echo request are not answered one by one.

    Steps:
        Let a port in icmpecho mode read the first and the last fragment of an echo request
        and one in the middle that looks like an echo request, then an ARP request.
    Verify:
        Only the ARP request is answered.
    """
    ethernet = Ether(src=frames.SOURCE_MAC, dst=MAC)
    looks_like_request = bytes(ICMP(type=8) / Raw(bytes(56)))
    middle = IP(src=HOST, dst=TARGET, id=7, flags="MF", frag=8, proto=1) / Raw(looks_like_request)
    last = IP(src=HOST, dst=TARGET, id=7, frag=16, proto=1) / Raw(looks_like_request)
    sent = [echo_request(MAC, 56, ip={"flags": "MF", "id": 7}),
            bytes(ethernet / middle), bytes(ethernet / last), arp_request()]
    outcome, received = run_through(forwarders, tmp_path, "icmpecho", sent, ports=1,
                                    port_topology="loop")
    outcome.check_clean()
    assert outcome.statistics.rx(0) == 4
    assert len(received[0]) == 1
    check_answer(received[0][0])


def test_txonly(make_bench, forwarders):
    """txonly is not disturbed by what comes in.

    Steps:
        Start the forwarder in txonly mode on two AF_PACKET ports.
        Send malformed frames of 14 bytes and more into both.
    Verify:
        It goes on sending, receives nothing. No leak, exit code 0.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    program = forwarders.start(bench.vdevs(), "txonly", bench.dut)
    for frame in with_header(every_length()):
        for wire in wires:
            wire.send(frame)
    for wire in wires:
        wire.drain(0)
        assert len(wire.collect(100, 5)) == 100
    outcome = program.stop()
    outcome.check_clean()
    assert [outcome.statistics.rx(port) for port in (0, 1)] == [0, 0]


def test_veth(make_bench, forwarders):
    """The shortest frames that a kernel interface takes cross it.

    Steps:
        Start the forwarder in io mode on two AF_PACKET ports.
        Send frames of each length from 14 to 64 bytes, each way.
    Verify:
        All of them come out at the other port, unchanged.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut)
    wires = [bench.wire(0), bench.wire(1)]
    sent = with_header(every_length())
    for source, sink in ((0, 1), (1, 0)):
        assert exchange(wires[source], wires[sink], sent) == sent
    time.sleep(0.1)
    outcome = program.stop()
    check_received(outcome, sent)
