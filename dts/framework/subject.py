# SPDX-License-Identifier: BSD-3-Clause
"""The programs under test of the suites that drive testpmd.

The same cases run against lbuf-fwd, under testpmd's name, and against testpmd itself, which
shows that they ask for what testpmd does.
"""

import os
import shutil
import subprocess

import pytest

from framework import forwarder
from framework.program import Program
from framework.statistics import leaks
from framework.terminal import Terminal

TESTPMD = "dpdk-testpmd"
LBUF_FWD = "lbuf-fwd"
NAMES = (LBUF_FWD, TESTPMD)


def real_testpmd():
    """The path of testpmd."""
    path = os.environ.get("LBUF_TESTPMD") or shutil.which(TESTPMD)
    if not path:
        pytest.skip(f"{TESTPMD} is not installed: apt-get install dpdk-dev, or set LBUF_TESTPMD")
    return os.path.abspath(path)


class Subject:
    """One of the programs, to be started under testpmd's name; and what was started of it."""

    def __init__(self, name, folder):
        self.name = name
        self.path = os.path.join(folder, TESTPMD)
        if not os.path.lexists(self.path):
            os.symlink(forwarder.binary() if name == LBUF_FWD else real_testpmd(), self.path)
        self.prefix = None      # of what was started last
        self._started = []
        self._prefixes = []

    def command(self, eal, arguments, namespace=None, shared=True):
        """A command line that starts it; without `shared` it leaves no files for others."""
        self.prefix = forwarder.new_prefix()
        self._prefixes.append(self.prefix)
        files = [f"--file-prefix={self.prefix}"] if shared else []
        command = [self.path, "--no-pci", *files, *eal, "--", *arguments]
        return namespace.wrap(command) if namespace else command

    def terminal(self, eal, arguments, namespace=None):
        """Start it on a terminal."""
        return self.launch(self.command(eal, arguments, namespace))

    def launch(self, command):
        """Start a command line that starts it on a terminal."""
        return self.adopt(Terminal(command))

    def program(self, eal, arguments, namespace=None, wrapper=()):
        """Start it with pipes; its input stays open and empty.

        `wrapper` is a program to start it by, which it does not outlive.
        """
        command = self.command(eal, arguments, namespace)
        if wrapper:
            command = [*wrapper, "setpriv", "--pdeathsig", "KILL", *command]
        self._started.append(Program(command, stdin=subprocess.PIPE))
        return self._started[-1]

    def adopt(self, started):
        """What was started otherwise is killed with the rest."""
        self._started.append(started)
        return started

    def check_leaks(self, output):
        """Verify that lbuf-fwd has all its buffers back; testpmd does not tell."""
        if self.name == LBUF_FWD:
            assert leaks(output) == (0, 0), output

    def close(self):
        """Kill what still runs and remove the files of all."""
        for started in self._started:
            started.kill()
        for prefix in self._prefixes:
            forwarder.tidy(prefix)
