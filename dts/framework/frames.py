# SPDX-License-Identifier: BSD-3-Clause
"""Frames to send, and what the modes make of them."""

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

SOURCE_MAC = "02:11:22:33:44:55"
TARGET_MAC = "02:66:77:88:99:aa"
HEADERS = 14 + 20 + 8

# Ethernet frame lengths without CRC, around every limit that a driver could trip over
SIZES = [64, 65, 66, 100, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025,
         1280, 1500, 1513, 1514]
JUMBO_SIZES = SIZES + [1515, 1518, 1519, 1920, 2047, 2048, 2049, 2176, 3000, 4095, 4096, 4097,
                       6000, 8191, 8192, 8193, 8999, 9000]


def mac_bytes(text):
    """A MAC address as six bytes."""
    return bytes.fromhex(text.replace(":", ""))


def payload(length, seed):
    """Bytes that differ from frame to frame and from place to place."""
    return bytes((seed * 7 + i + (i >> 8)) & 0xff for i in range(length))


def udp_frame(size, seed=0, source=SOURCE_MAC, target=TARGET_MAC, port=1000):
    """A UDP frame of exactly `size` bytes, from a UDP port."""
    packet = (Ether(src=source, dst=target)
              / IP(src="192.0.2.1", dst="192.0.2.2", id=seed & 0xffff)
              / UDP(sport=port, dport=2000)
              / Raw(payload(size - HEADERS, seed)))
    return bytes(packet)


def vlan_frame(size, vlan, seed=0):
    """A UDP frame of `size` bytes with a VLAN tag."""
    packet = (Ether(src=SOURCE_MAC, dst=TARGET_MAC) / Dot1Q(vlan=vlan, prio=3)
              / IP(src="192.0.2.1", dst="192.0.2.2", id=seed & 0xffff)
              / UDP(sport=1000, dport=2000)
              / Raw(payload(size - HEADERS - 4, seed)))
    return bytes(packet)


def udp_frames(sizes, repeat=1):
    """Numbered UDP frames, `repeat` of each size."""
    sizes = [size for size in sizes for _ in range(repeat)]
    return [udp_frame(size, seed) for seed, size in enumerate(sizes)]


def swapped(frame):
    """The frame with source and destination MAC exchanged."""
    return frame[6:12] + frame[0:6] + frame[12:]


def addressed(frame, source, target):
    """The frame with other MAC addresses."""
    return mac_bytes(target) + mac_bytes(source) + frame[12:]


def peer_mac(port):
    """The forwarder's default destination MAC for what it sends on a port."""
    return f"02:00:00:00:00:{port:02x}"
