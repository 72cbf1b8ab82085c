# SPDX-License-Identifier: BSD-3-Clause
"""The mode stream for a minute. See TestSuite_stream_mode."""

import os
import time

import pytest

from framework import frames
from framework.figures import check_not_starved, figures_of
from framework.pcapfile import write_pcap
from framework.tcp_cases import Connection

SECONDS = int(os.environ.get("LBUF_STALL_S", "60"))
CONNECTIONS = 100
SEGMENTS = 20           # of each, behind its gap
OTHERS = 500            # packets between, which are no TCP
MBUFS = 8192
LIMIT = 4 << 20         # bytes that may wait

pytestmark = pytest.mark.skipif("LBUF_SLOW" not in os.environ,
                                reason="a minute: set LBUF_SLOW=1")


def test_stalled(forwarders, tmp_path):
    """Connections stall with their gaps open, while all else goes on at full rate.

    Steps:
        Let the mode read 100 connections, each with 20 segments behind a gap, and 500 other
        packets, from memory, again and again for a minute, with few mbufs.
    Verify:
        No packet lacked an mbuf; memory kept its limit, for which some gaps were given up, and the
        others are open until the end; nothing is left.
    """
    made = []
    for number in range(CONNECTIONS):
        stalled = Connection(ports=(20000 + number, 7000)).open()
        for at in range(SEGMENTS):
            stalled.send(0, 1000 * (at + 1), b"x" * 1000, "A")
        made += stalled.frames
    made += [frames.udp_frame(200, seed) for seed in range(OTHERS)]
    capture, path = tmp_path / "in.pcap", tmp_path / "figures"
    write_pcap(capture, made)
    program = forwarders.start([f"net_pcap0,rx_pcap={capture},infinite_rx=1"], "stream",
                               port_topology="loop", total_num_mbufs=MBUFS, stats_period=1,
                               stats_json=path, stream_gap_timeout=10 * SECONDS,
                               stream_max_memory=LIMIT)
    time.sleep(SECONDS)
    program.stop().check_clean()
    figures = figures_of(path)
    check_not_starved(figures)
    last = figures[-1]
    sent = sum(port["tx_packets"] for port in last["ports"])
    streams = last["streams"]
    print(f"{sent / len(figures):.3g} packets/s for {len(figures)} s, {streams}")
    assert len(figures) >= SECONDS * 0.8 and sent > 1000 * len(made)
    assert 0 < streams["memory_max"] <= LIMIT, streams
    # A few gaps had to be given up for the limit, none for its age.
    assert streams["pieces"] > CONNECTIONS and streams["gaps"] == streams["gaps_full"], streams
