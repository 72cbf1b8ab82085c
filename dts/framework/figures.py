# SPDX-License-Identifier: BSD-3-Clause
"""What a forwarder writes with --stats-json, and how long it has run."""

import json
import os


def figures_of(path):
    """The objects of --stats-json that are there as a whole."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.startswith("{") and line[-1] == "}"]


def sent(figures):
    """Packets sent up to now, all ports."""
    return sum(port["tx_packets"] for port in figures[-1]["ports"])


def queues(figures):
    """The queues of all ports, as they were last."""
    return [queue for port in figures[-1]["ports"] for queue in port["queues"]]


def check_not_starved(figures):
    """Verify that ports never lacked an mbuf, and that no bound was exceeded."""
    for each in figures:
        for port in each["ports"]:
            assert port["rx_nombuf"] == 0 and port["rx_missed"] == 0, port
            for queue in port["queues"]:
                assert queue["rx_nombuf"] == 0, queue
                assert queue["rx_held"] <= queue["rx_hold_bound"], queue


def cpu_seconds(pid):
    """Time that a process has run, all its threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
