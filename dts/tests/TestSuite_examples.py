# SPDX-License-Identifier: BSD-3-Clause
"""The examples build against an installed lbuf, and do what they say on real TCP."""

import os
import random
import re
import signal
import socket
import threading
import time

import pytest

from framework import forwarder
from framework.forwarder import ROOT, tidy
from framework.stream_report import crc32c
from framework.transfer import ADDRESSES

TCP_PORT = 7100
UDP_PORT = 9000
PART = 16               # bytes of proxy's header
COLLECTOR = ("192.0.2.1", "192.0.2.2")
TIMEOUT = 60
# Nobody waits for who only listens: all that is sent finds room in the ring.
RING = ",blocksz=65536,framecnt=8192"


@pytest.fixture(name="start")
def fixture_start(make_bench, installed):
    """Builds and starts examples; they are gone before the benches are."""
    started = []

    def start(name, namespace, vdevs, *arguments):
        program, prefix = installed.start(installed.build(name), namespace, vdevs, *arguments)
        started.append((program, prefix))
        deadline = time.monotonic() + TIMEOUT
        runtime = forwarder.runtime_folders(prefix)[0]
        while not os.path.exists(os.path.join(runtime, "config")) and program.running() and \
                time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)
        assert program.running(), program.output
        return program

    yield start
    for program, prefix in started:
        program.kill()
        tidy(prefix)


def made_messages(seed):
    """Messages of all sizes, some of them comments."""
    noise = random.Random(seed)
    sizes = [0, 1, 2, 3, 1399, 1400, 1401, 65536, 100000]
    sizes += [noise.choice((10, 100, 1000, 5000, 20000)) for _ in range(300)]
    made = [noise.randbytes(size) for size in sizes]
    return made + [b"# a comment", b"#" * 3000]


def framed(messages):
    """Messages as they are sent."""
    return b"".join(len(each).to_bytes(4, "big") + each for each in messages)


def exchange(client_space, server_space, up, down):
    """Send bytes both ways over a connection of two namespaces."""
    with server_space.entered():
        listener = socket.create_server((ADDRESSES[1], TCP_PORT))
    with client_space.entered():
        client = socket.socket()
    client.settimeout(TIMEOUT)
    client.connect((ADDRESSES[1], TCP_PORT))
    server = listener.accept()[0]
    server.settimeout(TIMEOUT)
    got = []

    def send(sock, data):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)

    def receive(sock):
        size = 0
        while True:
            piece = sock.recv(1 << 16)
            if not piece:
                break
            size += len(piece)
        got.append(size)

    threads = [threading.Thread(target=send, args=(client, up)),
               threading.Thread(target=send, args=(server, down)),
               threading.Thread(target=receive, args=(client,)),
               threading.Thread(target=receive, args=(server,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    for each in (client, server, listener):
        each.close()
    assert sorted(got) == sorted((len(up), len(down)))


@pytest.fixture(name="hosts")
def fixture_hosts(make_bench):
    """A bench whose first host speaks TCP with what is behind its port."""
    bench = make_bench(2)
    bench.dut.run("ip", "address", "add", f"{ADDRESSES[1]}/24", "dev", bench.dut_port(0))
    bench.hosts[0].run("ip", "address", "add", f"{ADDRESSES[0]}/24", "dev", bench.host_port(0))
    bench.hosts[1].run("ip", "address", "add", f"{COLLECTOR[1]}/24", "dev", bench.host_port(1))
    return bench


def lines_of(messages):
    """Length and CRC of messages as rx-messages prints them."""
    return [(len(each), crc32c(each)) for each in messages]


def test_rx_messages(start, hosts):
    """rx-messages shows every message of both directions, in order.

    Steps:
        Build it against an installed lbuf; start it on the interface of a TCP server; send 311
        messages of 0 to 100000 bytes each way.
    Verify:
        Length and CRC of each are printed, of each direction in order. The program is shorter
        than 100 lines.
    """
    path = os.path.join(ROOT, "examples", "rx-messages", "main.c")
    with open(path, encoding="utf-8") as file:
        assert len(file.readlines()) < 100
    program = start("rx-messages", hosts.dut, [hosts.vdev(0) + RING])
    up, down = made_messages(1), made_messages(2)
    exchange(hosts.hosts[0], hosts.dut, framed(up), framed(down))
    assert program.wait_for("^connection closed: fin$", TIMEOUT), program.output
    program.send_signal(signal.SIGINT)
    assert program.wait(TIMEOUT) == 0, program.output
    for side, messages in (("client", up), ("server", down)):
        seen = re.findall(rf"^from {side}: (\d+) bytes, crc32c (\w+)$", program.output,
                          re.MULTILINE)
        assert [(int(size), int(crc, 16)) for size, crc in seen] == lines_of(messages)


def test_proxy(start, hosts):
    """proxy passes the messages on, in datagrams that a kernel takes, by reference.

    Steps:
        Build it; start it on the interface of a TCP server and on one that leads to a
        collector; send 311 messages each way.
    Verify:
        The collector receives each message but for the comments, from the datagrams' headers
        put together, in order. Nothing was copied or dropped.
    """
    collector = hosts.hosts[1]
    with collector.entered():
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)    # SO_RCVBUFFORCE
    sink.bind((COLLECTOR[1], UDP_PORT))
    sink.settimeout(5)
    program = start("proxy", hosts.dut, [each + RING for each in hosts.vdevs()], *COLLECTOR,
                    hosts.host_mac(1))
    up, down = made_messages(3), made_messages(4)
    exchange(hosts.hosts[0], hosts.dut, framed(up), framed(down))
    wanted = {True: [each for each in up if not each.startswith(b"#")],
              False: [each for each in down if not each.startswith(b"#")]}
    messages = {}
    left = sum(max(1, -(-len(each) // 1400)) for both in wanted.values() for each in both)
    for _ in range(left):
        datagram, source = sink.recvfrom(65536)
        assert source == (COLLECTOR[0], UDP_PORT)
        number, length, offset = (int.from_bytes(datagram[at:at + 4], "big") for at in (0, 4, 8))
        upwards = datagram[14:16] == TCP_PORT.to_bytes(2, "big")
        message = messages.setdefault(number, (upwards, length, bytearray()))
        assert message[:2] == (upwards, length) and offset == len(message[2])
        message[2].extend(datagram[PART:])
    sink.close()
    for upwards, expected in wanted.items():
        got = [messages[number][2] for number in sorted(messages)
               if messages[number][0] == upwards]
        assert got == expected
    program.send_signal(signal.SIGINT)
    assert program.wait(TIMEOUT) == 0, program.output
    end = re.search(r"^messages (\d+), comments (\d+), datagrams (\d+), dropped 0, by reference "
                    r"(\d+), copied 0$", program.output, re.MULTILINE)
    assert end, program.output
    comments = len(up) + len(down) - len(messages)
    assert tuple(map(int, end.groups()[:3])) == (len(messages), comments, left)
    assert int(end[4]) >= left - 100
