#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Keep the bars' figures of a CPU in FOLDER/cpus, beside those of other CPUs.

Figures of one CPU say nothing of another one. FILE is what scripts/bench.sh writes; a
CPU is told by its name, family and model, and by the DPDK that it ran with: figures of
the same are replaced, those of others stay.
"""

import argparse
import json
import pathlib
import re
import sys

from perf_bars import judge_all
from perf_data import DataError, Figures


def dpdk(versions):
    """DPDK's release without what is a fix."""
    return ".".join(versions.get("dpdk", "?").split(".")[:2])


def record(figures, folder):
    """Write the file of a CPU; returns its path."""
    cpu = figures.machine.get("cpu", "unknown")
    name = re.sub(r"[^a-z0-9]+", "-", f"{cpu} dpdk {dpdk(figures.versions)}".lower()).strip("-")
    path = folder / "cpus" / f"{name}.json"
    bars = [{"name": bar.name, "figure": round(bar.figure, 4), "unit": bar.unit,
             "holds": bar.holds} for bar in judge_all(figures) if bar.figure is not None]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": figures.machine, "versions": figures.versions,
                                "bars": bars}, indent=1) + "\n", encoding="utf-8")
    return path


def load(folder):
    """What is kept of all CPUs, by name."""
    try:
        return [json.loads(path.read_text(encoding="utf-8"))
                for path in sorted((folder / "cpus").glob("*.json"))]
    except (OSError, ValueError) as err:
        raise DataError(f"{folder}/cpus: {err}") from err


def heading(cpu):
    """Of a CPU's column."""
    note = f", {cpu['note']}" if "note" in cpu else ""
    return f"{cpu['machine']['cpu']}, DPDK {dpdk(cpu['versions'])}{note}"


def cell(bars, name):
    """One figure: bold where the bar is missed."""
    bar = bars.get(name)
    if bar is None:
        return ""
    text = f"{bar['figure']:.3g}{bar['unit']}"
    return text if bar["holds"] else f"**{text}**"


def compare(folder):
    """Lines of a table: a row for each bar, a column for each CPU."""
    cpus = load(folder)
    columns = [{bar["name"]: bar for bar in cpu["bars"]} for cpu in cpus]
    names = list(dict.fromkeys(name for bars in sorted(columns, key=len, reverse=True)
                               for name in bars))
    rows = [[name] + [cell(bars, name) for bars in columns] for name in names]
    table = [["figure"] + [heading(cpu) for cpu in cpus], ["---"] + ["---:"] * len(cpus)] + rows
    return ["| " + " | ".join(row) + " |" for row in table]


def main():
    """Adds a CPU."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE", help="JSON lines")
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path)
    args = parser.parse_args()
    try:
        print(f"kept in {record(Figures(args.file), args.folder)}")
    except (DataError, OSError) as err:
        print(f"perf_cpus: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
