# SPDX-License-Identifier: BSD-3-Clause
"""What csum prints of packets with set verbose, and how set txsplit divides them: as testpmd."""

import difflib
import re

import pytest

from framework import packets
from framework.forwarder import lcores, memory_options
from framework.frames import udp_frame
from framework.subject import LBUF_FWD, TESTPMD, Subject

PROMPT = r"testpmd> $"
POINTER = r"\b0x[0-9a-f]{6,}\b"
LAST = r"tx: flags=[^\n]*\n"       # line of a packet


def shown(name, folder, bench, sent, *commands, txpkts="64"):
    """What a program shows of frames in csum mode, each sent once the last is back, and those."""
    folder = folder / name
    folder.mkdir()
    program = Subject(name, folder)
    wire = bench.wire(0)
    try:
        terminal = program.terminal(
            [*lcores(2), *memory_options(), f"--vdev={bench.vdev(0)}"],
            ["-i", "--port-topology=loop", "--total-num-mbufs=4096", f"--txpkts={txpkts}"],
            bench.dut)
        terminal.expect(PROMPT, 60)
        for command in ("set fwd csum", *commands, "set verbose 1", "start"):
            terminal.send_line(command)
            terminal.expect(PROMPT, 60)
        before = len(terminal.output)
        received = []
        for frame in sent:
            wire.send(frame)
            terminal.expect(LAST, 20)
            received.append(wire.receive(5))
        terminal.send_line("stop")
        terminal.expect("Telling cores to stop", 60)
        text = terminal.output[before:]
        terminal.send_line("quit")
        assert terminal.finish() == 0, terminal.output
        program.check_leaks(terminal.output)
    finally:
        program.close()
    return re.sub(POINTER, "POINTER", text).split("stop")[0].splitlines(), received


@pytest.mark.parametrize("tunnels", ("off", "on"))
@pytest.mark.parametrize("kind", ("plain", "tunnels"))
def test_csum(make_bench, tmp_path, kind, tunnels):
    """Lines of each packet.

    Steps:
        Send packets of many kinds to lbuf-fwd and to testpmd in csum mode, with set verbose 1,
        looking into tunnels or not.
    Verify:
        Both print the same of each packet, but for where it lies.
    """
    sent = list(getattr(packets, kind)().values())
    both = [shown(name, tmp_path, make_bench(1), sent, f"csum parse-tunnel {tunnels} 0")[0]
            for name in (TESTPMD, LBUF_FWD)]
    assert both[0].count("-" * 17) == len(sent)
    assert not list(difflib.unified_diff(*both, TESTPMD, LBUF_FWD, lineterm="", n=0))


@pytest.mark.parametrize("txpkts", ("42,60,60", "500", "20,30,50,100,200,300"))
def test_split(make_bench, tmp_path, txpkts):
    """Packets that csum divides.

    Steps:
        Send packets of many lengths to both in csum mode, with set txsplit on.
    Verify:
        Both show the same, numbers of segments among it, and send the same bytes.
    """
    # testpmd does not compute checksums of SCTP.
    sent = [frame for name, frame in packets.plain().items() if "sctp" not in name]
    theirs, ours = [shown(name, tmp_path, make_bench(1), sent, "set txsplit on", txpkts=txpkts)
                    for name in (TESTPMD, LBUF_FWD)]
    assert theirs[0].count("-" * 17) == len(sent)
    assert not list(difflib.unified_diff(theirs[0], ours[0], TESTPMD, LBUF_FWD, lineterm="", n=0))
    assert len(theirs[1]) == len(sent)
    # But for the addresses, which are those of other interfaces.
    assert [frame[12:] for frame in ours[1]] == [frame[12:] for frame in theirs[1]]


def test_split_by_chance(make_bench, tmp_path):
    """Packets that csum divides by chance.

    Steps:
        Send 100 packets to lbuf-fwd with set txsplit rand, and segments of five lengths.
    Verify:
        They have from one to five segments, each of these once at least, and all their bytes.
    """
    sent = [udp_frame(1000, seed) for seed in range(100)]
    lines, got = shown(LBUF_FWD, tmp_path, make_bench(1), sent, "set txsplit rand",
                       txpkts="50,60,70,80,90")
    numbers = re.findall(r"^port=.*, pkt_len=1000, nb_segs=(\d+)", "\n".join(lines), re.MULTILINE)
    assert set(numbers) == set("12345")
    assert [frame[12:] for frame in got] == [frame[12:] for frame in sent]
