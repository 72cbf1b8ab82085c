# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program, follows its output line by line and stops it by its pid."""

import ctypes
import re
import signal
import subprocess
import threading
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """In a child: be killed when the tests go away, however they do."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for_file(path, timeout=30):
    """Wait until a file is there."""
    deadline = time.monotonic() + timeout
    while not path.exists():
        assert time.monotonic() < deadline, f"no {path}"
        time.sleep(0.05)


class Program:
    """A running program; stdout and stderr are one stream of lines."""

    def __init__(self, command, env=None, stdin=subprocess.DEVNULL):
        self.command = command
        self._lines = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", env=env,
            preexec_fn=die_with_parent)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def pid(self):
        """The process id."""
        return self._process.pid

    @property
    def output(self):
        """What the program has printed so far."""
        with self._changed:
            return "".join(self._lines)

    def running(self):
        """Whether the program is still there."""
        return self._process.poll() is None

    def wait_for(self, pattern, timeout):
        """Wait until the output holds a pattern; return the match, or None in the end."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                match = re.search(pattern, "".join(self._lines), re.MULTILINE)
                left = deadline - time.monotonic()
                if match or left <= 0 or not self._reader.is_alive():
                    return match
                self._changed.wait(min(left, 0.5))

    def send_signal(self, number):
        """Send a signal to the program if it is still there."""
        if self.running():
            self._process.send_signal(number)

    def wait(self, timeout):
        """Wait for the end and return the exit code; kill the program if it takes too long."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"still running after {timeout} s: {self.command}\n{self.output}") from None
        self._reader.join(10)
        return code

    def kill(self):
        """End the program at once."""
        if self.running():
            self._process.kill()
        self._process.wait(10)
        self._reader.join(10)
