# SPDX-License-Identifier: BSD-3-Clause
"""Dedicated NICs: the forwarder in a guest with two NUMA nodes, a NIC on each, and an IOMMU."""

import glob
import platform
import re
import shutil

import pytest

from framework import frames
from framework.forwarder import BANNER, Outcome, binary
from framework.wire import exchange
from rig import machine
from rig.initramfs import Archive
from rig.kernel import Kernel

NICS = ("e1000e", "e1000", "virtio", "vmxnet3")
SIZES = (64, 1500)
COUNT = 1000
DIRECTIONS = ((0, 1), (1, 0))
BOOT_TIMEOUT = 180
DRIVERS = ("bus_pci", "bus_vdev", "mempool_ring", "net_e1000", "net_virtio", "net_vmxnet3")
# loaded at run time, by EAL and by the C library (for pthread_cancel)
PLUGINS = [f"/usr/lib/*/dpdk/pmds-*/librte_{driver}.so.*" for driver in DRIVERS]
PLUGINS.append("/lib/*/libgcc_s.so.1")
COMMAND = (binary(), "-l", "0-2", "--", "--forward-mode=io", "--nb-cores=2",
           "--total-num-mbufs=4096")
# how the forwarder tells where a port and its pool are: port, its socket, its pool's socket
PLACE = re.compile(r"^Port (\d+): .*\bsocket (\d+), .*pool on socket (\d+)", re.MULTILINE)

FAULT = re.compile(r"DMAR: .* fault addr (0x[0-9a-f]+)")
# vmxnet3's driver lets the device read its settings once before it has said where they are
HARMLESS_FAULTS = {"vmxnet3": {"0x0"}}


def plugin_files():
    """The libraries that ldd does not show."""
    return [sorted(glob.glob(pattern))[-1] for pattern in PLUGINS]


@pytest.fixture(scope="module", name="kernel")
def fixture_kernel():
    """The guest's kernel."""
    if platform.machine() != "x86_64":
        pytest.skip("the guest is an x86-64 machine that runs this machine's programs")
    if not shutil.which(machine.QEMU):
        pytest.skip(f"{machine.QEMU} is not installed")
    return Kernel()


@pytest.fixture(scope="module", name="initramfs")
def fixture_initramfs(kernel, tmp_path_factory):
    """The guest's file system, with the forwarder in it."""
    archive = Archive()
    machine.fill(archive, kernel, binary(), plugin_files(), COMMAND)
    path = str(tmp_path_factory.mktemp("rig") / "initramfs")
    archive.write(path)
    return path


def numbered_frames(source, size):
    """The frames to send from one side."""
    return [frames.udp_frame(size, seed, source=f"02:00:00:00:01:{source:02x}")
            for seed in range(COUNT)]


class Run:
    """What one run with a NIC has shown."""

    def __init__(self, nic, guest):
        self.nic = nic
        self.sent, self.received = {}, {}
        guest.wait_for(BANNER, BOOT_TIMEOUT)
        for size in SIZES:
            for source, sink in DIRECTIONS:
                key = (size, source, sink)
                self.sent[key] = numbered_frames(source, size)
                self.received[key] = exchange(guest.cables[source], guest.cables[sink],
                                              self.sent[key], window=64, idle=10)
        self.console = guest.stop().replace("\r", "")
        code = re.search(r"^RIG: exit code (\d+)", self.console, re.MULTILINE)
        self.outcome = Outcome(int(code.group(1)) if code else None, self.console)


@pytest.fixture(scope="module", name="run", params=NICS)
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
    faults = set(FAULT.findall(run.console))
    assert faults <= HARMLESS_FAULTS.get(run.nic, set()), run.console


def test_numa(run):
    """Each port's memory is on the port's own node.

    Steps:
        Read what the forwarder tells about its ports.
    Verify:
        Port 0 is on socket 0, port 1 on socket 1, and so are their pools.
    """
    places = [tuple(map(int, place)) for place in PLACE.findall(run.console)]
    assert places == [(0, 0, 0), (1, 1, 1)], run.console
