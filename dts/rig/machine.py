# SPDX-License-Identifier: BSD-3-Clause
"""Boots the guest in QEMU and runs a program in it.

CPUs and memory are spread over two NUMA nodes, evenly unless a shape says otherwise. Each node has
a PCI root of its own with one NIC behind the IOMMU. Everything is emulated: nothing of the host
but CPU time is needed.
"""

import glob
import os
import re
import shlex
import shutil
import socket
import tempfile
from typing import NamedTuple

import pytest

from framework.forwarder import binary
from framework.program import Program
from rig import srat
from rig.cable import Cable
from rig.initramfs import Archive

QEMU = "qemu-system-x86_64"
NODE_HUGE_PAGES = 192
# no_timer_check: on a busy host the guest's timer is late for the kernel's test of it.
BOOT_ARGUMENTS = ("console=ttyS0 quiet panic=-1 nokaslr mitigations=off audit=0 tsc=reliable "
                  "no_timer_check "
                  "numa_balancing=disable intel_iommu=on default_hugepagesz=2M hugepagesz=2M ")
STOP_TIMEOUT = 90
NODES = (0, 1)
NICS = ("e1000e", "e1000", "virtio", "vmxnet3")
BOOT_TIMEOUT = 180
DRIVERS = ("bus_pci", "bus_vdev", "mempool_ring", "net_e1000", "net_null", "net_virtio",
           "net_vmxnet3")
# loaded at run time, by EAL and by the C library (for pthread_cancel)
PLUGINS = [f"/usr/lib/*/dpdk/pmds-*/librte_{driver}.so.*" for driver in DRIVERS]
PLUGINS.append("/lib/*/libgcc_s.so.1")

FAULT = re.compile(r"DMAR: .* fault addr (0x[0-9a-f]+)")
# vmxnet3's driver lets the device read its settings once before it has said where they are
HARMLESS_FAULTS = {"vmxnet3": {"0x0"}}
RIG = os.path.dirname(os.path.abspath(__file__))


class Shape(NamedTuple):
    """On which node each CPU is, and how much memory each node has, MiB."""

    cpu_nodes: tuple
    memory_mb: tuple

    def cpus(self, node):
        """The CPUs of a node."""
        return [cpu for cpu, of in enumerate(self.cpu_nodes) if of == node]

    def with_memory(self):
        """The nodes that have memory; each has hugepages."""
        return [node for node in NODES if self.memory_mb[node]]


EVEN = Shape(cpu_nodes=(0, 0, 1, 1), memory_mb=(1024, 1024))
NO_MEMORY_ON_0 = Shape(cpu_nodes=(0, 0, 1, 1), memory_mb=(0, 2048))
NO_CPUS_ON_0 = Shape(cpu_nodes=(1, 1, 1, 1), memory_mb=(1024, 1024))
NO_CPUS_ON_1 = Shape(cpu_nodes=(0, 0, 0, 0), memory_mb=(1024, 1024))


def fill(archive, kernel, programs, commands):
    """Put into an archive what the guest needs to run commands one after the other.

    The first one that fails is the last one.
    """
    archive.add_file("init", os.path.join(RIG, "init.sh"))
    for name in ("confine", "awhile"):
        archive.add_file(name, os.path.join(RIG, f"{name}.sh"))
    archive.add_file("bin/busybox", kernel.busybox)
    modules = kernel.module_files("vfio_pci", "vfio_iommu_type1")
    for path in modules:
        archive.add_file(f"modules/{os.path.basename(path)}", path)
    order = "".join(f"{os.path.basename(path)}\n" for path in modules)
    archive.add_data("modules/order", order.encode())
    for path in [*programs, *plugin_files()]:
        archive.add_program(path)
    # the last one takes the place of the shell, and its signals
    lines = [f"{shlex.join(command)} || exit\n" for command in commands[:-1]]
    lines.append(f"exec {shlex.join(commands[-1])}\n")
    archive.add_data("job", "".join(lines).encode())


def build(path, kernel, programs, commands, shape=EVEN):
    """Make the file system of a guest of this shape; see fill()."""
    archive = Archive()
    if not shape.cpus(NODES[0]):
        archive.add_data(srat.PATH, srat.table(shape.cpu_nodes, shape.memory_mb))
    fill(archive, kernel, programs, commands)
    archive.write(path)
    return path


def confined(cpus, nodes, command):
    """A command that runs in the guest as in a container with these CPUs and memory nodes."""
    return ("/confine", cpus, nodes, *command)


def awhile(pattern, command):
    """A command that is interrupted in the guest two seconds after it has said a pattern."""
    return ("/awhile", pattern, *command)


def labelled(label, command):
    """A command after which others are run whatever its exit code; see section()."""
    script = 'echo "RIG: begin $0"; "$@"; echo "RIG: end of $0: $?"'
    return ("sh", "-c", script, label, *command)


def section(console, label):
    """(exit code, output) of a labelled command."""
    found = re.search(rf"^RIG: begin {label}\n(.*?)^RIG: end of {label}: (\d+)$", console,
                      re.MULTILINE | re.DOTALL)
    assert found, f"{label} has not ended:\n{console}"
    return int(found.group(2)), found.group(1)


def test_program(name):
    """The path of a program that is only for the guest; built along with the forwarder."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(binary())))
    path = os.path.join(folder, "tests", "nic", name)
    if not os.access(path, os.X_OK):
        pytest.skip(f"{path} is not there: build with -Dtests=true")
    return path


def exit_code(console):
    """The exit code of the job, or None if it has not ended."""
    code = re.search(r"^RIG: exit code (\d+)", console, re.MULTILINE)
    return int(code.group(1)) if code else None


def iommu_faults(nic, console):
    """The addresses at which the IOMMU has stopped a NIC."""
    return set(FAULT.findall(console)) - HARMLESS_FAULTS.get(nic, set())


def plugin_files(patterns=tuple(PLUGINS)):
    """The libraries that ldd does not show."""
    return [sorted(glob.glob(pattern))[-1] for pattern in patterns]


def _node(node, shape):
    """QEMU's options for a node and its PCI root."""
    numa = f"node,nodeid={node}" + "".join(f",cpus={cpu}" for cpu in shape.cpus(node))
    options = []
    if shape.memory_mb[node]:
        numa += f",memdev=memory{node}"
        options += ["-object",
                    f"memory-backend-ram,id=memory{node},size={shape.memory_mb[node]}M"]
    return options + [
        "-numa", numa,
        "-device", f"pxb-pcie,id=root{node},bus=pcie.0,bus_nr={32 + 32 * node}"
                   f",numa_node={node}",
        "-device", f"pcie-root-port,id=slot{node},bus=root{node},chassis={node + 1}"
                   f",slot={node + 1}"]


def _machine(shape):
    """QEMU's options for CPUs, memory and IOMMU.

    One thread does what all CPUs do: with a thread each QEMU 10 ends in an assertion
    (iotlb_to_section) when the addresses of a NIC are set while other CPUs run.
    """
    options = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
               "-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max,la57=off",
               "-smp", "4,sockets=2,cores=2,threads=1", "-m", f"{sum(shape.memory_mb)}M",
               "-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"]
    for node in NODES:
        options += _node(node, shape)
    return options


def _boot_arguments(shape):
    """The kernel's command line."""
    return BOOT_ARGUMENTS + "hugepages=" + ",".join(
        f"{node}:{NODE_HUGE_PAGES}" for node in shape.with_memory())


def _nic(kind, node):
    """QEMU's options for the NIC of a node."""
    common = f"netdev=cable{node},mac=52:54:00:00:00:{node + 1:02x},romfile="
    if kind == "e1000":         # a PCI device: behind a bridge
        return ["-device", f"pcie-pci-bridge,id=bridge{node},bus=slot{node}",
                "-device", f"e1000,bus=bridge{node},addr=1,{common}"]
    if kind == "virtio":        # ready for an IOMMU, without the interface that is not
        return ["-device", f"virtio-net-pci,bus=slot{node},disable-legacy=on,iommu_platform=on"
                           f",ats=on,{common}"]
    return ["-device", f"{kind},bus=slot{node},{common}"]


class Guest:
    """A booting or running guest; cables[i] leads to the NIC of node i."""

    def __init__(self, kernel, initramfs, nic, shape=EVEN):
        self._folder = tempfile.mkdtemp(prefix="lbuf-rig-")
        self.cables = []
        self.console = None
        try:
            self.cables = [Cable(self._path(f"host{node}"), self._path(f"guest{node}"))
                           for node in NODES]
            self.console = Program(self._command(kernel, initramfs, nic, shape))
        except Exception:
            self.close()
            raise

    def _path(self, name):
        return os.path.join(self._folder, name)

    def _command(self, kernel, initramfs, nic, shape):
        command = [QEMU, *_machine(shape)]
        for node in NODES:
            command += ["-netdev", f"dgram,id=cable{node},"
                        f"local.type=unix,local.path={self._path(f'guest{node}')},"
                        f"remote.type=unix,remote.path={self._path(f'host{node}')}"]
            command += _nic(nic, node)
        return command + [
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-chardev", f"socket,id=control,path={self._path('control')},server=on,wait=off",
            "-serial", "chardev:control", "-kernel", kernel.image, "-initrd", initramfs,
            "-append", _boot_arguments(shape)]

    def wait_for(self, pattern, timeout):
        """Wait until the console shows a pattern; then the cables are plugged in."""
        match = self.console.wait_for(pattern, timeout)
        if not match:
            raise AssertionError(f"the guest does not show {pattern}:\n{self.console.output}")
        for cable in self.cables:
            cable.connect()
        return match

    def stop(self):
        """Ask the program to stop, wait for the guest's end and return what it showed."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
            control.connect(self._path("control"))
            control.sendall(b"stop\n")
            self.console.wait_for(r"^RIG: end", STOP_TIMEOUT)
        self.console.wait(STOP_TIMEOUT)
        return self.console.output

    def close(self):
        """End the guest at once if it still runs, and remove its files."""
        if self.console:
            self.console.kill()
        for cable in self.cables:
            cable.close()
        shutil.rmtree(self._folder, ignore_errors=True)
