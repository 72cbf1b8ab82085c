#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What became of each case of DPDK's test suite, program by program; see dts-upstream.sh.

Each argument is NAME=FILE: a program and the results_summary.txt of its run. The exit code is 0
only if there are cases, and none that testpmd passes (or, without testpmd, none at all) has not
passed with another program.
"""

import re
import sys

REFERENCE = "dpdk-testpmd"
PASSED = "PASS"
MISSING = "-"


def read_cases(path):
    """The results by "suite/case"; suites are indented by two blanks, cases by four."""
    cases = {}
    suite = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"( +)(\w+): (\w+)", line)
            if match and len(match.group(1)) == 2:
                suite = match.group(2)
            elif match and len(match.group(1)) == 4 and suite:
                cases[f"{suite}/{match.group(2)}"] = match.group(3)
    return cases


def main(arguments):
    """Print the table; return the exit code."""
    runs = {}
    for argument in arguments:
        name, path = argument.split("=", 1)
        runs[name] = read_cases(path)
    names = sorted({case for cases in runs.values() for case in cases})
    width = max([len("case"), *map(len, names)])
    print(f"{'case':{width}}  " + "  ".join(f"{name:>14}" for name in runs))
    for case in names:
        results = [cases.get(case, MISSING) for cases in runs.values()]
        print(f"{case:{width}}  " + "  ".join(f"{result:>14}" for result in results))

    reference = runs.get(REFERENCE)
    wanted = [case for case in names if not reference or reference.get(case) == PASSED]
    failed = 0
    for name, cases in runs.items():
        passed = [case for case in wanted if cases.get(case) == PASSED]
        failed += len(wanted) - len(passed)
        print(f"{name}: {len(passed)} of {len(wanted)} cases passed"
              + (f" that {REFERENCE} passes" if reference and name != REFERENCE else ""))
    return 1 if failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
