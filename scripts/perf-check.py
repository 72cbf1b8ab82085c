#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Names what became slower between two runs of lbuf-perf.

Only ratios to rivals of the same run are compared, never times: two machines, or
one machine on two days, differ by more than most changes do. A ratio counts as
worse if it grew by more than --noise and by more than its runs scatter. Exit
code: 0 nothing became slower, 1 something did, 2 the files cannot be used.
"""

import argparse
import sys

from perf_data import DataError, Figures, size_text

# lbuf is compared with the first of these that the case has, all always there.
RIVALS = ("mempool", "mbuf", "memchr", "linear", "mmap", "rte_malloc", "testpmd")
HIGHER_IS_BETTER = ("Mpps",)
# No times, or too few runs: not compared.
SKIPPED = ("fit", "footprint", "give-back", "overhead")


def own_engine(figures, case):
    """The engine of ours in a case, or None."""
    return next((e for e in ("lbuf", "lbuf-fwd") if e in figures.engines(case)), None)


def ratios(figures):
    """(case, size, rival) -> ratio, more is slower, and its scatter."""
    found = {}
    for case in figures.cases():
        own = own_engine(figures, case)
        if own is None or case.startswith(SKIPPED):
            continue
        for size in figures.sizes(case, own):
            for rival in RIVALS:
                ratio = figures.ratio(case, own, rival, size)
                if ratio:
                    if figures.line(case, own, size)["unit"] in HIGHER_IS_BETTER:
                        ratio = 1 / ratio
                    found[case, size, rival] = ratio, figures.scatter(case, own, rival, size)
                    break
    return found


def compare(base, new, noise):
    """Lines on what became slower and on what became faster."""
    slower, faster = [], []
    for key in base.keys() & new.keys():
        (old, old_scatter), (now, now_scatter) = base[key], new[key]
        change = now / old - 1
        limit = max(noise, old_scatter + now_scatter)
        case, size, rival = key
        text = f"{case:20} {size_text(size):>6}  {old:8.3f} -> {now:8.3f} of {rival:10} " \
               f"{change:+7.1%}  (noise {limit:.0%})"
        if change > limit:
            slower.append((change, text))
        elif 1 / (1 + change) - 1 > limit:
            faster.append((change, text))
    return [text for _, text in sorted(slower, reverse=True)], \
           [text for _, text in sorted(faster)]


def part(text):
    """An argparse type: a part from 0 to 10."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 10")
    return value


def main():
    """Compares and tells."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="BASE.json", help="figures to compare with")
    parser.add_argument("new", metavar="NEW.json", help="figures to judge")
    parser.add_argument("--noise", type=part, default=0.1,
                        help="least change that counts, a part (%(default)s)")
    args = parser.parse_args()
    try:
        base, new = ratios(Figures(args.base)), ratios(Figures(args.new))
        both = len(base.keys() & new.keys())
        if not both:
            raise DataError(f"{args.base} and {args.new} have no ratio in common")
    except DataError as err:
        print(f"perf-check: {err}", file=sys.stderr)
        return 2
    slower, faster = compare(base, new, args.noise)
    for head, lines in (("slower", slower), ("faster", faster)):
        for text in lines:
            print(f"{head}: {text}")
    print(f"perf-check: {both} ratios compared, {len(slower)} slower, {len(faster)} faster")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
