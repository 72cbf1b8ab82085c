# SPDX-License-Identifier: BSD-3-Clause
"""Builds the guest's file system: a cpio archive in the "newc" format."""

import os
import re
import stat
import subprocess

FOLDERS = ("proc", "sys", "dev", "tmp", "run", "var/run")


class Archive:
    """A cpio archive in memory."""

    def __init__(self):
        self._entries = {}      # path -> (mode, content)
        for folder in FOLDERS:
            self._add_folder(folder)

    def _add_folder(self, path):
        if path and path not in self._entries:
            self._add_folder(os.path.dirname(path))
            self._entries[path] = (stat.S_IFDIR | 0o755, b"")

    def _add(self, path, mode, content):
        path = path.strip("/")
        self._add_folder(os.path.dirname(path))
        self._entries[path] = (mode, content)

    def add_data(self, path, content, mode=0o755):
        """Add a file with this content."""
        self._add(path, stat.S_IFREG | mode, content)

    def add_file(self, path, source=None):
        """Add a file of the host, under its own path or another one."""
        with open(source or path, "rb") as file:
            self.add_data(path, file.read())

    def add_link(self, path, target):
        """Add a symbolic link."""
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def add_same(self, path):
        """Add a file of the host at the place where it really is, and links that lead there.

        A library that two paths lead to must be one file, or it is loaded twice.
        """
        real = os.path.realpath(path)
        if real.strip("/") not in self._entries:
            self.add_file(real)
        if real != path:
            self.add_link(path, real)

    def add_program(self, path):
        """Add a program or library of the host, with the libraries that it needs."""
        self.add_same(path)
        done = subprocess.run(["ldd", path], capture_output=True, text=True, check=True,
                              timeout=60)
        for library in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", done.stdout, re.MULTILINE):
            self.add_same(os.path.normpath(library))

    def write(self, path):
        """Write the archive to a file."""
        with open(path, "wb") as file:
            for number, name in enumerate(sorted(self._entries), 1):
                mode, content = self._entries[name]
                file.write(_record(number, name, mode, content))
            file.write(_record(0, "TRAILER!!!", 0, b""))


def _padded(data):
    return data + b"\0" * (-len(data) % 4)


def _record(number, name, mode, content):
    """One entry of the archive."""
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + encoded) + _padded(content)
