# SPDX-License-Identifier: BSD-3-Clause
"""What every suite gets from pytest: benches, forwarders, and a clean-up in any case."""

import os
import platform
import shutil
import signal

import pytest

from framework import dts_shell, forwarder, netns
from framework.bench import Bench
from framework.forwarder import HUGE_PAGES_WANTED, Launcher, binary, huge_pages_free
from framework.installed import Installed
from framework.subject import NAMES, Subject
from rig import machine
from rig.kernel import Kernel


def _interrupt(*_):
    raise KeyboardInterrupt


def pytest_sessionstart(session):
    """Unwind the fixtures on SIGTERM too, and remove what a killed run has left."""
    signal.signal(signal.SIGTERM, _interrupt)
    if session.config.option.collectonly:
        return
    if os.geteuid() != 0:
        pytest.exit("these tests make network namespaces: run them as root", 2)
    if not os.access(binary(), os.X_OK):
        pytest.exit(f"{binary()} is not there: build first, or set LBUF_FWD", 2)
    netns.sweep()
    forwarder.sweep()


@pytest.fixture
def make_bench():
    """A maker of test benches; they are torn down after the test."""
    benches = []

    def make(ports, mtu=1500):
        benches.append(Bench(ports, mtu))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def forwarders(make_bench):
    """A launcher of forwarders; they are gone before the benches are."""
    launcher = Launcher()
    yield launcher
    launcher.close()


@pytest.fixture(params=NAMES)
def subject(request, make_bench, tmp_path):
    """Each of the programs that stand in testpmd's place; gone before the benches are."""
    program = Subject(request.param, tmp_path)
    yield program
    program.close()


@pytest.fixture
def start_dts(subject, make_bench):
    """Starts the program on ports of a kind, and a shell that speaks to it as DTS does."""
    def start(kind, *arguments, **wanted):
        bench = make_bench(2 if kind == "af_packet" else 0)
        return dts_shell.start(subject, bench, kind, *arguments, **wanted)

    return start


@pytest.fixture
def need_hugepages():
    """Skips a test that needs hugepages where there are none."""
    def need():
        if huge_pages_free() < HUGE_PAGES_WANTED:
            pytest.skip(f"fewer than {HUGE_PAGES_WANTED} free 2 MiB hugepages")

    return need


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """lbuf as it is installed, to build examples against."""
    return Installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def start_http(make_bench, installed):
    """Starts servers of framework/http.py; they are gone before the benches are."""
    started = []

    def start(kind, *arguments):
        started.append(kind(installed, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def kernel():
    """The guest's kernel."""
    if platform.machine() != "x86_64":
        pytest.skip("the guest is an x86-64 machine that runs this machine's programs")
    if not shutil.which(machine.QEMU):
        pytest.skip(f"{machine.QEMU} is not installed")
    return Kernel()
