# SPDX-License-Identifier: BSD-3-Clause
"""The examples that show what becomes of memory: hello, retransmit, storage."""

import os
import re
import socket

import pytest

from framework.forwarder import tidy
from framework.netns import Namespace, veth_pair

TIMEOUT = 120
MESSAGES = 20000
LOSS = 10               # per cent
FILE_BYTES = 9999999    # no multiple of anything
MTU = 1500
PLACE = slice(14, 22)   # where in a packet of storage it is told where its bytes belong
TYPE = 0x88b5           # of these packets
SO_RCVBUFFORCE = 33


@pytest.fixture(name="home")
def fixture_home():
    """A namespace with two interfaces, left and right, each the other one's other end."""
    home = Namespace("examples")
    veth_pair(home, "left", home, "right", MTU)
    yield home
    home.delete()


@pytest.fixture(name="run")
def fixture_run(installed, home):
    """Builds an example, runs it on some interfaces and returns what it printed."""
    started = []

    def run(name, interfaces=(), *arguments):
        vdevs = [f"net_af_packet{i},iface={each}" for i, each in enumerate(interfaces)]
        program, prefix = installed.start(installed.build(name), home, vdevs, *arguments)
        started.append((program, prefix))
        assert program.wait(TIMEOUT) == 0, program.output
        return program.output

    yield run
    for program, prefix in started:
        program.kill()
        tidy(prefix)


@pytest.mark.smoke
def test_hello(run):
    """hello writes messages into a stream, and cuts them off it.

    Steps:
        Build it against an installed lbuf, run it.
    Verify:
        Both messages are printed.
    """
    lines = run("hello").splitlines()
    assert lines[-2:] == ["hello, world", "and goodbye"]


def test_retransmit(run):
    """retransmit has all messages arrive though packets are lost.

    Steps:
        Send 20000 messages over a pair of interfaces, one packet in ten being lost.
    Verify:
        All arrive, in order, and with the right bytes; some were lost and sent again; no chunk
        is out in the end.
    """
    said = run("retransmit", ("left", "right"), str(MESSAGES), str(LOSS))
    assert re.search(rf"^{MESSAGES} of {MESSAGES} messages arrived, 0 wrong; "
                     r"[1-9]\d* packets lost, [1-9]\d* sent again; 0 chunks out$", said,
                     re.MULTILINE), said


def received(link, size):
    """Bytes of a file out of the packets of storage, the last of which tells its size alone."""
    got, place = bytearray(size), -1
    while place != size:
        packet = link.recv(65536)
        place = int.from_bytes(packet[PLACE], "big")
        if place < size:
            got[place:place + len(packet) - PLACE.stop] = packet[PLACE.stop:]
    return bytes(got)


def test_storage(run, home, tmp_path):
    """storage sends a file that io_uring reads into chunks.

    Steps:
        Listen on one of a pair of interfaces, send a file of 9999999 bytes by the other one.
    Verify:
        The bytes of all packets together are those of the file. All was sent by reference.
    """
    path, data = tmp_path / "file", os.urandom(FILE_BYTES)
    path.write_bytes(data)
    with home.entered():
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(TYPE))
    with link:
        link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 28)
        link.bind(("right", TYPE))
        link.settimeout(TIMEOUT)
        said = run("storage", ("left",), str(path))
        assert received(link, len(data)) == data
    assert re.search(r"[1-9]\d* segments by reference, .* 0 packets copied$", said,
                     re.MULTILINE), said
