# SPDX-License-Identifier: BSD-3-Clause
"""Ways to run a program with less than it wants; each wraps a command line."""

import os
import shutil
import subprocess
import tempfile

NOBODY = "65534"


class WithoutHugepages:
    """A mount namespace in which the system seems to have no hugepages reserved."""

    SCRIPT = ('mount --bind "$1" /sys/kernel/mm/hugepages || exit 99\n'
              'mount -t hugetlbfs nodev /dev/hugepages\n'
              'shift; exec "$@"')

    def __init__(self, folder):
        self._fake = os.path.join(folder, "hugepages")
        size = os.path.join(self._fake, "hugepages-2048kB")
        os.makedirs(size)
        for name in ("nr", "free", "resv", "surplus", "nr_overcommit"):
            with open(os.path.join(size, f"{name}_hugepages"), "w", encoding="ascii") as file:
                file.write("0\n")

    def wrap(self, command):
        """The command line that runs a command without hugepages."""
        return ["unshare", "--mount", "sh", "-c", self.SCRIPT, "sh", self._fake, *command]


class Unprivileged:
    """A user who owns nothing; runs a copy of the program that he can reach."""

    def __init__(self, program):
        self._folder = tempfile.mkdtemp(prefix="lbuf-dts-")
        os.chmod(self._folder, 0o755)
        for path in [program, *self._own_libraries(program)]:
            shutil.copy(path, self._folder)
        self._program = os.path.join(self._folder, os.path.basename(program))

    @staticmethod
    def _own_libraries(program):
        """The libraries of the program that are not the system's."""
        done = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=30,
                              check=True)
        paths = [word for word in done.stdout.split() if word.startswith("/")]
        return [path for path in paths if not path.startswith(("/lib", "/usr/"))]

    def wrap(self, command):
        """The command line that runs the program, with the same arguments, as that user."""
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                "env", f"LD_LIBRARY_PATH={self._folder}", "HOME=/nonexistent",
                self._program, *command[1:]]

    def close(self):
        """Remove the copy."""
        shutil.rmtree(self._folder, ignore_errors=True)
