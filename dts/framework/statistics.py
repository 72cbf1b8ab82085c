# SPDX-License-Identifier: BSD-3-Clause
"""Reads the forward statistics that the forwarder prints at its end."""

import re

BAD_LABEL = "RX-bad"        # frames that a mode could not parse

PORT_HEADER = re.compile(r"-+ Forward statistics for port (\d+) +-+")
TOTAL_HEADER = re.compile(r"\++ Accumulated forward statistics for all ports\++")
RULE = re.compile(r"^\s*[-+]{20,}\s*$")
FIGURE = re.compile(r"\b([RT]X-[a-z]+):\s*(\d+)")
LEAKS = re.compile(r"^lbuf: chunks out (\d+), mbufs out (\d+)\s*$", re.MULTILINE)


def _block(lines):
    """The figures of the lines up to the closing rule."""
    figures = {}
    for line in lines:
        if RULE.match(line):
            break
        figures.update((name, int(value)) for name, value in FIGURE.findall(line))
    return figures


class Statistics:
    """The figures by port, and their total."""

    def __init__(self, output):
        self.ports = {}
        self.total = {}
        lines = output.splitlines()
        for i, line in enumerate(lines):
            port = PORT_HEADER.search(line)
            if port:
                self.ports[int(port.group(1))] = _block(lines[i + 1:])
            elif TOTAL_HEADER.search(line):
                self.total = _block(lines[i + 1:])

    def rx(self, port):
        """Packets that a port received."""
        return self.ports[port]["RX-packets"]

    def tx(self, port):
        """Packets that a port sent."""
        return self.ports[port]["TX-packets"]

    def bad(self, port):
        """Frames of a port that could not be parsed."""
        return self.ports[port].get(BAD_LABEL, 0)

    def dropped(self, port):
        """Packets that a port received or was to send and that were lost."""
        return self.ports[port]["RX-dropped"] + self.ports[port]["TX-dropped"]


def leaks(output):
    """(chunks, mbufs) still out at the end, or None when the program did not say."""
    match = LEAKS.search(output)
    return (int(match.group(1)), int(match.group(2))) if match else None
