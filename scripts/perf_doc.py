#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Renews the measured parts of a page.

A part is what stands between the lines <!-- NAME --> and <!-- end NAME -->; NAME is
machine, commands, bars, tables or tune. FOLDER is what scripts/bench.sh made: it has
perf.json and perhaps tune.txt.
"""

import argparse
import pathlib
import re
import sys

from perf_bars import judge_all
from perf_cpus import compare
from perf_data import DataError, Figures, bytes_text

MACHINE = (("CPU", "cpu"), ("cores", "cores"), ("NUMA nodes", "sockets"),
           ("memory, MiB", "memory_mib"), ("kernel", "kernel"), ("hugepages", "hugepages"),
           ("IOVA as", "iova"), ("TSC, MHz", "tsc_mhz"))

# Title, and the cases whose figures stand in one table.
FORWARDING = tuple((mode, "") for mode in ("io", "mac", "macswap", "rxonly", "txonly")) \
    + tuple((mode, "-memif") for mode in ("io", "mac", "macswap"))
TABLES = (
    ("Allocation and free, one at a time, ns", ("alloc-pair",)),
    ("Allocation and free, bursts of 32, ns each", ("alloc-burst32",)),
    ("Allocation and free, bulk calls of 32, ns each", ("alloc-bulk32",)),
    ("The same, what is freed unchecked, ns each", ("alloc-raw32",)),
    ("Several sizes by turns, one at a time, ns", tuple(
        f"alloc-{order}{n}" for n in (2, 4, 8) for order in ("turn", "random"))),
    ("From lcore to lcore, ns each", ("xcore", "xcore-bulk32")),
    ("First allocation of a large chunk, ns", ("first",)),
    ("Time to the first GiB, ms", ("grow",)),
    ("Streams, ns per message", ("stream-zc", "stream-mbuf", "stream-copy")),
    ("Messages summed up in place, or in one piece, ns", ("read",)),
    ("Single steps, ns", ("attach", "slice45", "clone45", "iovec45", "u32", "u32-border", "lines",
                          "walk-lines")),
    ("Checksums, ns", ("checksum", "checksum-crc32c")),
    ("Receive and send, TSC cycles per packet", ("rx-tx", "rx-tx-ring")),
    ("Forwarding, million packets per second", ("fwd-io", "fwd-mac", "fwd-macswap", "fwd-rxonly",
                                                "fwd-txonly")),
    ("Forwarding in other bursts, and through a memif link, million packets per second", tuple(
        f"fwd-{mode}{link}-burst{burst}" for burst in (4, 128) for mode, link in FORWARDING)
        + tuple(f"fwd-{mode}-memif" for mode in ("io", "mac", "macswap"))),
)


def number(value):
    """A figure with three digits."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def row(cells):
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def part_machine(figures, _):
    """What the figures were measured on and with."""
    lines = [row(("", "")), row(("---", "---"))]
    lines += [row((name, str(figures.machine.get(key, "?")))) for name, key in MACHINE]
    lines += [row((name, version)) for name, version in figures.versions.items()]
    return lines


def part_commands(figures, _):
    """The command lines, and how many runs were thrown away."""
    # Where bench.sh had its scratch files, and its process id, are of no interest.
    commands = dict.fromkeys(re.sub(r" --json \S+|(?<=lbufperf)\d+", "", run["command"])
                             for run in figures.runs)
    lines = ["```", *commands, "```", ""]
    kept = sum(line["runs"] for line in figures.table.values())
    thrown = sum(line["discarded"] for line in figures.table.values())
    kept_disturbed = sum(line.get("disturbed", 0) for line in figures.table.values())
    lines.append(f"{len(figures.table)} figures of {kept} runs. Runs in which the thread was "
                 f"preempted, or the core not at full speed: {thrown} discarded, "
                 f"{kept_disturbed} kept because their figures had too few undisturbed ones.")
    return lines


def part_bars(figures, _):
    """All bars."""
    bars = judge_all(figures)
    lines = [row(("figure", "measured", "bar", "")), row(("---", "---:", "---:", "---"))]
    for bar in bars:
        sign = "≥" if bar.least else "≤"
        figure = "" if bar.figure is None else number(bar.figure) + bar.unit
        verdict = bar.verdict() if bar.holds else f"**{bar.verdict()}**"
        note = f" ({bar.note})" if bar.note else ""
        lines.append(row((bar.name, figure, f"{sign} {bar.bar:g}{bar.unit}", verdict + note)))
    return lines + ["", f"{sum(bar.holds for bar in bars)} of {len(bars)} hold."]


def table(figures, cases):
    """One table: a row for each case and size, a column for each engine."""
    engines = list(dict.fromkeys(e for case in cases for e in figures.engines(case)))
    if len(engines) > 2:    # not all the classes that only two of them ran
        engines.sort(key=lambda e: e != "lbuf")
    rows = []
    for case in cases:
        sizes = sorted({s for e in engines for s in figures.sizes(case, e)})
        for size in sizes:
            cells = [figures.median(case, e, size) for e in engines]
            if len(sizes) > 20 and not shown(figures, size):
                continue
            name = ([case] if len(cases) > 1 else []) + ([bytes_text(size)] if size else [])
            rows.append(row([", ".join(name)] + [number(cell) for cell in cells]))
    head = [row([""] + engines), row(["---"] + ["---:"] * len(engines))]
    return head + rows if rows else []


def shown(figures, size):
    """Whether a size is one that all engines were measured at."""
    return figures.line("alloc-pair", "rte_malloc", size) is not None


def part_tables(figures, _):
    """All tables."""
    lines = []
    for title, cases in TABLES:
        found = table(figures, [case for case in cases if figures.engines(case)])
        if found:
            lines += ([""] if lines else []) + [f"**{title}**", ""] + found
    return lines


def part_tune(_, folder):
    """What lbuf-perf --tune said."""
    path = folder / "tune.txt"
    if not path.exists():
        return []
    return ["```"] + path.read_text(encoding="utf-8").strip().splitlines() + ["```"]


def part_cpus(_, folder):
    """The bars' figures of all CPUs that were measured."""
    return compare(folder)


PARTS = {"machine": part_machine, "commands": part_commands, "bars": part_bars,
         "cpus": part_cpus, "tables": part_tables, "tune": part_tune}


def renew(page, figures, folder):
    """The page with its parts made anew."""
    for name, make in PARTS.items():
        lines = "\n".join(make(figures, folder))
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        page = pattern.sub(lambda m, text=lines: f"{m[1]}\n{text}\n\n{m[2]}", page)
    return page


def main():
    """Renews the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("page", metavar="PAGE.md", type=pathlib.Path)
    args = parser.parse_args()
    try:
        figures = Figures(args.folder / "perf.json")
        page = args.page.read_text(encoding="utf-8")
        args.page.write_text(renew(page, figures, args.folder), encoding="utf-8")
    except (DataError, OSError) as err:
        print(f"perf_doc: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
