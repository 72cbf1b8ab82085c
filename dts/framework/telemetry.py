# SPDX-License-Identifier: BSD-3-Clause
"""The telemetry socket of a program."""

import json
import os
import socket

from framework.forwarder import runtime_folders

SOCKET_NAME = "dpdk_telemetry.v2"


class Telemetry:
    """The telemetry socket of a program."""

    def __init__(self, prefix):
        paths = [os.path.join(folder, SOCKET_NAME) for folder in runtime_folders(prefix)]
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(10)
        self._socket.connect(next(path for path in paths if os.path.exists(path)))
        self._room = json.loads(self._socket.recv(1024))["max_output_len"]

    def ask(self, command, *parameters):
        """The answer to a command; None for an error."""
        self._socket.send(",".join((command, *map(str, parameters))).encode())
        return json.loads(self._socket.recv(self._room))[command]

    def close(self):
        """Close the socket."""
        self._socket.close()
