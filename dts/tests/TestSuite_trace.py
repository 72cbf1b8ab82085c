# SPDX-License-Identifier: BSD-3-Clause
"""Trace points: what the chunk pool takes, gives back and refuses, in a trace of EAL's."""

import pytest

from framework import ctf
from framework.forwarder import Outcome, lcores, memory_options
from framework.subject import LBUF_FWD, Subject

POINTS = {"lbuf.mem.grow", "lbuf.mem.trim", "lbuf.mem.limit"}
PROMPT = r"testpmd> $"
POOL = "fwd"
MIB = 1 << 20


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    """Runs commands at the prompt, with frames of a size and EAL's options; a trace's folder."""
    program = Subject(LBUF_FWD, tmp_path)

    def run(size, commands, *eal):
        folder = tmp_path / "trace"
        folder.mkdir()
        terminal = program.terminal(
            [*lcores(2), *memory_options(), "--vdev=net_null0", "--vdev=net_null1",
             f"--trace-dir={folder}", *eal],
            ["-i", "--total-num-mbufs=4096", f"--txpkts={size}"])
        terminal.expect(PROMPT, 60)
        for command in commands:
            terminal.send_line(command)
            terminal.expect(PROMPT, 60)
        terminal.send_line("quit")
        assert terminal.finish() == 0, terminal.output
        assert Outcome(0, terminal.output).leaks == (0, 0), terminal.output
        return folder

    yield run
    program.close()


def of(found, name):
    """The fields of events of a name."""
    return [fields for event, fields in found if event == name]


@pytest.mark.smoke
def test_grow_and_trim(run):
    """What the pool takes and gives back is in the trace.

    Steps:
        Start with --trace=lbuf.*; send frames that are longer than an mbuf, and so lie in a
        chunk; stop, and give back what is idle.
    Verify:
        The trace has memory that the pool took, chunks of the frame's size among it, and gave
        back, by pool, socket, size of chunk, chunks and bytes; nothing was refused, and no points
        but the library's have been at work.
    """
    commands = ["set fwd txonly", "start", "stop", "set fwd io", "start", "stop", "lbuf trim"]
    folder = run(3000, commands, "--trace=lbuf.*")
    declared, found = ctf.read(folder)
    assert POINTS <= {name for name, _ in declared.values()}
    assert {name for name, _ in found} == {"lbuf.mem.grow", "lbuf.mem.trim"}
    grown, trimmed = of(found, "lbuf.mem.grow"), of(found, "lbuf.mem.trim")
    for event in grown + trimmed:
        assert event["pool"] == POOL and event["socket"] >= 0
        assert event["bytes"] >= event["size"] * event["chunks"] > 0
    assert any(3000 <= event["size"] <= 4096 for event in grown)
    assert 0 < sum(event["bytes"] for event in trimmed) <= sum(event["bytes"] for event in grown)


def test_limit(run):
    """What the limit refuses is in the trace.

    Steps:
        Set the least limit, and send frames of an odd size from so many queues that their
        chunks do not fit below it.
    Verify:
        The trace has refusals, which tell the limit, what is in use and what was asked for.
    """
    commands = ["set lbuf limit 4M", "port stop all", "port config all txq 128",
                "port config all rxq 128", "port start all", "set fwd txonly", "start"]
    found = ctf.read(run(65000, commands, "--trace=lbuf.mem.limit"))[1]
    refused = of(found, "lbuf.mem.limit")
    assert refused and len(refused) == len(found)
    for event in refused:
        assert event["pool"] == POOL and event["limit"] == 4 * MIB
        assert event["used"] <= event["limit"] < event["used"] + event["bytes"]


def test_off(run):
    """Nothing is recorded unless it is asked for.

    Steps:
        Send frames that lie in a chunk, with tracing of other points.
    Verify:
        The trace has no event of the library's.
    """
    folder = run(3000, ["set fwd txonly", "start", "stop"], "--trace=lib.eal.thread.*")
    assert not [name for name, _ in ctf.read(folder)[1] if name.startswith("lbuf.")]
