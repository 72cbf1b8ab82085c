# SPDX-License-Identifier: BSD-3-Clause
"""The mode stream: framers, policies, limits, what it shows and what it refuses."""

import json
import re
import time

import pytest

from framework import frames
from framework.forwarder import lcores, memory_options, options, tidy
from framework.pcapfile import read_pcap, write_pcap
from framework.prompt import Prompt, PROMPT
from framework.stream_report import Report, check_dump, read_dump
from framework.tcp_cases import Connection, make_case, text
from framework.transfer import Transfer, network

TIMEOUT = 30


@pytest.fixture(name="read")
def fixture_read(forwarders, tmp_path):
    """Lets the mode read frames from a file; returns the outcome and the report."""
    def run(made, **wanted):
        capture = tmp_path / "in.pcap"
        write_pcap(capture, made)
        wanted.setdefault("total_num_mbufs", 16384)
        program = forwarders.start([f"net_pcap0,rx_pcap={capture},tx_pcap={tmp_path}/out.pcap"],
                                   "stream", port_topology="loop", stats_period=1, **wanted)
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            seen = re.findall(r"Streams: packets (\d+)", program.output)
            if seen and int(seen[-1]) >= len(made):
                break
            time.sleep(0.2)
        outcome = program.stop()
        outcome.check_clean()
        return outcome, Report(outcome.output)

    return run


def conversation(up, down=b"", size=100, ports=(40000, 7000)):
    """Frames of a connection that carries these bytes."""
    return Connection(ports=ports).open().conversation(up, down, size).close(len(up),
                                                                             len(down)).frames


def numbers(length_bytes, order, messages):
    """Messages with their length in front."""
    return b"".join(len(each).to_bytes(length_bytes, order) + each for each in messages)


MESSAGES = [text(size, b"m") for size in (0, 1, 2, 3, 50, 99, 100, 101, 1000, 5000)]
LINES = b"one\ntwo\r\n\nthree\nno end"

# framer, further options, bytes, records, sizes of records by power of two or None
FRAMERS = (
    ("none", {}, text(500, b"u"), 0, {}),
    ("len16", {}, numbers(2, "big", MESSAGES), 10,
     {2: 2, 4: 2, 32: 1, 64: 3, 512: 1, 4096: 1}),
    ("len32", {}, numbers(4, "big", MESSAGES), 10, None),
    ("len64", {}, numbers(8, "big", MESSAGES), 10, None),
    ("len16le", {}, numbers(2, "little", MESSAGES), 10, None),
    ("len32le", {}, numbers(4, "little", MESSAGES), 10, None),
    ("len64le", {}, numbers(8, "little", MESSAGES), 10, None),
    ("len16", {"stream_frame_offset": 3, "stream_frame_adjust": -5},
     b"".join(b"abc" + (len(each) + 5).to_bytes(2, "big") + each for each in MESSAGES), 10, None),
    ("line", {}, LINES, 5, {4: 4, 1: 1}),
    ("fixed:10", {}, text(95, b"f"), 9, {8: 9}),
    ("delimiter:0d0a", {}, b"a\r\nbc\r\n\r\nrest", 4, {2: 2, 4: 2}),
)


@pytest.mark.parametrize("kind, more, data, records, sizes", FRAMERS,
                         ids=[f"{each[0]}{len(each[1]) or ''}" for each in FRAMERS])
def test_framers(read, kind, more, data, records, sizes):
    """Records are cut as the framer says.

    Steps:
        Let the mode read a connection that carries records, in segments of 100 bytes.
    Verify:
        As many records are counted as there are, by their sizes.
    """
    _, report = read(conversation(data), stream_framer=kind, **more)
    direction = report.direction(40000, 7000)
    assert (direction.records, direction.framed) == (records, True)
    assert report.figures.get("records", 0) == records
    if sizes is not None:
        assert report.sizes == sizes


def test_frame_too_long(read):
    """A record over the limit ends the cutting, and nothing is kept for it.

    Steps:
        Let the mode read messages with a length of 4 bytes, of which the third is too long.
    Verify:
        Two records, and the direction is unframed; all bytes are counted.
    """
    data = numbers(4, "big", [b"a" * 10, b"b" * 20, b"c" * 3000, b"d"])
    _, report = read(conversation(data), stream_framer="len32", stream_frame_max=1000)
    direction = report.direction(40000, 7000)
    assert (direction.records, direction.framed, direction.bytes) == (2, False, len(data))
    assert report.figures["unframed"] == 1


def test_cut_off(read):
    """A direction that ends within a record is counted.

    Steps:
        Let the mode read half a message.
    Verify:
        No record, one direction that was cut off.
    """
    _, report = read(conversation(numbers(4, "big", [b"x" * 500])[:200]), stream_framer="len32")
    assert report.direction(40000, 7000).records == 0
    assert report.figures["cut_off"] == 1


def test_gap_in_lines(read, tmp_path):
    """Behind a gap lines are found again, and the file has a hole where bytes are missing.

    Steps:
        Let the mode read lines of which some never come, and ACKs of what is behind them, told
        to give such gaps up.
    Verify:
        The lines that are whole are counted; the gap is counted, with its bytes, and is a
        hole in the file.
    """
    data = b"".join(b"line number %04d\n" % number for number in range(100))
    connection = Connection().open()
    for at in range(0, 1700, 170):
        if at != 850:
            connection.send(0, at, data[at:at + 170], "PA")
            connection.send(1, 0, acks=at + 170)
    connection.close(1700, 0)
    dump = tmp_path / "dump"
    dump.mkdir()
    _, report = read(connection.frames, stream_framer="line", stream_acked_gaps=True,
                     stream_dump=dump)
    direction = report.direction(40000, 7000)
    assert (direction.missing, direction.bytes, direction.records) == (170, 1530, 90)
    assert read_dump(dump, direction) == data[:850] + b"\0" * 170 + data[1020:]


@pytest.mark.parametrize("flag", (False, True))
def test_pick_up(read, flag):
    """A connection whose SYN was not seen is taken up if that is wanted.

    Steps:
        Let the mode read the middle of a connection.
    Verify:
        Its bytes are there with --stream-pick-up; without, it is unknown.
    """
    data = text(500, b"u")
    made = conversation(data)[3:]
    _, report = read(made, **({"stream_pick_up": True} if flag else {}))
    if flag:
        assert report.direction(40000, 7000).bytes == 500
        assert report.figures["picked_up"] == 1
    else:
        assert not report.directions
        assert report.figures["unknown"] == len(made)


def test_max_conns(read):
    """No more connections are kept than the limit allows.

    Steps:
        Let the mode read 100 connections that do not end, with room for 16.
    Verify:
        There were never more; the others were given up, and all was counted.
    """
    made = []
    for number in range(100):
        made += Connection(ports=(30000 + number, 7000)).open().frames
    _, report = read(made, stream_max_conns=16)
    assert report.figures["conns_max"] <= 16
    assert report.figures["opened"] == 100
    assert report.figures["evicted"] + report.figures["unfinished"] == 100


def test_max_held(read):
    """A direction does not hold more than its limit.

    Steps:
        Let the mode read 2000 segments of 1000 bytes behind a gap, with 256 KiB to hold.
    Verify:
        What is over it is given up and counted; memory stays within the limit.
    """
    connection = Connection().open()
    for at in range(2000):
        connection.send(0, 1000 * (at + 1), b"x" * 1000, "A")
    _, report = read(connection.frames, stream_max_held="256K")
    assert report.figures["full_bytes"] > 1500000
    assert 0 < report.figures["memory_max"] <= 512 << 10


def test_stalled(read):
    """Connections that stall with a gap open take neither memory over the limit nor mbufs that
    others need.

    Steps:
        Let the mode read 100 connections, of which each has 100 segments behind a gap, with few
        mbufs; then one that carries bytes.
    Verify:
        That one has all its bytes. No packet lacked an mbuf. Memory is within the limit.
    """
    made = []
    for number in range(100):
        stalled = Connection(ports=(20000 + number, 7000)).open()
        for at in range(100):
            stalled.send(0, 1000 * (at + 1), b"x" * 1000, "A")
        made += stalled.frames
    data = text(100000, b"u")
    made += conversation(data, size=1000)
    outcome, report = read(made, total_num_mbufs=4096, stream_max_memory="4M")
    assert "RX-nombufs" not in outcome.output
    assert report.direction(40000, 7000).bytes == len(data)
    assert report.figures["memory_max"] <= 4 << 20


def test_forwards_all(read, tmp_path):
    """Every packet is forwarded as it came, whatever it is.

    Steps:
        Let the mode read UDP, ARP-like and TCP frames, and fragments.
    Verify:
        All come out unchanged, in order.
    """
    made = conversation(text(3000, b"u"))
    made += frames.udp_frames(frames.SIZES)
    made += make_case("fragments", (40001, 7000)).frames
    made += [b"\xff" * 60, b"\x02" * 14]
    read(made)
    assert read_pcap(str(tmp_path / "out.pcap")) == made


def test_json(forwarders, tmp_path):
    """The figures are in the JSON of --stats-json.

    Steps:
        Let the mode read a connection.
    Verify:
        The last object has its bytes and that it ended by FIN.
    """
    capture = tmp_path / "in.pcap"
    path = tmp_path / "stats.json"
    made = conversation(text(5000, b"u"), text(300, b"d"))
    write_pcap(capture, made)
    program = forwarders.start([f"net_pcap0,rx_pcap={capture},tx_pcap={tmp_path}/out.pcap"],
                               "stream", port_topology="loop", stats_period=1, stats_json=path)
    deadline = time.monotonic() + TIMEOUT
    told = {}
    while time.monotonic() < deadline and told.get("fin") != 1:
        time.sleep(0.3)
        lines = path.read_text().splitlines() if path.exists() else []
        told = json.loads(lines[-1])["streams"] if lines else {}
    program.stop().check_clean()
    assert (told["packets"], told["bytes"], told["opened"]) == (len(made), 5300, 1)


def test_prompt(make_bench, tmp_path):
    """At the prompt: the mode is set, impairments are, and both are shown while it forwards.

    Steps:
        Set impairments, good and bad ones, and the mode; start; send bytes both ways; show the
        streams and the impairments; stop, show the streams again, and start in another mode.
    Verify:
        The connection is shown while it is open and when it has ended. What is wrong is
        refused, and what was set stays.
    """
    bench = make_bench(2)
    network(bench)
    terminal = Prompt([f"--stream-dump={tmp_path}"],
                      [f"--vdev={each}" for each in bench.vdevs()], bench.dut)
    try:
        terminal.expect(re.escape(PROMPT) + "$", 60)
        assert "Impairments: loss:1%,seed:3" in terminal.ask("set impair loss:1%,seed:3")
        assert "accepted are loss, duplicate" in terminal.ask("set impair loss:much")
        assert "Set stream packet forwarding mode" in terminal.ask("set fwd stream")
        assert "stream packet forwarding" in terminal.ask("start")
        transfer = Transfer(bench, 1 << 20, 1 << 20)
        transfer.run(60)
        answer = terminal.ask("show lbuf impair")
        assert "impairments: loss:1%,seed:3" in answer
        assert re.search(r"^ +0/0 +-> +1/0 +[1-9]\d* +[1-9]", answer, re.MULTILINE), answer
        assert "TCP connections" in terminal.ask("show lbuf streams")
        for answer in (terminal.ask("stop"), terminal.ask("show lbuf streams")):
            report = Report(answer)
            for host in (0, 1):
                direction = report.direction(transfer.ports[host], transfer.ports[1 - host])
                check_dump(tmp_path, direction, transfer.sent[host])
        assert "Impairments: off" in terminal.ask("set impair off")
        assert "Set io packet forwarding mode" in terminal.ask("set fwd io")
        terminal.ask("start")
        assert "TCP connections" not in terminal.ask("show lbuf streams")
        terminal.send_line("quit")
        terminal.check_end()
    finally:
        terminal.kill()
        tidy(terminal.prefix)


@pytest.mark.parametrize("cores, queues, accepted", ((2, 1, False), (2, 2, True), (1, 2, True)))
def test_lcores(forwarders, cores, queues, accepted):
    """Both directions of a connection are served by one lcore, or it is refused.

    Steps:
        Start the mode on lcores and queues.
    Verify:
        Where two lcores would serve the two directions, one line says what would do.
    """
    eal = lcores(cores + 1) + memory_options() + ["--vdev=net_null0", "--vdev=net_null1"]
    program = forwarders.launch(eal, options(forward_mode="stream", nb_cores=cores, rxq=queues,
                                             txq=queues, total_num_mbufs=32768))
    if accepted:
        program.wait_forwarding()
        program.stop().check_clean()
        return
    outcome = program.finish(30)
    assert outcome.code == 1
    assert f"--nb-cores={cores}: stream" in outcome.output


BAD = ("--stream-framer=", "--stream-framer=len8", "--stream-framer=fixed",
       "--stream-framer=fixed:0", "--stream-framer=fixed:x", "--stream-framer=delimiter:",
       "--stream-framer=delimiter:0", "--stream-framer=delimiter:0x0d",
       "--stream-framer=delimiter:" + "00" * 33, "--stream-policy=best", "--stream-max-conns=0",
       "--stream-max-held=0", "--stream-max-memory=x", "--stream-timeout=0",
       "--stream-frame-adjust=1.5", "--stream-frame-max=-1", "--stream-dump=/nosuch/folder",
       "--stream-rows=0")


@pytest.mark.parametrize("argument", BAD)
def test_refused(forwarders, argument):
    """What cannot be is refused.

    Steps:
        Start the mode with a wrong argument.
    Verify:
        One line names it. Exit code 1.
    """
    eal = lcores(2) + memory_options(False) + ["--vdev=net_null0", "--vdev=net_null1"]
    outcome = forwarders.launch(eal, ["--forward-mode=stream", argument,
                                      "--total-num-mbufs=4096"]).finish(30)
    assert outcome.code == 1
    lines = [line for line in outcome.output.splitlines() if line.startswith("lbuf-fwd: --")]
    assert len(lines) == 1 and argument in lines[0], outcome.output
