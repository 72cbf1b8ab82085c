# SPDX-License-Identifier: BSD-3-Clause
"""set txtimes: packets that say when the device shall send them, as testpmd's do.

No virtual device has a clock: tests/clock gives them one, and writes down what packets say.
"""

import os
import struct
import time

import pytest

from framework.forwarder import binary, lcores, memory_options
from framework.subject import LBUF_FWD

PROMPT = r"testpmd> $"
TIMEOUT = 60
BURST = 4
BURSTS = 2
CLOCK = 10**9
SIGNATURE = 0xbeefc0de
MARK = struct.Struct("!IHHQ")
HEADERS = 42
UNMARKED = bytes(MARK.size)


class Clocked:
    """A program on one port of two queues that has a clock, or none."""

    def __init__(self, subject, folder, vdev, arguments=(), clock=True, namespace=None):
        module = os.path.join(os.path.dirname(binary()), "..", "..", "tests", "clock",
                              "tx_clock.so")
        self._subject = subject
        self._log = folder / "sent.txt"
        self._read = 0
        eal = [*lcores(2), *memory_options(), f"--vdev={vdev}"]
        command = subject.command(eal, ["-i", "--rxq=2", "--txq=2", f"--burst={BURST}",
                                        "--total-num-mbufs=4096", *arguments])
        if clock:
            if not os.path.exists(module):
                pytest.skip("tests/clock is not built: -Dtests=true")
            command = ["env", f"LD_PRELOAD={os.path.abspath(module)}",
                       f"TX_CLOCK_LOG={self._log}", *command]
        self.terminal = subject.launch(namespace.wrap(command) if namespace else command)
        self.terminal.expect(PROMPT, TIMEOUT)

    def ask(self, *commands):
        """Type commands and return the answer to the last one."""
        for command in commands:
            self.terminal.send_line(command)
            answer = self.terminal.expect(PROMPT, TIMEOUT)
        return answer.split("\n", 1)[-1]

    def send(self):
        """Send bursts of each queue, and return what packets said since the last time.

        By queue a list of (whether the time counts, the time, mark), in order.
        """
        self.ask(f"start tx_first {BURSTS}")
        self.ask("stop")
        lines = self._log.read_text(encoding="ascii").splitlines()
        found = {}
        for line in lines[self._read:]:
            _, queue, counts, when, mark = line.split(" ")
            found.setdefault(int(queue), []).append(
                (counts == "1", int(when), bytes.fromhex(mark)))
        self._read = len(lines)
        return found

    def end(self):
        """Leave, in good order."""
        self.terminal.send_line("quit")
        assert self.terminal.finish() == 0, self.terminal.output
        self._subject.check_leaks(self.terminal.output)


def marks(queue, inter, intra):
    """The marks of a queue's packets, whose times begin with its start."""
    last = CLOCK + inter + inter * queue // 2
    made = []
    for _ in range(BURSTS):
        for packet in range(BURST):
            gap = intra if packet else inter
            last += gap
            made.append(MARK.pack(SIGNATURE, packet, queue, last if gap else 0))
    return made


def check_times(found, inter, intra):
    """Verify marks, and that mbufs say the same."""
    assert sorted(found) == [0, 1]
    for queue, packets in found.items():
        assert [mark for _, _, mark in packets] == marks(queue, inter, intra)
        for counts, when, mark in packets:
            assert counts == (MARK.unpack(mark)[3] != 0)
            assert not counts or when == MARK.unpack(mark)[3]


@pytest.fixture(name="clocked")
def fixture_clocked(subject, tmp_path):
    """Starts the program on a port, with a clock or without."""
    def start(vdev="net_null0,no-rx=1", *arguments, **wanted):
        return Clocked(subject, tmp_path, vdev, arguments, **wanted)

    return start


@pytest.mark.parametrize("inter, intra", ((20000, 500), (20000, 0), (2**32 - 1, 2**32 - 1)))
def test_times(clocked, subject, inter, intra):
    """Times from burst to burst, and from packet to packet.

    Steps:
        Set times, and send two bursts from each of two queues; once more.
    Verify:
        `show config txtimes` tells them. Each packet, or the first of each burst where packets
        have no times of their own, says when, by the port's clock, queues in turn, and the mbuf
        says the same. With lbuf-fwd the second start begins anew; testpmd goes on from times
        that have long gone by.
    """
    program = clocked()
    assert program.ask(f"set txtimes {inter},{intra}") == ""
    assert program.ask("show config txtimes").split() == [
        "Interburst", "gap:", f"{inter}", "Intraburst", "gap:", f"{intra}"]
    for _ in range(2 if subject.name == LBUF_FWD else 1):
        check_times(program.send(), inter, intra)
    program.end()


def test_off(clocked, subject):
    """Without a time from burst to burst packets say nothing.

    Steps:
        Send with times, then without, with and without a time from packet to packet.
    Verify:
        No packet says when; lbuf-fwd's have zeros again where times have been.
    """
    program = clocked()
    program.ask("set txtimes 1000,10")
    check_times(program.send(), 1000, 10)
    for times in ("0,0", "0,10"):
        found = program.ask(f"set txtimes {times}") or program.send()
        assert sorted(found) == [0, 1]
        for packets in found.values():
            assert len(packets) == BURST * BURSTS
            assert not any(counts for counts, _, _ in packets)
            if subject.name == LBUF_FWD:
                assert {mark for _, _, mark in packets} == {UNMARKED}
    program.end()


@pytest.mark.parametrize("lengths", ("50,50", "45,10,64", "42,16", "200"))
def test_segments(clocked, lengths):
    """The time may lie in several segments.

    Steps:
        Send with times, with such segments.
    Verify:
        What packets carry is whole.
    """
    program = clocked("net_null0,no-rx=1")
    program.ask("set txtimes 1000,10", f"set txpkts {lengths}")
    check_times(program.send(), 1000, 10)
    program.end()


def test_long(clocked, make_bench, subject):
    """Frames that are longer than an mbuf, of lbuf-fwd alone.

    Steps:
        Have --txpkts be longer than an mbuf, on a TAP port; send with times.
    Verify:
        All packets say when.
    """
    if subject.name != LBUF_FWD:
        pytest.skip("testpmd has no frames that are longer than an mbuf")
    program = clocked("net_tap0,iface=lbtap0", "--txpkts=1400", "--mbuf-size=1024",
                      "--enable-scatter", namespace=make_bench(0).dut)
    for times in ((1000, 10), (1000, 0)):
        program.ask(f"set txtimes {times[0]},{times[1]}")
        check_times(program.send(), *times)
    program.end()


def test_short(clocked, subject):
    """A packet that has no room for its time is refused.

    Steps:
        Have packets be one byte too short, and have the first segment be too short where chance
        decides on how many there are; start; then with one byte more.
    Verify:
        A line says why, and nothing is sent; then all is well.
    """
    program = clocked("net_null0,no-rx=1")
    program.ask("set txtimes 1000,10", f"set txpkts {HEADERS + MARK.size - 1}")
    said = program.ask("start tx_first")
    program.ask("stop")
    ours = subject.name == LBUF_FWD
    assert ("lbuf-fwd: set txtimes: 57 bytes: accepted are 58 and more" if ours else
            "Not enough Tx segment space for time stamp info, total 57 < 58") in said
    program.ask("set txsplit rand", "set txpkts 57,57")
    said = program.ask("start tx_first")
    program.ask("stop")
    assert ("lbuf-fwd: set txtimes: 57 bytes in the first segment: accepted are 58" if ours else
            "tx_pkt_seg_lengths[0] 57 < 58 (needed)") in said
    program.ask("set txsplit off", f"set txpkts {HEADERS + MARK.size}")
    check_times(program.send(), 1000, 10)
    program.end()


def test_no_clock(clocked, make_bench, subject):
    """Where a port has no clock times are set, and nothing comes of it.

    Steps:
        Set times, and send from an AF_PACKET port without a clock.
    Verify:
        The frames have no signature where a time would be; lbuf-fwd's have zeros.
    """
    bench = make_bench(1)
    wire = bench.wire(0)
    program = clocked(f"{bench.vdev(0)},qpairs=2", clock=False, namespace=bench.dut)
    assert program.ask("set txtimes 1000,10") == ""
    program.ask(f"start tx_first {BURSTS}")
    sent = wire.collect(2 * BURST * BURSTS, 10)
    time.sleep(0.2)
    program.ask("stop")
    assert len(sent) == 2 * BURST * BURSTS
    for frame in sent:
        mark = frame[HEADERS:HEADERS + MARK.size]
        assert MARK.unpack(mark)[0] != SIGNATURE
        assert subject.name != LBUF_FWD or mark == UNMARKED
    program.end()
