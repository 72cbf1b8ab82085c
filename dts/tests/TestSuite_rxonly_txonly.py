# SPDX-License-Identifier: BSD-3-Clause
"""The modes rxonly and txonly: a counter and a generator."""

import time

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from framework import frames


@pytest.mark.smoke
def test_rxonly(make_bench, forwarders):
    """rxonly counts what it receives and sends nothing.

    Steps:
        Start the forwarder in rxonly mode on two ports.
        Send 200 frames of several sizes into port 0 and 100 into port 1.
    Verify:
        The statistics count 200 and 100 packets received and none sent.
        Nothing comes out of either port.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "rxonly", bench.dut)
    wires = [bench.wire(0), bench.wire(1)]
    for wire, repeat in zip(wires, (10, 5)):
        for frame in frames.udp_frames(frames.SIZES, repeat):
            wire.send(frame)
    time.sleep(1)
    assert wires[0].drain() == wires[1].drain() == []
    outcome = program.stop()
    outcome.check_clean()
    statistics = outcome.statistics
    assert [statistics.rx(0), statistics.rx(1)] == [200, 100]
    assert [statistics.tx(0), statistics.tx(1)] == [0, 0]
    assert statistics.total["RX-dropped"] == 0


def check_generated(frame):
    """Verify that a generated frame is a sound UDP datagram of 64 bytes."""
    assert len(frame) == 64
    packet = Ether(frame)
    assert packet[IP].len == 64 - 14
    assert packet[UDP].len == 64 - 14 - 20
    rebuilt = packet.copy()
    del rebuilt[IP].chksum
    assert Ether(bytes(rebuilt))[IP].chksum == packet[IP].chksum
    if packet[UDP].chksum != 0:
        del rebuilt[UDP].chksum
        assert Ether(bytes(rebuilt))[UDP].chksum == packet[UDP].chksum


@pytest.mark.parametrize("cores", (1, 2))
def test_txonly(make_bench, forwarders, cores):
    """txonly sends UDP frames of 64 bytes on every port.

    Steps:
        Open a socket at the far end of two ports.
        Start the forwarder in txonly mode; take 500 frames from each socket.
    Verify:
        Every one is a UDP frame of 64 bytes with right lengths and checksums.
        It goes from the port's MAC address to the default peer.
        The statistics count at least as many as have been seen, and none received.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    program = forwarders.start(bench.vdevs(), "txonly", bench.dut, cores=cores)
    seen = [wire.collect(500, 10) for wire in wires]
    outcome = program.stop()
    outcome.check_clean()
    for port in (0, 1):
        assert len(seen[port]) == 500
        for frame in set(seen[port]):
            check_generated(frame)
            assert frame[0:6] == frames.mac_bytes(frames.peer_mac(port))
            assert frame[6:12] == frames.mac_bytes(bench.dut_mac(port))
        assert outcome.statistics.tx(port) >= 500
        assert outcome.statistics.rx(port) == 0
