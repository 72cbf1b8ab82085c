# SPDX-License-Identifier: BSD-3-Clause
"""The same commands to lbuf-fwd and to testpmd: both must answer the same."""

import pytest

from framework.answers import FILES, NEWER, differences, masked, unknown
from framework.forwarder import lcores, memory_options
from framework.subject import LBUF_FWD, TESTPMD, Subject

PROMPT = r"testpmd> $"
# By kind of port the TX offloads that lbuf-fwd has by itself; testpmd has others.
KINDS = {"net_null": "0x0", "net_ring": "0x8000", "af_packet": "0x8000"}


def vdevs(kind, bench, count=2):
    """EAL's options for ports of a kind."""
    if kind == "af_packet":
        return [f"--vdev={vdev},qpairs=2" for vdev in bench.vdevs()]
    return [f"--vdev={kind}{port}" for port in range(count)]


def answers(program, kind, bench, commands):
    """What a program answers to each command."""
    eal = [*lcores(3), *memory_options(), *vdevs(kind, bench)]
    terminal = program.terminal(eal, ["-i", f"--tx-offloads={KINDS[kind]}",
                                      "--total-num-mbufs=8192"], bench.dut)
    terminal.expect(PROMPT, 60)
    found = []
    for command in commands:
        terminal.send_line(command)
        answer = terminal.expect(PROMPT, 60)
        # The echo of the command ends with its line.
        found.append(masked(answer.split("\n", 1)[-1]))
    terminal.send_line("quit")
    assert terminal.finish() == 0, terminal.output
    program.check_leaks(terminal.output)
    return found


def started(program, kind, bench, count):
    """What a program shows from its start to its first prompt, but for what EAL says."""
    eal = [*lcores(3), *memory_options(), *vdevs(kind, bench, count)]
    terminal = program.terminal(eal, ["-i", f"--tx-offloads={KINDS[kind]}", "--rxq=2", "--txq=2",
                                      "--total-num-mbufs=8192"], bench.dut)
    shown = terminal.expect(PROMPT, 60)
    terminal.send_line("quit")
    assert terminal.finish() == 0, terminal.output
    return masked(shown)


@pytest.mark.parametrize("kind, count", [*((kind, 2) for kind in KINDS), ("net_null", 1),
                                         ("net_null", 3)])
def test_start(make_bench, tmp_path, kind, count):
    """What is said at the start.

    Steps:
        Start lbuf-fwd and testpmd, on ports of a kind, under testpmd's name.
    Verify:
        Both say the same until they take commands, from the pools of mbufs that are made to the
        ports that are started.
    """
    shown = []
    for name in (TESTPMD, LBUF_FWD):
        folder = tmp_path / name
        folder.mkdir()
        program = Subject(name, folder)
        try:
            shown.append(started(program, kind, make_bench(2), count))
        finally:
            program.close()
    assert "PROGRAM: create a new mbuf pool <POOL>: n= N , size= N , socket= N" in shown[0]
    assert shown[1] == shown[0]


def asked(make_bench, folder, name, kind, commands):
    """What a program answers to each command, on two ports of a kind."""
    folder /= name
    folder.mkdir()
    program = Subject(name, folder)
    try:
        return answers(program, kind, make_bench(2), commands)
    finally:
        program.close()


def check_same(commands, theirs, ours):
    """Verify that no command has different answers."""
    different = differences(commands, theirs, ours)
    assert not different, f"{len(different)} commands have different answers:\n" + \
        "\n".join(different)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FILES)
def test_answers(make_bench, tmp_path, kind, name):
    """Answers to commands.

    Steps:
        Give each of the commands to lbuf-fwd and to testpmd, on two ports of a kind.
    Verify:
        No command has different answers, but for what is masked. lbuf-fwd ends without a leak.
    """
    commands = FILES[name].splitlines()
    check_same(commands, *(asked(make_bench, tmp_path, program, kind, commands)
                           for program in (TESTPMD, LBUF_FWD)))


@pytest.mark.parametrize("kind", KINDS)
def test_newer(make_bench, tmp_path, kind):
    """Answers to commands that later versions of testpmd have.

    Steps:
        Give each of them to testpmd, and those that it knows to lbuf-fwd.
    Verify:
        No command has different answers.
    """
    commands = NEWER.splitlines()
    theirs = asked(make_bench, tmp_path, TESTPMD, kind, commands)
    known = [number for number, answer in enumerate(theirs) if not unknown(answer)]
    commands, theirs = ([given[number] for number in known] for given in (commands, theirs))
    check_same(commands, theirs, asked(make_bench, tmp_path, LBUF_FWD, kind, commands))


def test_newer_known(make_bench, tmp_path):
    """Commands that later versions of testpmd have.

    Steps:
        Give each of them to lbuf-fwd.
    Verify:
        It knows all of them, whatever the version of DPDK.
    """
    commands = NEWER.splitlines()
    ours = asked(make_bench, tmp_path, LBUF_FWD, "net_null", commands)
    assert [command for command, answer in zip(commands, ours) if unknown(answer)] == []
