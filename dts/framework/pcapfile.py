# SPDX-License-Identifier: BSD-3-Clause
"""Ports that read frames from one pcap file and write them to another.

They carry what no kernel interface takes: frames shorter than an Ethernet header.
"""

import contextlib
import os
import time

from scapy.utils import RawPcapReader, RawPcapWriter

LINKTYPE_ETHERNET = 1
SETTLE = 1.0        # seconds that a forwarder needs at most to read a file of frames


def write_pcap(path, frames):
    """Write frames to a pcap file."""
    with RawPcapWriter(str(path), linktype=LINKTYPE_ETHERNET) as writer:
        writer.write_header(None)
        for number, frame in enumerate(frames):
            writer.write_packet(frame, sec=0, usec=number)


def read_pcap(path):
    """The frames of a pcap file; none when it holds not even a header."""
    if not os.path.exists(path) or os.path.getsize(path) <= 24:
        return []
    with contextlib.closing(RawPcapReader(str(path))) as reader:
        return [frame for frame, _ in reader]


class PcapPorts:
    """Pcap files in a folder, and the devices of the ports on them."""

    def __init__(self, folder, ports):
        self._folder = str(folder)
        self._ports = range(ports)

    def _path(self, kind, port):
        return os.path.join(self._folder, f"{kind}{port}.pcap")

    def vdevs(self, frames):
        """Write the frames for every port to read, and return the EAL devices."""
        for port in self._ports:
            write_pcap(self._path("in", port), frames)
        return [f"net_pcap{port},rx_pcap={self._path('in', port)}"
                f",tx_pcap={self._path('out', port)}" for port in self._ports]

    def sent(self, port):
        """The frames that the forwarder sent on a port."""
        return read_pcap(self._path("out", port))


def run_through(forwarders, folder, mode, frames, ports=2, **wanted):
    """Let a forwarder read the frames on every port, stop it; return (outcome, frames by port)."""
    pcap = PcapPorts(folder, ports)
    program = forwarders.start(pcap.vdevs(frames), mode, **wanted)
    time.sleep(SETTLE)
    outcome = program.stop()
    return outcome, [pcap.sent(port) for port in range(ports)]
