# SPDX-License-Identifier: BSD-3-Clause
"""Raw sockets: whole Ethernet frames in and out of an interface."""

import select
import socket
import struct
import time

SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6
AUXDATA = struct.Struct("=IIIHHHH")
RECEIVE_BUFFER = 32 << 20


def _with_vlan_tag(frame, control):
    """Put back the VLAN tag that the kernel took out of a received frame."""
    for level, kind, data in control:
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, _, _, _, _, tci, tpid = AUXDATA.unpack(data[:AUXDATA.size])
        if status & TP_STATUS_VLAN_VALID:
            if not status & TP_STATUS_VLAN_TPID_VALID:
                tpid = 0x8100
            return frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


class Wire:
    """Sends and receives frames on one interface of a namespace."""

    def __init__(self, namespace, interface):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self._socket.bind((interface, ETH_P_ALL))

    def send(self, frame):
        """Send one frame."""
        self._socket.send(frame)

    def receive(self, timeout):
        """The next frame, or None when none came within `timeout` seconds."""
        if not select.select([self._socket], [], [], timeout)[0]:
            return None
        frame, control, _, _ = self._socket.recvmsg(65536, 256)
        return _with_vlan_tag(frame, control)

    def collect(self, count, timeout):
        """Frames until there are `count` of them or `timeout` seconds are over."""
        frames = []
        deadline = time.monotonic() + timeout
        while len(frames) < count and time.monotonic() < deadline:
            frame = self.receive(0.1)
            if frame is not None:
                frames.append(frame)
        return frames

    def drain(self, quiet=0.1):
        """Frames until none came for `quiet` seconds (10000 at most)."""
        frames = []
        while len(frames) < 10000:
            frame = self.receive(quiet)
            if frame is None:
                break
            frames.append(frame)
        return frames

    def close(self):
        """Close the socket."""
        self._socket.close()


def exchange(source, sink, frames, window=32, idle=3.0):
    """Send frames at one wire and return what came out at another.

    No more than `window` frames are under way at a time, so that no queue
    between the two overflows.  Gives up after `idle` seconds without a frame.
    """
    received = []
    sent = 0
    deadline = time.monotonic() + idle
    while len(received) < len(frames) and time.monotonic() < deadline:
        while sent < len(frames) and sent - len(received) < window:
            source.send(frames[sent])
            sent += 1
        frame = sink.receive(0.1)
        if frame is not None:
            received.append(frame)
            deadline = time.monotonic() + idle
    return received + sink.drain()
