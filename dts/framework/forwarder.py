# SPDX-License-Identifier: BSD-3-Clause
"""Starts and stops lbuf-fwd."""

import contextlib
import glob
import itertools
import os
import re
import shutil
import signal

from framework.program import Program
from framework.statistics import Statistics, leaks

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFAULT_PATH = os.path.join(ROOT, "build", "app", "fwd", "lbuf-fwd")
BANNER = r"^\w+ packet forwarding - ports=\d+ - cores=\d+ - streams=\d+"
START_TIMEOUT = 60
STOP_TIMEOUT = 60
HUGE_PAGES_WANTED = 300     # free 2 MiB pages that make hugepages the choice
MEMORY_MB = 512
PREFIX = "lbuf-dts"

_serial = itertools.count()


def binary():
    """The forwarder under test."""
    return os.path.abspath(os.environ.get("LBUF_FWD", DEFAULT_PATH))


def huge_pages_free():
    """How many 2 MiB hugepages are free."""
    try:
        path = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return 0


def memory_options(huge=None):
    """EAL's memory options; without a wish, hugepages when there are plenty."""
    if huge is None:
        huge = huge_pages_free() >= HUGE_PAGES_WANTED and os.path.ismount("/dev/hugepages")
    return [] if huge else ["--no-huge", "-m", str(MEMORY_MB)]


def lcores(count):
    """EAL's lcore map: `count` lcores that share all the CPUs there are."""
    last_cpu = (os.cpu_count() or 1) - 1
    return ["--lcores", f"(0-{count - 1})@(0-{last_cpu})"]


def new_prefix():
    """A file prefix that no other process has."""
    return f"{PREFIX}-{os.getpid()}-{next(_serial)}"


def left_behind(prefix):
    """The files that a process with this prefix has left."""
    found = glob.glob(f"/dev/hugepages/{glob.escape(prefix)}map_*")
    for folder in runtime_folders(prefix):
        found += glob.glob(f"{glob.escape(folder)}/*")
    return sorted(found)


def runtime_folders(prefix):
    """Where EAL keeps the files of a process."""
    folders = ["/var/run/dpdk", "/tmp/dpdk"]
    return [os.path.join(folder, prefix) for folder in folders]


def tidy(prefix):
    """Remove the files that a process with this prefix has left."""
    for folder in runtime_folders(prefix):
        shutil.rmtree(folder, ignore_errors=True)
    for path in glob.glob(f"/dev/hugepages/{glob.escape(prefix)}map_*"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def sweep():
    """Remove the files of earlier runs of the tests whose process is gone."""
    found = glob.glob(f"/dev/hugepages/{PREFIX}-*")
    for folder in runtime_folders(PREFIX + "-*"):
        found += glob.glob(folder)
    for path in found:
        prefix = re.match(rf"{PREFIX}-(\d+)-\d+", os.path.basename(path))
        if prefix and not os.path.exists(f"/proc/{prefix.group(1)}"):
            tidy(prefix.group(0))


def options(**wanted):
    """Command line options from keywords: nb_cores=2 is --nb-cores=2.

    A list gives the option once for each of its elements, True gives it without a value.
    """
    words = []
    for name, value in wanted.items():
        values = value if isinstance(value, list) else [value]
        option = f"--{name.replace('_', '-')}"
        words += [option if each is True else f"{option}={each}" for each in values]
    return words


class Outcome:
    """What is known after the forwarder's end."""

    def __init__(self, code, output):
        self.code = code
        self.output = output
        self.statistics = Statistics(output)
        self.leaks = leaks(output)

    def check_clean(self):
        """Verify exit code 0, no leak, and statistics that were printed."""
        assert self.code == 0, f"exit code {self.code}\n{self.output}"
        assert self.leaks == (0, 0), self.output
        assert self.statistics.ports and self.statistics.total, self.output


class Forwarder(Program):
    """A running lbuf-fwd."""

    def __init__(self, eal, arguments, namespace=None, prefix=None):
        self.prefix = prefix or new_prefix()
        command = [binary(), "--no-pci", f"--file-prefix={self.prefix}", *eal, "--", *arguments]
        super().__init__(namespace.wrap(command) if namespace else command)

    def wait_forwarding(self):
        """Wait for the banner."""
        if not self.wait_for(BANNER, START_TIMEOUT):
            self.kill()
            raise AssertionError(f"no banner: {self.command}\n{self.output}")

    def stop(self, number=signal.SIGINT):
        """Stop forwarding by a signal and return the outcome."""
        self.send_signal(number)
        return self.finish()

    def finish(self, timeout=STOP_TIMEOUT):
        """Wait for the end and return the outcome."""
        code = self.wait(timeout)
        return Outcome(code, self.output)


class Launcher:
    """Starts forwarders and makes sure that none stays behind."""

    def __init__(self):
        self._started = []

    def launch(self, eal, arguments, namespace=None, prefix=None):
        """Start a forwarder with exactly these arguments and do not wait."""
        program = Forwarder(eal, arguments, namespace, prefix)
        self._started.append(program)
        return program

    def start(self, vdevs, mode, namespace=None, cores=1, huge=None, wait=True, **wanted):
        """Start a forwarder on virtual devices; wait until it forwards, or do not."""
        wanted.setdefault("total_num_mbufs", 4096)
        eal = lcores(cores + 1) + memory_options(huge)
        eal += [f"--vdev={vdev}" for vdev in vdevs]
        arguments = options(forward_mode=mode, nb_cores=cores, **wanted)
        program = self.launch(eal, arguments, namespace)
        if wait:
            program.wait_forwarding()
        return program

    def close(self):
        """Kill what still runs and remove the files of all."""
        for program in self._started:
            program.kill()
            tidy(program.prefix)
