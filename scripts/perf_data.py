# SPDX-License-Identifier: BSD-3-Clause
"""Figures of lbuf-perf and bench_fwd.py, as the other scripts read them.

A file has JSON lines: a line on the machine, then a line for each figure. Where a
file holds several runs of lbuf-perf, each starts with a line on the machine; the
median of a figure that several of them have is what counts.

A line may have the ratio to the first engine of its case, made round by round, which
is steadier than the quotient of two medians: where the machine is slowed down for
longer than a round, it is for both.
"""

import json
import pathlib
import statistics


class DataError(Exception):
    """A file cannot be used; the text says why, in one line."""


class Figures:
    """All figures of one file, by case, engine and size."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.runs = []      # lines on the machine, one for each run
        self.table = {}     # (case, engine, size) -> line, see merge()
        self.lacks = {}     # the same, for figures that could not be had
        found = {}          # (case, engine, size) -> lines of all runs
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as err:
            raise DataError(f"cannot read {path}: {err}") from err
        for number, line in enumerate(lines, 1):
            try:
                self.add(json.loads(line), found)
            except (ValueError, KeyError, TypeError, IndexError) as err:
                raise DataError(f"{path}, line {number} is no line of lbuf-perf") from err
        if not found:
            raise DataError(f"{path} has no figures")
        self.table = {key: merge(lines) for key, lines in found.items()}

    def add(self, line, found):
        """Takes one line in."""
        if "machine" in line:
            self.runs.append(line)
            return
        case = line["case"]
        if case == "overhead":  # differs with the IOVA mode, so both are measured
            case += "-" + self.runs[-1]["machine"]["iova"].lower()
        key = (case, line["engine"], line["size"])
        if "median" in line:
            found.setdefault(key, []).append(line)
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
        """The figure of an engine in parts of a rival's, or None."""
        paired = self.paired(case, engine, rival, size)
        if paired:
            return paired[0]
        own, other = self.median(case, engine, size), self.median(case, rival, size)
        return own / other if own is not None and other else None

    def paired(self, case, engine, rival, size):
        """(ratio, its quartiles) by rounds, of two engines one of which is the first."""
        own, other = self.line(case, engine, size), self.line(case, rival, size)
        if not own or not other:
            return None
        found = own.get("ratio", {})
        if found.get("to") == rival:
            return found["median"], found["q1"], found["q3"]
        found = other.get("ratio", {})
        if found.get("to") == engine and found["q1"] > 0:
            return 1 / found["median"], 1 / found["q3"], 1 / found["q1"]
        return None

    def scatter(self, case, engine, rival, size):
        """By which part the undisturbed half of the runs may be off a ratio."""
        paired = self.paired(case, engine, rival, size)
        if paired:
            return (paired[2] - paired[1]) / 2 / paired[0]
        lines = self.line(case, engine, size), self.line(case, rival, size)
        return sum((line["median"] - line["min"]) / line["median"]
                   for line in lines if line["median"])

    def sizes(self, case, engine):
        """All sizes that there is a figure for, in order."""
        return sorted(s for c, e, s in self.table if (c, e) == (case, engine))

    def engines(self, case):
        """All engines that have figures in a case, in the order of the file."""
        return list(dict.fromkeys(e for c, e, _ in self.table if c == case))

    def cases(self, prefix=""):
        """All cases whose names start so, in the order of the file."""
        return list(dict.fromkeys(c for c, _, _ in self.table if c.startswith(prefix)))


def merge(lines):
    """One line of those that several runs have for one figure."""
    if len(lines) == 1:
        return lines[0]
    merged = dict(lines[0])
    merged["median"] = statistics.median(line["median"] for line in lines)
    merged["min"] = min(line["min"] for line in lines)
    merged["max"] = max(line["max"] for line in lines)
    for count in ("runs", "discarded", "disturbed"):
        merged[count] = sum(line.get(count, 0) for line in lines)
    ratios = [line["ratio"] for line in lines if "ratio" in line]
    if ratios:
        merged["ratio"] = dict(ratios[0])
        for name in ("median", "q1", "q3"):
            merged["ratio"][name] = statistics.median(ratio[name] for ratio in ratios)
        merged["ratio"]["rounds"] = sum(ratio["rounds"] for ratio in ratios)
    return merged


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
