# SPDX-License-Identifier: BSD-3-Clause
"""Dedicated NICs: the forwarder in a guest with two NUMA nodes, a NIC on each, and an IOMMU."""

import re

import pytest

from framework import frames
from framework.forwarder import BANNER, Outcome, binary
from framework.wire import exchange
from rig import machine

SIZES = (64, 1500)
COUNT = 1000
DIRECTIONS = ((0, 1), (1, 0))
COMMAND = (binary(), "-l", "0-2", "--", "--forward-mode=io", "--nb-cores=2",
           "--total-num-mbufs=4096")
# How the forwarder tells where a port is, and where a pool of mbufs.
PLACE = re.compile(r"^Configuring Port (\d+) \(socket (\d+)\)", re.MULTILINE)
POOL = re.compile(r"mbuf pool <mb_pool_(\d+)>: .*, socket=(\d+)", re.MULTILINE)


@pytest.fixture(scope="module", name="initramfs")
def fixture_initramfs(kernel, tmp_path_factory):
    """The guest's file system, with the forwarder in it."""
    return machine.build(str(tmp_path_factory.mktemp("rig") / "initramfs"), kernel, [binary()],
                         [COMMAND])


def numbered_frames(source, size):
    """The frames to send from one side."""
    return [frames.udp_frame(size, seed, source=f"02:00:00:00:01:{source:02x}")
            for seed in range(COUNT)]


class Run:
    """What one run with a NIC has shown."""

    def __init__(self, nic, guest):
        self.nic = nic
        self.sent, self.received = {}, {}
        guest.wait_for(BANNER, machine.BOOT_TIMEOUT)
        for size in SIZES:
            for source, sink in DIRECTIONS:
                key = (size, source, sink)
                self.sent[key] = numbered_frames(source, size)
                self.received[key] = exchange(guest.cables[source], guest.cables[sink],
                                              self.sent[key], window=64, idle=10)
        self.console = guest.stop().replace("\r", "")
        self.outcome = Outcome(machine.exit_code(self.console), self.console)


@pytest.fixture(scope="module", name="run", params=machine.NICS)
def fixture_run(request, kernel, initramfs):
    """A whole run with each NIC in turn: boot, forward, send numbered frames, stop."""
    guest = machine.Guest(kernel, initramfs, request.param)
    try:
        yield Run(request.param, guest)
    finally:
        guest.close()


def test_frames(run):
    """Every frame crosses both NICs.

    Steps:
        Boot the guest with the NIC, start the forwarder in io mode on two cores.
        Send 1000 numbered frames of 64 bytes and 1000 of 1500 bytes, each way.
    Verify:
        Every frame comes out on the other side once, in order, byte for byte.
    """
    for key, sent in run.sent.items():
        received = run.received[key]
        assert len(received) == len(sent), f"{key}\n{run.console}"
        assert received == sent, key


def test_end(run):
    """The forwarder ends in good order.

    Steps:
        After the frames, send the forwarder SIGINT.
    Verify:
        Exit code 0, no leak; each port has counted all frames, received and sent.
    """
    run.outcome.check_clean()
    for port in (0, 1):
        assert run.outcome.statistics.rx(port) == COUNT * len(SIZES)
        assert run.outcome.statistics.tx(port) == COUNT * len(SIZES)
        assert run.outcome.statistics.dropped(port) == 0


def test_iommu(run):
    """The NICs touch no memory that is not theirs.

    Steps:
        Look through the kernel log of the guest after the run.
    Verify:
        The NICs were behind the IOMMU, bound to vfio-pci; it has reported no fault.
    """
    assert len(re.findall(r"^RIG: NIC .* driver vfio-pci$", run.console, re.MULTILINE)) == 2
    assert "RIG: end" in run.console
    assert not machine.iommu_faults(run.nic, run.console), run.console


def test_numa(run):
    """Each port's memory is on the port's own node.

    Steps:
        Read what the forwarder tells about its ports.
    Verify:
        Port 0 is on socket 0, port 1 on socket 1, and each socket has a pool.
    """
    places = [tuple(map(int, place)) for place in PLACE.findall(run.console)]
    assert places == [(0, 0), (1, 1)], run.console
    pools = sorted(tuple(map(int, pool)) for pool in POOL.findall(run.console))
    assert pools == [(0, 0), (1, 1)], run.console
