# SPDX-License-Identifier: BSD-3-Clause
"""lbuf-exporter and lbuf-top: what they show is what programs tell, and no more."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from framework.forwarder import ROOT, lcores, memory_options
from framework.netns import Namespace
from framework.pcapfile import write_pcap
from framework.tcp_cases import Connection

TOOLS = os.path.join(ROOT, "tools")
EXPORTER = os.path.join(TOOLS, "exporter.py")
TOP = os.path.join(TOOLS, "top.py")
SAMPLE = re.compile(r'^(?P<name>\w+)\{(?P<labels>.*)\} (?P<value>[-+.e\d]+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SECONDS = 60


def run(tool, *arguments):
    """A tool's end: exit code, output, errors."""
    done = subprocess.run([sys.executable, tool, *arguments], capture_output=True, text=True,
                          check=False, timeout=SECONDS)
    return done.returncode, done.stdout, done.stderr


def samples(text):
    """Samples by name: labels and value. The text must be as OpenMetrics has it."""
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    found, kinds = {}, {}
    for line in lines[:-1]:
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in kinds, f"{name} comes twice"
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = SAMPLE.match(line)
            assert match, line
            family = match["name"]
            if family not in kinds:
                family = family[:-len("_total")]
                assert match["name"].endswith("_total") and kinds[family] == "counter", line
            labels = dict(LABEL.findall(match["labels"]))
            found.setdefault(match["name"], []).append((labels, float(match["value"])))
    return found


@pytest.fixture(name="program")
def fixture_program(forwarders):
    """A forwarder whose frames are in chunks, since they are longer than an mbuf."""
    home = Namespace("tap")
    yield forwarders.start(("net_tap0", "net_tap1"), "txonly", home, mbuf_size=1024, txpkts=1400)
    home.delete()


class Fake:
    """A program whose answers we choose: a text for each command."""

    def __init__(self, folder, name, answers):
        os.makedirs(os.path.join(folder, name))
        self._answers = answers
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(os.path.join(folder, name, "dpdk_telemetry.v2"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection):
        connection.send(b'{"version":"fake","pid":1,"max_output_len":16384}')
        while words := connection.recv(1024).decode():
            command = words.split(",")[0]
            answer = self._answers.get(words, self._answers.get(command, "null"))
            connection.send(f'{{"{command}":{answer}}}'.encode())

    def close(self):
        """End it."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(SECONDS)


@pytest.fixture(name="fake")
def fixture_fake(tmp_path):
    """A maker of fake programs, in a folder of their own."""
    made = []

    def make(name, answers):
        made.append(Fake(str(tmp_path), name, answers))
        return str(tmp_path)

    yield make
    for each in made:
        each.close()


@pytest.mark.smoke
def test_exporter(program):
    """Figures of a running forwarder are served.

    Steps:
        Start the forwarder, scrape once.
    Verify:
        Its pool, tiers, classes, mempools and ports are there by name; packets were sent;
        classes out add up to their tier; nothing was left unanswered.
    """
    code, text, errors = run(EXPORTER, "--once")
    assert (code, errors) == (0, "")
    found = {name: [(labels, value) for labels, value in each
                    if labels["program"] == program.prefix]
             for name, each in samples(text).items()}
    assert found["lbuf_up"] == [({"program": program.prefix}, 1)]
    assert found["lbuf_scrape_failures"] == [({"program": program.prefix}, 0)]
    tiers = {labels["tier"]: value for labels, value in found["lbuf_tier_bytes"]}
    assert set(tiers) == {"small", "middle", "large"} and tiers["middle"] > 0
    assert all(labels["pool"] == "fwd" for labels, _ in found["lbuf_tier_bytes"])
    held = sum(value for labels, value in found["lbuf_class_bytes"] if labels["tier"] == "middle")
    assert held == tiers["middle"]
    assert {labels["device"] for labels, _ in found["lbuf_port_opackets_total"]} == \
        {"net_tap0", "net_tap1"}
    assert sum(value for _, value in found["lbuf_port_opackets_total"]) > 0
    pools = {labels["mempool"]: value for labels, value in found["lbuf_mempool_size"]}
    assert "mb_pool_0" in pools and all(size > 0 for size in pools.values())
    used = {labels["mempool"]: value for labels, value in found["lbuf_mempool_in_use"]}
    assert all(0 <= used[name] <= size for name, size in pools.items())
    program.stop().check_clean()


@pytest.fixture(name="holding")
def fixture_holding(forwarders):
    """A forwarder that holds up to 30 mbufs of each of two queues."""
    program = forwarders.launch(
        [*lcores(3), *memory_options(), "--vdev=net_null0,size=1500", "--vdev=net_null1,size=1500"],
        ["--forward-mode=hold", "--nb-cores=2", "--total-num-mbufs=2048", "--rx-hold=30",
         "--hold-bytes=100K"])
    program.wait_forwarding()
    return program


@pytest.mark.smoke
def test_governor_and_streams(holding):
    """What is held by queue, and what streams forward.

    Steps:
        Start the forwarder in mode hold with a bound of 30 mbufs; wait until both queues have
        reached it; scrape, and print the tables.
    Verify:
        Both queues have the bound, hold no more, and have copied; holders are told of by port
        and queue; both streams have forwarded, and their queues have sent by reference or
        copied. The tables have the same queues, holders and streams.
    """
    prefix, deadline = holding.prefix, time.monotonic() + SECONDS
    copied = []
    while len(copied) < 2 or min(copied) == 0:
        assert time.monotonic() < deadline, "no queue has reached its bound"
        code, text, _ = run(EXPORTER, "--once")
        found = {name: [(labels, value) for labels, value in each if labels["program"] == prefix]
                 for name, each in samples(text).items()}
        copied = [value for _, value in found.get("lbuf_mbufs_copied_total", ())]
    assert code == 0 and found["lbuf_scrape_failures"][0][1] == 0
    queues = {("0", "0"), ("1", "0")}
    assert {(labels["port"], labels["queue"]) for labels, _ in found["lbuf_mbufs_held"]} == queues
    assert [value for _, value in found["lbuf_mbufs_bound"]] == [30, 30]
    assert all(0 < value <= 30 for _, value in found["lbuf_mbufs_high_water"])
    assert all(0 <= value <= 30 for _, value in found["lbuf_mbufs_held"])
    assert {labels["at"] for labels, _ in found["lbuf_mbuf_holder_mbufs"]} == {"not kept"}
    streams = {(labels["rx_port"], labels["tx_port"]): value
               for labels, value in found["lbuf_fwd_stream_rx_packets_total"]}
    assert set(streams) == {("0", "1"), ("1", "0")} and min(streams.values()) > 0
    assert {(labels["port"], labels["queue"])
            for labels, _ in found["lbuf_fwd_queue_tx_refs_total"]} == queues
    code, text, errors = run(TOP, "--once", "--period", "0.5", prefix)
    assert (code, errors) == (0, "")
    tables = dict(re.findall(r"^== ([\w ]+)\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL))
    rows = [line.split() for line in tables["mbufs"].splitlines()[1:]]
    assert {tuple(row[:2]) for row in rows} == queues and {row[3] for row in rows} == {"30"}
    assert len(re.findall(r"not kept", tables["mbuf holders"])) == 2, text
    rows = [line.split() for line in tables["streams"].splitlines()[1:]]
    assert {tuple(row[3:5]) for row in rows} == {("0:0", "1:0"), ("1:0", "0:0")}, text
    assert {row[1] for row in rows} == {"hold"}, text
    holding.stop().check_clean()


@pytest.mark.smoke
def test_conns(forwarders, tmp_path):
    """TCP connections of a table, and what it keeps behind a gap.

    Steps:
        Have the forwarder read the packets of two connections, of which one has ended and one
        lacks a segment. Scrape, and print the tables.
    Verify:
        Two were opened, one has ended by FIN; both pieces behind the gap are kept; the limit is
        that of the option.
    """
    ended = Connection(ports=(40000, 7000)).open().conversation(b"x" * 500, b"", 100).close(500, 0)
    lacks = Connection(ports=(40001, 7000)).open()
    for at in (0, 200, 300):
        lacks.send(0, at, b"y" * 100, "PA")
    capture = tmp_path / "in.pcap"
    made = ended.frames + lacks.frames
    write_pcap(capture, made)
    program = forwarders.start([f"net_pcap0,rx_pcap={capture},tx_pcap={tmp_path}/out.pcap"],
                               "stream", port_topology="loop", stream_max_conns=300)
    deadline = time.monotonic() + SECONDS
    while True:
        assert time.monotonic() < deadline, "the packets were not seen"
        code, text, _ = run(EXPORTER, "--once")
        found = {name: [(labels, value) for labels, value in each
                        if labels["program"] == program.prefix]
                 for name, each in samples(text).items()}
        if found.get("lbuf_conns_packets_total", [({}, 0)])[0][1] == len(made):
            break
        time.sleep(0.2)
    assert code == 0 and found["lbuf_scrape_failures"][0][1] == 0
    value = {name: each[0][1] for name, each in found.items() if name.startswith("lbuf_conns_")}
    assert value["lbuf_conns_opened_total"] == 2 and value["lbuf_conns_limit"] == 300
    assert value["lbuf_conns_segments_total"] == len(made)
    assert value["lbuf_conns_pieces"] == 2 and value["lbuf_conns_bytes"] > 0
    assert {labels["why"]: count for labels, count in found["lbuf_conns_closed_total"]}["fin"] == 1
    assert {labels["why"] for labels, _ in found["lbuf_conns_gaps_total"]} == \
        {"timeout", "full", "acked", "end"}
    code, text, errors = run(TOP, "--once", "--period", "0.5", program.prefix)
    assert (code, errors) == (0, "")
    row = text.split("== conns\n")[1].splitlines()[1].split()
    assert row[3] == "300" and row[9] == "2", text
    program.stop().check_clean()


def test_no_bound(fake):
    """A queue without a bound has none, not one of 4 billion.

    Steps:
        A program with a queue of which any number of mbufs may be held. Scrape, and print the
        tables.
    Verify:
        What it holds is there, a bound is not; the table says "none".
    """
    entry = {"port": 3, "queue": 1, "bound": 4294967295, "copy_break": 0, "held": 77, "high": 78,
             "copied": 0, "small": 0, "moved": 0, "pinned": 0, "given_up": 0}
    folder = fake("unbounded", {"/": '["/lbuf/mbufs"]',
                                "/lbuf/mbufs": json.dumps({"p3_q1": entry, "entries": 1})})
    _, text, _ = run(EXPORTER, "--once", "--folder", folder)
    found = samples(text)
    assert found["lbuf_mbufs_held"] == [({"program": "unbounded", "port": "3", "queue": "1"}, 77)]
    assert "lbuf_mbufs_bound" not in found
    code, text, errors = run(TOP, "--once", "--period", "0.1", "--folder", folder)
    assert (code, errors) == (0, "")
    row, = (line.split() for line in text.splitlines() if line.split()[:2] == ["3", "1"])
    assert row[2:4] == ["77", "none"]


def test_failures_are_no_zeros(fake):
    """What is not answered is missing, and counted.

    Steps:
        Two programs: one answers null to all but the list of pools, one what is no JSON.
        Scrape.
    Verify:
        No figure of a pool, a tier or a port is there; failures are counted; programs are up.
    """
    commands = json.dumps(["/", "/lbuf/list", "/lbuf/pool", "/lbuf/mempools", "/lbuf/mbufs",
                           "/lbuf/mbuf_holders", "/lbuf/conns", "/lbuf_fwd/stream", "/ethdev/list"])
    fake("refuses", {"/": commands, "/lbuf/list": '["fwd"]', "/ethdev/list": "[0]"})
    folder = fake("babbles", {"/": "{{"})
    code, text, _ = run(EXPORTER, "--once", "--folder", folder)
    assert code == 0
    found = samples(text)
    assert set(found) == {"lbuf_up", "lbuf_scrape_failures"}
    failures = {labels["program"]: value for labels, value in found["lbuf_scrape_failures"]}
    assert failures["refuses"] >= 9 and failures["babbles"] == 1


def test_names_are_escaped(fake):
    """Names with quotes, backslashes and line ends do not break the format.

    Steps:
        A program with a mempool of such a name. Scrape.
    Verify:
        The text is as OpenMetrics has it, and the name is there, escaped.
    """
    entry = {"name": 'a"b\\c\nd', "socket": 0, "size": 8, "available": 5, "in_use": 3,
             "element_bytes": 64}
    folder = fake("odd", {"/": '["/lbuf/mempools"]',
                          "/lbuf/mempools": json.dumps({"0": entry, "entries": 1})})
    _, text, _ = run(EXPORTER, "--once", "--folder", folder)
    (labels, value), = samples(text)["lbuf_mempool_in_use"]
    assert (labels["mempool"], value) == (r'a\"b\\c\nd', 3)


def test_pages_that_go_round(fake):
    """An answer whose pages never end does not hang the exporter.

    Steps:
        A program whose page of mempools names itself as the next. Scrape.
    Verify:
        It ends, and counts a failure.
    """
    folder = fake("loops", {"/": '["/lbuf/mempools"]', "/lbuf/mempools": '{"next":0}'})
    code, text, _ = run(EXPORTER, "--once", "--folder", folder)
    assert code == 0
    assert samples(text)["lbuf_scrape_failures"] == [({"program": "loops"}, 1)]


def test_http(fake):
    """It is served as Prometheus wants it.

    Steps:
        Start the exporter on a free port; ask for /metrics, and for something else.
    Verify:
        200 with the content type of OpenMetrics; 404; it ends on a signal.
    """
    folder = fake("served", {"/": "[]"})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    server = subprocess.Popen([sys.executable, EXPORTER, "--listen", address, "--folder", folder],
                              stdout=subprocess.PIPE, text=True)
    try:
        assert address in server.stdout.readline()
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=SECONDS) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            assert "lbuf_up" in samples(answer.read().decode())
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(f"http://{address}/other", timeout=SECONDS)
        assert error.value.code == 404
    finally:
        server.terminate()
        server.wait(SECONDS)
        server.stdout.close()


@pytest.mark.smoke
def test_top(program):
    """The terminal's tables show the same.

    Steps:
        Start the forwarder, print all tables; ask for a program that is not there.
    Verify:
        Its pool, a class, a mempool and both ports are in them, with a rate; the other ends
        with an error that names those that there are.
    """
    code, text, errors = run(TOP, "--once", "--period", "0.5", program.prefix)
    assert (code, errors) == (0, "")
    for word in ("== sockets", "== classes", "mb_pool_0", "net_tap0", "net_tap1", "middle"):
        assert word in text
    sent, = [row[4] for row in map(str.split, text.splitlines()) if row[1:2] == ["net_tap0"]]
    assert sent[0] in "123456789", text
    code, _, errors = run(TOP, "--once", "nosuch")
    assert code == 1 and program.prefix in errors
    program.stop().check_clean()


def test_top_in_a_terminal(fake):
    """It draws, takes keys, and ends.

    Steps:
        Start it on a pseudo terminal; press a key for each table, for sorting, turning round
        and stopping; press q.
    Verify:
        A table's head was drawn; the exit code is 0.
    """
    pexpect = pytest.importorskip("pexpect")
    entry = {"name": "mb", "socket": 0, "size": 8, "available": 5, "in_use": 3,
             "element_bytes": 64}
    folder = fake("drawn", {"/": '["/lbuf/list", "/ethdev/list", "/lbuf/mempools"]',
                            "/lbuf/list": "[]", "/ethdev/list": "[]",
                            "/lbuf/mempools": json.dumps({"0": entry, "entries": 1})})
    child = pexpect.spawn(sys.executable, [TOP, "--period", "0.2", "--folder", folder],
                          timeout=SECONDS, dimensions=(30, 100),
                          env={**os.environ, "TERM": "xterm"})
    child.expect("sockets")
    for key in ("4", "\x1b[C", "r", " ", "p", "1", "2", "3", "5", "6", "7", "8", "9", "4"):
        child.send(key)
    child.expect("mempool")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
