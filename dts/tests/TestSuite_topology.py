# SPDX-License-Identifier: BSD-3-Clause
"""Port topologies: which port a frame leaves by."""

import pytest

from framework import frames
from framework.wire import exchange

# topology, ports, the port that a frame leaves by for each that it came in on
CASES = (
    ("paired", (1, 0)),
    ("paired", (1, 0, 3, 2)),
    ("chained", (0,)),
    ("chained", (1, 0)),
    ("chained", (1, 2, 0)),
    ("chained", (1, 2, 3, 0)),
    ("loop", (0,)),
    ("loop", (0, 1)),
    ("loop", (0, 1, 2)),
)


def case_name(case):
    """A short name for pytest."""
    topology, leaves_by = case
    return f"{topology}-{len(leaves_by)}"


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_topology(make_bench, forwarders, case):
    """Frames leave by the port that the topology says, and by no other.

    Steps:
        Start the forwarder in io mode with the topology, two cores at most.
        Send frames into each port in turn.
    Verify:
        Each comes out of the right port, and nothing out of the others.
        Each port has counted as many packets received as sent.
    """
    topology, leaves_by = case
    ports = range(len(leaves_by))
    bench = make_bench(len(leaves_by))
    program = forwarders.start(bench.vdevs(), "io", bench.dut, cores=min(2, len(ports)),
                               port_topology=topology)
    wires = [bench.wire(port) for port in ports]
    for port in ports:
        sent = [frames.udp_frame(64 + 10 * seed, seed + port) for seed in range(40)]
        assert exchange(wires[port], wires[leaves_by[port]], sent) == sent
    assert [wire.drain(0.05) for wire in wires] == [[] for _ in ports]
    outcome = program.stop()
    outcome.check_clean()
    for port in ports:
        assert outcome.statistics.rx(port) == outcome.statistics.tx(port) == 40


@pytest.mark.smoke
def test_paired_is_default(make_bench, forwarders):
    """Without --port-topology the ports are paired.

    Steps:
        Start the forwarder in io mode with four ports and no topology.
        Send a frame into each port.
    Verify:
        It comes out of the other port of the pair.
    """
    bench = make_bench(4)
    program = forwarders.start(bench.vdevs(), "io", bench.dut)
    wires = [bench.wire(port) for port in range(4)]
    for port, other in enumerate((1, 0, 3, 2)):
        sent = [frames.udp_frame(100, port)]
        assert exchange(wires[port], wires[other], sent) == sent
    program.stop().check_clean()
