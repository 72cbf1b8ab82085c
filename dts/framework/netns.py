# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces with unique names, and veth pairs between them."""

import contextlib
import ctypes
import glob
import itertools
import os
import subprocess

PREFIX = "lbuf-dts"
NETNS_DIR = "/var/run/netns"
CLONE_NEWNET = 0x40000000
COMMAND_TIMEOUT = 30

_libc = ctypes.CDLL(None, use_errno=True)
_serial = itertools.count()


def _check_call(*command):
    """Run a command; when it fails, show what it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=COMMAND_TIMEOUT)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Namespace:
    """A network namespace of our own: no IPv6, loopback up."""

    def __init__(self, role):
        self.name = f"{PREFIX}-{os.getpid()}-{next(_serial)}-{role}"
        _check_call("ip", "netns", "add", self.name)
        try:
            self._disable_ipv6()
            self.run("ip", "link", "set", "lo", "up")
        except Exception:
            self.delete()
            raise

    def _disable_ipv6(self):
        """The kernel sends nothing on its own then. A kernel without IPv6 is fine, too."""
        with self.entered():
            for path in glob.glob("/proc/sys/net/ipv6/conf/*/disable_ipv6"):
                with open(path, "w", encoding="ascii") as file:
                    file.write("1")

    def wrap(self, command):
        """The command line that runs a command in this namespace."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command):
        """Run a command in this namespace and return what it printed."""
        return _check_call(*self.wrap(command))

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in this namespace, for opening sockets."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        target = os.open(f"{NETNS_DIR}/{self.name}", os.O_RDONLY)
        try:
            _setns(target)
            try:
                yield
            finally:
                _setns(home)
        finally:
            os.close(target)
            os.close(home)

    def mac(self, interface):
        """The MAC address of an interface, as text."""
        out = self.run("cat", f"/sys/class/net/{interface}/address")
        return out.strip()

    def delete(self):
        """Remove the namespace and what is in it; never raises."""
        subprocess.run(["ip", "netns", "del", self.name], check=False,
                       stderr=subprocess.DEVNULL, timeout=COMMAND_TIMEOUT)


def quiet(namespace, interface, mtu):
    """Bring an interface up that carries frames exactly as they were sent."""
    namespace.run("ethtool", "-K", interface,
                  "tx", "off", "tso", "off", "gso", "off", "gro", "off")
    namespace.run("ip", "link", "set", interface, "mtu", str(mtu), "up")


def veth_pair(left, left_name, right, right_name, mtu=1500):
    """Join two namespaces with a veth pair."""
    _check_call("ip", "-n", left.name, "link", "add", left_name, "type", "veth",
                "peer", "name", right_name, "netns", right.name)
    quiet(left, left_name, mtu)
    quiet(right, right_name, mtu)


def sweep():
    """Delete namespaces of earlier runs whose process is gone."""
    if not os.path.isdir(NETNS_DIR):
        return
    for name in os.listdir(NETNS_DIR):
        if not name.startswith(PREFIX + "-"):
            continue
        pid = name[len(PREFIX) + 1:].split("-")[0]
        if not os.path.exists(f"/proc/{pid}"):
            subprocess.run(["ip", "netns", "del", name], check=False, timeout=COMMAND_TIMEOUT)
