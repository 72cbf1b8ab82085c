# SPDX-License-Identifier: BSD-3-Clause
"""TCP between the hosts of a bench, and what each end sent and received."""

import hashlib
import random
import socket
import threading

ADDRESSES = ("198.51.100.1", "198.51.100.2")
PORT = 7000
PIECE = 1 << 16
RANDOM_PIECE = 1 << 24


def network(bench):
    """Give the two hosts of a bench addresses of one network."""
    for index, address in enumerate(ADDRESSES):
        bench.hosts[index].run("ip", "address", "add", f"{address}/24", "dev",
                               bench.host_port(index))


def made_up(size, seed):
    """Bytes that look like nothing, the same ones in every run."""
    noise = random.Random(seed)
    return b"".join(noise.randbytes(min(RANDOM_PIECE, size - at))
                    for at in range(0, size, RANDOM_PIECE))


def digest(data):
    """What tells bytes from others."""
    return hashlib.sha256(data).hexdigest()


class Transfer:
    """A connection on which both ends send at the same time: host 0 to host 1 and back."""

    def __init__(self, bench, up, down, port=PORT, seed=1):
        self.sent = (made_up(up, seed), made_up(down, seed + 1))
        self.received = [None, None]        # by the host that received it
        self.ports = [None, port]
        self._faults = []
        with bench.hosts[1].entered():
            self._listener = socket.create_server((ADDRESSES[1], port))
        self._bench = bench
        self._timeout = 0

    def _send(self, sock, data):
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._faults.append(error)

    def _both(self, sock, host):
        """Send and receive on one end."""
        sock.settimeout(self._timeout)
        sender = threading.Thread(target=self._send, args=(sock, self.sent[host]))
        sender.start()
        pieces = []
        try:
            while True:
                piece = sock.recv(PIECE)
                if not piece:
                    break
                pieces.append(piece)
        except OSError as error:
            self._faults.append(error)
        sender.join()
        self.received[host] = b"".join(pieces)
        sock.close()

    def _serve(self):
        self._listener.settimeout(self._timeout)
        try:
            self._both(self._listener.accept()[0], 1)
        except OSError as error:
            self._faults.append(error)

    def run(self, timeout):
        """Do it, and verify that each end received what the other one sent."""
        self._timeout = timeout
        server = threading.Thread(target=self._serve)
        server.start()
        try:
            with self._bench.hosts[0].entered():
                client = socket.socket()
            client.settimeout(timeout)
            client.connect((ADDRESSES[1], self.ports[1]))
            self.ports[0] = client.getsockname()[1]
            self._both(client, 0)
        finally:
            server.join(timeout + 5)
            self._listener.close()
        assert not self._faults, self._faults
        for host in (0, 1):
            assert digest(self.received[host]) == digest(self.sent[1 - host])
