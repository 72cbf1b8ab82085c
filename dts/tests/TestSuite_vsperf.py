# SPDX-License-Identifier: BSD-3-Clause
"""What OPNFV's vsperf does with testpmd: types lines at its prompt with pexpect, after the word
"Done", and mostly does not read what comes back."""

import signal
import time

import pytest

from framework import frames
from framework.forwarder import lcores, memory_options
from framework.frames import HEADERS
from framework.wire import exchange

START_WAIT = 30
STOP_WAIT = 15          # vsperf has 5 s, on a machine of its own
LINE_DELAY = 0.3        # vsperf waits a second after each line
ETHER = 14
IP_CHECKSUM = ETHER + 10


def start(subject, bench, *arguments):
    """Start the program as vsperf's switch of that name."""
    eal = [*lcores(2), "-n", "4", *memory_options(),
           *[f"--vdev={vdev}" for vdev in bench.vdevs()]]
    terminal = subject.terminal(eal, ["-i", "--total-num-mbufs=4096", *arguments], bench.dut)
    terminal.expect("Done", START_WAIT)
    return terminal


def type_lines(terminal, *lines):
    """Type lines, and wait a little after each."""
    for line in lines:
        terminal.send_line(line)
        terminal.follow(LINE_DELAY)


def set_checksums(terminal):
    """What vsperf types for each port before it starts."""
    for port in (0, 1):
        type_lines(terminal, f"csum set ip sw {port}", f"csum parse_tunnel off {port}")


def stop(subject, terminal):
    """Stop and quit as vsperf does, which sends SIGTERM to be sure."""
    terminal.send_line("stop")
    terminal.expect(r"Done\.", STOP_WAIT)
    terminal.send_line("quit")
    terminal.follow(2)
    try:
        terminal.send_signal(signal.SIGTERM)
    except ProcessLookupError:
        pass
    assert terminal.finish() in (0, 128 + signal.SIGTERM), terminal.output
    assert "Bye..." in terminal.output
    subject.check_leaks(terminal.output)


def with_bad_checksum(frame):
    """The frame with a wrong IP checksum."""
    return frame[:IP_CHECKSUM] + bytes(byte ^ 0xff for byte in frame[IP_CHECKSUM:ETHER + 12]) \
        + frame[ETHER + 12:]


@pytest.mark.smoke
def test_switch(subject, make_bench):
    """vsperf's switch in its default mode, csum.

    Steps:
        Start the program, wait for "Done", type vsperf's lines, and send frames each way, some
        with a wrong IP checksum. Stop as vsperf does.
    Verify:
        A line that makes no sense, or comes too late, is answered and does no harm. Every frame
        comes out with the port's and the peer's MAC address and the right checksums.
    """
    bench = make_bench(2)
    terminal = start(subject, bench)
    type_lines(terminal, "set fwd csum")
    set_checksums(terminal)
    type_lines(terminal, "start")
    time.sleep(0.5)
    wires = [bench.wire(0), bench.wire(1)]
    plain = frames.udp_frames(frames.SIZES)
    sent = [with_bad_checksum(frame) if number % 3 == 0 else frame
            for number, frame in enumerate(plain)]
    for source, sink in ((0, 1), (1, 0)):
        wanted = [frames.addressed(frame, bench.dut_mac(sink), frames.peer_mac(sink))
                  for frame in plain]
        assert exchange(wires[source], wires[sink], sent) == wanted, terminal.output
    stop(subject, terminal)
    for line in ("Set csum packet forwarding mode", "Please stop port 0 first",
                 "csum packet forwarding - ports=2 - cores=1 - streams=2"):
        assert line in terminal.output, terminal.output


def test_jumbo(subject, make_bench):
    """vsperf's lines for jumbo frames.

    Steps:
        Start the program with --mbuf-size; stop the ports, set the length, start the ports and
        forwarding in io mode. Send the longest frames that the ports take.
    Verify:
        Every frame comes through.
    """
    bench = make_bench(2)
    terminal = start(subject, bench, f"--mbuf-size={9000 + 500}")
    type_lines(terminal, "set fwd io", "port stop all", "port config all max-pkt-len 1514",
               "port start all", "start")
    terminal.expect("packet forwarding - ports=2", START_WAIT)
    time.sleep(0.5)
    sent = frames.udp_frames([HEADERS + 100, 1500] * 10)
    assert exchange(bench.wire(0), bench.wire(1), sent) == sent, terminal.output
    stop(subject, terminal)


def test_guest(subject, make_bench):
    """vsperf's guest: it waits for "Done", then for the prompt.

    Steps:
        Start the program with the guest's options, wait for "Done", set the mode, start and wait
        for the prompt. Send frames.
    Verify:
        The prompt comes after start. Every frame comes through.
    """
    bench = make_bench(2)
    terminal = start(subject, bench, "--burst=64", "--rxq=1", "--txq=1", "--nb-cores=1")
    type_lines(terminal, "set fwd io")
    terminal.send_line("start")
    terminal.expect("start", 20)
    terminal.expect("testpmd>", 20)
    time.sleep(0.5)
    sent = frames.udp_frames(frames.SIZES)
    assert exchange(bench.wire(0), bench.wire(1), sent) == sent, terminal.output
    stop(subject, terminal)


def test_terminated(subject, make_bench):
    """SIGTERM at the prompt while packets flow.

    Steps:
        Start the program and forwarding, send it SIGTERM.
    Verify:
        It ends in good order, or by the signal as testpmd may.
    """
    bench = make_bench(2)
    terminal = start(subject, bench)
    type_lines(terminal, "start")
    terminal.send_signal(signal.SIGTERM)
    assert terminal.finish() in (0, 128 + signal.SIGTERM), terminal.output
    subject.check_leaks(terminal.output)
