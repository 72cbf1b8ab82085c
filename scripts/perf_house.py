# SPDX-License-Identifier: BSD-3-Clause
"""Figures of the library's sources, as they lie here: who needs whom, and how long they are."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def symbols(path):
    """(defined, used) symbols of an object that others can see."""
    lines = subprocess.run(["nm", "-g", str(path)], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    fields = [line.split() for line in lines if len(line.split()) > 1]
    return ({f[-1] for f in fields if f[-2] != "U"}, {f[-1] for f in fields if f[-2] == "U"})


def reach(needs, start):
    """All objects that one needs, and that those need."""
    found, left = set(), list(needs[start])
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += needs[name]
    return found


def circles(build=ROOT / "build"):
    """How many of the library's objects need themselves by way of others; None: not built."""
    objects = sorted((build / "lib").glob("liblbuf.*.p/*.o"))
    folders = sorted({path.parent for path in objects})
    if not folders:
        return None
    table = {path: symbols(path) for path in objects if path.parent == folders[0]}
    home = {name: path for path, (defined, _) in table.items() for name in defined}
    needs = {path: {home[name] for name in used if name in home} - {path}
             for path, (_, used) in table.items()}
    return sum(path in reach(needs, path) for path in table)


def longest(folder=ROOT / "lib" / "mem"):
    """(lines, name) of the longest source of a folder."""
    return max((len(path.read_text(encoding="utf-8").splitlines()), path.name)
               for path in folder.glob("*.[ch]"))
