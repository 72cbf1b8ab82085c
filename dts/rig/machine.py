# SPDX-License-Identifier: BSD-3-Clause
"""Boots the guest in QEMU and runs a program in it.

CPUs and memory are spread over two NUMA nodes. Each node has a PCI root of its own with one NIC
behind the IOMMU. Everything is emulated: nothing of the host but CPU time is needed.
"""

import os
import shlex
import shutil
import socket
import tempfile

from framework.program import Program
from rig.cable import Cable

QEMU = "qemu-system-x86_64"
NODE_MB = 1024
NODE_HUGE_PAGES = 192
# no_timer_check: on a busy host the guest's timer is late for the kernel's test of it.
BOOT_ARGUMENTS = ("console=ttyS0 quiet panic=-1 nokaslr mitigations=off audit=0 tsc=reliable "
                  "no_timer_check "
                  "numa_balancing=disable intel_iommu=on default_hugepagesz=2M hugepagesz=2M "
                  f"hugepages=0:{NODE_HUGE_PAGES},1:{NODE_HUGE_PAGES}")
STOP_TIMEOUT = 90
NODES = (0, 1)
RIG = os.path.dirname(os.path.abspath(__file__))


def fill(archive, kernel, program, plugins, command):
    """Put into an archive what the guest needs to run a command of a program."""
    archive.add_file("init", os.path.join(RIG, "init.sh"))
    archive.add_file("bin/busybox", kernel.busybox)
    modules = kernel.module_files("vfio_pci", "vfio_iommu_type1")
    for path in modules:
        archive.add_file(f"modules/{os.path.basename(path)}", path)
    order = "".join(f"{os.path.basename(path)}\n" for path in modules)
    archive.add_data("modules/order", order.encode())
    for path in [program, *plugins]:
        archive.add_program(path)
    archive.add_data("job", f"exec {shlex.join(command)}\n".encode())


def _machine():
    """QEMU's options for CPUs, memory and IOMMU."""
    options = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
               "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,la57=off",
               "-smp", "4,sockets=2,cores=2,threads=1", "-m", f"{len(NODES) * NODE_MB}M",
               "-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"]
    for node in NODES:
        options += [
            "-object", f"memory-backend-ram,id=memory{node},size={NODE_MB}M",
            "-numa", f"node,nodeid={node},cpus={2 * node}-{2 * node + 1},memdev=memory{node}",
            "-device", f"pxb-pcie,id=root{node},bus=pcie.0,bus_nr={32 + 32 * node}"
                       f",numa_node={node}",
            "-device", f"pcie-root-port,id=slot{node},bus=root{node},chassis={node + 1}"
                       f",slot={node + 1}"]
    return options


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

    def __init__(self, kernel, initramfs, nic):
        self._folder = tempfile.mkdtemp(prefix="lbuf-rig-")
        self.cables = []
        self.console = None
        try:
            self.cables = [Cable(self._path(f"host{node}"), self._path(f"guest{node}"))
                           for node in NODES]
            self.console = Program(self._command(kernel, initramfs, nic))
        except Exception:
            self.close()
            raise

    def _path(self, name):
        return os.path.join(self._folder, name)

    def _command(self, kernel, initramfs, nic):
        command = [QEMU, *_machine()]
        for node in NODES:
            command += ["-netdev", f"dgram,id=cable{node},"
                        f"local.type=unix,local.path={self._path(f'guest{node}')},"
                        f"remote.type=unix,remote.path={self._path(f'host{node}')}"]
            command += _nic(nic, node)
        return command + [
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-chardev", f"socket,id=control,path={self._path('control')},server=on,wait=off",
            "-serial", "chardev:control", "-kernel", kernel.image, "-initrd", initramfs,
            "-append", BOOT_ARGUMENTS]

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
