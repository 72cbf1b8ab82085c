# SPDX-License-Identifier: BSD-3-Clause
"""Packets of many kinds with right checksums, and the same ones damaged."""

import random

from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP, IPOption_NOP, IPOption_Timestamp
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from framework.frames import SOURCE_MAC, TARGET_MAC, payload

SEED = 20221122
V4 = {"src": "192.0.2.1", "dst": "198.51.100.2"}
V6 = {"src": "2001:db8::1", "dst": "2001:db8:1::2"}
PORTS = {"sport": 1000, "dport": 2000}
CHECKSUMS = {IP: "chksum", UDP: "chksum", TCP: "chksum", SCTP: "chksum"}


def ethernet(**fields):
    """An Ethernet header."""
    return Ether(src=SOURCE_MAC, dst=TARGET_MAC, **fields)


def plain():
    """Packets outside of tunnels, by name."""
    options = [IPOption_NOP(), IPOption_Timestamp()]
    made = {}
    for size in (0, 1, 2, 3, 18, 57, 300, 1400):
        data = Raw(payload(size, size))
        for name, ip in (("4", IP(**V4)), ("6", IPv6(**V6))):
            made[f"udp{name}-{size}"] = ethernet() / ip / UDP(**PORTS) / data
            made[f"tcp{name}-{size}"] = ethernet() / ip / TCP(**PORTS) / data
        made[f"sctp-{size}"] = (ethernet() / IP(**V4) / SCTP(**PORTS)
                                / SCTPChunkData(data=bytes(data) + b"x"))
    data = Raw(payload(77, 5))
    made["vlan"] = ethernet() / Dot1Q(vlan=5) / IP(**V4) / UDP(**PORTS) / data
    made["vlan6"] = ethernet() / Dot1Q(vlan=5) / IPv6(**V6) / TCP(**PORTS) / data
    made["qinq"] = ethernet() / Dot1AD(vlan=7) / Dot1Q(vlan=5) / IP(**V4) / TCP(**PORTS) / data
    made["options"] = ethernet() / IP(options=options, **V4) / UDP(**PORTS) / data
    made["tcp-options"] = ethernet() / IP(**V4) / TCP(options=[("MSS", 1460)], **PORTS) / data
    made["icmp"] = ethernet() / IP(**V4) / ICMP() / data
    made["icmp6"] = ethernet() / IPv6(**V6) / ICMPv6EchoRequest() / data
    made["arp"] = ethernet() / ARP()
    made["unknown"] = ethernet(type=0x88b5) / data
    made["udp-none"] = ethernet() / IP(**V4) / UDP(chksum=0, **PORTS) / data
    return {name: bytes(packet) for name, packet in made.items()}


def fragments():
    """Fragments of one datagram, whose own checksums are right."""
    whole = bytes(IP(**V4) / UDP(**PORTS) / Raw(payload(100, 9)))[20:]
    first = ethernet() / IP(flags="MF", proto=17, **V4) / Raw(whole[:56])
    later = ethernet() / IP(frag=7, proto=17, **V4) / Raw(whole[56:])
    return [bytes(first), bytes(later)]


def inner_packets():
    """What tunnels carry: IPv4 and IPv6, as packets of Scapy."""
    data = Raw(payload(61, 3))
    return {"4": IP(**V4) / UDP(**PORTS) / data, "6": IPv6(**V6) / TCP(**PORTS) / data}


def tunnels():
    """Packets in tunnels, by name; the outer UDP checksum is right, or absent."""
    geneve = bytes([1, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 2, 3, 4])
    made = {}
    for name, inner in inner_packets().items():
        frame = ethernet() / inner
        for outer_name, outer in (("4", IP(**V4)), ("6", IPv6(**V6))):
            head = ethernet() / outer
            kind = f"{outer_name}-{name}"
            made[f"vxlan{kind}"] = head / UDP(sport=9, dport=4789) / VXLAN(vni=5) / frame
            made[f"geneve{kind}"] = head / UDP(sport=9, dport=6081) / Raw(geneve) / frame
            made[f"gre{kind}"] = head / GRE(key_present=1, key=7) / inner
            made[f"teb{kind}"] = head / GRE(proto=0x6558) / frame
            gpe = bytes([0x0c, 0, 0, 1 if name == "4" else 2, 0, 0, 5, 0])
            made[f"gpe{kind}"] = head / UDP(sport=9, dport=4790) / Raw(gpe) / inner
            length = len(bytes(inner))
            gtp = bytes([0x30, 0xff]) + length.to_bytes(2, "big") + bytes([0, 0, 0, 1])
            made[f"gtp{kind}"] = head / UDP(sport=9, dport=2152) / Raw(gtp) / inner
        made[f"ipip-{name}"] = ethernet() / IP(proto=4, **V4) / inner
        made[f"vxlan-none-{name}"] = (ethernet() / IP(**V4) / UDP(sport=9, dport=4789, chksum=0)
                                      / VXLAN(vni=5) / frame)
    return {name: bytes(packet) for name, packet in made.items()}


def spoil(frame):
    """The frame with all its IP, UDP, TCP and SCTP checksums wrong, but those that are 0."""
    spoilt = bytearray(frame)
    packet = Ether(frame)
    for at, old in _checksums(packet, frame):
        if any(old):
            wrong = int.from_bytes(old, "big") ^ 0x5a5a
            spoilt[at:at + len(old)] = (wrong or 1).to_bytes(len(old), "big")
    return bytes(spoilt)


def _checksums(packet, frame):
    """Place and bytes of each checksum of a packet outside of tunnels."""
    places = {IP: (10, 2), UDP: (6, 2), TCP: (16, 2), SCTP: (8, 4)}
    for layer, (offset, size) in places.items():
        if layer in packet:
            at = len(frame) - len(bytes(packet[layer])) + offset
            yield at, frame[at:at + size]


def cuts(frames):
    """Every frame cut off at each length, each behind a whole one of its kind."""
    made = []
    for frame in frames:
        for length in range(1, len(frame)):
            made += [frame, frame[:length]]
    return made


def damage(frames, count):
    """Frames with one to six bytes changed, the same ones in every run."""
    noise = random.Random(SEED)
    made = []
    for _ in range(count):
        frame = bytearray(noise.choice(frames))
        for _ in range(noise.randint(1, 6)):
            frame[noise.randrange(12, min(len(frame), 120))] = noise.randrange(256)
        made.append(bytes(frame[:noise.choice((len(frame), noise.randint(1, len(frame))))]))
    return made
