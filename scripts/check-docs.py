#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that what the pages tell people to do can be done.

usage: check-docs.py [--compile-only] [PAGE...]

Of README.md and the guide, or of the pages that are named: each block of C compiles against
the installed library (PKG_CONFIG_PATH may say where that is), those with a main() are linked;
links to files lead somewhere; and each block of shell commands is run as it is written, in a
copy of the tree, one after the other of a page. Some cannot be run everywhere: those that
install packages, take a NIC, or take very long are left out, each by its first word or
script below, and counted. --compile-only runs none.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECONDS = 900   # for the commands of a block
# Commands that are not run, and why.
LEFT_OUT = {
    r"apt-get ": "changes the system",
    r"scripts/demo\.sh": "is a part of CI of its own",
    r"scripts/test\.sh": "is CI",
    r"scripts/lint\.sh": "is a part of CI of its own",
    r"scripts/setup\.sh (bind|unbind|hugepages)": "takes a NIC, or the machine's memory",
    r"build/app/fwd/lbuf-fwd -l": "takes NICs",
    r"scripts/distro\.sh": "takes minutes, and is a part of CI of its own",
    r"lbuf-exporter --listen": "runs until it is stopped",
    r"lbuf-top$": "takes a terminal",
    r"cp -r /usr/share/doc": "takes the packages; scripts/packages.sh does it",
    r"cd hello": "goes with it",
    r"cc -o hello": "goes with it",
    r"\./hello": "goes with it",
    r"lbuf-pools": "is installed by the packages",
    r"(meson setup )?build-lwip": "runs until it is stopped; dts/tests does it",
    r"ip ": "goes with it",
}
# What stands for an installation: the commands that follow find the library there.
PRELUDE = """set -eu
export PATH="$PREFIX/bin:$PATH"
export PKG_CONFIG_PATH="$PREFIX/lib/pkgconfig" LD_LIBRARY_PATH="$PREFIX/lib"
ninja() { case "$*" in *install*) command ninja "$@" >/dev/null ;; *) command ninja "$@" ;; esac; }
meson() { if [ "$1" = setup ]; then command meson "$@" --prefix="$PREFIX" --libdir=lib \
-Dtests=false >/dev/null; else command meson "$@"; fi; }
"""
# What a block of a few functions takes for granted.
HEAD = "#include <stdbool.h>\n#include <lbuf.h>\n#include <lbuf_burst.h>\n#include <lbuf_port.h>\n"


def pages():
    """Those that are checked if none are named."""
    guide = os.path.join(ROOT, "doc", "guide")
    return [os.path.join(ROOT, "README.md"), os.path.join(ROOT, "examples", "README.md"),
            *sorted(os.path.join(guide, name) for name in os.listdir(guide)
                    if name.endswith(".md"))]


def blocks(text):
    """Line, language and text of each block: fenced ones, and indented ones ("sh")."""
    found, lines, i = [], text.splitlines(), 0
    while i < len(lines):
        fence = re.match(r"^```(\w*)$", lines[i])
        start = i
        if fence:
            i += 1
            while i < len(lines) and lines[i] != "```":
                i += 1
            found.append((start + 2, fence[1] or "text", "\n".join(lines[start + 1:i])))
        elif lines[i].startswith("    ") and (i == 0 or not lines[i - 1].strip()):
            while i < len(lines) and (lines[i].startswith("    ") or not lines[i].strip()):
                i += 1
            block = "\n".join(line[4:] for line in lines[start:i]).rstrip()
            found.append((start + 1, "sh", block))
            continue
        i += 1
    return found


def flags(what):
    """Words of pkg-config."""
    return subprocess.run(["pkg-config", what, "lbuf"], check=True, capture_output=True,
                          text=True).stdout.split()


def compile_c(text, work):
    """What the compiler has to say of a block; nothing if it is content."""
    source = os.path.join(work, "block.c")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text if "int\nmain(" in text else HEAD + text + "\n")
    command = ["cc", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
               "-Wno-implicit-function-declaration", *flags("--cflags"), source]
    command += ["-o", os.path.join(work, "block"), *flags("--libs")] if "int\nmain(" in text \
        else ["-c", "-o", os.devnull]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def is_output(text):
    """An indented block that shows what a program prints: no command in it."""
    first = text.split()[0] if text.split() else ""
    known = shutil.which(first) or os.path.exists(os.path.join(ROOT, first)) or \
        first.startswith(("./", "build/", "lbuf-", "scripts/")) or "=" in first
    return not known


def runnable(text):
    """The commands of a block that are run, and those that are not."""
    joined = re.sub(r"\\\n\s*", " ", text)
    run, left = [], []
    for line in joined.splitlines():
        command = line.split(" #")[0].strip()
        why = next((reason for pattern, reason in LEFT_OUT.items()
                    if re.match(pattern, command)), None)
        (run if why is None else left).append(command)
    return [line for line in run if line], left


def run_shell(commands, tree, prefix):
    """The output of commands that failed; nothing if they did not."""
    done = subprocess.run(["bash", "-c", PRELUDE + "\n".join(commands)], cwd=tree, check=False,
                          env={**os.environ, "PREFIX": prefix}, capture_output=True, text=True,
                          timeout=SECONDS)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def broken_links(path, text):
    """Links of a page to files that are not there."""
    folder = os.path.dirname(path)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", text, flags=re.S))
    return [target for target in targets if "://" not in target and
            not os.path.exists(os.path.join(folder, target))]


def copy_of_tree(work):
    """A fresh clone, as far as git knows the files."""
    tree = os.path.join(work, "tree")
    subprocess.run(["git", "clone", "--quiet", "--local", ROOT, tree], check=True)
    return tree


class Check:
    """Pages, and what was found."""

    def __init__(self, work, run):
        self._work, self._run = work, run
        self._tree = copy_of_tree(work) if run else None
        self.bad, self.good, self.left = [], 0, 0

    def _note(self, where, what):
        if what:
            self.bad.append(f"{where}: {what.strip()}")
        else:
            self.good += 1

    def page(self, path):
        """Check all of a page."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        name = os.path.relpath(path, ROOT)
        for target in broken_links(path, text):
            self.bad.append(f"{name}: there is no {target}")
        example = None
        for line, language, block in blocks(text):
            where = f"{name}:{line}"
            if language == "c":
                self._note(where, compile_c(block, self._work))
                example = example or (block if "int\nmain(" in block else None)
            elif language == "sh" and not is_output(block):
                self._shell(where, block, example)

    def _shell(self, where, block, example):
        """Run a block, which may speak of the page's first program as example.c."""
        commands, left = runnable(block)
        self.left += len(left)
        if not self._run or not commands:
            return
        if example:
            with open(os.path.join(self._tree, "example.c"), "w", encoding="utf-8") as file:
                file.write(example)
        self._note(where, run_shell(commands, self._tree, os.path.join(self._work, "prefix")))


def main(arguments):
    """The exit code."""
    run = "--compile-only" not in arguments
    names = [word for word in arguments if word != "--compile-only"]
    if any(word.startswith("-") for word in names):
        print(__doc__.strip())
        return 0 if names[0] in ("-h", "--help") else 2
    if subprocess.run(["pkg-config", "--exists", "lbuf"], check=False).returncode:
        sys.exit("check-docs.py: pkg-config finds no lbuf: install it, or set PKG_CONFIG_PATH")
    with tempfile.TemporaryDirectory(prefix="lbuf.") as work:
        check = Check(work, run)
        for path in map(os.path.abspath, names) if names else pages():
            check.page(path)
    print("\n".join(check.bad))
    print(f"{check.good} blocks do, {len(check.bad)} complaints, {check.left} commands not run")
    return 1 if check.bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
