# SPDX-License-Identifier: BSD-3-Clause
"""How DPDK's test suite speaks to testpmd: through a shell on a terminal, line by line.

It sends a command and two newlines, and reads lines until one ends in the prompt. So the echo of
the first newline ends the command, and the empty line brings a second prompt, whose newline
makes a line of it. Error output comes in the same stream. Lines end in CRLF.
"""

import os
import re
import time

import pexpect

from framework.forwarder import lcores, memory_options
from framework.program import die_with_parent

PROMPT = "testpmd>"
BYE = "Bye..."
SILENCE = 5             # seconds that a start may be silent
TIMEOUT = 60            # seconds that an answer may be silent
SHELL_PROMPT = "shell-is-ready"
LINK_TIMEOUT = 15
ALWAYS = ("-i", "--mask-event=intr_lsc")


class DtsShell:
    """A program that DTS drives."""

    def __init__(self, subject, eal, arguments, bench):
        self._subject = subject
        self.bench = bench
        self.transcript = ""
        environment = {**os.environ, "PS1": f"{SHELL_PROMPT} "}
        shell = ["sh", "-i"]
        command = bench.dut.wrap(shell)
        self._child = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=TIMEOUT,
                                    codec_errors="replace", env=environment,
                                    preexec_fn=die_with_parent)
        subject.adopt(self)
        self._child.expect_exact(f"{SHELL_PROMPT} ")
        self.banner = self.send(" ".join(f"'{word}'" for word in subject.command(eal, arguments)),
                                silence=SILENCE)

    def _line(self, silence):
        """The next line, without its end."""
        try:
            self._child.expect_exact("\r\n", timeout=silence)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            self.transcript += self._child.before if isinstance(self._child.before, str) else ""
            raise AssertionError(f"{type(error).__name__} after {silence} s:\n"
                                 f"{self.transcript}") from None
        line = self._child.before.rstrip("\r")
        self.transcript += line + "\n"
        return line

    def send(self, command, until=PROMPT, silence=TIMEOUT):
        """Send a command and return what comes before the line that ends as it must."""
        self._child.send(f"{command}\n\n")
        answer = []
        while True:
            line = self._line(silence)
            if line.rstrip().endswith(until):
                return "\n".join(answer)
            answer.append(line)

    def ask(self, command, *wanted, without=()):
        """Send a command; verify that patterns are in the answer, and that texts are not."""
        answer = self.send(command)
        for pattern in wanted:
            assert re.search(pattern, answer, re.MULTILINE), \
                f"{command}: no {pattern!r} in\n{answer}"
        for text in without:
            assert text not in answer, f"{command}: {text!r} in\n{answer}"
        return answer

    def forward(self, command="start"):
        """Start forwarding and verify that it started, as DTS does."""
        self.send(command)
        self.ask("start", "Packet forwarding already started")
        for port in (0, 1):
            deadline = time.monotonic() + LINK_TIMEOUT
            while "Link status: up" not in self.send(f"show port info {port}"):
                assert time.monotonic() < deadline, f"port {port} stays down\n{self.transcript}"

    def stop(self):
        """Stop forwarding and return what was shown since the last answer."""
        return self.ask("stop", r"^Done\.$")

    def stop_ports(self):
        """Stop all ports; the last word says that it is done."""
        assert self.send("port stop all").strip().endswith("Done"), self.transcript

    def start_ports(self):
        """Start all ports."""
        assert self.send("port start all").strip().endswith("Done"), self.transcript

    def end(self):
        """Stop and quit as DTS does; verify the exit code."""
        assert re.search(r"Done\.|Packet forwarding not started", self.send("stop"))
        self.send("quit", until=BYE)
        self._child.sendline("echo code=$?.")
        self._child.expect(r"code=(\d+)\.")
        self.transcript += self._child.before.replace("\r\n", "\n")
        assert self._child.match.group(1) == "0", self.transcript
        self._subject.check_leaks(self.transcript)

    def kill(self):
        """Hang up the terminal, which ends the shell and what it runs."""
        self._child.close(force=True)


def start(subject, bench, kind, *arguments, topology="paired", count=2):
    """Start a program on ports of a kind, in the bench's namespace, as DTS does."""
    vdevs = {"null": [f"net_null{i}" for i in range(count)],
             "ring": [f"net_ring{i}" for i in range(count)],
             "tap": [f"net_tap{i},iface=tap{i}" for i in range(count)],
             "af_packet": [f"{vdev},qpairs=2" for vdev in bench.vdevs()]}[kind]
    eal = [*lcores(2), "-n", "4", *memory_options(), *[f"--vdev={vdev}" for vdev in vdevs]]
    return DtsShell(subject, eal, [*ALWAYS, f"--port-topology={topology}",
                                   "--total-num-mbufs=4096", *arguments], bench)
