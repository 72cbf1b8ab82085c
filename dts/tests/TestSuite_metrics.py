# SPDX-License-Identifier: BSD-3-Clause
"""--bitrate-stats and --latencystats: what dpdk-proc-info reads of them, of lbuf-fwd and of
testpmd.
"""

import re
import shutil
import threading
import time

import pytest

from framework import frames
from framework.forwarder import lcores
from framework.program import Program
from framework.subject import LBUF_FWD
from framework.wire import exchange

PROMPT = r"testpmd> $"
TIMEOUT = 60
COUNT = 100
SIZE = 200
HELD_MS = 200
RATES = [f"{kind}_bits_{way}" for kind in ("ewma", "mean", "peak") for way in ("in", "out")]
LATENCIES = ["min_latency_ns", "avg_latency_ns", "max_latency_ns", "jitter_ns"]
GLOBAL = "global"


class Metered:
    """A program on two AF_PACKET ports and lcores 1 and 2, and what it tells of itself."""

    def __init__(self, subject, bench, *arguments):
        self._subject = subject
        self._bench = bench
        self.wires = [bench.wire(0), bench.wire(1)]
        eal = lcores(3) + [f"--vdev={vdev}" for vdev in bench.vdevs()]
        self.terminal = subject.terminal(
            eal, ["-i", "--nb-cores=2", "--total-num-mbufs=8192", *arguments], bench.dut)
        self.started = self.terminal.expect(PROMPT, TIMEOUT)

    def ask(self, command):
        """Type a command and return its answer."""
        self.terminal.send_line(command)
        return self.terminal.expect(PROMPT, TIMEOUT)

    def send(self, count=COUNT):
        """Send frames from port 0 to port 1."""
        sent = frames.udp_frames([SIZE], count)
        assert len(exchange(self.wires[0], self.wires[1], sent)) == count

    def info(self):
        """What dpdk-proc-info shows of metrics."""
        path = shutil.which("dpdk-proc-info")
        if not path:
            pytest.skip("dpdk-proc-info is not installed: apt-get install dpdk-dev")
        info = self._subject.adopt(Program(self._bench.dut.wrap(
            [path, "--no-pci", f"--file-prefix={self._subject.prefix}", "--", "--metrics"])))
        assert info.wait(TIMEOUT) == 0, info.output
        return info.output

    def metrics(self):
        """Metrics as dpdk-proc-info shows them, by port or GLOBAL, and name."""
        found, part = {}, None
        for line in self.info().splitlines():
            if head := re.match(r"###### (?:metrics for port (\d+)|Non port specific)", line):
                part = found.setdefault(int(head[1]) if head[1] else GLOBAL, {})
            elif part is not None and (value := re.match(r"(\w+): (\d+)$", line)):
                part[value[1]] = int(value[2])
        return found

    def wait_metrics(self, done, timeout=10):
        """Metrics once they are as wished, or as they are after so many seconds."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.metrics()
            if done(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def end(self):
        """Leave, in good order."""
        self.terminal.send_line("quit")
        assert self.terminal.finish() == 0, self.terminal.output
        self._subject.check_leaks(self.terminal.output)


@pytest.fixture(name="metered")
def fixture_metered(subject, make_bench, need_hugepages):
    """Starts the program with options."""
    def start(*arguments):
        need_hugepages()
        return Metered(subject, make_bench(2), *arguments)

    return start


def test_none(metered):
    """Without the options there are no metrics.

    Steps:
        Start without them, and read metrics.
    Verify:
        There are none, which is no error.
    """
    program = metered()
    assert "Latencystats" not in program.started
    program.ask("start")
    assert "No metrics to display" in program.info()
    program.ask("stop")
    program.end()


@pytest.mark.parametrize("lcore", (1, 2))
def test_bitrate(metered, lcore):
    """Bit rates by port.

    Steps:
        Forward with --bitrate-stats on either lcore; send 100 frames of 200 bytes from port 0 to
        port 1 at once; stop, start, and send three times as many.
    Verify:
        The peaks are those bits, in of port 0 and out of port 1, less what may have come in the
        second before; no others. Means and moving averages are 0 again some seconds later. There
        are no latencies.
    """
    program = metered(f"--bitrate-stats={lcore}")
    for count in (COUNT, 3 * COUNT):
        bits = count * SIZE * 8
        program.ask("start")
        program.send(count)
        found = program.wait_metrics(lambda now: now[1]["peak_bits_out"] >= bits / 2)
        assert sorted(found[0]) == sorted(found[GLOBAL]) == sorted(RATES)
        assert bits / 2 <= found[0]["peak_bits_in"] <= bits
        assert bits / 2 <= found[1]["peak_bits_out"] <= bits
        assert found[0]["peak_bits_out"] == found[1]["peak_bits_in"] == 0
        assert set(found[GLOBAL].values()) == {0}
        found = program.wait_metrics(lambda now: now[1]["mean_bits_out"] == 0)
        assert found[0]["mean_bits_in"] == found[1]["mean_bits_out"] == 0
        assert 0 < found[0]["ewma_bits_in"] < bits / 2
        program.ask("stop")
    program.end()


def send_on(wire, rate, stop):
    """Send so many frames a second until told to stop."""
    begin, sent = time.monotonic(), 0
    while not stop.wait(0.005):
        while sent < (time.monotonic() - begin) * rate:
            wire.send(frames.udp_frame(SIZE, sent))
            sent += 1


def test_bitrate_second(metered):
    """Bit rates are of a second.

    Steps:
        Forward with --bitrate-stats, and send 200 frames a second.
    Verify:
        The mean is, once at least, within a third of their bits; the moving average tends to it.
    """
    program = metered("--bitrate-stats=1")
    program.ask("start")
    stop = threading.Event()
    sender = threading.Thread(target=send_on, args=(program.wires[0], 200, stop))
    sender.start()
    rate = 200 * SIZE * 8
    near = (rate * 2 / 3, rate * 4 / 3)
    try:
        time.sleep(3)
        found = program.wait_metrics(lambda now: near[0] < now[0]["mean_bits_in"] < near[1], 20)
    finally:
        stop.set()
        sender.join()
    assert near[0] < found[0]["mean_bits_in"] < near[1], found
    assert rate / 3 < found[0]["ewma_bits_in"] < near[1], found
    program.ask("stop")
    program.end()


@pytest.mark.parametrize("lcore", (1, 2))
def test_latency(metered, lcore):
    """How long packets stay.

    Steps:
        Forward with --latencystats on either lcore, and send 100 frames, again and again until
        there is a greatest latency: DPDK takes samples, the first of which is only the least.
    Verify:
        It says on which lcore. Latencies are more than nothing and less than a second, the
        least is no more than the greatest. There are no bit rates.
    """
    def measured(now):
        program.send()
        return now[GLOBAL]["max_latency_ns"] != 0

    program = metered(f"--latencystats={lcore}")
    assert f"Latencystats running on lcore {lcore}\n" in program.started
    program.ask("start")
    assert set(program.metrics()[GLOBAL].values()) == {0}
    found = program.wait_metrics(measured)
    assert set(found[GLOBAL]) >= set(LATENCIES) and not set(found[0]) & set(RATES)
    assert 0 < found[GLOBAL]["min_latency_ns"] <= found[GLOBAL]["max_latency_ns"] < 10**9
    assert 0 < found[GLOBAL]["avg_latency_ns"] < 10**9
    assert set(found[0].values()) == set(found[1].values()) == {0}
    program.ask("stop")
    program.end()


def test_latency_held(metered):
    """The latency of packets that are held back is that time.

    Steps:
        In noisy mode, with a buffer that is flushed every 200 ms, send a frame 20 times, after
        the one before has come out.
    Verify:
        The greatest latency is about that, and so is the average, that of the last ones most of
        all; with --bitrate-stats there are bit rates, too. What was told stays after the stop.
    """
    program = metered("--latencystats=1", "--bitrate-stats=2", "--forward-mode=noisy",
                      "--noisy-tx-sw-buffer-size=512",
                      f"--noisy-tx-sw-buffer-flushtime={HELD_MS}")
    program.ask("start")
    for seed in range(20):
        program.wires[0].send(frames.udp_frame(SIZE, seed))
        assert len(program.wires[1].collect(1, 5)) == 1
    found = program.metrics()
    assert set(found[GLOBAL]) >= {*LATENCIES, *RATES}
    held = HELD_MS * 10**6
    assert held * 0.5 < found[GLOBAL]["max_latency_ns"] < held * 5, found
    assert held * 0.5 < found[GLOBAL]["avg_latency_ns"] < held * 3, found
    assert found[0]["peak_bits_in"] >= SIZE * 8
    program.ask("stop")
    assert program.metrics()[GLOBAL] == found[GLOBAL]
    program.end()


def test_other_lcore(metered, subject):
    """On an lcore that does not forward nothing is computed.

    Steps:
        Give the main lcore to both options; forward.
    Verify:
        There are metrics, and all stay 0. lbuf-fwd says which option is to blame.
    """
    program = metered("--bitrate-stats=0", "--latencystats=0")
    shown = program.ask("start")
    program.send()
    time.sleep(1.5)
    assert all(set(part.values()) == {0} for part in program.metrics().values())
    if subject.name == LBUF_FWD:
        assert "lbuf-fwd: --bitrate-stats=0: this lcore does not forward" in shown
        assert "lbuf-fwd: --latencystats=0: this lcore does not forward" in shown
    program.ask("stop")
    program.end()
