#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""One line for each bar that lbuf is held to: figure, bar, holds or missed by.

The figures are those of FILE, which scripts/bench.sh writes. Ratios are of one run:
medians of the ratios of its rounds, or of medians where it has no rounds. Exit
code: 0 all bars hold, 1 some are missed or have no figure, 2 the file cannot be used.
"""

import argparse
import dataclasses
import sys

from perf_data import DataError, Figures, bytes_text
from perf_house import circles, longest

KIB, MIB = 1 << 10, 1 << 20
CLASSES = (KIB, 8 * MIB)                # the middle tier, both included
SMALL = (16, 1023)
STREAM_ZC = {100: 0.6, 4 * KIB: 0.75, 64 * KIB: 0.6, MIB: 0.5}
STREAM_MBUF = {100: 0.55, 4 * KIB: 0.75, 64 * KIB: 0.65, MIB: 0.5}
FORWARD = 1.0                           # of dpdk-testpmd's packets per second
MODES = ("io", "mac", "macswap", "rxonly", "txonly")
LINK_MODES = ("io", "mac", "macswap")   # those that make sense on a memif link
BURSTS = {4: "-burst4", 32: "", 128: "-burst128"}
RING = 1.1                              # cycles a packet, of bare mbufs'
LEAST_RUNS = 5

# The mempool of DPDK 24.11 is faster than that of 22.11, one at a time and in bursts: the
# bars differ with the DPDK that lbuf-perf reports.
FASTER_MEMPOOL = (24, 11)
PAIR, BURST = {False: 0.45, True: 0.6}, {False: 0.55, True: 0.9}


@dataclasses.dataclass
class Bar:
    """What a figure must be, and what it is; None where there is none."""

    group: str
    name: str
    figure: float
    bar: float
    unit: str = ""
    least: bool = False     # the bar is a least, not a most
    note: str = ""          # where a worst case was found
    runs: int = LEAST_RUNS

    @property
    def holds(self):
        """Whether it does; exactly at the bar it does."""
        if self.figure is None or self.runs < LEAST_RUNS:
            return False
        return self.figure >= self.bar if self.least else self.figure <= self.bar

    def verdict(self):
        """In words."""
        if self.figure is None:
            return "no figure"
        if self.runs < LEAST_RUNS:
            return f"only {self.runs} runs"
        if self.holds:
            return "holds"
        return f"missed by {abs(self.figure - self.bar):.3g}{self.unit}"

    def text(self):
        """One line."""
        figure = "-" if self.figure is None else f"{self.figure:.3g}{self.unit}"
        sign = ">=" if self.least else "<="
        note = f"  ({self.note})" if self.note else ""
        return f"{self.name:52} {figure:>10} {sign} {self.bar:g}{self.unit:4} " \
               f"{self.verdict()}{note}"


def release(versions):
    """DPDK's release as two numbers; (0, 0) where it is not known."""
    parts = versions.get("dpdk", "").split(".")
    return tuple(int(part) for part in parts[:2]) if len(parts) > 1 else (0, 0)


class Judge:
    """Finds the figures of the bars."""

    def __init__(self, figures):
        self.figures = figures
        self.bars = []
        self.group = ""
        self.faster_mempool = release(figures.versions) >= FASTER_MEMPOOL

    def add(self, name, figure, bar, **more):
        """One bar."""
        self.bars.append(Bar(self.group, name, figure, bar, **more))

    def runs(self, keys):
        """The least number of runs of some figures."""
        lines = [self.figures.line(*key) for key in keys]
        return min((line["runs"] for line in lines if line), default=0)

    def ratio(self, name, case, rival, size, bar, engine="lbuf"):
        """A bar on a ratio at one size."""
        runs = self.runs([(case, engine, size), (case, rival, size)])
        self.add(name, self.figures.ratio(case, engine, rival, size), bar, runs=runs)

    def between(self, case, bounds):
        """Sizes of lbuf's figures within bounds."""
        return [s for s in self.figures.sizes(case, "lbuf") if bounds[0] <= s <= bounds[1]]

    def sizes(self, bounds):
        """Figures of lbuf by size, of sizes that took turns if there are such."""
        case = next((c for c in ("alloc-classes", "alloc-pair") if self.between(c, bounds)), "")
        return {s: self.figures.median(case, "lbuf", s) for s in self.between(case, bounds)}

    def worst(self, name, case, rival, bounds, bar, least=False):
        """A bar on the worst ratio of all sizes; with `least` the rival's to ours."""
        found = {}
        for size in self.between(case, bounds):
            value = self.figures.ratio(case, "lbuf", rival, size)
            if value:
                found[size] = 1 / value if least else value
        if not found:
            self.add(name, None, bar, least=least)
            return
        size = (min if least else max)(found, key=found.get)
        runs = self.runs([(case, e, s) for s in found for e in ("lbuf", rival)])
        self.add(name, found[size], bar, least=least, runs=runs,
                 note=f"{len(found)} sizes, worst {bytes_text(size)}")

    def value(self, name, case, size, bar, **more):
        """A bar on a figure that is no time."""
        self.add(name, self.figures.median(case, "lbuf", size), bar, **more)


def middle_tier(judge):
    """The middle tier beside rte_mempool, and its own classes among each other."""
    judge.worst("middle tier, one at a time / mempool", "alloc-pair", "mempool", CLASSES,
                PAIR[judge.faster_mempool])
    costs = judge.sizes(CLASSES)
    name = "middle tier, slowest class / fastest"
    if costs:
        slow, fast = max(costs, key=costs.get), min(costs, key=costs.get)
        judge.add(name, costs[slow] / costs[fast], 1.25,
                  note=f"{bytes_text(slow)}, {bytes_text(fast)}")
    else:
        judge.add(name, None, 1.25)
    judge.worst("middle tier, bursts of 32 / mempool", "alloc-burst32", "mempool", CLASSES,
                BURST[judge.faster_mempool])
    judge.worst("middle tier, bulk of 32 / mempool", "alloc-bulk32", "mempool", CLASSES, 1.1)
    judge.worst("middle tier, bulk of 32 unchecked / mempool", "alloc-raw32", "mempool", CLASSES,
                0.9)
    judge.ratio("4 sizes in turn / a mempool for each", "alloc-turn4", "mempool", 0, 0.9)
    judge.ratio("4 sizes at random / a mempool for each", "alloc-random4", "mempool", 0, 0.9)
    judge.ratio("4 sizes at random, 64 held / a mempool for each", "alloc-held4", "mempool", 0, 1.0)


def small_tier(judge):
    """The small tier beside the middle one and rte_malloc."""
    small, middle = judge.sizes(SMALL), sorted(judge.sizes(CLASSES).values())
    name = "small tier / middle tier's median class"
    if small and middle:
        worst = max(small, key=small.get)
        judge.add(name, small[worst] / middle[len(middle) // 2], 1.2,
                  note=f"{len(small)} sizes, worst {bytes_text(worst)}")
    else:
        judge.add(name, None, 1.2)
    judge.worst("small tier, times faster than rte_malloc", "alloc-pair", "rte_malloc", SMALL, 15,
                least=True)


def large_tier(judge):
    """The large tier."""
    for size in (16 * MIB, 64 * MIB):
        judge.ratio(f"large tier from its cache, {bytes_text(size)} / tcmalloc", "alloc-pair",
                    "tcmalloc", size, 1.0)
    for size in (16 * MIB, 64 * MIB):
        judge.ratio(f"large tier, first allocation of {bytes_text(size)} / mmap", "first", "mmap",
                    size, 1.1)


def memory(judge):
    """Cross-core, and what memory is needed."""
    for size in (2 * KIB, 64 * KIB):
        judge.ratio(f"cross-core, bulk, {bytes_text(size)} / mempool bulk", "xcore-bulk32",
                    "mempool", size, 1.0)
    judge.value("chunk size over the size asked for", "fit", 0, 1.25)
    for mode in ("pa", "va"):
        for size in judge.figures.sizes(f"overhead-{mode}", "lbuf"):
            bar = 8 if size < 2 * KIB else 5 if size < 4 * KIB else 3
            judge.value(f"memory overhead at {bytes_text(size)}, IOVA {mode.upper()}",
                        f"overhead-{mode}", size, bar, unit=" %")
    judge.value("memory of a new pool", "footprint", 0, 16, unit=" MiB")
    judge.value("pages given back after use", "give-back", 0, 90, unit=" %", least=True)


def sources(judge):
    """What the library is made of: no object needs itself by way of others, no file is long."""
    lines, name = longest()
    judge.add("objects of liblbuf in circles", circles(), 0)
    judge.add("longest file of lib/mem", lines, 400, unit=" lines", note=name)


def streams(judge):
    """Linked buffers beside chains of mbufs."""
    for case, bars in (("stream-zc", STREAM_ZC), ("stream-mbuf", STREAM_MBUF)):
        for size, bar in bars.items():
            judge.ratio(f"{case}, {bytes_text(size)} / mbuf", case, "mbuf", size, bar)
    for size in (4 * KIB, 64 * KIB):
        judge.ratio(f"stream-copy, {bytes_text(size)} / mbuf", "stream-copy", "mbuf", size, 0.75)
    judge.ratio("attach + free / mbuf", "attach", "mbuf", 0, 0.6)
    judge.ratio("slice of 45 segments + close / mbuf", "slice45", "mbuf", 0, 0.2)
    judge.ratio("clone of 45 segments + close / rte_pktmbuf_clone + free", "clone45", "mbuf", 0,
                0.2)
    judge.ratio("u32 across a border / mbuf", "u32-border", "mbuf", 0, 1.0)
    judge.ratio("lines of 80 B / flat memchr", "lines", "memchr", 0, 2.5)
    judge.ratio("cursor over lines of 80 B / flat memchr", "walk-lines", "memchr", 0, 2.0)
    judge.ratio("messages of 64 KiB read in place / in one piece", "read", "linear", 64 * KIB, 0.8)


def forward_bar(judge, name, case):
    """A bar on lbuf-fwd's packets per second beside testpmd's."""
    line = judge.figures.line(case, "lbuf-fwd", 64)
    judge.add(f"lbuf-fwd, {name} / testpmd", judge.figures.ratio(case, "lbuf-fwd", "testpmd", 64),
              FORWARD, least=True, runs=line["runs"] if line else 0)


def forwarder(judge):
    """lbuf-fwd beside testpmd, and bursts beside bare mbufs."""
    for burst, suffix in BURSTS.items():
        for mode in MODES:
            forward_bar(judge, f"{mode}, bursts of {burst}", f"fwd-{mode}{suffix}")
    for burst, suffix in BURSTS.items():
        for mode in LINK_MODES:
            forward_bar(judge, f"{mode}, memif, bursts of {burst}", f"fwd-{mode}-memif{suffix}")
    judge.ratio("receive 32 and send, net_ring / bare mbufs", "rx-tx-ring", "mbuf", 64, RING)


GROUPS = (
    ("memory engine", (middle_tier, small_tier, large_tier, memory, sources)),
    ("linked buffer", (streams,)),
    ("forwarder", (forwarder,)),
)


def judge_all(figures):
    """All bars with their figures."""
    judge = Judge(figures)
    for judge.group, parts in GROUPS:
        for part in parts:
            part(judge)
    return judge.bars


def main():
    """Prints all bars."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE", help="JSON lines")
    args = parser.parse_args()
    try:
        bars = judge_all(Figures(args.file))
    except DataError as err:
        print(f"perf_bars: {err}", file=sys.stderr)
        return 2
    group = ""
    for bar in bars:
        if bar.group != group:
            group = bar.group
            print(f"{group}:")
        print("  " + bar.text())
    held = sum(bar.holds for bar in bars)
    print(f"bars: {held} of {len(bars)} hold")
    return 0 if held == len(bars) else 1


if __name__ == "__main__":
    sys.exit(main())
