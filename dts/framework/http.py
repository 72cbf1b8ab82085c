# SPDX-License-Identifier: BSD-3-Clause
"""HTTP/1.1 by hand, and what the example `lwip` serves."""

import functools
import socket

BLOCK = 1000003


@functools.lru_cache(maxsize=1)
def _block():
    return bytes(((i * 2654435761) & 0xffffffff) >> 24 for i in range(BLOCK))


def body(size):
    """The body of /bytes/SIZE."""
    return (_block() * -(-size // BLOCK))[:size]


def request(path, *fields, method="GET", version="1.1"):
    """A request."""
    lines = [f"{method} {path} HTTP/{version}", "Host: server", *fields, "", ""]
    return "\r\n".join(lines).encode()


class Client:
    """A connection, on which requests and responses are sent and received as they are."""

    def __init__(self, namespace, address, timeout):
        with namespace.entered():
            self.socket = socket.socket()
        self.socket.settimeout(timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(address)
        self._buffer = bytearray()

    def send(self, data):
        """Send bytes."""
        self.socket.sendall(data)

    def _more(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise EOFError(f"the connection ended: {bytes(self._buffer[:200])}")
        self._buffer += piece

    def _take(self, size):
        while len(self._buffer) < size:
            self._more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def response(self, head=False):
        """The next response: status, fields by name, body."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        lines = self._take(self._buffer.index(b"\r\n\r\n") + 4).decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        size = 0 if head else int(fields["content-length"])
        return int(lines[0].split()[1]), fields, self._take(size)

    def ended(self):
        """Whether the other side has ended, and sent nothing more."""
        return not self._buffer and self.socket.recv(1) == b""

    def reset(self):
        """End the connection by a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self):
        """End the connection."""
        self.socket.close()
