# SPDX-License-Identifier: BSD-3-Clause
"""Figures of lbuf-perf and bench_fwd.py, as the other scripts read them.

A file has JSON lines: a line on the machine, then a line for each figure. Where a
file holds several runs of lbuf-perf, each starts with a line on the machine.
"""

import json
import pathlib


class DataError(Exception):
    """A file cannot be used; the text says why, in one line."""


class Figures:
    """All figures of one file, by case, engine and size."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.runs = []      # lines on the machine, one for each run
        self.table = {}     # (case, engine, size) -> line
        self.lacks = {}     # the same, for figures that could not be had
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as err:
            raise DataError(f"cannot read {path}: {err}") from err
        for number, line in enumerate(lines, 1):
            try:
                self.add(json.loads(line))
            except (ValueError, KeyError, TypeError, IndexError) as err:
                raise DataError(f"{path}, line {number} is no line of lbuf-perf") from err
        if not self.table:
            raise DataError(f"{path} has no figures")

    def add(self, line):
        """Takes one line in; a later figure takes the place of an earlier one."""
        if "machine" in line:
            self.runs.append(line)
            return
        case = line["case"]
        if case == "overhead":  # differs with the IOVA mode, so both are measured
            case += "-" + self.runs[-1]["machine"]["iova"].lower()
        key = (case, line["engine"], line["size"])
        if "median" in line:
            self.table[key] = line
        else:
            self.lacks[key] = line["lacks"]

    @property
    def machine(self):
        """The machine of the first run."""
        return self.runs[0]["machine"] if self.runs else {}

    @property
    def versions(self):
        """What the first run was built with and ran on."""
        return self.runs[0]["versions"] if self.runs else {}

    def line(self, case, engine, size):
        """One line, or None."""
        return self.table.get((case, engine, size))

    def median(self, case, engine, size):
        """One median, or None."""
        line = self.line(case, engine, size)
        return line["median"] if line else None

    def ratio(self, case, engine, rival, size):
        """The median of an engine in parts of a rival's, or None."""
        own, other = self.median(case, engine, size), self.median(case, rival, size)
        return own / other if own is not None and other else None

    def sizes(self, case, engine):
        """All sizes that there is a figure for, in order."""
        return sorted(s for c, e, s in self.table if (c, e) == (case, engine))

    def engines(self, case):
        """All engines that have figures in a case, in the order of the file."""
        return list(dict.fromkeys(e for c, e, _ in self.table if c == case))

    def cases(self, prefix=""):
        """All cases whose names start so, in the order of the file."""
        return list(dict.fromkeys(c for c, _, _ in self.table if c.startswith(prefix)))


def size_text(size):
    """A size as people write it."""
    for unit in ("", "K", "M", "G"):
        if size < 1024 or size % 1024:
            return f"{size}{unit}"
        size //= 1024
    return f"{size}T"


def bytes_text(size):
    """A size with its unit."""
    text = size_text(size)
    return f"{text[:-1]} {text[-1]}iB" if text[-1] in "KMGT" else f"{text} B"
