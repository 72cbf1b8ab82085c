# SPDX-License-Identifier: BSD-3-Clause
"""ARP and ICMP echo requests, and checks of the answers to them."""

import re
import struct

from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from framework.frames import SOURCE_MAC, payload

HOST = "192.0.2.1"
TARGET = "192.0.2.2"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def _ethernet(target, vlan):
    """The Ethernet header of a request, with a VLAN tag on demand."""
    header = Ether(src=SOURCE_MAC, dst=target)
    return header if vlan is None else header / Dot1Q(vlan=vlan)


def arp_request(vlan=None, **fields):
    """An ARP request for the target's address; `fields` replace those of ARP."""
    wanted = {"op": 1, "hwsrc": SOURCE_MAC, "psrc": HOST, "pdst": TARGET}
    wanted.update(fields)
    return bytes(_ethernet(BROADCAST, vlan) / ARP(**wanted))


def echo_request(mac, size=56, vlan=None, ip=None, icmp=None):
    """An echo request to the target with `size` bytes of payload.

    `ip` and `icmp` replace fields of the two headers.
    """
    ip_fields = {"src": HOST, "dst": TARGET, **(ip or {})}
    icmp_fields = {"type": 8, "id": 0x1234, "seq": size & 0xffff, **(icmp or {})}
    return bytes(_ethernet(mac, vlan) / IP(**ip_fields) / ICMP(**icmp_fields)
                 / Raw(payload(size, size)))


def ping(namespace, size=56, count=5):
    """Ping the target until `count` sound answers have come; return how many requests it took.

    A ping that ends after a number of requests would not wait long enough for a forwarder that
    shares its CPU. This one gives up after 20 s.
    """
    output = namespace.run("ping", "-n", "-c", str(count), "-w", "20", "-i", "0.05",
                           "-s", str(size), TARGET)
    assert "wrong" not in output and "DUP" not in output, output
    match = re.search(r"(\d+) packets transmitted, (\d+) received", output)
    assert int(match.group(2)) >= count, output
    return int(match.group(1))


def ask(wire, frame, patience=3.0):
    """Send a frame and return what comes back."""
    wire.send(frame)
    first = wire.receive(patience)
    return [] if first is None else [first] + wire.drain(0.05)


def check_arp_reply(frame, mac, vlan=None):
    """Verify that a frame tells the host that the target is at `mac`."""
    packet = Ether(frame)
    assert packet.dst == SOURCE_MAC and packet.src == mac
    assert (packet[Dot1Q].vlan if Dot1Q in packet else None) == vlan
    reply = packet[ARP]
    assert reply.op == 2
    assert (reply.hwsrc, reply.psrc) == (mac, TARGET)
    assert (reply.hwdst, reply.pdst) == (SOURCE_MAC, HOST)


def internet_sum(data):
    """The one's complement sum that a receiver takes; 0xffff when the checksum in it is right."""
    data = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


def has_right_checksums(packet):
    """Whether a receiver finds the IP and ICMP checksums of a packet right."""
    header_length = packet[IP].ihl * 4
    data = bytes(packet[IP])[:packet[IP].len]
    return (internet_sum(data[:header_length]) == 0xffff
            and internet_sum(data[header_length:]) == 0xffff)


def check_echo_reply(frame, request, mac):
    """Verify that a frame is the answer from `mac` to an echo request."""
    packet, asked = Ether(frame), Ether(request)
    assert packet.dst == SOURCE_MAC and packet.src == mac
    assert (packet[IP].src, packet[IP].dst) == (asked[IP].dst, asked[IP].src)
    assert (packet[ICMP].type, packet[ICMP].code) == (0, 0)
    assert (packet[ICMP].id, packet[ICMP].seq) == (asked[ICMP].id, asked[ICMP].seq)
    assert bytes(packet[ICMP].payload) == bytes(asked[ICMP].payload)
    assert has_right_checksums(packet)
