# SPDX-License-Identifier: BSD-3-Clause
"""What NFVbench does with testpmd: its loop VM starts it once, with a command file, on all cores
of a mask, and never speaks to it."""

import os

import pytest

from framework import frames
from framework.forwarder import memory_options
from framework.wire import exchange

CORE_MASK = "0x3"
READY = r"Press enter to exit"


@pytest.fixture
def two_cpus():
    """Core masks are those of real CPUs."""
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one CPU: no core mask of two")


@pytest.mark.parametrize("descriptors", (
    pytest.param(256, marks=pytest.mark.smoke), 1024))
def test_loop(subject, make_bench, two_cpus, tmp_path, descriptors):
    """The loop VM of NFVbench.

    Steps:
        Start the program with NFVbench's options on two AF_PACKET ports; its command file turns
        promiscuous mode off. Send frames to the ports' MAC addresses, each way.
    Verify:
        The command of the file is carried out before packets flow. Every frame comes out of the
        other port, from its MAC address to that of the peer there. It ends when enter is pressed.
    """
    bench = make_bench(2)
    file = tmp_path / "testpmd-commands"
    file.write_text("set promisc all off\n", encoding="ascii")
    eal = ["-c", CORE_MASK, "-n", "4", *memory_options(),
           *[f"--vdev={vdev}" for vdev in bench.vdevs()]]
    peer_macs = [bench.host_mac(0), bench.host_mac(1)]
    terminal = subject.terminal(eal, [
        "--nb-ports=2", "--burst=32", f"--txd={descriptors}", f"--rxd={descriptors}",
        f"--eth-peer=0,{peer_macs[0]}", f"--eth-peer=1,{peer_macs[1]}", "--forward-mode=mac",
        "--nb-cores=1", "--txq=1", "--rxq=1", "--max-pkt-len=1518",
        f"--cmdline-file={file}"], bench.dut)
    before = terminal.expect(READY, 60)
    assert f"CLI commands to be read from {file}" in before or \
        f"Read CLI commands from {file}" in before, before
    wires = [bench.wire(0), bench.wire(1)]
    for source, sink in ((0, 1), (1, 0)):
        sent = [frames.udp_frame(size, size, bench.host_mac(source), bench.dut_mac(source))
                for size in frames.SIZES]
        wanted = [frames.addressed(frame, bench.dut_mac(sink), peer_macs[sink])
                  for frame in sent]
        assert exchange(wires[source], wires[sink], sent) == wanted
    terminal.send("\n")
    assert terminal.finish() == 0, terminal.output
    assert "Bye..." in terminal.output
    subject.check_leaks(terminal.output)
