#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the man pages of lbuf's tools from what they print with --help.

usage: man_doc.py [--check] [LBUF_PERF]

LBUF_PERF is the program, build/app/perf/lbuf-perf if it is left out; the other tools are
scripts of this tree. With --check nothing is written; the exit code is 1 if something would
be. That of lbuf-fwd is made by fwd_doc.py, liblbuf(3) is written by hand.
"""

import difflib
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PERF = os.path.join(ROOT, "build", "app", "perf", "lbuf-perf")
# Of each page what it is of, in a line, and the program.
PAGES = {
    "lbuf-perf": ("measure what lbuf costs, beside its rivals", None),
    "lbuf-pools": ("reckon how much memory a DPDK program with lbuf needs",
                   "scripts/size-pools.py"),
    "lbuf-exporter": ("serve figures of lbuf programs to Prometheus", "tools/exporter.py"),
    "lbuf-top": ("show in the terminal what memory of lbuf programs does", "tools/top.py"),
}
SEE_ALSO = ("lbuf-exporter(1)", "lbuf-fwd(1)", "lbuf-perf(1)", "lbuf-pools(1)", "lbuf-top(1)",
            "liblbuf(3)")
PERF_TEXT = """Measures allocating, passing on, writing, reading, slicing and sending, each \
beside what else there is for it: mempools, mbuf chains, rte_malloc, and the allocators that \
are installed. The figure of a case is the median of its runs."""
OPTION = re.compile(r"^  (-.*?|\w+)(?:  +(\S.*))?$")


def help_of(command):
    """What a program prints, as wide as it likes."""
    return subprocess.run([*command, "--help"], check=True, capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "90"}).stdout


def parts(text):
    """Words of the usage, of the description, and options: head and words."""
    usage, description, options, place = [], [], [], "usage"
    for line in text.splitlines():
        if re.fullmatch(r"(optional arguments|options|positional arguments):", line):
            place = "options"
            continue
        match = OPTION.match(line)
        if match and place != "description" and (place == "options" or line.startswith("  -")):
            place = "options"
            options.append([match[1], match[2] or ""])
        elif place == "options" and line.startswith("   "):
            options[-1][1] = f"{options[-1][1]} {line.strip()}".strip()
        elif place == "usage" and line.strip():
            usage.append(line.strip())
        elif line.strip() or place == "description":
            place = "description"
            description.append(line.strip())
        else:
            place = "description" if place == "usage" else place
    return " ".join(usage), "\n".join(description).strip(), options


def roff(text):
    """A text in the manual."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line
                     for line in text.splitlines())


def page(name, title, text):
    """The man page of a program."""
    usage, description, options = parts(text)
    words = re.sub(r"^usage: \S+ ?", "", usage)
    lines = ['.\\" SPDX-License-Identifier: BSD-3-Clause', '.\\" Made by scripts/man_doc.py',
             f'.TH {name.upper()} 1 "" lbuf', ".nh", ".ad l", ".SH NAME",
             f"{roff(name)} \\- {title}", ".SH SYNOPSIS", f".B {roff(name)}", roff(words),
             ".SH DESCRIPTION"]
    for paragraph in re.split(r"\n{2,}", description or PERF_TEXT):
        lines += [roff(paragraph), ".PP"]
    if lines[-1] == ".PP":
        lines.pop()
    lines.append(".SH OPTIONS")
    for head, words in options:
        lines += [".TP", f".B {roff(head)}", roff(words)]
    others = [f".BR {other.replace('-', chr(92) + '-').replace('(', ' (')}"
              for other in SEE_ALSO if not other.startswith(name + "(")]
    lines += [".SH SEE ALSO", *(f"{other}," for other in others[:-1]), others[-1], ""]
    return "\n".join(lines)


def main(arguments):
    """Write, or check."""
    check = "--check" in arguments
    names = [word for word in arguments if word != "--check"]
    if len(names) > 1 or any(word.startswith("-") for word in names):
        sys.exit(__doc__)
    code = 0
    for name, (title, script) in PAGES.items():
        command = [names[0] if names else PERF] if script is None else \
            ["/usr/bin/python3", os.path.join(ROOT, script)]
        text = page(name, title, help_of(command))
        path = os.path.join(ROOT, "doc", f"{name}.1")
        old = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                old = file.read()
        if old == text:
            continue
        if check:
            sys.stdout.writelines(difflib.unified_diff(
                old.splitlines(True), text.splitlines(True), path, "--help"))
            code = 1
            continue
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    if code:
        print("out of date: run scripts/man_doc.py")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
