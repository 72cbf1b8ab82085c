# SPDX-License-Identifier: BSD-3-Clause
"""The example `lwip` when it is hard: clients are slow, memory is short, packets get lost."""

import concurrent.futures
import json
import shutil
import time

import pytest

from framework.http import Server, body
from framework.http_clients import LOAD, URL, crowd, curl
from framework.transfer import ADDRESSES, network

CLIENTS = 300
LOSSY_CLIENTS = 50
RATE = 20000            # bytes a second of each
SLOW_SIZE = 300011
FAST_SIZE = 1000003
PROMPT = 30             # seconds
# So little that what is sent and not read stays with the server.
BUFFERS = "net.ipv4.tcp_rmem=4096 65536 65536"


@pytest.fixture(name="bench")
def fixture_bench(make_bench):
    """A bench whose host is the client."""
    bench = make_bench(1)
    bench.hosts[0].run("ip", "address", "add", f"{ADDRESSES[0]}/24", "dev", bench.host_port(0))
    return bench


def test_slow_clients(bench, start_http, tmp_path):
    """Hundreds of slow clients and little memory: all are served, and others are not kept waiting.

    Steps:
        Start the server with 4 MiB, the least there is. Have 300 clients, whose kernel has small
        buffers, ask for 300 KB each, at 20 KB a second; ask for 1000003 bytes meanwhile, again
        and again.
    Verify:
        All receive the bytes that they must, and no connection is reset or refused. The others
        wait for no more than 30 seconds. Nothing is left.
    """
    namespace = bench.hosts[0]
    namespace.run("sysctl", "-w", BUFFERS)
    server = start_http(Server, bench.dut, bench.vdev(0), "--limit=4")
    most = fast = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(crowd, namespace, tmp_path / "slow", SLOW_SIZE, CLIENTS, RATE)
        while not slow.done():
            began = time.monotonic()
            assert curl(namespace, f"{URL}/bytes/{FAST_SIZE}") == body(FAST_SIZE)
            assert time.monotonic() - began < PROMPT
            figures = json.loads(curl(namespace, f"{URL}/figures"))
            most = max(most, figures["connections"])
            fast += 1
            time.sleep(0.2)
        slow.result()
    figures = server.stop(splits=True)
    assert figures["accepted"] == CLIENTS + 2 * fast and most > CLIENTS / 2 and fast > 1
    assert figures["reset"] == figures["too_many"] == figures["refused"] == 0


def test_lossy_load(make_bench, start_http, forwarders, tmp_path):
    """What was lost is sent again out of the same memory, also when that is short.

    Steps:
        Put lbuf-fwd between clients and server, which loses and doubles 1 % of the packets, delays
        all by 2 ms, and has 2 % overtaken. Start the server with 4 MiB. Have 50 clients ask for
        300 KB each, again and again for 3 seconds, or for 60 if LBUF_SLOW is set.
    Verify:
        All receive the bytes that they must. More was sent than that, all of it by reference, and
        nothing is left.
    """
    bench = make_bench(2)
    network(bench)
    bench.hosts[1].run("ip", "address", "flush", "dev", bench.host_port(1))
    forwarders.start(bench.vdevs(), "io", namespace=bench.dut,
                     impair="loss:1%,duplicate:1%,reorder:2%,delay:2ms,seed:9")
    server = start_http(Server, bench.hosts[1], f"net_af_packet0,iface={bench.host_port(1)}",
                        "--limit=4")
    rounds, end = 0, time.monotonic() + LOAD
    while rounds == 0 or time.monotonic() < end:
        crowd(bench.hosts[0], tmp_path / str(rounds), SLOW_SIZE, LOSSY_CLIENTS)
        shutil.rmtree(tmp_path / str(rounds))
        rounds += 1
    print(f"{rounds} rounds")
    figures = server.stop()
    assert figures["requests"] == figures["accepted"] == rounds * LOSSY_CLIENTS
    assert figures["by_reference"] > figures["bytes"] * 1.005
    assert figures["reset"] == figures["too_many"] == 0
