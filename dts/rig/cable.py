# SPDX-License-Identifier: BSD-3-Clause
"""Our end of the cable of a NIC in the guest: a socket whose datagrams are frames."""

import select
import socket
import time

RECEIVE_BUFFER = 16 << 20
PATIENCE = 10       # seconds that the guest may take to make room for a frame


class Cable:
    """Sends and receives frames; has the methods of framework.wire.Wire."""

    def __init__(self, own_path, guest_path):
        self._guest_path = guest_path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.bind(own_path)
        self._socket.settimeout(PATIENCE)

    def connect(self):
        """Plug the cable in, once the guest's end is there."""
        self._socket.connect(self._guest_path)

    def send(self, frame):
        """Send one frame."""
        self._socket.send(frame)

    def receive(self, timeout):
        """The next frame, or None when none came within `timeout` seconds."""
        if not select.select([self._socket], [], [], timeout)[0]:
            return None
        return self._socket.recv(65536)

    def fileno(self):
        """For select()."""
        return self._socket.fileno()

    def drain(self, quiet=0.2):
        """Frames until none came for `quiet` seconds (for 10 s at most)."""
        frames = []
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            frame = self.receive(quiet)
            if frame is None:
                break
            frames.append(frame)
        return frames

    def close(self):
        """Close the socket."""
        self._socket.close()
