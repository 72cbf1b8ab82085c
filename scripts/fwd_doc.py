#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the tables of doc/lbuf-fwd.md, and doc/lbuf-fwd.1, from lbuf-fwd's own rows.

usage: fwd_doc.py [--check] [LBUF_FWD]

LBUF_FWD is the program, build/app/fwd/lbuf-fwd if it is left out. With --check nothing is
written; the exit code is 1 if something would be.
"""

import difflib
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "doc", "lbuf-fwd.md")
MANUAL = os.path.join(ROOT, "doc", "lbuf-fwd.1")
SECTIONS = {"control": "Start and stop", "display": "Show", "config": "Forwarding",
            "ports": "Ports", "filters": "Flow rules", "engine": "Engine"}
MANUAL_HEAD = """\
.\\" SPDX-License-Identifier: BSD-3-Clause
.\\" Made by scripts/fwd_doc.py
.TH LBUF-FWD 1 "" lbuf
.nh
.ad l
.SH NAME
lbuf-fwd \\- forward packets between DPDK ports, each through a linked buffer
.SH SYNOPSIS
.B lbuf-fwd
.RI [ "EAL options" ]
.B \\-\\-
.RI [ options ]
.SH DESCRIPTION
A packet forwarder with the options, the commands and the output of
.BR dpdk-testpmd (1).
Without
.B \\-i
it forwards until SIGINT, SIGTERM, or the enter key; with it, it takes commands at a prompt.
"""
MANUAL_TAIL = """\
.SH EXIT STATUS
0, or 1 if its arguments, the ports or the machine do not do, or buffers leaked; one line on
the standard error output says which, and what to do.
.SH SEE ALSO
.BR dpdk-testpmd (1)
"""


def rows(program, what):
    """The rows of a table, as lists of columns."""
    output = subprocess.run([program, "--", f"--rows={what}"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    return [line.split("\t") for line in output.splitlines()]


def groups(table):
    """Rows by their first column, in order."""
    found = {}
    for row in table:
        found.setdefault(row[0], []).append(row[1:])
    return found


def cell(text):
    """A text in a table of the page."""
    return text.replace("|", "\\|")


def option_words(row):
    """An option as it is given: -i, --interactive."""
    letter, name, value = row[:3]
    optional = value.endswith("?")
    value = value.rstrip("?")
    words = f"--{name}[{value}]" if optional else f"--{name}{value}"
    return f"-{letter}, {words}" if letter != "-" else words


def command_words(pattern):
    """A command as a person reads it: <port:ports> is <port>|all."""
    pattern = re.sub(r"<(\w+):ports>", r"<\1>|all", pattern)
    return re.sub(r"<(\w+):\w+>", r"<\1>", pattern)


def page_options(table):
    """The tables of options."""
    text = ""
    for title, members in groups(table).items():
        text += f"\n### {title}\n\n| option | |\n| --- | --- |\n"
        for row in members:
            text += f"| `{cell(option_words(row))}` | {cell(row[3])} |\n"
    return text


def page_commands(table):
    """The tables of commands."""
    text = ""
    by_section = groups(table)
    for section, title in SECTIONS.items():
        text += f"\n### {title}\n\n| command | |\n| --- | --- |\n"
        for pattern, words in by_section[section]:
            text += f"| `{cell(command_words(pattern))}` | {cell(words)} |\n"
    return text


def roff(text):
    """A text in the manual, in which long alternatives may be broken."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    text = re.sub(r"[^ ]{60,}", lambda word: word[0].replace("|", "|\\:"), text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def manual(options, commands):
    """The manual."""
    text = MANUAL_HEAD + ".SH OPTIONS\n"
    for title, members in groups(options).items():
        text += f".SS {title}\n"
        for row in members:
            text += f".TP\n.B {roff(option_words(row))}\n{roff(row[3])}\n"
    text += ".SH COMMANDS\n"
    by_section = groups(commands)
    for section, title in SECTIONS.items():
        text += f".SS {title}\n"
        for pattern, words in by_section[section]:
            text += f".TP\n.B {roff(command_words(pattern))}\n{roff(words)}\n"
    return text + MANUAL_TAIL


def replaced(page, name, text):
    """The page with what is between the marks of a name replaced."""
    pattern = rf"(<!-- {name}: made by scripts/fwd_doc.py -->\n).*?(\n<!-- end of {name} -->)"
    new, count = re.subn(pattern, lambda found: found[1] + text + found[2], page,
                         flags=re.DOTALL)
    if count != 1:
        sys.exit(f"{PAGE}: no marks of {name}")
    return new


def read(path):
    """A file, or nothing if it is not there."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main(arguments):
    """Write, or check."""
    check = "--check" in arguments
    names = [word for word in arguments if word != "--check"]
    if len(names) > 1 or any(word.startswith("-") for word in names):
        sys.exit(__doc__)
    program = names[0] if names else os.path.join(ROOT, "build", "app", "fwd", "lbuf-fwd")
    options, commands = rows(program, "options"), rows(program, "commands")
    page = replaced(read(PAGE), "options", page_options(options))
    page = replaced(page, "commands", page_commands(commands))
    code = 0
    for path, text in ((PAGE, page), (MANUAL, manual(options, commands))):
        old = read(path)
        if old == text:
            continue
        if check:
            sys.stdout.writelines(difflib.unified_diff(old.splitlines(True),
                                                       text.splitlines(True), path, "rows"))
            code = 1
            continue
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    if code:
        print("out of date: run scripts/fwd_doc.py")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
