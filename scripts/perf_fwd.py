#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints what bench_fwd.py found as lines in the form of lbuf-perf's."""

import argparse
import json
import pathlib
import statistics
import sys

USUAL_BURST = 32
ENGINES = {"lbuf-fwd": "lbuf-fwd", "dpdk-testpmd": "testpmd"}


def ratio(result):
    """testpmd's rate in parts of lbuf-fwd's, as of turns that followed each other."""
    low, median, high = (round(1 / value, 5) for value in result["ratio_quartiles"])
    return {"to": "lbuf-fwd", "median": median, "q1": high, "q3": low,
            "rounds": len(result["pps"]["lbuf-fwd"])}


def case(result):
    """What was run: the mode, and how, unless that is usual."""
    name = f"fwd-{result['mode']}"
    if result["link"] != "null":
        name += f"-{result['link']}"
    if result["burst"] != USUAL_BURST:
        name += f"-burst{result['burst']}"
    return name


def lines(result):
    """A line for each program of one result."""
    for program, engine in ENGINES.items():
        rates = [rate / 1e6 for rate in result["pps"][program]]
        line = {"case": case(result), "engine": engine, "size": result["size"],
                "unit": "Mpps", "median": round(statistics.median(rates), 4),
                "min": round(min(rates), 4), "max": round(max(rates), 4), "runs": len(rates),
                "discarded": 0}
        if engine != "lbuf-fwd":
            line["ratio"] = ratio(result)
        yield line


def main():
    """Prints the lines of all files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=pathlib.Path,
                        help="written by bench_fwd.py --json")
    for path in parser.parse_args().files:
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            for line in lines(result):
                print(json.dumps(line, separators=(",", ":")))
        except (OSError, ValueError, KeyError, ZeroDivisionError,
                statistics.StatisticsError) as err:
            print(f"perf_fwd: {path}: {err}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
