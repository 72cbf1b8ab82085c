# SPDX-License-Identifier: BSD-3-Clause
"""Shared memory ports: two forwarders in a row.

DPDK's driver crashes a program, testpmd as well, that polls a link while the other end goes
away. So one of the two is frozen before the other one stops; it never learns of that.
"""

import signal
import time

import pytest

from framework import frames
from framework.forwarder import lcores, options
from framework.program import wait_for_file
from framework.wire import exchange


def memif(role, path):
    """The EAL device of one end of a memif link."""
    return f"net_memif0,role={role},id=0,socket={path},socket-abstract=no"


def start_row(bench, forwarders, path, modes):
    """Start two forwarders: host 0 - first - memif - second - host 1."""
    first = forwarders.start([bench.vdev(0), memif("server", path)], modes[0], bench.dut,
                             wait=False)
    wait_for_file(path)
    second = forwarders.start([memif("client", path), bench.vdev(1)], modes[1], bench.dut,
                              wait=False)
    for program in (first, second):
        program.wait_forwarding()
    return first, second


def check_end(leaving, staying):
    """Stop one forwarder while the other is frozen and verify that it ends cleanly."""
    staying.send_signal(signal.SIGSTOP)
    outcome = leaving.stop()
    staying.kill()
    outcome.check_clean()


def wait_for_link(wires):
    """Send single frames until one has crossed both forwarders."""
    for seed in range(50):
        wires[0].send(frames.udp_frame(64, seed))
        if wires[1].receive(0.2) is not None:
            wires[1].drain()
            return
    raise AssertionError("the memif link does not come up")


@pytest.mark.smoke
@pytest.mark.parametrize("leaving, staying", ((0, 1), (1, 0)), ids=("server", "client"))
@pytest.mark.parametrize("mode", ("io", "macswap"))
def test_row(make_bench, forwarders, tmp_path, mode, leaving, staying):
    """Frames cross two forwarders that share a memif link.

    Steps:
        Start two forwarders in the mode, joined by memif, each with an AF_PACKET port.
        Send frames of 64 to 1514 bytes from end to end, each way. Stop one of the two.
    Verify:
        Every frame comes out at the other end, in order, with its bytes as they were sent:
        addresses that are swapped twice are unchanged.
        The one that was stopped ends without a leak.
    """
    bench = make_bench(2)
    programs = start_row(bench, forwarders, tmp_path / "memif.sock", (mode, mode))
    wires = [bench.wire(0), bench.wire(1)]
    wait_for_link(wires)
    sent = frames.udp_frames(frames.SIZES, repeat=3)
    for source, sink in ((0, 1), (1, 0)):
        assert exchange(wires[source], wires[sink], sent) == sent
    check_end(programs[leaving], programs[staying])


@pytest.mark.smoke
def test_zero_copy_flood(forwarders, need_hugepages, tmp_path):
    """A zero-copy end goes on sending when all mbufs of its copies are with the driver.

    Steps:
        Join two forwarders by memif, the client's end with zero-copy, each with a net_null port.
        Forward all that there is for three seconds.
    Verify:
        The client sends many more frames than there are mbufs for copies (some 440).
    """
    need_hugepages()
    link = tmp_path / "memif.sock"
    server = forwarders.start(["net_null0,size=1500", memif("server", link)], "mac", wait=False)
    wait_for_file(link)
    client = forwarders.launch(
        [*lcores(2), "--single-file-segments", f"--vdev={memif('client', link)},zero-copy=yes",
         "--vdev=net_null0,size=1500"],
        options(forward_mode="mac", total_num_mbufs=8192))
    for program in (server, client):
        program.wait_forwarding()
    time.sleep(3)
    server.send_signal(signal.SIGSTOP)
    # What the driver has of a zero-copy ring when its port is closed it does not give back.
    statistics = client.stop().statistics
    server.kill()
    assert statistics.tx(0) > 20000, client.output
