# SPDX-License-Identifier: BSD-3-Clause
"""The test bench: a namespace for the forwarder, one more for each of its ports."""

from framework.netns import Namespace, veth_pair
from framework.wire import Wire

JUMBO_MTU = 9100            # carries frames of up to 9114 bytes
JUMBO_FRAME = 10240         # ring frame of the AF_PACKET port
JUMBO_MBUF = 10240 + 128    # the port insists that a ring frame fits in an mbuf


class Bench:
    """Forwarder port i is a veth end whose other end is in host namespace i."""

    def __init__(self, ports, mtu=1500):
        self._spaces = []
        self._wires = []
        self._macs = {}
        self.mtu = mtu
        try:
            self.dut = self._space("dut")
            self.hosts = [self._space(f"host{i}") for i in range(ports)]
            for i, host in enumerate(self.hosts):
                veth_pair(self.dut, self.dut_port(i), host, self.host_port(i), mtu)
        except Exception:
            self.close()
            raise

    def _space(self, role):
        space = Namespace(role)
        self._spaces.append(space)
        return space

    @staticmethod
    def dut_port(index):
        """The interface that forwarder port `index` sits on."""
        return f"dut{index}"

    @staticmethod
    def host_port(index):
        """The interface at the far end of forwarder port `index`."""
        return f"host{index}"

    def dut_mac(self, index):
        """The MAC address of forwarder port `index`."""
        if index not in self._macs:
            self._macs[index] = self.dut.mac(self.dut_port(index))
        return self._macs[index]

    def host_mac(self, index):
        """The MAC address at the far end of forwarder port `index`."""
        return self.hosts[index].mac(self.host_port(index))

    def vdev(self, index):
        """The EAL device for forwarder port `index`."""
        device = f"net_af_packet{index},iface={self.dut_port(index)}"
        if self.mtu > 1500:
            device += f",framesz={JUMBO_FRAME},blocksz={2 * JUMBO_FRAME},framecnt=256"
        return device

    def vdevs(self):
        """The EAL devices for all ports."""
        return [self.vdev(i) for i in range(len(self.hosts))]

    def wire(self, index):
        """A raw socket at the far end of forwarder port `index`."""
        return self.open_wire(self.hosts[index], self.host_port(index))

    def open_wire(self, namespace, interface):
        """A raw socket on any interface, closed together with the bench."""
        wire = Wire(namespace, interface)
        self._wires.append(wire)
        return wire

    def close(self):
        """Close the sockets and delete the namespaces."""
        for wire in self._wires:
            wire.close()
        for space in self._spaces:
            space.delete()
