# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program on a terminal of its own, as the tools that drive testpmd do."""

import contextlib
import io
import os
import signal

import pexpect

from framework.program import die_with_parent

START_TIMEOUT = 60
END_TIMEOUT = 60


class Terminal:
    """A program on a pseudo-terminal, followed with pexpect; all that it shows is kept."""

    def __init__(self, command, timeout=30, cwd=None):
        self.command = command
        self._shown = io.StringIO()
        self._child = pexpect.spawn(command[0], command[1:], timeout=timeout, cwd=cwd,
                                    encoding="utf-8", codec_errors="replace",
                                    preexec_fn=die_with_parent)
        self._child.logfile_read = self._shown

    @property
    def pid(self):
        """The process id."""
        return self._child.pid

    @property
    def output(self):
        """What the program has shown so far, with \\n at the ends of lines."""
        return self._shown.getvalue().replace("\r\n", "\n")

    def expect(self, pattern, timeout=30):
        """Wait for a pattern; return what came before it."""
        try:
            self._child.expect(pattern, timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f"no {pattern!r}: {type(error).__name__}, {self.command}\n"
                                 f"{self.output}") from None
        return self._child.before.replace("\r\n", "\n")

    def send(self, text):
        """Type this, and nothing after it."""
        self._child.send(text)

    def send_line(self, line):
        """Type a line."""
        self._child.sendline(line)

    def follow(self, seconds):
        """Read on for some time, or until the end."""
        with contextlib.suppress(AssertionError):
            self.expect(pexpect.EOF, seconds)

    def send_signal(self, number):
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def finish(self, timeout=END_TIMEOUT):
        """Wait for the end and return the exit code, as a shell has it."""
        self.expect(pexpect.EOF, timeout)
        self._child.wait()
        if self._child.signalstatus is not None:
            return 128 + self._child.signalstatus
        return self._child.exitstatus

    def kill(self):
        """End the program at once if it is still there."""
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
        self._child.close(force=True)
