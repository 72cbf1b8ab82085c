# SPDX-License-Identifier: BSD-3-Clause
"""The same commands to lbuf-fwd and to testpmd on NICs of a guest: both must answer the same."""

import os
import re
import shlex

import pytest

from framework.answers import FILES, differences, masked
from framework.forwarder import binary
from framework.subject import LBUF_FWD, TESTPMD, real_testpmd
from rig import machine
from rig.initramfs import Archive

NIC = "e1000e"
PROMPT = "testpmd> "
# Two lcores that forward, and one for the prompt; the NICs are the ports.
ARGUMENTS = ("-l", "0-2", "--", "-i", "--tx-offloads=0x8000", "--total-num-mbufs=8192",
             "--mask-event=intr_lsc")
LINK_SECONDS = 20       # that links take to come up, and the program before that
TIMEOUT = 900           # seconds for both programs: every instruction is emulated
# When a link is up again is up to the emulation.
LINK = re.compile(r"^(Link status|Link speed|Link duplex|Autoneg status): .*|"
                  r"\b(?:up|down) +(?:N Gbps|None)$")
LIBRARIES = ["/usr/lib/*/dpdk/pmds-*/librte_net_null.so.*"]


def script(command):
    """What the guest runs: a program that reads commands, between marks."""
    return (f"echo; echo 'BEGIN {command[0]}'\n"
            f"(sleep {LINK_SECONDS}; cat /commands) | {shlex.join(command)} 2>&1\n"
            f"code=$?; echo; echo \"END {command[0]} $code\"\n")


def initramfs(path, kernel, programs, commands):
    """The guest's file system, with the programs under testpmd's name."""
    archive = Archive()
    machine.fill(archive, kernel, programs.values(), [("/bin/sh", "/compare")])
    for library in machine.plugin_files(LIBRARIES):
        archive.add_program(library)
    # testpmd has drivers among the libraries that it needs.
    job = f"export LD_LIBRARY_PATH={os.path.dirname(machine.plugin_files(LIBRARIES)[0])}\n"
    for name, program in programs.items():
        archive.add_link(f"{name}/{TESTPMD}", program)
        job += script((f"/{name}/{TESTPMD}", *ARGUMENTS))
    archive.add_data("commands", "".join(f"{line}\n" for line in [*commands, "quit"]).encode())
    archive.add_data("compare", job.encode())
    archive.write(path)
    return path


def answers(console, name):
    """What a program has answered to each of the commands."""
    match = re.search(rf"^BEGIN /{name}/{TESTPMD}$(.*)^END /{name}/{TESTPMD} (\d+)$", console,
                      re.MULTILINE | re.DOTALL)
    assert match, console
    assert match.group(2) == "0", match.group(1)
    # Each begins with the echo of its command, which ends with its line.
    given = [masked(answer.split("\n", 1)[-1]) for answer in match.group(1).split(PROMPT)[1:]]
    return match.group(1), [[LINK.sub(r"\1 MASKED", line) for line in lines] for lines in given]


@pytest.fixture(scope="module", name="console")
def fixture_console(kernel, tmp_path_factory):
    """What the guest has shown, of both programs."""
    programs = {TESTPMD: real_testpmd(), LBUF_FWD: binary()}
    commands = [line for text in FILES.values() for line in text.splitlines()]
    path = tmp_path_factory.mktemp("rig") / "initramfs"
    guest = machine.Guest(kernel, initramfs(str(path), kernel, programs, commands), NIC)
    try:
        if not guest.console.wait_for(r"^RIG: end", TIMEOUT):
            raise AssertionError(f"the guest does not end:\n{guest.console.output}")
        yield commands, guest.console.output.replace("\r", "")
    finally:
        guest.close()


@pytest.mark.skipif("LBUF_SLOW" not in os.environ,
                    reason="two to ten minutes of emulation: set LBUF_SLOW=1")
def test_answers(console):
    """Answers to commands.

    Steps:
        Boot a guest with two e1000e, and give all commands to testpmd and then to lbuf-fwd.
    Verify:
        No command has different answers, but for what is masked. lbuf-fwd ends without a leak.
    """
    commands, shown = console
    theirs = answers(shown, TESTPMD)[1]
    text, ours = answers(shown, LBUF_FWD)
    # The last one is that to "quit".
    assert len(theirs) == len(commands) + 1, shown
    assert len(ours) == len(commands) + 1, shown
    different = differences(commands, theirs, ours)
    print("\n".join(different))
    assert not different, f"{len(different)} commands have different answers:\n" + \
        "\n".join(different)
    assert "lbuf: chunks out 0, mbufs out 0" in text, text
