# SPDX-License-Identifier: BSD-3-Clause
"""Who holds packets for a minute does not starve the ports; and on NICs. See TestSuite_hold."""

import contextlib
import os
import re
import statistics
import time

import pytest

from framework import frames
from framework.figures import check_not_starved, cpu_seconds, figures_of, queues
from framework.forwarder import (BANNER, Outcome, binary, lcores, memory_options, new_prefix,
                                 tidy)
from framework.telemetry import Telemetry
from framework.terminal import Terminal
from rig import machine

PORTS = ["--vdev=net_null0,size=1500", "--vdev=net_null1,size=1500"]
PROMPT = "lbuf-fwd> $"
MBUFS = 2048
POOL = "fwd"
SECONDS = 60
STEP = 5            # seconds between two bounds
BOUNDS = (500, 10, "auto", 0, 200, "auto")
NEVER = 4294967295
NIC = "e1000e"
BURSTS = 128        # of 32 frames, each way

pytestmark = pytest.mark.skipif("LBUF_SLOW" not in os.environ,
                                reason="five minutes: set LBUF_SLOW=1")


class Holding:
    """A forwarder at its prompt, in mode hold with few mbufs."""

    def __init__(self, *arguments):
        self.prefix = new_prefix()
        self.telemetry = None
        self.terminal = Terminal([
            binary(), "--no-pci", f"--file-prefix={self.prefix}", *lcores(3), *memory_options(),
            *PORTS, "--", "-i", "--forward-mode=hold", "--nb-cores=2",
            f"--total-num-mbufs={MBUFS}", "--mem-limit=1G", *arguments])

    def start(self):
        """Begin to forward."""
        self.terminal.expect(PROMPT, 60)
        self.telemetry = Telemetry(self.prefix)
        self.say("start")

    def say(self, line):
        """Give a command."""
        self.terminal.send_line(line)
        self.terminal.expect(PROMPT)

    def _sent(self):
        """Packets sent up to now; no port may have lacked an mbuf."""
        packets = 0
        for port in (0, 1):
            stats = self.telemetry.ask("/ethdev/stats", port)
            assert stats["rx_nombuf"] == 0 and stats["imissed"] == 0, stats
            packets += stats["opackets"]
        return packets

    def rate(self):
        """Packets sent in a second of its lcores, over some seconds."""
        packets, ran = self._sent(), cpu_seconds(self.terminal.pid)
        time.sleep(STEP)
        packets, ran = self._sent() - packets, cpu_seconds(self.terminal.pid) - ran
        return packets / ran

    def memory(self):
        """Bytes of the pool."""
        return self.telemetry.ask("/lbuf/pool", POOL)["sum"]["bytes"]

    def mbufs(self):
        """What the governor tells of both queues."""
        told = self.telemetry.ask("/lbuf/mbufs")
        return [told[name] for name in ("p0_q0", "p1_q0")]

    def end(self):
        """Quit; nothing may be left."""
        self.terminal.send_line("quit")
        assert self.terminal.finish() == 0, self.terminal.output
        assert "chunks out 0, mbufs out 0" in self.terminal.output, self.terminal.output

    def close(self):
        """Whatever has happened."""
        if self.telemetry is not None:
            self.telemetry.close()
        self.terminal.kill()
        tidy(self.prefix)


@contextlib.contextmanager
def holding(*arguments):
    """A forwarder that holds, and ends in good order."""
    program = Holding(*arguments)
    try:
        program.start()
        yield program
        program.end()
    finally:
        program.close()


def free_rate():
    """The rate without holding."""
    with holding(f"--hold-every={NEVER}") as program:
        return program.rate()


@pytest.mark.parametrize("record", (0, 40))
def test_minute(record):
    """A consumer that never reads, for a minute, while the bound goes up and down.

    Steps:
        Forward on net_null ports with 2048 mbufs and a limit of 1 GB, and hold one packet in 1024
        for ever: whole, or a record of it. Set another bound every five seconds. Before and
        after it do the same and hold none.
    Verify:
        The others are forwarded at 0.9 of the rate without, of whole packets with 0.9 GB held in
        the end. No port lacked an mbuf, memory kept its limit, and all comes back.
    """
    before = free_rate()
    rates, memory = [], []
    with holding("--hold-every=1024", "--hold-bytes=all", f"--hold-record={record}") as program:
        for bound in BOUNDS * (SECONDS // STEP // len(BOUNDS)):
            program.say(f"set lbuf rx-hold {bound}")
            rates.append(program.rate())
            memory.append(program.memory())
        mbufs = program.mbufs()
    after = free_rate()
    free, held = statistics.mean((before, after)), statistics.median(rates)
    print(f"{free:.3g} packets/s without, {held:.3g} with: {held / free:.3f} (bar 0.9); "
          f"memory at most {max(memory) >> 20} MiB; {mbufs}")
    # Where memory for copies is out what is held stays, also when the bound is lowered.
    assert all(queue["held"] <= BOUNDS[0] for queue in mbufs), mbufs
    assert max(memory) <= 1 << 30
    assert record or max(memory) > 0.9 * (1 << 30)
    assert held > 0.9 * free, (before, rates, after)


@pytest.fixture(scope="module", name="guest")
def fixture_guest(kernel, tmp_path_factory):
    """A forwarder on two NICs that holds every other packet for ever."""
    command = (binary(), "-l", "0-2", "--", "--forward-mode=hold", "--nb-cores=2",
               f"--total-num-mbufs={MBUFS}", "--rxd=256", "--txd=256", "--hold-every=2",
               "--hold-bytes=all", "--stats-period=1", "--stats-json=-")
    path = tmp_path_factory.mktemp("rig") / "initramfs"
    guest = machine.Guest(kernel, machine.build(str(path), kernel, [binary()], [command]), NIC)
    try:
        guest.wait_for(BANNER, machine.BOOT_TIMEOUT)
        yield guest
    finally:
        guest.close()


def test_nic(guest, tmp_path):
    """A consumer that never reads, on NICs.

    Steps:
        Boot a guest with two e1000e, a pool of 2048 mbufs for each, and hold every other packet
        for ever. Send 4096 frames of 1500 bytes each way.
    Verify:
        Those between come out on the other side, in order. No NIC lacked an mbuf or missed a
        frame; packets were copied, and all comes back in the end.
    """
    cables = guest.cables
    for source, sink in ((0, 1), (1, 0)):
        for burst in range(BURSTS):
            some = [frames.udp_frame(1500, burst * 32 + i) for i in range(32)]
            for frame in some:
                cables[source].send(frame)
            got = [cables[sink].receive(20) for _ in some[::2]]
            assert got == some[::2], (source, burst, guest.console.output[-3000:])
        assert not cables[sink].drain()
    time.sleep(3)
    console = guest.stop().replace("\r", "")
    Outcome(machine.exit_code(console), console).check_clean()
    path = tmp_path / "figures"
    path.write_text("\n".join(re.findall(r"^\{.*\}$", console, re.MULTILINE)))
    figures = figures_of(path)
    check_not_starved(figures)
    assert all(queue["rx_copied"] > 0 for queue in queues(figures)), figures[-1]
    held = sum(queue["rx_held"] + queue["rx_copied"] for queue in queues(figures))
    assert held == 2 * BURSTS * 16, figures[-1]
