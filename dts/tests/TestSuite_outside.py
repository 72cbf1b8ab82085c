# SPDX-License-Identifier: BSD-3-Clause
"""What other programs see of the forwarder while it runs: DPDK's tools for captures and figures.

They attach to it as secondary processes, so it has hugepages and files for others.
"""

import re
import shutil
import signal
import time

import pytest
from scapy.utils import rdpcap

from framework import frames
from framework.program import Program
from framework.terminal import Terminal
from framework.wire import exchange

COUNT = 100
TIMEOUT = 60


@pytest.fixture(name="started")
def fixture_started(forwarders):
    """What the test has started beside the forwarder, which does not outlive it."""
    started = []
    yield started
    for program in started:
        program.kill()


def tool(name):
    """The path of one of DPDK's tools."""
    path = shutil.which(name)
    if not path:
        pytest.skip(f"{name} is not installed: apt-get install dpdk-dev")
    return path


def start(make_bench, forwarders, need_hugepages, mode="mac"):
    """A forwarder on AF_PACKET ports, its bench and its wires."""
    need_hugepages()
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), mode, bench.dut, huge=True)
    return program, bench, [bench.wire(0), bench.wire(1)]


def check_still_forwards(program, wires):
    """Verify that frames cross the forwarder, and that it ends cleanly."""
    sent = frames.udp_frames([200], 20)
    assert len(exchange(wires[0], wires[1], sent)) == len(sent), program.output
    program.stop().check_clean()


def captured(path):
    """The frames of a capture, in order."""
    return [bytes(packet) for packet in rdpcap(str(path))]


@pytest.mark.parametrize("port", (0, 1))
def test_dumpcap(make_bench, forwarders, need_hugepages, started, tmp_path, port):
    """dpdk-dumpcap captures what a port receives, and what it sends.

    Steps:
        Start the forwarder in mac mode, and dpdk-dumpcap on the port that receives or on the one
        that sends; send 100 frames.
    Verify:
        The capture has them as they came, or as they left. The forwarder goes on.
    """
    path = tmp_path / "capture.pcapng"
    program, bench, wires = start(make_bench, forwarders, need_hugepages)
    dumpcap = Terminal(bench.dut.wrap(
        [tool("dpdk-dumpcap"), f"--file-prefix={program.prefix}", "-i", f"net_af_packet{port}",
         "-c", str(COUNT), "-w", str(path)]))
    started.append(dumpcap)
    dumpcap.expect("Packets captured: ", TIMEOUT)
    sent = [frames.udp_frame(60 + seed, seed) for seed in range(COUNT)]
    received = exchange(wires[0], wires[1], sent)
    assert dumpcap.finish(TIMEOUT) == 0, dumpcap.output
    expected = [frames.addressed(frame, bench.dut_mac(1), frames.peer_mac(1)) for frame in sent]
    assert received == expected
    assert captured(path) == (sent if port == 0 else expected)
    check_still_forwards(program, wires)


def test_dumpcap_filter(make_bench, forwarders, need_hugepages, started, tmp_path):
    """dpdk-dumpcap captures what a filter lets through.

    Steps:
        Have dpdk-dumpcap write datagrams of one port to a pcap file; send frames of two.
    Verify:
        The capture has those of the one, cut off after 64 bytes.
    """
    path = tmp_path / "capture.pcap"
    program, bench, wires = start(make_bench, forwarders, need_hugepages, "io")
    dumpcap = Terminal(bench.dut.wrap(
        [tool("dpdk-dumpcap"), f"--file-prefix={program.prefix}", "-i", "0", "-P", "-f",
         "udp src port 1001", "-s", "64", "-c", str(COUNT), "-w", str(path)]))
    started.append(dumpcap)
    dumpcap.expect("Packets captured: ", TIMEOUT)
    sent = [frames.udp_frame(100, seed, port=1000 + seed % 2) for seed in range(2 * COUNT)]
    assert exchange(wires[0], wires[1], sent) == sent
    assert dumpcap.finish(TIMEOUT) == 0, dumpcap.output
    assert captured(path) == [frame[:64] for frame in sent[1::2]]
    check_still_forwards(program, wires)


def test_pdump(make_bench, forwarders, need_hugepages, started, tmp_path):
    """dpdk-pdump captures what a port receives and sends.

    Steps:
        Start dpdk-pdump on a port, send frames each way, and interrupt it.
    Verify:
        One file has the frames that the port received, one those that it sent.
    """
    program, bench, wires = start(make_bench, forwarders, need_hugepages, "io")
    wanted = f"port=0,queue=*,rx-dev={tmp_path}/rx.pcap,tx-dev={tmp_path}/tx.pcap"
    pdump = Terminal(bench.dut.wrap([tool("dpdk-pdump"), "--no-pci",
                                     f"--file-prefix={program.prefix}", "--", "--pdump", wanted]))
    started.append(pdump)
    pdump.expect(r"core \(\d+\), capture for", TIMEOUT)
    there = [frames.udp_frame(60 + seed, seed) for seed in range(COUNT)]
    back = [frames.udp_frame(200 + seed, seed) for seed in range(COUNT)]
    assert exchange(wires[0], wires[1], there) == there
    assert exchange(wires[1], wires[0], back) == back
    time.sleep(1)
    pdump.send_signal(signal.SIGINT)
    assert pdump.finish(TIMEOUT) == 0, pdump.output
    assert captured(tmp_path / "rx.pcap") == there
    assert captured(tmp_path / "tx.pcap") == back
    check_still_forwards(program, wires)


def test_proc_info(make_bench, forwarders, need_hugepages, started):
    """dpdk-proc-info shows statistics, memory and mbuf pools.

    Steps:
        Send frames, and run dpdk-proc-info, for memory and for figures.
    Verify:
        It shows as many packets as there were, the pool of mbufs, and where hugepages are; the
        forwarder goes on.
    """
    program, bench, wires = start(make_bench, forwarders, need_hugepages, "io")
    sent = frames.udp_frames([100], COUNT)
    assert exchange(wires[0], wires[1], sent) == sent
    shown = ""
    for wanted in (["-m"], ["--stats", "--show-mempool=mb_pool_0"]):
        info = Program(bench.dut.wrap([tool("dpdk-proc-info"), "--no-pci",
                                       f"--file-prefix={program.prefix}", "--", *wanted]))
        started.append(info)
        assert info.wait(TIMEOUT) == 0, info.output
        shown += info.output
    assert re.search(rf"NIC statistics for port 0 .*\n\s*RX-packets: {COUNT}\b", shown), shown
    assert re.search(rf"\bTX-packets: {COUNT}\b", shown), shown
    assert re.search(r"mb_pool_0", shown), shown
    assert re.search(r"Segment \d+-\d+: IOVA:", shown), shown
    check_still_forwards(program, wires)
