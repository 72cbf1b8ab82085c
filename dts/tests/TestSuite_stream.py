# SPDX-License-Identifier: BSD-3-Clause
"""The mode stream under programs that people use: it has every byte that the ends exchanged,
and the ends notice nothing."""

import os
import re
import socket

import pytest

from framework import endpoint
from framework.endpoint import need
from framework.stream_report import Report, check_dump, crc32c, read_dump
from framework.transfer import ADDRESSES, Transfer, made_up, network

# What a download has; a run for the record has 1000.
MEGABYTES = int(os.environ.get("LBUF_STREAM_MB", "64"))
MB = 1 << 20
IMPAIRED = "loss:1%,reorder:3%,duplicate:1%"
WITH_IMPAIRMENTS = pytest.mark.parametrize("impair", ("off", IMPAIRED), ids=("plain", "impaired"))
IPERF_COOKIE = 37           # bytes that a client begins with
IPERF_STREAMS = 32
RING = ",blocksz=65536,framecnt=4096"


class Tap:
    """The forwarder in the mode stream between the two hosts of a bench."""

    def __init__(self, bench, forwarders, folder, impair="off", **wanted):
        self.bench = bench
        self.dump = folder / "dump"
        self.dump.mkdir()
        network(bench)
        wanted.setdefault("total_num_mbufs", 32768)
        self.program = forwarders.start([each + RING for each in bench.vdevs()], "stream",
                                        bench.dut, stream_dump=self.dump, impair=impair, **wanted)

    def stop(self, whole=True):
        """Stop it; its table, of which nothing is lacking, unless that is known."""
        outcome = self.program.stop()
        outcome.check_clean()
        assert "RX-nombufs" not in outcome.output
        report = Report(outcome.output)
        if whole:
            report.check_whole()
        return report


@pytest.fixture(name="tap")
def fixture_tap(make_bench, forwarders, tmp_path):
    """Starts the forwarder in the mode stream."""
    def start(impair="off", **wanted):
        return Tap(make_bench(2), forwarders, tmp_path, impair, **wanted)

    return start


@pytest.mark.smoke
@WITH_IMPAIRMENTS
def test_both_ways(tap, impair):
    """Bytes of both directions of a connection.

    Steps:
        Send 8 MB each way at the same time, with and without impairments.
    Verify:
        The ends receive what was sent. File and CRC of each direction are of that. No gap is
        left, the connection has ended by FIN.
    """
    through = tap(impair)
    transfer = Transfer(through.bench, 8 * MB, 8 * MB)
    transfer.run(60)
    report = through.stop()
    for host in (0, 1):
        direction = report.direction(transfer.ports[host], transfer.ports[1 - host])
        check_dump(through.dump, direction, transfer.sent[host])
        assert direction.state == "fin"
    if impair != "off":
        assert report.figures["held"] > 100


@WITH_IMPAIRMENTS
def test_download(tap, tmp_path, impair):
    """A download by curl from nginx.

    Steps:
        Download a file of 64 MB, or as many as LBUF_STREAM_MB says.
    Verify:
        curl has the file. The file of the direction is nginx's header and the file, that of the
        other one the request, and both have the CRC that was printed.
    """
    need("nginx", "curl")
    through = tap(impair)
    root = tmp_path / "root"
    root.mkdir()
    data = made_up(MEGABYTES * MB, 5)
    (root / "file").write_bytes(data)
    got = tmp_path / "got"
    client, server = through.bench.hosts
    with endpoint.nginx(server, tmp_path, root, ADDRESSES[1], 80):
        told = endpoint.run(client, "curl", "-sS", "--no-keepalive", "-o", str(got), "-w",
                            "%{local_port} %{size_header} %{size_download} %{size_request}",
                            f"http://{ADDRESSES[1]}/file", timeout=600)
    port, header, size, request = map(int, told.split())
    report = through.stop()
    assert got.read_bytes() == data and size == len(data)
    down = check_dump(through.dump, report.direction(80, port))
    assert len(down) == header + size and down[header:] == data
    assert down.startswith(b"HTTP/1.1 200 OK\r\n")
    up = check_dump(through.dump, report.direction(port, 80))
    assert len(up) == request and up.startswith(b"GET /file HTTP/1.1\r\n")


def common(left, right):
    """How many bytes two byte strings begin with alike."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def check_iperf_stream(folder, direction, content, received):
    """Verify that a direction has what iperf3 sent, at least as far as its receiver got it.

    When a run is over iperf3's server leaves by RST: segments that were lost do not come again.
    """
    data = read_dump(folder, direction)[IPERF_COOKIE:]
    right = common(data, content)
    assert right >= received, direction
    if direction.state != "rst" or not direction.missing:
        direction.check_whole()
        check_dump(folder, direction)
        assert right == len(data), direction


@WITH_IMPAIRMENTS
def test_iperf3(tap, tmp_path, impair):
    """32 connections of iperf3 at a time.

    Steps:
        Send a file of 2 MB over each of 32 connections, until the first one is through.
    Verify:
        Each connection has what iperf3 says that its receiver got, at least; it is the file's,
        and has the CRC that was printed. No gap is left but where iperf3 broke off.
    """
    need("iperf3")
    through = tap(impair)
    content = made_up(2 * MB, 8)
    path = tmp_path / "content"
    path.write_bytes(content)
    client, server = through.bench.hosts
    with endpoint.iperf3_server(server, ADDRESSES[1], 5201):
        told = endpoint.run_json(client, "iperf3", "-J", "-c", ADDRESSES[1], "-p", "5201", "-P",
                                 str(IPERF_STREAMS), "-F", str(path))
    report = through.stop(whole=False)
    ports = {each["socket"]: each["local_port"] for each in told["start"]["connected"]}
    assert len(ports) == IPERF_STREAMS
    for stream in told["end"]["streams"]:
        port = ports[stream["sender"]["socket"]]
        check_iperf_stream(through.dump, report.direction(port, 5201), content,
                           stream["receiver"]["bytes"])
    for direction in report.directions:
        if direction.state != "rst":
            direction.check_whole()
            check_dump(through.dump, direction)


def requests_in(data):
    """How many requests a stream of Redis has, which must be whole."""
    at = count = 0
    while at < len(data):
        found = re.compile(rb"\*(\d+)\r\n").match(data, at)
        assert found, data[at:at + 40]
        at = found.end()
        for _ in range(int(found[1])):
            found = re.compile(rb"\$(\d+)\r\n").match(data, at)
            assert found, data[at:at + 40]
            at = found.end() + int(found[1]) + 2
            assert data[at - 2:at] == b"\r\n"
        count += 1
    return count


def reply_end(data, at):
    """Where a reply of Redis ends that begins there."""
    line = data.index(b"\r\n", at)
    kind, number = data[at:at + 1], data[at + 1:line]
    assert kind in b"+-:$*", data[at:at + 40]
    end = line + 2
    if kind == b"$" and number != b"-1":
        end += int(number) + 2
        assert data[end - 2:end] == b"\r\n"
    if kind == b"*":
        for _ in range(int(number)):
            end = reply_end(data, end)
    return end


def replies_in(data):
    """How many replies a stream of Redis has, which must be whole."""
    at = count = 0
    while at < len(data):
        at = reply_end(data, at)
        count += 1
    return count


@WITH_IMPAIRMENTS
def test_redis(tap, tmp_path, impair):
    """50 connections of redis-benchmark, with short requests and replies of all sizes.

    Steps:
        Run redis-benchmark for set, get and lrange, cutting the streams into lines.
    Verify:
        Every stream consists of whole requests, or of whole replies, as many. As many lines
        were counted as there are. Files and CRCs agree, no gap is left.
    """
    need("redis-server", "redis-benchmark")
    through = tap(impair, stream_framer="line")
    client, server = through.bench.hosts
    with endpoint.redis_server(server, tmp_path, ADDRESSES[1], 6379):
        endpoint.run(client, "redis-benchmark", "-h", ADDRESSES[1], "-p", "6379", "-c", "50", "-n",
                     "2000", "-d", "100", "-q", "-t", "set,get,lrange_300", timeout=120)
    report = through.stop()
    requests = 0
    for up in report.directions:
        if up.source[1] == 6379:
            continue
        down = report.direction(6379, up.source[1])
        sent = check_dump(through.dump, up)
        answered = check_dump(through.dump, down)
        count = requests_in(sent)
        # The benchmark leaves when it has enough.
        assert count - 1 <= replies_in(answered) <= count
        assert up.records == sent.count(b"\n") and down.records == answered.count(b"\n")
        requests += count
    assert requests >= 6000


def test_many_files(tap):
    """More connections at a time than there may be open files.

    Steps:
        Open 300 connections, send a few bytes over each of them, in turn, three times; close
        them.
    Verify:
        The file of each has its bytes.
    """
    through = tap()
    client, server = through.bench.hosts
    with server.entered():
        listener = socket.create_server((ADDRESSES[1], 7000), backlog=512)
    socks, peers = [], []
    for _ in range(300):
        with client.entered():
            sock = socket.socket()
        sock.settimeout(20)
        sock.connect((ADDRESSES[1], 7000))
        socks.append(sock)
        peers.append(listener.accept()[0])
    for turn in range(3):
        for number, sock in enumerate(socks):
            sock.sendall(b"turn %d of connection %d\n" % (turn, number))
        for peer in peers:
            peer.settimeout(20)
            assert peer.recv(100)
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks + peers:
        sock.close()
    listener.close()
    report = through.stop()
    for number, port in enumerate(ports):
        expected = b"".join(b"turn %d of connection %d\n" % (turn, number) for turn in range(3))
        check_dump(through.dump, report.direction(port, 7000), expected)


def test_corrupt(tap):
    """Damaged segments, which the receiver refuses, are refused here as well.

    Steps:
        Send 4 MB each way, with 1 % of the packets damaged.
    Verify:
        The ends receive what was sent, and files and CRCs are of that.
    """
    through = tap("corrupt:1%,seed:2")
    transfer = Transfer(through.bench, 4 * MB, 4 * MB)
    transfer.run(60)
    report = through.stop()
    for host in (0, 1):
        direction = report.direction(transfer.ports[host], transfer.ports[1 - host])
        check_dump(through.dump, direction, transfer.sent[host])
    assert report.figures["bad_sum"] > 10
    assert crc32c(b"123456789") == 0xe3069283
