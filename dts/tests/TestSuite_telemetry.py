# SPDX-License-Identifier: BSD-3-Clause
"""What telemetry tells of the forwarder's pool while it runs."""

import json
import shutil
import subprocess

import pytest

from framework import frames
from framework.netns import Namespace
from framework.telemetry import Telemetry
from framework.wire import exchange

TOOL = "dpdk-telemetry.py"
TAP_PORTS = ("net_tap0", "net_tap1")
POOL = "fwd"
COMMANDS = ("/lbuf/pool", "/lbuf/pool_class", "/lbuf/holders")
FWD_COMMANDS = ("/lbuf_fwd/info", "/lbuf_fwd/stream", "/lbuf_fwd/queue")
FIGURES = {"total", "out", "cached", "free", "bytes", "high_water", "allocs", "frees", "remote",
           "refills", "flushes", "grows", "stalls", "shrinks", "fallbacks", "failures",
           "stranded", "dma_failures"}


@pytest.fixture(name="program")
def fixture_program(forwarders):
    """A forwarder in txonly mode; its frame, longer than an mbuf, is in a chunk."""
    home = Namespace("tap")
    yield forwarders.start(TAP_PORTS, "txonly", home, mbuf_size=1024, txpkts=1400)
    home.delete()


@pytest.fixture(name="telemetry")
def fixture_telemetry(program):
    """Its telemetry."""
    telemetry = Telemetry(program.prefix)
    yield telemetry
    telemetry.close()


def all_classes(telemetry):
    """What /lbuf/pool_class tells, all pages put together."""
    entries, wanted, first = {}, None, 0
    while first is not None:
        page = telemetry.ask("/lbuf/pool_class", POOL, first)
        wanted, first = page.pop("entries"), page.pop("next", None)
        entries.update(page)
    assert len(entries) == wanted
    return entries


def middle_allocs(entries):
    """Chunks of the middle tier that have been allocated."""
    return sum(entry["allocs"] for entry in entries.values() if entry["tier"] == "middle")


@pytest.mark.smoke
def test_list(telemetry):
    """Telemetry knows the pools by name.

    Steps:
        Start the forwarder, ask for /lbuf/list and for the list of all commands.
    Verify:
        The forwarder's pool is the only one; all commands of lbuf are listed.
    """
    assert telemetry.ask("/lbuf/list") == [POOL]
    assert {"/lbuf/list", *COMMANDS} <= set(telemetry.ask("/"))


@pytest.mark.smoke
def test_pool(telemetry):
    """The sums of a pool are those of its tiers, also while it is busy.

    Steps:
        Ask for /lbuf/pool.
    Verify:
        Settings are the defaults; there is a budget for each socket; every figure is there,
        and the tiers' bytes add up to the pool's; no bugs, nobody waits.
    """
    pool = telemetry.ask("/lbuf/pool", POOL)
    assert pool["name"] == POOL
    assert pool["settings"]["middle_min"] == 1024
    assert pool["settings"]["middle_max"] == 8 << 20
    assert pool["settings"]["policy"] == "prefer"
    sockets = [value for key, value in pool.items() if key.startswith("socket_")]
    assert sockets and all(each["limit_bytes"] == 0 for each in sockets)
    tiers = [pool[name] for name in ("small", "middle", "large")]
    assert all(set(tier) == FIGURES for tier in (*tiers, pool["sum"]))
    assert sum(tier["bytes"] for tier in tiers) == pool["sum"]["bytes"]
    assert sum(each["used_bytes"] for each in sockets) == pool["sum"]["bytes"]
    assert pool["bugs"] == pool["waiters"] == 0


def test_classes(telemetry):
    """The classes that frames come from can be watched.

    Steps:
        Ask for /lbuf/pool_class, page by page, twice.
    Verify:
        As many entries come as are announced; each has every figure; a chunk of the middle
        tier, which all packets refer to, has been allocated, and is out.
    """
    entries = all_classes(telemetry)
    for name, entry in entries.items():
        assert name == f"{entry['tier']}_{entry['socket']}_{entry['size']}"
        assert FIGURES <= set(entry)
        assert "cached_by_lcore" in entry
    assert middle_allocs(entries) > 0
    assert middle_allocs(all_classes(telemetry)) >= middle_allocs(entries)
    assert sum(entry["out"] for entry in entries.values() if entry["tier"] == "middle") > 0


@pytest.mark.smoke
def test_forwarding(make_bench, forwarders):
    """What is forwarded can be watched: by stream, by queue, by device.

    Steps:
        Forward 50 frames from port 0 to port 1, in mac mode, and ask for all there is.
    Verify:
        Mode, ports and streams are told; the streams lead from port to port and have counted the
        frames, and so have the queues' bridges and the devices.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "mac", bench.dut)
    telemetry = Telemetry(program.prefix)
    sent = frames.udp_frames([100], 50)
    assert len(exchange(bench.wire(0), bench.wire(1), sent)) == len(sent)
    assert set(FWD_COMMANDS) <= set(telemetry.ask("/"))
    assert telemetry.ask("/lbuf_fwd/info") == {"mode": "mac", "forwarding": 1, "lcores": 1,
                                               "streams": 2, "ports": [0, 1]}
    for number, packets in ((0, 50), (1, 0)):
        stream = telemetry.ask("/lbuf_fwd/stream", number)
        assert stream == {"mode": "mac", "lcore": 1, "socket": 0, "rx_port": number,
                          "rx_queue": 0, "tx_port": 1 - number, "tx_queue": 0,
                          "rx_packets": packets, "tx_packets": packets, "tx_dropped": 0,
                          "rx_bad": 0}
        received = telemetry.ask("/lbuf_fwd/queue", number, 0)
        assert (received["rx_packets"], received["rx_nombuf"]) == (packets, 0)
        queue = telemetry.ask("/lbuf_fwd/queue", 1 - number, 0)
        assert (queue["tx_packets"], queue["tx_failed"]) == (packets, 0)
        device = telemetry.ask("/ethdev/stats", number)
        assert (device["ipackets"], device["opackets"]) == (packets, 50 - packets)
    telemetry.close()
    program.stop().check_clean()


@pytest.mark.parametrize("command, parameters", (
    ("/lbuf_fwd/stream", ()), ("/lbuf_fwd/stream", ("",)), ("/lbuf_fwd/stream", (2,)),
    ("/lbuf_fwd/stream", (-1,)), ("/lbuf_fwd/stream", ("0x0",)), ("/lbuf_fwd/stream", (0, 0)),
    ("/lbuf_fwd/stream", (1 << 64,)), ("/lbuf_fwd/queue", ()), ("/lbuf_fwd/queue", (0,)),
    ("/lbuf_fwd/queue", (0, "")), ("/lbuf_fwd/queue", (2, 0)), ("/lbuf_fwd/queue", (0, 65535)),
    ("/lbuf_fwd/queue", (65535, 0)), ("/lbuf_fwd/queue", (0, 0, 0))), ids=str)
def test_bad_forwarding_parameters(program, telemetry, command, parameters):
    """Streams and queues that are not there are answered with an error.

    Steps:
        Ask for what is no number, or no stream or queue.
    Verify:
        The answer is null; the forwarder still runs, and ends cleanly.
    """
    assert telemetry.ask(command, *parameters) is None
    assert telemetry.ask("/lbuf_fwd/stream", 1)["tx_port"] in (0, 1)
    program.stop().check_clean()


@pytest.mark.smoke
def test_mempools(program, telemetry):
    """Every mempool of the program is told of, whoever made it.

    Steps:
        Ask for /lbuf/mempools: all, from the second on, from none on, and with what is no
        number.
    Verify:
        The forwarder's mbufs, the bridges' references and the pool's depots are there, and
        what is in use and what is available make up the size; the second answer lacks the
        first entry, the third has none; the others are null.
    """
    page = telemetry.ask("/lbuf/mempools")
    entries = page.pop("entries")
    assert len(page) == entries
    names = {entry["name"] for entry in page.values()}
    assert {"mb_pool_0", "lbuf_refs_0", "lbuf_refs_1"} <= names
    assert any(name.startswith(f"{POOL}.") for name in names)
    assert all(entry["in_use"] + entry["available"] == entry["size"] for entry in page.values())
    assert len(telemetry.ask("/lbuf/mempools", 1)) == entries   # without one, with "entries"
    assert telemetry.ask("/lbuf/mempools", 1000) == {"entries": entries}
    for bad in ("x", "-1", "1x", "9" * 30):
        assert telemetry.ask("/lbuf/mempools", bad) is None
    program.stop().check_clean()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("parameters", ((), ("",), ("nosuch",), ("x" * 100,), (POOL, ""),
                                        (POOL, "x"), (POOL, -1), (POOL, 0, 0), ("%s%n",)), ids=str)
def test_bad_parameters(program, telemetry, command, parameters):
    """Bad parameters are answered with an error.

    Steps:
        Ask with parameters that are missing, name no pool or no entry.
    Verify:
        The answer is null; the forwarder still runs, and ends cleanly.
    """
    assert telemetry.ask(command, *parameters) is None
    assert telemetry.ask("/lbuf/list") == [POOL]
    program.stop().check_clean()


def test_end(program, telemetry):
    """A client that stays connected does not hinder the forwarder's end.

    Steps:
        Ask for the holders, stop the forwarder while connected.
    Verify:
        The holders are told page by page; exit code 0, no leak.
    """
    assert "entries" in telemetry.ask("/lbuf/holders", POOL)
    program.stop().check_clean()


@pytest.mark.skipif(not shutil.which(TOOL), reason=f"{TOOL} is not installed")
def test_tool(program):
    """DPDK's own tool shows the same.

    Steps:
        Ask with dpdk-telemetry.py.
    Verify:
        It prints the list of pools, the pool, and the mode.
    """
    asked = f"/lbuf/list\n/lbuf/pool,{POOL}\n/lbuf_fwd/info\nquit\n"
    done = subprocess.run([TOOL, "-f", program.prefix], input=asked, capture_output=True,
                          text=True, check=True, timeout=30)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert answers[-3] == {"/lbuf/list": [POOL]}
    assert answers[-2]["/lbuf/pool"]["name"] == POOL
    assert answers[-1]["/lbuf_fwd/info"]["mode"] == "txonly"
