# SPDX-License-Identifier: BSD-3-Clause
"""The mode stream gives the bytes that tshark and tcpflow give, case by case; where one of them
gives others, the case tells why."""

import glob
import os
import re
import subprocess
import time

import pytest

from framework.endpoint import need
from framework.forwarder import Launcher
from framework.pcapfile import write_pcap
from framework.stream_report import Report, crc32c, dump_name
from framework.tcp_cases import CASES, make_case, text

FIRST_PORT = 40000
SERVER_PORT = 7000
POLICIES = ("first", "last", "linux")
TIMEOUT = 60
NODE = re.compile(r"^Node (\d): (\S*):(\d+)$", re.MULTILINE)
NUMBER = re.compile(r"^Filter: tcp.stream eq (\d+)$", re.MULTILINE)
NAMES = sorted(CASES)

IN_ORDER = "what waits comes in the order of sequence numbers, each segment but for what was there"
UNFRAGMENTED = "fragments are not put together, so of each datagram there is the first one"
UNKNOWN_HEADER = "behind IPv6 extension headers nothing is looked for"


def by_linux(case):
    """The bytes of policy "linux"."""
    return case.policies["linux"], case.down


def first_fragments(case):
    """What is in the first fragment of each of the datagrams, in its place."""
    ends = [case.up[at:at + 380].ljust(1000, b"\0") for at in (0, 1000)]
    return b"".join(ends) + case.up[2000:2380], b""


def nothing(_):
    """Nothing."""
    return b"", b""


def start(case):
    """The first 200 bytes."""
    return case.up[:200], b""


# Why a tool gives other bytes than policy "first", and which.
TSHARK = {
    "overlap_around": (IN_ORDER, by_linux),
    "overlap_bridge": (IN_ORDER, by_linux),
    "overlap_front": (IN_ORDER, by_linux),
}
# The same of policy "last": tcpflow writes each segment to its place in the file.
TCPFLOW = {
    "far_away": ("for what is far away a file of its own is begun", start),
    "reset_far_away": ("a RST counts whatever its sequence number is", start),
    "fragments": (UNFRAGMENTED, first_fragments),
    "fragments_backwards": (UNFRAGMENTED, first_fragments),
    "fragments_ipv6": (UNKNOWN_HEADER, nothing),
    "ipv6_extensions": (UNKNOWN_HEADER, nothing),
    "gap": ("what is behind a gap is written, and the gap is a hole",
            lambda case: (case.up + b"\0" * 200 + text(600, b"u")[400:], b"")),
    "padding": ("the padding of Ethernet is taken for data",
                lambda case: (case.up + b"\xee" * 15, b"\xee" * 15)),
    "retransmitted_otherwise": ("bytes that come again are written over those delivered",
                                lambda case: (b"LATER SENT first served", b"")),
}


def client_port(name):
    """The port by which the connections of a case are told from others."""
    return FIRST_PORT + NAMES.index(name)


def wait_for_all(program, count):
    """Wait until the forwarder has looked at so many packets."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        seen = re.findall(r"Streams: packets (\d+)", program.output)
        if seen and int(seen[-1]) >= count:
            return
        time.sleep(0.2)
    raise AssertionError(f"not {count} packets: {program.output}")


def run_forwarder(folder, capture, count, policy):
    """Let the forwarder read a capture; what it reports."""
    dump = folder / policy
    dump.mkdir()
    launcher = Launcher()
    vdev = f"net_pcap0,rx_pcap={capture},tx_pcap={folder}/{policy}.pcap"
    try:
        program = launcher.start([vdev], "stream", port_topology="loop", stream_dump=dump,
                                 stream_policy=policy, stats_period=1, total_num_mbufs=16384)
        wait_for_all(program, count)
        outcome = program.stop()
    finally:
        launcher.close()
    outcome.check_clean()
    assert outcome.statistics.tx(0) == count
    return Report(outcome.output)


def run_tcpflow(folder, capture):
    """Let tcpflow read it."""
    target = folder / "tcpflow"
    target.mkdir()
    subprocess.run(["tcpflow", "-r", str(capture), "-o", str(target), "-S", "enable_report=NO"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=TIMEOUT)


def run_tshark(capture, count):
    """What tshark follows, by source and target port: the first connection of each pair."""
    taps = [word for number in range(count) for word in ("-z", f"follow,tcp,raw,{number}")]
    out = subprocess.run(["tshark", "-r", str(capture), "-q", *taps], check=True, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         timeout=TIMEOUT).stdout
    found = {}
    sections = out.split("Follow: tcp,raw\n")[1:]
    for section in sorted(sections, key=lambda each: int(NUMBER.search(each)[1])):
        nodes = [int(port) for _, _, port in NODE.findall(section)]
        if nodes[0] == 0:
            continue
        lines = re.split(r"^Node 1: .*$", section, flags=re.MULTILINE)[1].splitlines()
        hexes = [line for line in lines if re.fullmatch(r"\t?[0-9a-f]+", line)]
        for node in (0, 1):
            text = "".join(line.strip() for line in hexes if line.startswith("\t") == bool(node))
            found.setdefault((nodes[node], nodes[1 - node]), bytes.fromhex(text))
    return found


class Compared:
    """All cases, in one capture, as each program sees them."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = {name: make_case(name, (client_port(name), SERVER_PORT)) for name in NAMES}
        frames = [frame for name in NAMES for frame in self.cases[name].frames]
        capture = folder / "all.pcap"
        write_pcap(capture, frames)
        self.reports = {policy: run_forwarder(folder, capture, len(frames), policy)
                        for policy in POLICIES}
        self.has_tcpflow = self._try(lambda: run_tcpflow(folder, capture))
        self.tshark = self._try(lambda: run_tshark(capture, len(NAMES) + 2))

    @staticmethod
    def _try(run):
        """What a program gives; None if it is not installed."""
        try:
            return run() or True
        except FileNotFoundError:
            return None

    def file(self, program, name, side):
        """The bytes of the file of a direction of the first connection of a case."""
        hosts = ("2001:db8::1", "2001:db8::2") if "v6" in name else ("10.1.0.1", "10.1.0.2")
        ends = [(hosts[0], client_port(name)), (hosts[1], SERVER_PORT)]
        path = self.folder / program / dump_name(ends[side], ends[1 - side])
        paths = [found for found in (str(path), *glob.glob(f"{path}--*"))
                 if os.path.exists(found)]
        assert len(paths) <= 1
        if not paths:
            return b""
        with open(paths[0], "rb") as file:
            return file.read()


@pytest.fixture(scope="module", name="compared")
def fixture_compared(tmp_path_factory):
    """All cases, as each program sees them."""
    return Compared(tmp_path_factory.mktemp("streams"))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", NAMES)
def test_bytes(compared, name, policy):
    """Each direction has the bytes that the case says.

    Steps:
        Let the forwarder read the frames of the case from a file, with a policy.
    Verify:
        The files of both directions have these bytes, and the CRCs printed are theirs.
    """
    case = compared.cases[name]
    expected = [case.policies.get(policy, case.up), case.down]
    report = compared.reports[policy]
    for side in (0, 1):
        data = compared.file(policy, name, side)
        assert data.split(b"\0" * 100)[0] == expected[side]
        ports = (client_port(name), SERVER_PORT)[::1 - 2 * side]
        crcs = [each.crc for each in report.directions
                if (each.source[1], each.target[1]) == ports]
        assert crc32c(expected[side]) in crcs or name == "gap"


@pytest.mark.parametrize("name", NAMES)
def test_tshark(compared, name):
    """tshark gives the same bytes.

    Steps:
        Have tshark follow the connection.
    Verify:
        Both directions are the same, or those that TSHARK explains.
    """
    need("tshark")
    case = compared.cases[name]
    up = compared.tshark.get((client_port(name), SERVER_PORT), b"")
    down = compared.tshark.get((SERVER_PORT, client_port(name)), b"")
    _, expected = TSHARK.get(name, ("", lambda each: (each.up, each.down)))
    assert (up, down) == expected(case)


@pytest.mark.parametrize("name", NAMES)
def test_tcpflow(compared, name):
    """tcpflow gives the same bytes, as far as its way of writing over lets it.

    Steps:
        Have tcpflow read the capture.
    Verify:
        Both directions are those of policy "last", or those that TCPFLOW explains.
    """
    need("tcpflow")
    case = compared.cases[name]
    given = tuple(compared.file("tcpflow", name, side) for side in (0, 1))
    _, expected = TCPFLOW.get(name, ("", lambda each: (each.policies.get("last", each.up),
                                                       each.down)))
    assert given == expected(case)
