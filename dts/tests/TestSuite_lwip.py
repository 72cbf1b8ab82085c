# SPDX-License-Identifier: BSD-3-Clause
"""The example `lwip`: HTTP on Debian's lwIP, by reference both ways, loaded by curl and wrk."""

import collections
import concurrent.futures
import hashlib
import json
import os
import socket
import statistics
import time

import pytest

from framework.http import Client, KernelServer, SERVER, Server, TIMEOUT, body, request
from framework.http_clients import LOAD, URL, curl, load, load_compared
from framework.transfer import ADDRESSES, network

SIZES = (0, 1, 255, 256, 257, 1459, 1460, 1461, 65535, 65536, 1000002, 1000003, 1000004, 5000011)
GOOD = request("/hello")
CLIENT_PORT = 20000     # none that the kernel gives out
PATHS = ("/hello", "/bytes/1048576")
HELLO = b"Hello from a linked buffer.\n"


@pytest.fixture(name="bench")
def fixture_bench(make_bench):
    """A bench whose host is the client."""
    bench = make_bench(1)
    bench.hosts[0].run("ip", "address", "add", f"{ADDRESSES[0]}/24", "dev", bench.host_port(0))
    return bench


@pytest.fixture(name="pair")
def fixture_pair(bench, start_http):
    """A server, and the namespace of its clients."""
    return start_http(Server, bench.dut, bench.vdev(0)), bench.hosts[0]


def ask(namespace, data):
    """Send bytes on a new connection; the first response, and whether the connection ends."""
    client = Client(namespace, SERVER, TIMEOUT)
    client.send(data)
    status, fields, _ = client.response()
    ends = fields.get("connection") == "close"
    if ends:
        assert client.ended()
    else:
        client.send(GOOD)
        assert client.response()[2] == HELLO
    client.close()
    return status, ends


@pytest.mark.smoke
def test_curl(pair):
    """curl receives every byte, of one connection or of several at once.

    Steps:
        Ask by curl for bodies of 0 bytes to 5 MB on one connection, for each of them on a
        connection of its own, eight at once, and for what is there beside.
    Verify:
        Bodies and heads are as they must be. All of it was sent by reference; no chunk and no
        mbuf is left.
    """
    server, client = pair
    urls = [f"{URL}/bytes/{size}" for size in SIZES]
    wanted = [hashlib.sha256(body(size)).digest() for size in SIZES]
    expected = b"".join(body(size) for size in SIZES)
    assert curl(client, *urls) == expected
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = pool.map(lambda url: hashlib.sha256(curl(client, url)).digest(), urls)
        assert list(got) == wanted
    assert curl(client, f"{URL}/hello") == HELLO
    assert curl(client, f"{URL}/empty") == b""
    assert b"/bytes/1048576" in curl(client, f"{URL}/")
    assert json.loads(curl(client, f"{URL}/figures"))["connections"] == 1
    head = curl(client, "--head", f"{URL}/bytes/1048576").decode().lower()
    assert head.startswith("http/1.1 200 ok") and "content-length: 1048576\r\n" in head
    assert curl(client, "--write-out", "%{http_code}", f"{URL}/none") == b"404 Not Found\n404"
    figures = server.stop()
    assert figures["requests"] == 2 * len(SIZES) + 6
    assert figures["refused"] == 1
    assert figures["by_reference"] + figures["elsewhere"] >= figures["bytes"] > 2 * len(expected)


def test_pipeline(pair):
    """Requests that come together, or in pieces, are answered one after the other.

    Steps:
        Send 300 requests, of which each tenth is HEAD, at once; a request a byte at a time; one
        behind an empty line; and a last one with "Connection: close" and another behind it.
    Verify:
        The responses come in order, byte for byte; to the last one there is none.
    """
    server, namespace = pair
    client = Client(namespace, SERVER, TIMEOUT)
    sizes = [i * 37 % 5000 for i in range(300)]
    client.send(b"".join(request(f"/bytes/{size}", method="HEAD" if i % 10 == 0 else "GET")
                         for i, size in enumerate(sizes)))
    for i, size in enumerate(sizes):
        head = i % 10 == 0
        status, fields, got = client.response(head)
        assert (status, int(fields["content-length"])) == (200, size)
        assert got == (b"" if head else body(size))
    for byte in GOOD:
        client.send(bytes([byte]))
    assert client.response()[2] == HELLO
    client.send(b"\r\n" + GOOD)
    assert client.response()[2] == HELLO
    client.send(request("/bytes/100000", "Connection: close") + GOOD)
    assert client.response()[2] == body(100000)
    assert client.ended()
    client.close()
    assert server.stop()["requests"] == 303


CHUNKED = b"5\r\n12345\r\n0\r\n\r\n"
REFUSED = (
    (b"GET /hello\r\n\r\n", 400, True),
    (b"GET /hello HTTP/1.1\r\n\r\n", 400, True),
    (request("/hello", "Host: other"), 400, True),
    (request("/hello", version="2.0"), 505, True),
    (request("hello"), 400, True),
    (request("http:///hello"), 400, True),
    (request("http://?/hello"), 400, True),
    (b"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400, True),
    (b"GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, True),
    (b"GET /hello HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400, True),
    (b"\n" + GOOD, 400, True),
    (b"\r" + GOOD, 400, True),
    (GOOD.replace(b" HTTP", b"  HTTP"), 400, True),
    (GOOD.replace(b"GET ", b"GET\t"), 400, True),
    (GOOD.replace(b"GET ", b"G\0ET "), 400, True),
    (GOOD.replace(b"hello", b"hel\0lo"), 400, True),
    (GOOD.replace(b"HTTP/1.1", b"HTTP/1.1 "), 505, True),
    (GOOD.replace(b"HTTP/1.1", b"HTTP/1.10"), 505, True),
    (GOOD.replace(b"HTTP/1.1", b"http/1.1"), 400, True),
    (GOOD.replace(b"\r\nHost", b"\nHost"), 400, True),
    (request("/hello", "Name : value"), 400, True),
    (request("/hello", "Name: value", " folded"), 400, True),
    (request("/hello", "no colon"), 400, True),
    (request("/hello", "Name: a\0b"), 400, True),
    (request("/hello", "Name: a\rb"), 400, True),
    (request("/hello").replace(b"\r\n", b"\n") + b"\r\n\r\n", 400, True),
    (bytes(range(256)) * 4 + b"\r\n\r\n", 400, True),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, True),
    (request("/hello", "Content-Length: 1", "Content-Length: 2"), 400, True),
    (request("/hello", "Content-Length: -1"), 400, True),
    (request("/hello", "Content-Length: +5") + b"12345", 400, True),
    (request("/hello", "Content-Length: 0x5") + b"12345", 400, True),
    (request("/hello", "Content-Length: 5, 5") + b"12345", 400, True),
    (request("/hello", "Content-Length: 5 5") + b"12345", 400, True),
    (request("/hello", "Content-Length: \x0b5") + b"12345", 400, True),
    (request("/hello", "Content-Length:"), 400, True),
    (request("/hello", "Content-Length : 5") + b"12345", 400, True),
    (request("/hello", "Content-Length: 99999999999999999999999"), 400, True),
    (request("/hello", "Transfer-Encoding: chunked"), 501, True),
    (request("/hello", "Transfer-Encoding: chunked", "Content-Length: 5") + CHUNKED, 501, True),
    (request("/hello", "Content-Length: 5", "tRANSFER-eNCODING:\tchunked") + CHUNKED, 501, True),
    (request("/hello", "Transfer-Encoding: identity", "Content-Length: 0"), 501, True),
    (request("/hello", "Transfer-Encoding:\x0bchunked", "Content-Length: 0"), 400, True),
    (request("/hello", "Transfer-Encoding : chunked", "Content-Length: 0"), 400, True),
    (request("/hello", " Transfer-Encoding: chunked", "Content-Length: 0"), 400, True),
    (request("/hello", "Name: a\nTransfer-Encoding: chunked"), 400, True),
    (request("/hello", "Name: a\rTransfer-Encoding: chunked"), 400, True),
    (request("/hello", "Expect: 100-continue", "Content-Length: 5", method="POST"), 405, True),
    (request("/hello", "Content-Length: 2097152", method="POST"), 413, True),
    (request("/hello", "Name: " + "a" * 9000), 431, True),
    (b"a" * 20000, 431, True),
    (b"GET /hello\r\n\r\n" + b"a" * 300000, 400, True),
    (request("/hello", "Content-Length: 5", method="POST") + b"12345", 405, False),
    (request("/bytes/"), 404, False),
    (request("/bytes/1x"), 404, False),
    (request("/bytes/1073741825"), 404, False),
    (request("/bytes/99999999999999999999999999"), 404, False),
    (request("/" + "a" * 5000), 404, False),
    (GOOD.replace(b"GET", b"get"), 405, False),
    (request("*", method="OPTIONS"), 405, False),
    (request("/hello?query"), 200, False),
    (request("http://server"), 200, False),
    (request("http://server?/none"), 200, False),
    (b"\r\n" * 5000 + GOOD, 200, False),
    (request("/hello", "Content-Length: 5", "Content-Length: 5") + b"12345", 200, False),
    (request("/hello", "Expect: 100-continue"), 200, False),
    (request("HTTP://server/hello"), 200, False),
    (request("/hello", "Content-Length: 5") + b"12345", 200, False),
    (request("/hello", "connection: Keep-Alive, CLOSE"), 200, True),
    (request("/hello", version="1.0"), 200, True),
    (request("/hello", "Connection: keep-alive", version="1.0"), 200, False),
)


def test_hostile(pair):
    """What is no request is refused, and who goes away in the midst leaves nothing.

    Steps:
        Send what is wrong in each part of a request, and what is nearly so; alone, and with a
        sound request behind it. Ask for 1 GiB on 40 connections, and reset them once it comes; on
        40 others, begin with a request and go away.
    Verify:
        Each has the status that it must have, and the connection ends where the next request
        cannot be found: what is behind it is not taken for one. The server goes on, and nothing is
        left of any of it.
    """
    server, namespace = pair
    for data, status, ends in REFUSED:
        assert ask(namespace, data) == (status, ends), data[:100]
        if ends:
            assert ask(namespace, data + GOOD) == (status, ends), data[:100]
    for number in range(40):
        client = Client(namespace, SERVER, TIMEOUT)
        client.send(request("/bytes/1073741824"))
        client.socket.recv(1 << 16)
        client.reset()
        client = Client(namespace, SERVER, TIMEOUT)
        client.send(GOOD[:number % len(GOOD)])
        client.close()
    assert curl(namespace, f"{URL}/hello") == HELLO
    server.stop()


def test_same_port(pair):
    """Who comes again from the same port is served, though the server ended the last connection.

    Steps:
        Ask 20 times for something, each time on a connection from the same port that the server is
        to close, and that it remembers for two minutes.
    Verify:
        Each is answered within 10 seconds.
    """
    server, namespace = pair
    for _ in range(20):
        client = Client(namespace, SERVER, 10, CLIENT_PORT)
        client.send(request("/hello", "Connection: close"))
        assert client.response()[2] == HELLO
        assert client.ended()
        client.close()
        time.sleep(0.2)     # until the server has acknowledged that
    server.stop()


def test_slow_reader(pair):
    """Who reads slowly receives every byte, and holds no more than a window.

    Steps:
        Ask for 300 KB with a receive buffer of 4 KiB, and read 1000 bytes each few milliseconds;
        ask for what the server holds meanwhile.
    Verify:
        The bytes are as they must be. The server holds fewer than 400 chunks.
    """
    server, namespace = pair
    client = Client(namespace, SERVER, TIMEOUT)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.send(request("/bytes/300000"))
    time.sleep(0.5)
    assert json.loads(curl(namespace, f"{URL}/figures"))["chunks_out"] < 400
    got = bytearray()
    while not got.endswith(body(300000)):
        piece = client.socket.recv(1000)
        assert piece and len(got) < 301000
        got += piece
        time.sleep(0.002)
    client.close()
    server.stop(splits=True)


def test_tap(make_bench, start_http):
    """At a TAP port the kernel reads where the bytes lie, and writes into the mbufs.

    Steps:
        Start the server on a TAP port, and ask for 3 MB from the kernel at its other end.
    Verify:
        The bytes are as they must be, sent by reference; nothing is left.
    """
    namespace = make_bench(0).dut
    server = start_http(Server, namespace, "net_tap0,iface=tap0")
    namespace.run("ip", "address", "add", f"{ADDRESSES[0]}/24", "dev", "tap0")
    namespace.run("ip", "link", "set", "tap0", "up")
    assert curl(namespace, f"{URL}/bytes/3000000") == body(3000000)
    figures = server.stop()
    assert figures["by_reference"] + figures["elsewhere"] >= figures["bytes"]


def test_loss(make_bench, start_http, forwarders):
    """What was lost is sent again, out of the same memory.

    Steps:
        Put lbuf-fwd between client and server, which loses, doubles and puts out of order 1 % of
        the packets each; ask for 300 KB four times.
    Verify:
        The bytes are as they must be, more were sent than they are, and none was copied.
    """
    bench = make_bench(2)
    network(bench)
    bench.hosts[1].run("ip", "address", "flush", "dev", bench.host_port(1))
    forwarders.start(bench.vdevs(), "io", namespace=bench.dut,
                     impair="loss:1%,duplicate:1%,reorder:1%,seed:7")
    server = start_http(Server, bench.hosts[1], f"net_af_packet0,iface={bench.host_port(1)}")
    for _ in range(4):
        assert curl(bench.hosts[0], f"{URL}/bytes/300000") == body(300000)
    figures = server.stop()
    assert figures["by_reference"] > figures["bytes"]


def test_load(pair, tmp_path):
    """wrk loads the server, with few bytes and with many, and compares each response.

    Steps:
        Have wrk ask for /hello, and then for a mebibyte, on 32 connections, for 3 seconds each,
        or for 60 if LBUF_SLOW is set; ask for 1000003 bytes by curl all the while.
    Verify:
        wrk has no error, and in each response the bytes that it must have, and so has curl. All of
        it was sent by reference; no chunk and no mbuf is left.
    """
    server, namespace = pair
    # Windows that wrk's being busy does not close: lwIP copies where it splits a segment.
    namespace.run("sysctl", "-w", "net.ipv4.tcp_rmem=4096 4194304 8388608")
    requests = compared = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        for path, wanted in zip(PATHS, (HELLO, body(1 << 20))):
            running = pool.submit(load_compared, namespace, path, wanted, tmp_path, LOAD)
            while not running.done():
                assert curl(namespace, f"{URL}/bytes/1000003") == body(1000003)
                compared += 1
                time.sleep(0.2)
            print(f"{path}: {running.result() / LOAD:.0f} requests a second")
            requests += running.result()
    figures = server.stop()
    assert figures["requests"] >= requests + compared
    assert compared > 0 and requests > 10 * LOAD
    assert figures["by_reference"] > figures["bytes"] / 2


ROUNDS = 5
SECONDS = 5     # of each


@pytest.mark.skipif("LBUF_SLOW" not in os.environ, reason="four minutes: set LBUF_SLOW=1")
def test_beside(bench, start_http):
    """Figures: lbuf's pbufs, lwIP's own, and the kernel's stack.

    Steps:
        Have wrk load each of the three servers in turn, five times, 5 seconds for each path.
    Verify:
        There are no errors. Medians of requests a second, and of time a request, are printed.
    """
    kinds = {"by reference": (Server, bench.vdev(0)),
             "own pbufs": (Server, bench.vdev(0), "--own-pbufs"),
             "kernel": (KernelServer, bench.dut_port(0))}
    found = collections.defaultdict(list)
    for _ in range(ROUNDS):
        for name, (kind, *arguments) in kinds.items():
            server = start_http(kind, bench.dut, *arguments)
            for path in PATHS:
                began = server.busy(bench.hosts[0])
                requests = load(bench.hosts[0], path, SECONDS)
                busy = server.busy(bench.hosts[0]) - began
                found[path, name].append((requests / SECONDS, busy / requests))
            server.close()
            bench.dut.run("ip", "address", "flush", "dev", bench.dut_port(0))
    for (path, name), rounds in found.items():
        rates, costs = zip(*rounds)
        print(f"{path} {name}: {statistics.median(rates):.0f} requests a second "
              f"({min(rates):.0f} to {max(rates):.0f}), {statistics.median(costs) * 1e6:.1f} us "
              f"each ({min(costs) * 1e6:.1f} to {max(costs) * 1e6:.1f})")
