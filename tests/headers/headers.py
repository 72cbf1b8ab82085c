#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compiles the public headers as callers do: strictly, and without a warning.

usage: headers.py FILE...

Each header is compiled alone, as C11 and as C++17, by gcc and by clang, of these compilers
those that there are. Each .c file, which makes use of the functions, is compiled as C at
each level of optimisation, for newer processors, with link-time optimisation and with
sanitizers; those named use* also as C++. DPDK's headers are the system's: what is in them is
not ours to warn of. For 32 bits each header must refuse, and say why.
"""

import concurrent.futures
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
COMPILERS = {"c": ("gcc", "clang"), "c++": ("g++", "clang++")}
STANDARD = {"c": "-std=c11", "c++": "-std=c++17"}
LEVELS = (["-O0"], ["-O1"], ["-O2"], ["-O3"],
          ["-O2", "-fsanitize=address,undefined"], ["-O2", "-fsanitize=undefined"])
PROCESSORS = [["-O3", f"-march={name}"]
              for name in ("x86-64-v2", "x86-64-v3", "x86-64-v4", "native")]
SECONDS = 120   # for one file
REFUSAL = "lbuf needs a 64-bit system"


def dpdk_flags():
    """Those of pkg-config, with -isystem in the place of -I."""
    text = subprocess.run(["pkg-config", "--cflags", "libdpdk"], check=True,
                          capture_output=True, text=True).stdout
    flags = [flag.replace("-I", "-isystem", 1) if flag.startswith("-I") else flag
             for flag in shlex.split(text)]
    # Where it is the system's own folder pkg-config says nothing.
    return flags + ["-D_GNU_SOURCE"]


def levels():
    """The ways in which each .c file is compiled."""
    return [*LEVELS, ["-O2", "-flto"], *(PROCESSORS if platform.machine() == "x86_64" else ())]


def jobs(files):
    """Name and arguments of each compilation, and what it reads from its input."""
    headers = [path for path in files if path.endswith(".h")]
    folders = sorted({os.path.dirname(path) for path in headers})
    common = WARNINGS + dpdk_flags() + ["-I" + folder for folder in folders]
    for language, names in COMPILERS.items():
        for compiler in filter(shutil.which, names):
            base = [compiler, STANDARD[language], *common, "-x", language]
            for header in headers:
                name = os.path.basename(header)
                # Of a file that declares nothing ISO C complains.
                yield (f"{compiler} {name}", base + ["-fsyntax-only", "-"],
                       f"#include <{name}>\ntypedef int something;\n")
            for source in (path for path in files if path.endswith(".c")):
                name = os.path.basename(source)
                if language == "c++" and not name.startswith("use"):
                    continue
                for level in levels():
                    yield (f"{compiler} {' '.join(level)} {name}",
                           base + level + ["-c", "-o", os.devnull, source], "")


def compile_one(job):
    """None, or what the compiler has to say."""
    name, command, text = job
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False,
                          timeout=SECONDS)
    if done.returncode == 0:
        return None
    return f"{name}: {' '.join(command)}\n{done.stderr}"


def multiarch():
    """Where libc's headers are that depend on the processor: those for 32 bits may be missing."""
    name = subprocess.run(["gcc", "-print-multiarch"], check=True, capture_output=True,
                          text=True).stdout.strip()
    return os.path.join("/usr/include", name)


def refusals(files):
    """Headers that do not refuse 32 bits."""
    folders = sorted({os.path.dirname(path) for path in files})
    bad = []
    with tempfile.TemporaryDirectory() as stubs:
        os.mkdir(os.path.join(stubs, "gnu"))
        with open(os.path.join(stubs, "gnu", "stubs-32.h"), "w", encoding="utf-8"):
            pass
        for header in files:
            done = subprocess.run(
                ["gcc", "-m32", "-E", "-o", os.devnull, *dpdk_flags(), "-isystem", stubs,
                 "-isystem", multiarch(),
                 *("-I" + folder for folder in folders), header],
                capture_output=True, text=True, check=False, timeout=SECONDS)
            if done.returncode == 0 or REFUSAL not in done.stderr:
                bad.append(f"{header}: 32 bits are not refused\n{done.stderr}")
    return bad


def main():
    """The exit code."""
    found = list(jobs(sys.argv[1:]))
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        bad = [text for text in pool.map(compile_one, found) if text]
    if platform.machine() == "x86_64":
        bad += refusals([path for path in sys.argv[1:] if path.endswith(".h")])
    print("\n".join(bad))
    print(f"{len(found) - len(bad)} of {len(found)} compilations without a warning")
    return 1 if bad or not found else 0


if __name__ == "__main__":
    sys.exit(main())
