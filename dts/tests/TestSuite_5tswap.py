# SPDX-License-Identifier: BSD-3-Clause
"""The mode 5tswap: source and destination change places, layer by layer."""

import struct

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from framework import packets
from framework.malformed import CORPORA, SHORTEST_ETHERNET
from framework.pcapfile import run_through

SMALL = {"mbuf_size": 216, "max_pkt_len": 86}     # most frames lie in several mbufs
LARGE = {"mbuf_size": 2176}
MBUFS = pytest.mark.parametrize("mbufs", (LARGE, SMALL), ids=("large", "small"))


def exchanged(frame, at, size):
    """The frame with two neighbouring fields exchanged."""
    return (frame[:at] + frame[at + size:at + 2 * size] + frame[at:at + size]
            + frame[at + 2 * size:])


def ip_payload(frame, at):
    """What is known of an IP packet: (first address, its size, protocol, payload, end), or None.

    The payload of a later fragment is None.
    """
    kind, rest = frame[at - 2:at], frame[at:]
    if kind == b"\x08\x00" and len(rest) >= 20 and rest[0] >> 4 == 4:
        header, length = rest[0] % 16 * 4, struct.unpack_from("!H", rest, 2)[0]
        if 20 <= header <= min(length, len(rest)):
            later = struct.unpack_from("!H", rest, 6)[0] & 0x1fff
            return at + 12, 4, rest[9], None if later else at + header, at + length
    if kind == b"\x86\xdd" and len(rest) >= 40 and rest[0] >> 4 == 6:
        return at + 8, 16, rest[6], at + 40, at + 40 + struct.unpack_from("!H", rest, 4)[0]
    return None


def swapped(frame):
    """What 5tswap makes of a frame: all that is whole is exchanged."""
    at = 14
    while frame[at - 2:at] in (b"\x81\x00", b"\x88\xa8") and len(frame) >= at + 4:
        at += 4
    known = ip_payload(frame, at)
    frame = exchanged(frame, 0, 6)
    if known is None:
        return frame
    address, size, protocol, payload, end = known
    frame = exchanged(frame, address, size)
    if protocol in (6, 17) and payload is not None and payload + 4 <= min(end, len(frame)):
        frame = exchanged(frame, payload, 2)
    return frame


def run(forwarders, folder, sent, mbufs):
    """Let one port read frames in 5tswap mode; return (outcome, what it sent)."""
    outcome, received = run_through(forwarders, folder, "5tswap", sent, 1, port_topology="loop",
                                    total_num_mbufs=16384, **mbufs)
    outcome.check_clean()
    assert outcome.statistics.rx(0) == len(sent)
    return outcome, received[0]


def check_fields(got, was):
    """Verify with Scapy's eyes that a packet goes the other way, and is right."""
    got, was = Ether(got), Ether(was)
    assert (got.src, got.dst) == (was.dst, was.src)
    for layer, fields in ((IP, ("src", "dst")), (IPv6, ("src", "dst")),
                          (UDP, ("sport", "dport")), (TCP, ("sport", "dport"))):
        if layer not in was:
            continue
        there, back = fields
        assert getattr(got[layer], there) == getattr(was[layer], back)
        assert getattr(got[layer], back) == getattr(was[layer], there)
        if hasattr(was[layer], "chksum") and was[layer].chksum != 0:
            rebuilt = Ether(bytes(got))
            del rebuilt[layer].chksum
            assert Ether(bytes(rebuilt))[layer].chksum == was[layer].chksum


@pytest.mark.smoke
@MBUFS
def test_fields(forwarders, tmp_path, mbufs):
    """Addresses of both layers and ports change places; checksums stay right.

    Steps:
        Let a port read packets of IPv4 and IPv6 with UDP, TCP and others, with VLAN tags and
        options; with mbufs that hold them, and with small ones.
    Verify:
        Each comes out with source and destination exchanged, and no other byte changed.
    """
    sent = list(packets.plain().values())
    received = run(forwarders, tmp_path, sent, mbufs)[1]
    assert received == [swapped(frame) for frame in sent]
    for got, was in zip(received, sent):
        check_fields(got, was)


def test_fragments(forwarders, tmp_path):
    """A later fragment has no ports: its data stays.

    Steps:
        Let a port read two fragments of a datagram.
    Verify:
        Addresses change places in both, ports in the first alone.
    """
    sent = packets.fragments()
    received = run(forwarders, tmp_path, sent, LARGE)[1]
    assert received == [swapped(frame) for frame in sent]
    assert received[1][34:] == sent[1][34:] and received[0][34:] != sent[0][34:]


@MBUFS
@pytest.mark.parametrize("corpus", [*CORPORA, "cut-packets", "damaged-packets"])
def test_hostile(forwarders, tmp_path, corpus, mbufs):
    """What is not whole stays as it is, from that layer on.

    Steps:
        Let a port read malformed frames: cut off at each length, noise, damaged ones.
    Verify:
        Those of 14 bytes and more come out, with all that is whole exchanged, and nothing else
        changed. The others count as bad. No leak, exit code 0.
    """
    kinds = packets.plain()
    if corpus == "cut-packets":
        names = ("udp4-18", "tcp6-3", "sctp-18", "qinq", "options", "tcp-options", "arp")
        sent = packets.cuts([kinds[name] for name in names])
    elif corpus == "damaged-packets":
        sent = packets.damage(list(kinds.values()), 4000)
    else:
        sent = CORPORA[corpus]()
    outcome, received = run(forwarders, tmp_path, sent, mbufs)
    whole = [frame for frame in sent if len(frame) >= SHORTEST_ETHERNET]
    assert outcome.statistics.bad(0) == len(sent) - len(whole)
    assert received == [swapped(frame) for frame in whole]
