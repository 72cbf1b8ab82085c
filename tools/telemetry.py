# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's telemetry: which programs there are, and what they answer."""

import glob
import json
import os
import re
import socket

SECONDS = 2.0           # for an answer
GREETING = 1024         # bytes, at most
SOCKET = "dpdk_telemetry.v2"


class Failure(Exception):
    """A program did not answer, or not with what was asked for."""


def runtime_folders():
    """Where DPDK programs of this user may have their files."""
    folders = ["/var/run/dpdk", "/tmp/dpdk"]
    if os.environ.get("XDG_RUNTIME_DIR"):
        folders.append(os.path.join(os.environ["XDG_RUNTIME_DIR"], "dpdk"))
    return folders


def programs(folders=None):
    """The sockets of all programs: path by name, the prefix of its files.

    Further processes of one prefix have a number behind that: "fwd", "fwd:1".
    """
    found = {}
    for folder in folders or runtime_folders():
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*", SOCKET + "*"))):
            suffix = re.fullmatch(re.escape(SOCKET) + r"((?::\d+)?)", os.path.basename(path))
            if suffix:
                name = os.path.basename(os.path.dirname(path)) + suffix[1]
                found.setdefault(name, path)
    return found


class Program:
    """A connection to one program. Closed by close(), or at the end of a `with`."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(SECONDS)
        try:
            self._socket.connect(path)
            greeting = json.loads(self._socket.recv(GREETING))
            self.pid, self._room = int(greeting["pid"]), int(greeting["max_output_len"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._socket.close()
            raise Failure(f"{path}: {error}") from error

    def ask(self, command, *parameters):
        """The answer; Failure if there is none, or it is an error."""
        words = ",".join((command, *map(str, parameters)))
        try:
            self._socket.send(words.encode())
            answer = json.loads(self._socket.recv(self._room))
        except (OSError, ValueError) as error:
            raise Failure(f"{words}: {error}") from error
        if not isinstance(answer, dict) or answer.get(command) is None:
            raise Failure(f"{words}: the program answers with an error")
        return answer[command]

    def entries(self, command, *parameters):
        """Entries of an answer that comes in pages, as a dictionary."""
        found, first = {}, 0
        while first is not None:
            page = self.ask(command, *parameters, first)
            if not isinstance(page, dict):
                raise Failure(f"{command}: not a page of entries")
            page.pop("entries", None)
            following = page.pop("next", None)
            if following is not None and following <= first:
                raise Failure(f"{command}: page {following} follows {first}")
            found.update(page)
            first = following
        return found

    def close(self):
        """Close the connection."""
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
