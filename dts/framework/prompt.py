# SPDX-License-Identifier: BSD-3-Clause
"""lbuf-fwd at its prompt."""

import re

from framework.forwarder import binary, lcores, memory_options, new_prefix
from framework.terminal import Terminal

PROMPT = "lbuf-fwd> "
NULL_PORTS = ["--vdev=net_null0", "--vdev=net_null1"]


class Prompt(Terminal):
    """lbuf-fwd at a terminal."""

    def __init__(self, arguments=(), vdevs=None, namespace=None, prompt=PROMPT):
        self.prefix = new_prefix()
        self._prompt = re.escape(prompt) + "$"
        command = [binary(), "--no-pci", f"--file-prefix={self.prefix}", *lcores(3),
                   *memory_options(), *(vdevs or NULL_PORTS), "--", "-i",
                   "--total-num-mbufs=4096", *arguments]
        super().__init__(namespace.wrap(command) if namespace else command)

    def ask(self, command):
        """Type a command and return its answer."""
        self.send_line(command)
        return self.expect(self._prompt).split("\n", 1)[-1]

    def check_end(self):
        """Verify that it ends in good order."""
        assert self.finish() == 0, self.output
        assert "lbuf: chunks out 0, mbufs out 0" in self.output
        assert self.output.rstrip().endswith("Bye..."), self.output
