#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that the library exports what its public headers declare, and nothing else.

usage: exports.py [--update] [LIBRARY]

Reads the public headers, and lib/lbuf.map, which lists what is exported by version. An
inline function is public, and a symbol, if it is declared LBUF_INLINE; one that is `static
inline` must say that it is for the library only. LIBRARY is a shared library: then what it
exports is compared, too. With --update what the map lacks is added to its last version,
and what no header declares is taken out of it.
"""

import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAP = os.path.join(ROOT, "lib", "lbuf.map")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
# A function's name stands at the beginning of a line, its type on the line before.
FUNCTION = re.compile(r"^(?P<type>\w[^\n;{}()]*)\n(?P<name>lbuf_\w+)\(", re.M)
VARIABLE = re.compile(r"^extern (?!\")[^;(]*?\b(lbuf_\w+)(?=\s*(?:\[|;|__attribute__))", re.M)
INTERNAL = re.compile(r"For\s+the\s+(?:library|inline\s+functions)\s+only|Not\s+to\s+be\s+called")
NODE = re.compile(r"(?P<node>\w+) \{(?P<body>[^}]*)\}")


def headers():
    """The public ones."""
    found = glob.glob(os.path.join(ROOT, "lib", "*", "lbuf*.h"))
    return sorted(path for path in found if not path.endswith("_priv.h"))


def before(text, place):
    """The comment that ends where a declaration begins, without its asterisks."""
    end = text.rfind("*/", 0, place)
    if end < 0 or text[end + 2:place].strip():
        return ""
    return re.sub(r"\n\s*\*", " ", text[text.rfind("/*", 0, end):end])


def hidden(text, place):
    """Is this between @cond and @endcond?"""
    return text.rfind("@cond", 0, place) > text.rfind("@endcond", 0, place)


def declared():
    """Names that must be exported, and what is wrong with inline functions."""
    names, wrong = set(), []
    for path in headers():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        bare = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
        names.update(VARIABLE.findall(bare))
        for match in FUNCTION.finditer(bare):
            inner = match["type"].startswith("static inline")
            if not inner:
                names.add(match["name"])
            elif not hidden(text, match.start()) and \
                    not INTERNAL.search(before(text, match.start())):
                wrong.append(f"{os.path.relpath(path, ROOT)}: {match['name']}() is static inline: "
                             "declare it LBUF_INLINE, or say that it is for the library only")
    return names, wrong


def read_map():
    """The map's text, and the names that it lists."""
    with open(MAP, encoding="utf-8") as file:
        text = file.read()
    return text, set(re.findall(r"^\t\t(lbuf_\w+);$", text, re.M))


def update(text, names, listed):
    """The map, with what it lacks in its last version."""
    for name in listed - names:
        text = text.replace(f"\t\t{name};\n", "")
    last = list(NODE.finditer(text))[-1]
    body = last["body"]
    own = set(re.findall(r"^\t\t(lbuf_\w+);$", body, re.M)) | (names - listed)
    lines = "".join(f"\t\t{name};\n" for name in sorted(own))
    head, rest = body.split("global:\n", 1)
    rest = re.sub(r"^(\t\tlbuf_\w+;\n)+", "", rest)
    start = last.start("body")
    return f"{text[:start]}{head}global:\n{lines}{rest}{text[start + len(body):]}"


def exported(library):
    """Symbols that a shared library defines, but for the names of versions."""
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    fields = [line.split() for line in lines]
    return {last.split("@")[0] for *_, kind, last in fields if kind != "A"}


def differences(names, other, what):
    """Lines about names that one of the two lacks."""
    lines = [f"{what} lacks {name}, which the headers declare: see {sys.argv[0]} --help"
             for name in sorted(names - other)]
    return lines + [f"{what} has {name}, which no public header declares"
                    for name in sorted(other - names)]


def main(arguments):
    """The exit code."""
    if "-h" in arguments or "--help" in arguments:
        print(__doc__.strip())
        return 0
    names, wrong = declared()
    text, listed = read_map()
    if "--update" in arguments:
        arguments.remove("--update")
        text = update(text, names, listed)
        with open(MAP, "w", encoding="utf-8") as file:
            file.write(text)
        listed = names
    wrong += differences(names, listed, "lib/lbuf.map")
    for library in arguments:
        wrong += differences(names, exported(library), library)
    print("\n".join(wrong or [f"{len(names)} symbols"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
