# SPDX-License-Identifier: BSD-3-Clause
"""What FD.io CSIT does with testpmd: starts it in a screen and reads the screen's log.

The program is ready when the log has "Done", and a "link state change event" for each
"Link down". It is found, and ended, by a name that holds "testpmd".
"""

import os
import re
import signal
import subprocess
import time

import pytest

from framework import frames
from framework.forwarder import huge_pages_free, lcores, new_prefix, tidy
from framework.program import Program
from framework.statistics import Statistics
from framework.subject import real_testpmd
from framework.wire import exchange

READY_TIMEOUT = 60
GONE_TIMEOUT = 60
MBUFS = 2048            # of the 16 KiB that CSIT has
MBUF_SIZE = 16384
HUGE_PAGES = 64         # that MBUFS of MBUF_SIZE, and EAL, fit into
EVENT = "link state change event"
NO_LINK_EVENTS = ("--disable-link-check", "--no-lsc-interrupt")


class Screen:
    """A program in a detached screen that keeps a log; CSIT starts it by a shell's line."""

    def __init__(self, command, folder):
        self._folder = folder
        self._name = f"lbuf-dts-{os.getpid()}"
        self._log = folder / "screenlog.0"
        self._environment = {**os.environ, "SCREENDIR": str(folder / "screens"),
                             "TERM": "xterm"}
        (folder / "screens").mkdir(mode=0o700)
        settings = folder / "screenrc"
        settings.write_text("logfile flush 1\n", encoding="ascii")
        self._screen("-c", str(settings), "-dmSL", self._name, *command)

    def _screen(self, *arguments):
        return subprocess.run(["screen", *arguments], cwd=self._folder, env=self._environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30).returncode

    @property
    def log(self):
        """What the log has so far; CSIT searches it with fgrep."""
        if not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace").replace("\r", "")

    def wait_for(self, condition, timeout):
        """Look at the log once a second until it is as wanted."""
        deadline = time.monotonic() + timeout
        while not condition(self.log):
            assert time.monotonic() < deadline, f"not within {timeout} s:\n{self.log}"
            time.sleep(0.5)

    def kill(self):
        """End the screen, and so the program in it."""
        self._screen("-S", self._name, "-X", "quit")


def is_ready(log):
    """What CSIT waits for."""
    lines = log.splitlines()
    if not any("Done" in line for line in lines):
        return False
    down = sum("Link down" in line for line in lines)
    return sum(EVENT in line for line in lines) >= down


def named_testpmd(path):
    """The processes that pgrep finds by testpmd's name; ours have this path."""
    found = subprocess.run(["pgrep", "testpmd"], capture_output=True, text=True, timeout=30)
    ours = []
    for pid in found.stdout.split():
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                words = file.read().split("\0")
        except FileNotFoundError:
            continue
        if words[0] == path:
            ours.append(int(pid))
    return ours


def options(max_pkt_len, *others):
    """CSIT's options."""
    return ["--forward-mode=io", "--burst=64", "--txd=512", "--rxd=512", "--txq=1", "--rxq=1",
            "--tx-offloads=0x0", "--numa", "--auto-start", f"--total-num-mbufs={MBUFS}",
            "--nb-ports=2", "--portmask=0x3", f"--max-pkt-len={max_pkt_len}",
            f"--mbuf-size={MBUF_SIZE}", "--nb-cores=1", *others]


def start(subject, bench, vdevs, arguments, folder):
    """Start the program as CSIT does and wait until it is ready."""
    memory = (["--in-memory"] if huge_pages_free() >= HUGE_PAGES
              else ["--in-memory", "--no-huge", "-m", "256", "--legacy-mem"])
    eal = ["-v", *lcores(2), *memory, *[f"--vdev={vdev}" for vdev in vdevs]]
    screen = subject.adopt(Screen(subject.command(eal, arguments, bench.dut, shared=False),
                                  folder))
    screen.wait_for(is_ready, READY_TIMEOUT)
    return screen


def end(subject, screen):
    """End the program by its name, as CSIT's clean-up does, and return the log."""
    pids = named_testpmd(subject.path)
    assert len(pids) == 1, f"pgrep testpmd: {pids}\n{screen.log}"
    os.kill(pids[0], signal.SIGTERM)
    deadline = time.monotonic() + GONE_TIMEOUT
    while named_testpmd(subject.path):
        assert time.monotonic() < deadline, f"still there after {GONE_TIMEOUT} s:\n{screen.log}"
        time.sleep(0.1)
    screen.wait_for(lambda log: "Bye..." in log, 15)
    subject.check_leaks(screen.log)
    return screen.log


@pytest.mark.smoke
def test_std(subject, make_bench, tmp_path):
    """CSIT's start with frames of the standard size.

    Steps:
        Start the program in a screen with CSIT's options, on two AF_PACKET ports. Wait as CSIT
        does. Send frames of 64 to 1514 bytes, each way. End it by its name.
    Verify:
        It becomes ready, and says that DPDK's version is asked for (-v). Every frame comes
        through. It ends on SIGTERM and has counted the frames.
    """
    bench = make_bench(2)
    screen = start(subject, bench, bench.vdevs(), options(1518), tmp_path)
    assert re.search(r"^EAL: RTE Version: 'DPDK [\d.]+", screen.log, re.MULTILINE), screen.log
    sent = frames.udp_frames(frames.SIZES)
    wires = [bench.wire(0), bench.wire(1)]
    for source, sink in ((0, 1), (1, 0)):
        assert exchange(wires[source], wires[sink], sent) == sent
    total = Statistics(end(subject, screen)).total
    assert total["RX-packets"] == total["TX-packets"] == 2 * len(sent)


def test_jumbo(subject, make_bench, tmp_path):
    """CSIT's start with jumbo frames.

    Steps:
        Start the program with --max-pkt-len=9200, mbufs of 16 KiB and the MAC addresses of the
        peers, without link checks, on two net_null ports that give frames of 9000 bytes.
    Verify:
        It becomes ready, and forwards frames.
    """
    bench = make_bench(0)
    vdevs = [f"net_null{port},size=9000,copy=1" for port in (0, 1)]
    peers = [f"--eth-peer={port},{frames.peer_mac(port + 2)}" for port in (0, 1)]
    screen = start(subject, bench, vdevs, options(9200, *NO_LINK_EVENTS, *peers), tmp_path)
    time.sleep(0.5)
    log = end(subject, screen)
    total = Statistics(log).total
    assert total["RX-packets"] == total["TX-packets"] > 1000
    for port in (0, 1):
        assert f"(socket 0) peer={frames.peer_mac(port + 2).upper()}" in log


@pytest.fixture
def plug(subject, need_hugepages, tmp_path):
    """Plugs a virtio-user port into each vhost port of the program."""
    need_hugepages()

    def connect():
        eal = [*lcores(2), "--single-file-segments", "-m", "128",
               *[f"--vdev=net_virtio_user{port},path={tmp_path}/{port}" for port in (0, 1)]]
        prefix = new_prefix()
        programs.append((subject.adopt(Program(
            [real_testpmd(), "--no-pci", f"--file-prefix={prefix}", *eal, "--", "--auto-start",
             "--total-num-mbufs=2048"], stdin=subprocess.PIPE)), prefix))

    programs = []
    yield connect
    for program, prefix in programs:
        program.kill()
        tidy(prefix)


def test_link_events(subject, make_bench, plug, tmp_path):
    """Link state lines of the log.

    Steps:
        Start the program on two vhost ports, whose links are down. Plug something into them.
    Verify:
        The log has a line "Port N: link state change event" for each of them, and none before.
    """
    vdevs = [f"net_vhost{port},iface={tmp_path}/{port}" for port in (0, 1)]
    screen = start(subject, make_bench(0), vdevs, options(1518), tmp_path)
    assert EVENT not in screen.log
    plug()
    screen.wait_for(lambda log: all(re.search(f"^Port {port}: {EVENT}$", log, re.MULTILINE)
                                    for port in (0, 1)), READY_TIMEOUT)
    end(subject, screen)
