# SPDX-License-Identifier: BSD-3-Clause
"""What Microsoft's LISA does with testpmd: runs it for some seconds under timeout, and reads the
packet rates that --stats-period shows."""

import re
import signal

import pytest

from framework import frames
from framework.forwarder import lcores, memory_options
from framework.statistics import Statistics

SECONDS = 7
RATES_SHOWN = 2         # at least; a busy machine shows the first of them late
KEYS = ("RX-packets", "TX-packets", "RX-dropped", "TX-dropped", "Rx-pps", "Tx-pps", "Rx-bps",
        "Tx-bps")
RATES = ("Rx-pps", "Tx-pps", "Rx-bps", "Tx-bps")
TOTAL = "Accumulated forward statistics for all ports"
MULTI_SEGS = "0x00008000"
NULL_PORT = ("net_null0",)
TAP_PORT = ("net_tap0,iface=tap0",)


def figures(output, key):
    """All the values of a key, as LISA finds them: name, colon, blanks, number."""
    return [int(value) for value in re.findall(rf"{key}:\s+([0-9]+)", output)]


def mean_rate(output, key):
    """The mean of a rate; what is 0 at first, before packets flow, does not count."""
    rates = figures(output, key)
    while rates and rates[0] == 0:
        rates.pop(0)
    assert rates, f"no {key} but 0:\n{output}"
    return sum(rates) // len(rates)


def run(subject, vdevs, mode, *others, seconds=SECONDS, namespace=None):
    """Run the program as LISA does: timeout sends it SIGINT."""
    eal = [*lcores(2), "-n", "4", "--proc-type=primary", *memory_options(),
           *[f"--vdev={vdev}" for vdev in vdevs]]
    return subject.program(eal, [f"--forward-mode={mode}", "-a", "--stats-period", "2",
                                 "--nb-cores=1", "--total-num-mbufs=4096", *others], namespace,
                           ["timeout", "-s", "INT", str(seconds)])


def outcome(subject, program):
    """Wait for the end and return the output; timeout tells by 124 that it sent its signal."""
    assert program.wait(SECONDS + 60) == 124, program.output
    assert TOTAL in program.output, program.output
    subject.check_leaks(program.output)
    return program.output


def check_keys(output):
    """Verify that everything that LISA reads is there."""
    for key in KEYS:
        assert figures(output, key), f"no {key}:\n{output}"
    for key in RATES:
        assert len(figures(output, key)) >= RATES_SHOWN, output


@pytest.mark.parametrize("mode, rate, still", (
    ("txonly", "Tx-pps", "Rx-pps"), ("rxonly", "Rx-pps", "Tx-pps")))
def test_rates(subject, mode, rate, still):
    """Sender and receiver at full speed.

    Steps:
        Run the program in the mode for some seconds on a net_null port, and read its output.
    Verify:
        Every key that LISA reads has values; rates come more than once; the rate of the
        direction is above zero and agrees with the packets that the end's statistics have,
        within a factor of two; the other rate is zero.
    """
    output = outcome(subject, run(subject, NULL_PORT, mode))
    check_keys(output)
    packets = Statistics(output).total["RX-packets" if mode == "rxonly" else "TX-packets"]
    assert 0.5 < mean_rate(output, rate) * SECONDS / packets < 2
    assert set(figures(output, still)) == {0}


@pytest.mark.parametrize("vdev, options", (
    (NULL_PORT, ("--txd=256", "--rxd=256", "--txq=2", "--rxq=2")),
    (NULL_PORT, ("--mbuf-size=4096", "--max-pkt-len=3000", "--txpkts=2000")),
    (TAP_PORT, ("--txpkts=64,64,64", f"--tx-offloads={MULTI_SEGS}")),
    (NULL_PORT, ("--txonly-multi-flow", "--tx-ip=192.0.2.1,192.0.2.2")),
), ids=("queues", "jumbo", "segments", "flows"))
def test_options(subject, make_bench, vdev, options):
    """LISA's other options.

    Steps:
        Read --help. Run the program as a sender with the options.
    Verify:
        --help names each of the options; packets are sent.
    """
    space = make_bench(0).dut
    shown = subject.program([*lcores(2), *memory_options(), "--no-telemetry"], ["--help"])
    shown.wait(60)
    for option in options:
        assert option.split("=")[0] in shown.output, shown.output
    program = run(subject, vdev, "txonly", *options, namespace=space)
    assert mean_rate(outcome(subject, program), "Tx-pps")


def test_between_two(subject, make_bench):
    """A sender and a receiver at both ends of a wire.

    Steps:
        Run the program as a sender on an AF_PACKET port, to the MAC address of the peer and with
        addresses of its own, and look at the wire.
    Verify:
        UDP packets of those addresses come, of many flows. The rate in bits per second is that
        of packets, times the bits that a packet has.
    """
    bench = make_bench(1)
    peer = bench.host_mac(0)
    wire = bench.wire(0)
    program = run(subject, bench.vdevs(), "txonly", "--txonly-multi-flow",
                  "--tx-ip=192.0.2.1,192.0.2.2", f"--eth-peer=0,{peer}", namespace=bench.dut)
    received = wire.collect(200, 30)
    assert len(received) == 200, program.output
    macs = frames.mac_bytes(peer) + frames.mac_bytes(bench.dut_mac(0))
    assert {frame[:12] for frame in received} == {macs}
    assert {frame[23] for frame in received} == {17}
    assert {frame[30:34] for frame in received} == {bytes([192, 0, 2, 2])}
    assert len({frame[26:38] for frame in received}) > 20
    output = outcome(subject, program)
    check_keys(output)
    assert 0.9 < mean_rate(output, "Tx-bps") / (mean_rate(output, "Tx-pps") * 64 * 8) < 1.1


@pytest.mark.smoke
def test_interrupt(subject):
    """SIGINT ends it before its time, in good order.

    Steps:
        Run the program for a minute, send it SIGINT when rates come.
    Verify:
        It ends with the statistics of all ports.
    """
    program = subject.program([*lcores(2), *memory_options(), "--vdev=net_null0"], [
        "--forward-mode=rxonly", "-a", "--stats-period", "2", "--nb-cores=1"])
    assert program.wait_for(r"Rx-pps:\s+[1-9]", 60), program.output
    program.send_signal(signal.SIGINT)
    assert program.wait(60) == 0, program.output
    assert TOTAL in program.output
    subject.check_leaks(program.output)
