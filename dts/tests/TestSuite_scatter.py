# SPDX-License-Identifier: BSD-3-Clause
"""Frames larger than an mbuf: they come as chains of mbufs and go out as such.

Pcap ports fill as many mbufs as a frame needs.
"""

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.l2 import Ether

from framework import frames
from framework.echo import check_echo_reply, echo_request
from framework.pcapfile import run_through

MAC = frames.TARGET_MAC
MBUF_SIZE = 2176
ROOM = MBUF_SIZE - 128      # bytes of a frame in one mbuf
SIZES = [64, 1514, ROOM - 1, ROOM, ROOM + 1, ROOM + 13, ROOM + 14, 2 * ROOM - 1, 2 * ROOM,
         2 * ROOM + 1, 3 * ROOM, 5000, 9000, 16000, 30000, 65000]


@pytest.mark.parametrize("mode", ("io", "macswap", "mac"))
def test_chains(forwarders, tmp_path, mode):
    """Chains of mbufs are forwarded whole.

    Steps:
        Let two ports in the mode read frames of 64 to 65000 bytes into mbufs of 2 KiB.
    Verify:
        Every frame comes out at the other port with the bytes that the mode promises. No leak.
    """
    sent = frames.udp_frames(SIZES, repeat=3)
    outcome, received = run_through(forwarders, tmp_path, mode, sent, mbuf_size=MBUF_SIZE)
    outcome.check_clean()
    for port in (0, 1):
        if mode == "mac":
            assert [frame[12:] for frame in received[port]] == [frame[12:] for frame in sent]
        else:
            change = frames.swapped if mode == "macswap" else bytes
            assert received[port] == [change(frame) for frame in sent]
        assert outcome.statistics.rx(port) == outcome.statistics.tx(port) == len(sent)


@pytest.mark.smoke
def test_echo(forwarders, tmp_path):
    """Echo requests that fill several mbufs are answered.

    Steps:
        Let a port in icmpecho mode read echo requests with payloads of up to 65000 bytes.
    Verify:
        Each is answered, right in every field. No leak.
    """
    sent = [echo_request(MAC, size - 42) for size in SIZES]
    outcome, received = run_through(forwarders, tmp_path, "icmpecho", sent, ports=1,
                                    port_topology="loop", mbuf_size=MBUF_SIZE)
    outcome.check_clean()
    assert len(received[0]) == len(sent)
    for request, reply in zip(sent, received[0]):
        assert Ether(reply)[ICMP].type == 0
        check_echo_reply(reply, request, MAC)


def test_rxonly(forwarders, tmp_path):
    """Chains that are dropped give all their mbufs back.

    Steps:
        Let two ports in rxonly mode read frames that fill several mbufs, more of them in all
        than a port has.
    Verify:
        All are counted. No leak.
    """
    sent = [frames.udp_frame(9000)] * 1500
    outcome, _ = run_through(forwarders, tmp_path, "rxonly", sent, mbuf_size=MBUF_SIZE)
    outcome.check_clean()
    assert [outcome.statistics.rx(port) for port in (0, 1)] == [1500, 1500]
