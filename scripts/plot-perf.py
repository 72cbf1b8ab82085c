#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes pictures of one JSON file of lbuf-perf, as PNG and SVG.

cost     cost of an allocation against its size, all engines, the tiers marked
message  cost of a message against its size, lbuf and chains of mbufs
forward  cycles per packet of each mode, lbuf-fwd beside testpmd
scale    cost of an allocation against the number of lcores
"""

import argparse
import pathlib
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt             # noqa: E402
from matplotlib.ticker import FuncFormatter, NullLocator     # noqa: E402

from perf_data import DataError, Figures, size_text          # noqa: E402

# Okabe and Ito's colours, which the colour-blind tell apart; a marker and a dash
# pattern each, for print without colour.
STYLES = {
    "lbuf": ("#000000", "o", "-"),
    "mempool": ("#0072B2", "s", "--"),
    "rte_malloc": ("#D55E00", "^", "-."),
    "mbuf": ("#CC79A7", "D", ":"),
    "glibc": ("#999999", "v", "-"),
    "jemalloc": ("#E69F00", "P", "--"),
    "tcmalloc": ("#009E73", "X", "-."),
    "mimalloc": ("#56B4E9", "*", ":"),
}
MIDDLE = (1024, 8 << 20)    # the middle tier, both included
LBUF_COLOUR, RIVAL_COLOUR = "#0072B2", "#E69F00"


def style(engine):
    """How an engine's line looks."""
    colour, marker, dash = STYLES[engine]
    main = engine == "lbuf"
    return {"color": colour, "marker": marker, "linestyle": dash, "label": engine,
            "linewidth": 2.4 if main else 1.3, "markersize": 6 if main else 5,
            "zorder": 3 if main else 2}


def size_axis(axes, sizes, step=1):
    """A logarithmic axis of sizes, ticks at some of them."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes[::step])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(int(value))))
    axes.xaxis.set_minor_locator(NullLocator())


def cost_axis(axes):
    """A logarithmic axis of times."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(time_text))
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def time_text(value, _=None):
    """Nanoseconds with a fitting unit."""
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if value >= scale:
            return f"{value / scale:g} {unit}"
    return f"{value:g} ns"


def mark_tiers(axes):
    """Shades the middle tier and names all three, above the figure."""
    low, high = axes.get_xlim()
    axes.axvspan(MIDDLE[0], MIDDLE[1], color="#f1f1f1", zorder=0)
    axes.set_xlim(low, high)
    edges = (low, MIDDLE[0], MIDDLE[1], high)
    for name, left, right in zip(("small", "middle tier", "large"), edges, edges[1:]):
        axes.text((left * right) ** 0.5, 0.985, name, transform=axes.get_xaxis_transform(),
                  ha="center", va="top", fontsize=8, color="#555555")


def plot_cost(figures):
    """Cost against size."""
    panels = [(case, title) for case, title in (
        ("alloc-pair", "one at a time"), ("alloc-burst32", "bursts of 32"),
        ("alloc-bulk32", "bulk calls of 32")) if case in figures.cases()]
    if not panels:
        return None
    fig, axes = plt.subplots(1, len(panels), figsize=(4.4 * len(panels), 4.6), sharey=True,
                             squeeze=False)
    handles = {}
    for ax, (case, title) in zip(axes[0], panels):
        sizes = sorted({s for e in STYLES for s in common_sizes(figures, case, e)})
        for engine in STYLES:
            xs = common_sizes(figures, case, engine)
            if xs:
                ys = [figures.median(case, engine, s) for s in xs]
                handles[engine], = ax.plot(xs, ys, **style(engine))
        size_axis(ax, sizes, 2)
        cost_axis(ax)
        ax.tick_params(axis="x", labelrotation=60, labelsize=8)
        mark_tiers(ax)
        ax.set_title(title, fontsize=10, pad=8)
        ax.set_xlabel("size, bytes")
    low, high = axes[0][0].get_ylim()
    axes[0][0].set_ylim(low, high * 4)      # room for the names of the tiers
    axes[0][0].set_ylabel("CPU time of an allocation and its free")
    fig.legend(handles.values(), handles.keys(), loc="lower center", ncol=8, fontsize=9,
               frameon=False, handlelength=3.2)
    fig.tight_layout(rect=(0, 0.06, 1, 1))
    return fig


def common_sizes(figures, case, engine):
    """Sizes of an engine that more engines than lbuf and mempool were measured at."""
    sizes = set(figures.sizes(case, engine))
    if case != "alloc-bulk32":
        sizes &= set(figures.sizes(case, "glibc")) or sizes
    else:
        sizes &= set(figures.sizes("alloc-pair", "glibc")) or sizes
    return sorted(sizes)


def plot_message(figures):
    """Cost of a message against its size."""
    panels = [(case, title) for case, title in (
        ("stream-zc", "segments attached"), ("stream-mbuf", "segments are mbufs"),
        ("stream-copy", "segments copied")) if case in figures.cases()]
    if not panels:
        return None
    fig, axes = plt.subplots(1, len(panels), figsize=(3.9 * len(panels), 4.2), sharey=True,
                             squeeze=False)
    for ax, (case, title) in zip(axes[0], panels):
        sizes = figures.sizes(case, "lbuf")
        for engine in ("lbuf", "mbuf"):
            xs = figures.sizes(case, engine)
            ax.plot(xs, [figures.median(case, engine, s) for s in xs], **style(engine))
        for size in sizes:
            ratio = figures.ratio(case, "lbuf", "mbuf", size)
            if ratio:
                low = min(figures.median(case, e, size) for e in ("lbuf", "mbuf"))
                ax.annotate(f"×{ratio:.2f}", (size, low), textcoords="offset points",
                            xytext=(9, -11), ha="left", fontsize=8)
        size_axis(ax, sizes)
        cost_axis(ax)
        ax.margins(x=0.24, y=0.12)
        ax.set_title(title, fontsize=10)
        ax.set_xlabel("message, bytes")
    axes[0][0].set_ylabel("CPU time of a message")
    axes[0][0].legend(fontsize=9, frameon=False, loc="upper left", handlelength=3.2)
    fig.tight_layout()
    return fig


def forward_bars(figures):
    """Label, unit cycles, of lbuf and of its rival, of all modes and ports; bursts of 32."""
    mhz = figures.machine.get("tsc_mhz", 0)
    for case in (c for c in figures.cases("fwd-") if c.count("-") == 1):
        for size in figures.sizes(case, "lbuf-fwd"):
            pps = [figures.median(case, e, size) for e in ("lbuf-fwd", "testpmd")]
            if all(pps) and mhz:
                yield f"{case[len('fwd-'):]}\nnet_null\n{size} B", mhz / pps[0], mhz / pps[1]
    for case, port in (("rx-tx", "net_null"), ("rx-tx-ring", "net_ring")):
        for size in figures.sizes(case, "lbuf"):
            own, rival = (figures.median(case, e, size) for e in ("lbuf", "mbuf"))
            if rival:
                yield f"rx+tx\n{port}\n{size} B", own, rival


def plot_forward(figures):
    """Cycles per packet."""
    bars = list(forward_bars(figures))
    if not bars:
        return None
    fig, ax = plt.subplots(figsize=(max(6.0, 0.95 * len(bars) + 1.5), 4.2))
    width = 0.38
    for shift, column, name, colour, hatch in (
            (-width / 2, 1, "lbuf (lbuf-fwd)", LBUF_COLOUR, ""),
            (width / 2, 2, "mbuf (testpmd)", RIVAL_COLOUR, "//")):
        drawn = ax.bar([i + shift for i in range(len(bars))], [bar[column] for bar in bars],
                       width, label=name, color=colour, edgecolor="black", linewidth=0.6,
                       hatch=hatch)
        ax.bar_label(drawn, fmt="%.0f", fontsize=8, padding=2)
    ax.set_xticks(range(len(bars)), [bar[0] for bar in bars], fontsize=9)
    ax.set_ylabel("TSC cycles per packet")
    ax.margins(y=0.14)
    ax.grid(True, axis="y", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.legend(fontsize=9, frameon=False, ncol=2, loc="upper center", bbox_to_anchor=(0.5, 1.12))
    fig.tight_layout()
    return fig


def plot_scale(figures):
    """Cost against lcores, and from lcore to lcore."""
    counts = sorted(int(case.split("-")[1]) for case in figures.cases("scale-"))
    sizes = figures.sizes(f"scale-{counts[0]}", "lbuf") if counts else []
    if not sizes:
        return None
    fig, axes = plt.subplots(1, len(sizes), figsize=(4.6 * len(sizes), 4.4), sharey=True,
                             squeeze=False)
    handles = {}
    for ax, size in zip(axes[0], sizes):
        for engine in STYLES:
            points = [(n, figures.median(f"scale-{n}", engine, size)) for n in counts]
            points = [(n, cost) for n, cost in points if cost]
            if points:
                handles[engine], = ax.plot(*zip(*points), **style(engine))
        cost_axis(ax)
        ax.set_xticks(counts)
        ax.margins(x=0.1)
        ax.set_title(f"{size_text(size)} bytes, bursts of 32", fontsize=10)
        ax.set_xlabel("lcores at once")
    axes[0][0].set_ylabel("wall time of an allocation and its free")
    fig.legend(handles.values(), handles.keys(), loc="lower center", ncol=4, fontsize=9,
               frameon=False, handlelength=3.2)
    fig.tight_layout(rect=(0, 0.12, 1, 1))
    return fig


PICTURES = {"cost": plot_cost, "message": plot_message, "forward": plot_forward,
            "scale": plot_scale}


def main():
    """Makes all pictures that the file has figures for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE.json", help="JSON lines of lbuf-perf")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."), metavar="FOLDER",
                        help="where the pictures go (%(default)s)")
    args = parser.parse_args()
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lbuf", "font.size": 10})
    try:
        figures = Figures(args.file)
        args.out.mkdir(parents=True, exist_ok=True)
        for name, plot in PICTURES.items():
            fig = plot(figures)
            if fig is None:
                print(f"plot-perf: no figures for '{name}'", file=sys.stderr)
                continue
            for suffix, more in (("png", {"dpi": 110}), ("svg", {"metadata": {"Date": None}})):
                fig.savefig(args.out / f"{name}.{suffix}", **more)
            plt.close(fig)
            print(args.out / f"{name}.png")
    except (DataError, OSError) as err:
        print(f"plot-perf: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
