# SPDX-License-Identifier: BSD-3-Clause
"""Takes the messages of dma_send (tests/nic) from the cables and puts them together."""

import select
import struct
import time

# Ethernet header and two bytes, number of the message, place in it
HEADER = struct.Struct("!16xII")
ACK = 1024
ACK_FRAME = b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + bytes(46)
COUNT = bytes(range(256)) * 2


def content(number, size):
    """The bytes of a message, as dma_send makes them."""
    blocks = []
    for block in range((size + 255) // 256):
        start = (block * 7 + (block >> 8) * 13 + number * 31) & 0xff
        blocks.append(COUNT[start:start + 256])
    return b"".join(blocks)[:size]


class Receiver:
    """What has come over one cable: message number to payload, in the order of the places."""

    def __init__(self):
        self.frames = 0
        self.misplaced = []     # (number, place) of frames that came out of turn
        self._parts = {}

    def take(self, frame):
        """Add a frame."""
        number, place = HEADER.unpack_from(frame)
        message = self._parts.setdefault(number, bytearray())
        if place != len(message):
            self.misplaced.append((number, place))
        message += frame[HEADER.size:]
        self.frames += 1

    def numbers(self):
        """The messages of which something came."""
        return sorted(self._parts)

    def message(self, number):
        """The bytes that came of a message."""
        return bytes(self._parts.get(number, b""))


def receive_all(guest, timeout):
    """Take what comes over all cables until the guest has turned itself off.

    Every so many frames one goes back: QEMU drops what we are too slow for.
    """
    receivers = {cable: Receiver() for cable in guest.cables}
    deadline = time.monotonic() + timeout
    ready = guest.cables
    while (ready or guest.console.running()) and time.monotonic() < deadline:
        ready = select.select(guest.cables, [], [], 0.2)[0]
        for cable in ready:
            receivers[cable].take(cable.receive(0))
            if receivers[cable].frames % ACK == 0:
                cable.send(ACK_FRAME)
    return list(receivers.values())
