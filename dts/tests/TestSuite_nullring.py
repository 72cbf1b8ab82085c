# SPDX-License-Identifier: BSD-3-Clause
"""Ports without a cable: full speed, several queues, several cores."""

import time

import pytest


def run_for(program, seconds):
    """Let a forwarder run, stop it and return a clean outcome."""
    time.sleep(seconds)
    outcome = program.stop()
    outcome.check_clean()
    return outcome


@pytest.mark.parametrize("mode", ("io", "mac", "macswap", "rxonly", "txonly", "icmpecho"))
def test_modes(forwarders, mode):
    """Every mode runs at full speed without losing a buffer.

    Steps:
        Start the forwarder in the mode on two net_null ports, which give and take frames of
        zeros without end. Stop it after a second.
    Verify:
        Thousands of packets are counted, as the mode has it. No leak.
    """
    program = forwarders.start(["net_null0", "net_null1"], mode)
    total = run_for(program, 1).statistics.total
    received, sent = total["RX-packets"], total["TX-packets"]
    if mode in ("io", "mac", "macswap"):
        assert received == sent > 1000
    elif mode == "txonly":
        assert sent > 1000 and received == 0
    else:
        assert received > 1000 and sent == 0


@pytest.mark.parametrize("queues, cores, streams", (
    (1, 2, 2), (2, 1, 4), (2, 2, 4), (2, 4, 4), (4, 3, 8)))
def test_queues_and_cores(forwarders, queues, cores, streams):
    """Streams are spread over queues and cores.

    Steps:
        Start the forwarder in io mode on two net_null ports with the queues and cores.
    Verify:
        The banner tells ports, cores and streams. Both ports receive and send. No leak.
    """
    program = forwarders.start(["net_null0", "net_null1"], "io", cores=cores,
                               rxq=queues, txq=queues)
    banner = rf"^io packet forwarding - ports=2 - cores={cores} - streams={streams} - "
    assert program.wait_for(banner, 5), program.output
    statistics = run_for(program, 1).statistics
    for port in (0, 1):
        assert statistics.rx(port) > 1000
        assert statistics.tx(port) > 1000


@pytest.mark.parametrize("size", (60, 64, 1514, 2000))
def test_null_sizes(forwarders, size):
    """Frames of a net_null port's size are carried.

    Steps:
        Start the forwarder in macswap mode on two net_null ports with the frame size.
    Verify:
        As many packets are sent as received. No leak.
    """
    vdevs = [f"net_null{port},size={size},copy=1" for port in (0, 1)]
    total = run_for(forwarders.start(vdevs, "macswap"), 0.5).statistics.total
    assert total["RX-packets"] == total["TX-packets"] > 1000


@pytest.mark.smoke
@pytest.mark.parametrize("mode", ("io", "rxonly", "icmpecho"))
def test_idle_rings(forwarders, mode):
    """Ring ports that nobody feeds stay idle.

    Steps:
        Start the forwarder in the mode on two net_ring ports. Stop it after half a second.
    Verify:
        The banner came, nothing is counted. No leak.
    """
    outcome = run_for(forwarders.start(["net_ring0", "net_ring1"], mode), 0.5)
    assert outcome.statistics.total["RX-packets"] == 0
    assert outcome.statistics.total["TX-packets"] == 0


def test_full_rings(forwarders):
    """What is left in a ring at the end is no leak.

    Steps:
        Start the forwarder in txonly mode on two net_ring ports, which nobody empties.
    Verify:
        Packets are sent until the rings are full, the rest is dropped and counted. No leak.
    """
    outcome = run_for(forwarders.start(["net_ring0", "net_ring1"], "txonly"), 0.5)
    for port in (0, 1):
        assert outcome.statistics.tx(port) > 100
        assert outcome.statistics.ports[port]["TX-dropped"] > 0


def test_null_into_ring(forwarders):
    """A fast port and a slow one work together.

    Steps:
        Start the forwarder in io mode on a net_null port and a net_ring port.
        What the net_null port receives fills the ring, and comes back out of it.
    Verify:
        Both ports receive and send. No leak.
    """
    statistics = run_for(forwarders.start(["net_null0", "net_ring0"], "io"), 0.5).statistics
    for port in (0, 1):
        assert statistics.rx(port) > 1000
        assert statistics.tx(port) > 1000
