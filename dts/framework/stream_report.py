# SPDX-License-Identifier: BSD-3-Clause
"""What the mode stream prints, and the files that it writes."""

import os
import re
from dataclasses import dataclass

import crcmod.predefined

TITLE = re.compile(r"^  \++ TCP connections \++$", re.MULTILINE)
DIRECTION = re.compile(
    r"^  (\S+):(\d+) > (\S+):(\d+)((?: vlan \d+)*): bytes (\d+), crc32c ([0-9a-f]{8}), "
    r"records (\d+), gaps (\d+), missing (\d+), open gaps (\d+), held (\d+), again (\d+), "
    r"(unframed, )?(\w+)$", re.MULTILINE)
FIGURES = re.compile(r"^  Streams: (.*)$", re.MULTILINE)
RECORDS = re.compile(r"^  Records: (.*)$", re.MULTILINE)
SIZE = re.compile(r"(\d+)(?:-\d+)? B (\d+)")

crc32c = crcmod.predefined.mkCrcFun("crc-32c")


@dataclass
class Direction:
    """One direction of a connection."""

    source: tuple       # address, port
    target: tuple
    bytes: int
    crc: int
    records: int
    missing: int
    gaps: int           # given up, or open
    held: int
    again: int
    framed: bool
    state: str

    def check_whole(self):
        """Verify that nothing is lacking."""
        assert (self.missing, self.gaps, self.held) == (0, 0, 0), self


class Report:
    """The last table of connections in an output, and the figures below it."""

    def __init__(self, output):
        titles = list(TITLE.finditer(output))
        assert titles, output
        text = output[titles[-1].end():]
        self.directions = []
        for found in DIRECTION.finditer(text):
            word = found.groups()
            self.directions.append(Direction(
                (word[0].strip("[]"), int(word[1])), (word[2].strip("[]"), int(word[3])),
                int(word[5]), int(word[6], 16), int(word[7]), int(word[9]),
                int(word[8]) + int(word[10]), int(word[11]), int(word[12]), not word[13],
                word[14]))
        self.figures = {}
        for line in FIGURES.findall(text):
            for pair in line.split(", "):
                name, _, value = pair.partition(" ")
                self.figures[name] = int(value or 0)
        self.sizes = {int(least): int(count) for line in RECORDS.findall(text)
                      for least, count in SIZE.findall(line)}

    def direction(self, source_port, target_port):
        """The direction between two ports; there must be exactly one."""
        found = [each for each in self.directions
                 if (each.source[1], each.target[1]) == (source_port, target_port)]
        assert len(found) == 1, (source_port, target_port, self.directions)
        return found[0]

    def check_whole(self):
        """Verify that of no direction anything is lacking, and that nothing was given up."""
        assert self.directions
        for each in self.directions:
            each.check_whole()
        for name in ("missing_bytes", "full_bytes", "all_full_bytes", "nomem_bytes", "refused",
                     "untracked", "gaps_end", "dump_failed"):
            assert self.figures.get(name, 0) == 0, self.figures


def _end(address, port):
    """An end of a connection, as a file's name has it."""
    if ":" in address:
        return f"{address}.{port:05}"
    return ".".join(f"{int(part):03}" for part in address.split(".")) + f".{port:05}"


def dump_name(source, target):
    """The name of the file of a direction."""
    return f"{_end(*source)}-{_end(*target)}"


def read_dump(folder, direction):
    """The bytes of a direction's file; nothing if there is none."""
    path = os.path.join(folder, dump_name(direction.source, direction.target))
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def check_dump(folder, direction, expected=None):
    """Verify that file, CRC and length of a direction agree, and are of the expected bytes."""
    data = read_dump(folder, direction)
    assert len(data) == direction.bytes, direction
    assert crc32c(data) == direction.crc, direction
    if expected is not None:
        assert data == expected, direction
    return data
