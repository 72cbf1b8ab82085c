# SPDX-License-Identifier: BSD-3-Clause
"""What Kubernetes network plug-ins do with testpmd: expect scripts in a pod, whose log is read for
the statistics; and a pod that answers over memif."""

import signal
import time

import pytest

from framework import frames, forwarder
from framework.forwarder import lcores, memory_options
from framework.program import Program
from framework.statistics import Statistics
from framework.subject import real_testpmd
from framework.terminal import Terminal

LOG_ENTRY = "Accumulated forward statistics for all ports"
DEVICE = "net_null0"
HOTPLUG = ("port stop 0", "port detach 0", f"port attach {DEVICE}", "port start 0")
SECONDS = 2


def script(command, lines, seconds):
    """An expect script: each line is typed at the prompt."""
    words = " ".join(f'"{word}"' for word in command)
    steps = [f"spawn {words}", "set timeout 60"]
    for line in (*lines, "start"):
        steps += ['expect "testpmd>"', f'send -- "{line}\\r"']
    steps += ['expect "testpmd>"', f"sleep {seconds}", 'send -- "stop\\r"',
              'expect "testpmd>"', 'send -- "quit\\r"', "expect eof", "exit [lindex [wait] 3]"]
    return "\n".join(steps) + "\n"


def packets(line, name):
    """The number of packets in a line of the statistics, which must have six words."""
    words = line.split()
    assert name in words[0], line
    assert len(words) == 6, line
    return int(words[1])


def check_log(log):
    """What the plug-in's own test reads: the two lines after the entry."""
    lines = log.splitlines()
    found = [number for number, line in enumerate(lines) if LOG_ENTRY in line]
    assert found, log
    assert packets(lines[found[0] + 1], "RX") > 0
    assert packets(lines[found[0] + 2], "TX") > 0


@pytest.mark.parametrize("lines", (
    (), pytest.param(HOTPLUG, marks=pytest.mark.smoke)), ids=("start", "hotplug"))
def test_script(subject, tmp_path, lines):
    """The expect script of a pod.

    Steps:
        Run an expect script that starts the program, and waits for "testpmd>" before each line:
        with detaching and attaching its port again, or not; start, stop, quit.
    Verify:
        The script comes to its end, and the log has the statistics: the entry, then a line of RX
        and one of TX with six words each and packets in them. The program's exit code is 0.
    """
    eal = [*lcores(3), *memory_options(), f"--vdev={DEVICE}", "--iova-mode=va"]
    command = subject.command(eal, ["-i", "--portmask=0x1", "--nb-cores=2", "--forward-mode=mac",
                                    "--port-topology=loop", "--no-mlockall"])
    file = tmp_path / "test.sh"
    file.write_text(script(command, lines, SECONDS), encoding="ascii")
    pod = subject.adopt(Program(["expect", "-f", str(file)]))
    assert pod.wait(120) == 0, pod.output
    log = pod.output.replace("\r", "")
    check_log(log)
    for line in ("Device is detached", "Port 0 is attached. Now total ports is 1") if lines else ():
        assert line in log, log
    subject.check_leaks(log)


@pytest.fixture
def neighbour(make_bench, tmp_path):
    """testpmd with an AF_PACKET port and the server's end of a memif link; and its bench."""
    bench = make_bench(1)
    prefix = forwarder.new_prefix()
    link = f"net_memif0,role=server,id=0,socket={tmp_path}/memif.sock,socket-abstract=no"
    terminal = Terminal(bench.dut.wrap(
        [real_testpmd(), "--no-pci", f"--file-prefix={prefix}", *lcores(2), *memory_options(),
         f"--vdev={bench.vdev(0)}", f"--vdev={link}", "--", "--auto-start", "--forward-mode=io",
         "--total-num-mbufs=4096"]))
    terminal.expect("Press enter to exit", 60)
    yield bench, terminal
    terminal.kill()
    forwarder.tidy(prefix)


def five_swapped(frame):
    """The frame with both MAC addresses, IP addresses and UDP ports exchanged."""
    return (frame[6:12] + frame[:6] + frame[12:26] + frame[30:34] + frame[26:30]
            + frame[36:38] + frame[34:36] + frame[38:])


def test_memif(subject, neighbour, tmp_path):
    """The pod that answers over memif.

    Steps:
        Start the program with --auto-start --forward-mode=5tswap on the client's end of a memif
        link. Send UDP frames through the neighbour. Freeze the neighbour, for memif's sake, and
        end the program by SIGTERM.
    Verify:
        Every frame comes back with addresses and ports exchanged. It ends in good order.
    """
    bench, peer = neighbour
    link = f"net_memif0,role=client,id=0,socket={tmp_path}/memif.sock,socket-abstract=no"
    terminal = subject.terminal([*lcores(2), *memory_options(), f"--vdev={link}"], [
        "--auto-start", "--forward-mode=5tswap", "--total-num-mbufs=4096"])
    terminal.expect("Press enter to exit", 60)
    wire = bench.wire(0)
    deadline = time.monotonic() + 20
    while wire.receive(0.2) is None:
        wire.send(frames.udp_frame(64))
        assert time.monotonic() < deadline, f"nothing comes back\n{terminal.output}"
    wire.drain(2)
    for frame in frames.udp_frames(frames.SIZES):
        wire.send(frame)
        assert wire.receive(15) == five_swapped(frame)
    peer.send_signal(signal.SIGSTOP)
    terminal.send_signal(signal.SIGTERM)
    assert terminal.finish() == 0, terminal.output
    total = Statistics(terminal.output).total
    assert total["RX-packets"] == total["TX-packets"] > len(frames.SIZES)
    subject.check_leaks(terminal.output)
