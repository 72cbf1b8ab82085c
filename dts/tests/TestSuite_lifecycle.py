# SPDX-License-Identifier: BSD-3-Clause
"""Start, output and end of the forwarder."""

import re
import signal
import time

import pytest

from framework import frames
from framework.forwarder import lcores, left_behind, memory_options, options

BANNER = (r"^io packet forwarding - ports=2 - cores=1 - streams=2 - "
          r"NUMA support enabled, MP allocation mode: native$")
COUNTS = r"RX-packets: \d+ +RX-dropped: \d+ +RX-total: \d+"
SENT_COUNTS = r"TX-packets: \d+ +TX-dropped: \d+ +TX-total: \d+"
NULL_PORTS = ("net_null0", "net_null1")

signals = pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM),
                                  ids=("SIGINT", "SIGTERM"))
memory = pytest.mark.parametrize("huge", (True, False), ids=("hugepages", "no-huge"))


@pytest.mark.smoke
@signals
def test_signal(forwarders, number):
    """SIGINT and SIGTERM end the forwarder in good order.

    Steps:
        Start the forwarder on two net_null ports, send it the signal.
    Verify:
        It prints the statistics as testpmd does, no leak, exit code 0.
    """
    program = forwarders.start(NULL_PORTS, "io")
    outcome = program.stop(number)
    outcome.check_clean()
    for port in (0, 1):
        assert re.search(rf"^  -+ Forward statistics for port {port}  -+\n"
                         rf"  {COUNTS}.*\n(.*\n)?  {SENT_COUNTS}", outcome.output, re.MULTILINE)
    assert re.search(r"^  \++ Accumulated forward statistics for all ports\++\n"
                     rf"  {COUNTS}.*\n(.*\n)?  {SENT_COUNTS}", outcome.output, re.MULTILINE)


def test_signal_twice(forwarders):
    """An impatient second signal does no harm.

    Steps:
        Start the forwarder, send it SIGINT and at once SIGTERM.
    Verify:
        No leak, exit code 0.
    """
    program = forwarders.start(NULL_PORTS, "io")
    program.send_signal(signal.SIGINT)
    program.stop(signal.SIGTERM).check_clean()


@pytest.mark.parametrize("delay", (0.02, 0.1, 0.3))
def test_signal_early(forwarders, delay):
    """A signal during the start ends the forwarder, too.

    Steps:
        Start the forwarder, send it SIGINT before it may have come to forwarding.
    Verify:
        It ends in time; by that signal, or in good order.
    """
    eal = lcores(2) + memory_options() + [f"--vdev={vdev}" for vdev in NULL_PORTS]
    program = forwarders.launch(eal, options(total_num_mbufs=4096))
    time.sleep(delay)
    assert program.stop(signal.SIGINT).code in (0, -signal.SIGINT)


@pytest.mark.smoke
def test_banner(forwarders):
    """The banner comes through a pipe while the forwarder runs.

    Steps:
        Start the forwarder with its output in a pipe, wait for the banner.
    Verify:
        The banner is testpmd's, to the letter, and the forwarder still runs.
    """
    program = forwarders.start(NULL_PORTS, "io")
    assert re.search(BANNER, program.output, re.MULTILINE), program.output
    assert program.running()
    program.stop().check_clean()


def test_forwards_from_banner_on(make_bench, forwarders):
    """Packets flow when the banner has come.

    Steps:
        Start the forwarder in io mode; send frames as soon as the banner is there.
    Verify:
        None of them is lost.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    sent = frames.udp_frames([64] * 20)
    program = forwarders.start(bench.vdevs(), "io", bench.dut)
    for frame in sent:
        wires[0].send(frame)
    assert wires[1].collect(20, 5) == sent
    program.stop().check_clean()


def test_defaults(forwarders):
    """Without options the forwarder is in io mode on one core.

    Steps:
        Start the forwarder with two net_null ports and no option of its own.
    Verify:
        The banner says so; packets are forwarded; no leak.
    """
    eal = lcores(2) + memory_options() + [f"--vdev={vdev}" for vdev in NULL_PORTS]
    program = forwarders.launch(eal, [])
    program.wait_forwarding()
    time.sleep(0.3)
    assert re.search(BANNER, program.output, re.MULTILINE), program.output
    outcome = program.stop()
    outcome.check_clean()
    assert outcome.statistics.total["RX-packets"] > 1000


def test_stats_period(forwarders):
    """--stats-period shows figures while the forwarder runs.

    Steps:
        Start the forwarder with --stats-period=1, wait for the figures of port 1 to come twice.
    Verify:
        They come, at least 0.5 s apart, while it runs; without the option none come.
    """
    pattern = r"(NIC statistics for port 1\b[\s\S]*){%d}"
    program = forwarders.start(NULL_PORTS, "io", stats_period=1)
    assert program.wait_for(pattern % 1, 10), program.output
    before = time.monotonic()
    assert program.wait_for(pattern % 2, 10), program.output
    assert time.monotonic() - before > 0.5
    program.stop().check_clean()

    program = forwarders.start(NULL_PORTS, "io")
    assert not program.wait_for(pattern % 1, 1.5)
    program.stop().check_clean()


@memory
def test_leaves_nothing(forwarders, need_hugepages, huge):
    """Nothing stays behind, twice in a row.

    Steps:
        Start and stop the forwarder twice with the same file prefix.
    Verify:
        Both runs end cleanly; no file is left in EAL's folders nor among the hugepages.
    """
    if huge:
        need_hugepages()
    eal = lcores(2) + memory_options(huge) + [f"--vdev={vdev}" for vdev in NULL_PORTS]
    prefix = None
    for _ in range(2):
        program = forwarders.launch(eal, options(total_num_mbufs=4096), prefix=prefix)
        prefix = program.prefix
        program.wait_forwarding()
        program.stop().check_clean()
        assert left_behind(prefix) == []


@memory
def test_restart_after_kill(forwarders, need_hugepages, huge):
    """A forwarder that was killed does not hinder the next one.

    Steps:
        Start the forwarder, kill it, start it again with the same file prefix.
    Verify:
        The second one forwards and ends cleanly.
    """
    if huge:
        need_hugepages()
    eal = lcores(2) + memory_options(huge) + [f"--vdev={vdev}" for vdev in NULL_PORTS]
    first = forwarders.launch(eal, options(total_num_mbufs=4096))
    first.wait_forwarding()
    first.kill()
    second = forwarders.launch(eal, options(total_num_mbufs=4096), prefix=first.prefix)
    second.wait_forwarding()
    second.stop().check_clean()


@signals
@pytest.mark.parametrize("mode", ("io", "macswap", "rxonly", "icmpecho"))
def test_stop_under_load(make_bench, forwarders, mode, number):
    """A stop in the middle of traffic leaks nothing.

    Steps:
        Start the forwarder in the mode on two AF_PACKET ports, send frames into both without
        waiting, and the signal in the middle of them.
    Verify:
        No leak, exit code 0.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    program = forwarders.start(bench.vdevs(), mode, bench.dut, cores=2)
    frame = frames.udp_frame(500)
    for count in range(3000):
        wires[count % 2].send(frame)
        if count == 1500:
            program.send_signal(number)
    program.finish().check_clean()


@pytest.mark.smoke
@pytest.mark.parametrize("place", ("eal", "own"))
def test_help(forwarders, place):
    """--help shows the options, in front of "--" and behind it.

    Steps:
        Start the forwarder with --help.
    Verify:
        Exit code 0; every option is listed.
    """
    eal = memory_options(huge=False)
    program = (forwarders.launch(eal + ["--help"], []) if place == "eal"
               else forwarders.launch(eal, ["--help"]))
    outcome = program.finish()
    assert outcome.code == 0
    for option in ("forward-mode", "nb-cores", "rxq", "txq", "rxd", "txd", "burst", "mbuf-size",
                   "total-num-mbufs", "port-topology", "stats-period", "eth-peer"):
        assert f"--{option}" in outcome.output
