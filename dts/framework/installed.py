# SPDX-License-Identifier: BSD-3-Clause
"""An installed lbuf, and the examples built against it."""

import os
import re
import shutil
import subprocess

import pytest

from framework.forwarder import ROOT, binary, lcores, memory_options, new_prefix
from framework.program import Program


def run(*command, **how):
    """Run a command of the build; show what it said if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, check=False, **how)
    assert done.returncode == 0, f"{command}: {done.stdout}"


class Installed:
    """lbuf, installed into a folder, and the examples built against it."""

    def __init__(self, folder):
        build = os.path.dirname(os.path.dirname(os.path.dirname(binary())))
        if not os.path.exists(os.path.join(build, "build.ninja")):
            pytest.skip(f"{build} is no build folder")
        self._folder = folder
        root = folder / "root"
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", str(root))
        packages = next(root.rglob("lbuf.pc")).parent
        text = (packages / "lbuf.pc").read_text()
        prefix = re.search(r"^prefix=(.*)$", text, re.MULTILINE)[1]
        (packages / "lbuf.pc").write_text(text.replace(f"prefix={prefix}",
                                                       f"prefix={root}{prefix}"))
        self._env = {**os.environ, "PKG_CONFIG_PATH": str(packages),
                     "LD_LIBRARY_PATH": str(packages.parent)}
        # The shared library is what a package would have.
        for archive in packages.parent.glob("*.a"):
            archive.unlink()

    def build(self, name):
        """Build an example from a copy of its sources, once; a warning is an error."""
        copy = self._folder / "examples"
        target = self._folder / name
        if target.exists():
            return target / name
        if not copy.exists():
            shutil.copytree(os.path.join(ROOT, "examples"), copy)
        run("meson", "setup", "-Dwerror=true", str(target), str(copy / name), env=self._env)
        run("ninja", "-C", str(target), env=self._env)
        return target / name

    def start(self, path, namespace, vdevs, *arguments):
        """Start an example."""
        prefix = new_prefix()
        command = [str(path), "--no-pci", "--no-telemetry", f"--file-prefix={prefix}",
                   *lcores(1), *memory_options(), *[f"--vdev={each}" for each in vdevs],
                   *(["--", *arguments] if arguments else [])]
        return Program(namespace.wrap(command), env=self._env), prefix
