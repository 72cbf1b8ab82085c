# SPDX-License-Identifier: BSD-3-Clause
"""HTTP/1.1 by hand, and the example `lwip` that serves it."""

import functools
import json
import os
import re
import signal
import socket

from framework.forwarder import tidy
from framework.transfer import ADDRESSES

BLOCK = 1000003
HTTP_PORT = 80
SERVER = (ADDRESSES[1], HTTP_PORT)
TIMEOUT = 60
RING = ",blocksz=65536,framecnt=4096"
END = re.compile(r"^mbufs out 0, packets copied 0, single bytes copied (\d+)$", re.MULTILINE)


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

    def __init__(self, namespace, address, timeout, port=0):
        with namespace.entered():
            self.socket = socket.socket()
        if port:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("", port))
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


class Server:
    """The example, running."""

    def __init__(self, installed, namespace, vdev, *options):
        path = installed.build("lwip")
        arguments = (*options, f"{ADDRESSES[1]}/24", str(HTTP_PORT))
        vdev += RING if "af_packet" in vdev else ""
        self._program, self._prefix = installed.start(path, namespace, [vdev], *arguments)
        assert self._program.wait_for("^serving at ", TIMEOUT), self._program.output

    def busy(self, namespace):
        """Seconds of CPU with something to do; it polls all the time."""
        client = Client(namespace, SERVER, TIMEOUT)
        client.send(request("/figures", "Connection: close"))
        figures = json.loads(client.response()[2])
        client.close()
        return figures["busy_us"] / 1e6

    def stop(self, splits=False):
        """Its figures at the end: nothing is left, and no payload was copied.

        But for pieces of one byte: that is the least copy-break that a bridge has. And lwIP
        copies when it splits a segment for a window that is smaller than that.
        """
        self._program.send_signal(signal.SIGINT)
        assert self._program.wait(TIMEOUT) == 0, self._program.output
        output = self._program.output
        figures = json.loads(re.findall(r"^\{.*\}$", output, re.MULTILINE)[-1])
        assert END.search(output), output
        assert int(END.search(output)[1]) == figures["elsewhere"] <= 10, output
        assert figures["chunks_out"] == figures["connections"] == figures["rx_held"] == 0, output
        assert splits or figures["copied"] == 0, output
        return figures

    def close(self):
        """Stop it, whatever it does."""
        self._program.kill()
        tidy(self._prefix)


class KernelServer(Server):
    """The same on the kernel's stack, at the same interface."""

    def __init__(self, installed, namespace, interface):
        path = installed.build("lwip").with_name("http-kernel")
        namespace.run("ip", "address", "add", f"{ADDRESSES[1]}/24", "dev", interface)
        self._program, self._prefix = installed.start(path, namespace, [], str(HTTP_PORT))
        assert self._program.wait_for("^serving", TIMEOUT), self._program.output

    def busy(self, namespace):
        """Seconds of CPU that it has had."""
        with open(f"/proc/{self._program.pid}/stat", encoding="ascii") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
