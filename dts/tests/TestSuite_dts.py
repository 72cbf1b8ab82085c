# SPDX-License-Identifier: BSD-3-Clause
"""What DPDK's test suite (24.11 to 26.07) asks of testpmd at its prompt, and reads in the answers.

Virtual devices stand in for its NICs: what none of them can do is asked all the same, and must be
answered as testpmd does.
"""

import re
import time

import pytest

from framework.dts_shell import BYE

MODES = ("io", "mac", "macswap", "flowgen", "rxonly", "txonly", "csum", "icmpecho", "noisy",
         "5tswap")
PORT_INFO = (
    r"^\*{21} Infos for port 0 ", r"Device name: (\S+)", r"Driver name: (\S+)",
    r"Connect to socket: (\d+)", r"Link status: up", r"Link speed: ([^\r\n]+)",
    r"Link duplex: full-duplex", r"Autoneg status: O(n|ff)",
    r"Promiscuous mode: (en|dis)abled", r"Allmulticast mode: (en|dis)abled",
    r"Maximum number of MAC addresses: (\d+)",
    r"Maximum number of MAC addresses of hash filtering: (\d+)",
    r"Minimum size of RX buffer: (\d+)", r"Maximum configurable length of RX packet: (\d+)",
    r"Maximum configurable size of LRO aggregated packet: (\d+)",
    r"Current number of RX queues: (\d+)", r"Max possible RX queues: (\d+)",
    r"Max possible number of RXDs per queue: (\d+)",
    r"Min possible number of RXDs per queue: (\d+)", r"RXDs number alignment: (\d+)",
    r"Current number of TX queues: (\d+)", r"Max possible TX queues: (\d+)",
    r"Max possible number of TXDs per queue: (\d+)",
    r"Min possible number of TXDs per queue: (\d+)", r"TXDs number alignment: (\d+)",
    r"Max segment number per packet: (\d+)", r"Max segment number per MTU/TSO: (\d+)",
    r"Device capabilities: (0x[A-Fa-f\d]+)", r"Device error handling mode: (\w+)",
    r"MAC address: ([A-Fa-f0-9:]+)", r"MTU: (\d+)", r"^VLAN offload:\s*$",
    r"^  strip off, filter off, extend off, qinq strip off", r"Firmware-version: ([^\r\n]+)",
    r"memory allocation on the socket: (\d+)")
STATISTICS = ("RX-packets", "RX-missed", "RX-bytes", "RX-errors", "RX-nombuf", "TX-packets",
              "TX-errors", "TX-bytes", "Rx-pps", "Rx-bps", "Tx-pps", "Tx-bps")
MAC = "[0-9A-F]{2}(:[0-9A-F]{2}){5}"

kinds = pytest.mark.parametrize("kind", ("null", "ring", "af_packet", "tap"))


@pytest.mark.parametrize("kind", (
    "null", "ring", pytest.param("af_packet", marks=pytest.mark.smoke), "tap"))
def test_session(start_dts, kind):
    """From the start to "Bye...".

    Steps:
        Start the program, send start (twice), stop (twice), start tx_first 1, and end.
    Verify:
        The start is never silent for more than 5 s. Every answer is the one that DTS looks for,
        and is read to its end by the line protocol. The exit code is 0.
    """
    shell = start_dts(kind)
    assert "Interactive-mode selected" in shell.banner
    assert shell.banner.rstrip().endswith("Done")
    shell.forward()
    shell.ask("stop", r"^Done\.$", "Accumulated forward statistics for all ports")
    shell.ask("stop", "Packet forwarding not started")
    shell.forward("start tx_first 1")
    shell.stop()
    shell.end()
    assert BYE in shell.transcript


@kinds
def test_before_suites(start_dts, kind):
    """What DTS asks of each port before suites.

    Steps:
        Ask for queue information, offload capabilities, port information, flow control, and add
        a multicast address.
    Verify:
        Each answer has what DTS reads in it, or says that the driver cannot do it.
    """
    shell = start_dts(kind)
    for queue in ("rxq", "txq"):
        shell.ask(f"show {queue} info 0 0", r"Infos for port 0|error desc: .*\(-95\)")
    for way in ("Rx", "Tx"):
        shell.ask(f"show port 0 {way.lower()}_offload capabilities",
                  rf"^{way} Offloading Capabilities of port 0 :$", "^  Per Queue :",
                  "^  Per Port  :")
        shell.ask(f"show port 0 {way.lower()}_offload configuration",
                  rf"^{way} Offloading Configuration of port 0 :$", "^  Port :",
                  r"^  Queue\[ 0\] :")
    shell.ask("show port info 0", *PORT_INFO)
    shell.ask("show port 0 flow_ctrl", r"Flow control infos for port 0|err = -95")
    added = shell.ask("mcast_addr add 0 01:00:5E:00:00:00",
                      without=("Bad arguments", "Invalid multicast_addr"))
    assert ("diag=-95" in added) == (kind != "tap"), added
    shell.end()


@kinds
def test_port_info(start_dts, kind):
    """Blocks of port information.

    Steps:
        Show the information of all ports, of one, and of one that is not there.
    Verify:
        A block begins with 21 stars and ends with an empty line. DTS finds all that it must
        have. The port that is not there is told of.
    """
    shell = start_dts(kind)
    both = shell.send("show port info all")
    assert re.findall(r"\*{21} Infos for port (\d+)", both) == ["0", "1"]
    blocks = re.findall(r"^\*{21}.*?(?=^$|\Z)", both, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert "Device error handling mode: " in block
    shell.ask("show port info 0", *PORT_INFO)
    shell.ask("show port info 7", r"Invalid port")
    devices = shell.send("show device info all")
    assert len(re.findall(r"(?i)device name: (\S+)", devices)) == 2, devices
    shell.ask("show port summary all", "^Number of available ports: 2$",
              "^Port MAC Address       Name         Driver         Status   Link$",
              rf"^0    {MAC} net_{kind}0 +net_{kind} +up ")
    shell.end()


def test_statistics(start_dts):
    """Port statistics.

    Steps:
        Forward between two net_null ports for a moment, and stop. Show the statistics of all
        ports and of one; clear them, of one and of all.
    Verify:
        Each name that DTS reads has a number. Packets are counted, and 0 after clearing.
    """
    shell = start_dts("null")
    shell.forward()
    time.sleep(0.3)
    shell.stop()
    answer = shell.send("show port stats all")
    assert re.findall(r"NIC statistics for port (\d+)", answer) == ["0", "1"]
    for name in STATISTICS:
        assert len(re.findall(rf"\b{name}:\s+(\d+)", answer)) == 2, answer
    assert all(int(count) > 0 for count in re.findall(r"[RT]X-packets:\s+(\d+)", answer))
    shell.ask("clear port stats 0", "NIC statistics for port 0 cleared")
    shell.ask("show port stats 0", r"RX-packets: 0 ", r"TX-packets: 0 ")
    shell.ask("clear port stats all", "NIC statistics for port 0 cleared",
              "NIC statistics for port 1 cleared")
    shell.ask("show port stats 1", r"RX-packets: 0 ", r"TX-packets: 0 ")
    shell.ask("show port stats 7", "Invalid port")
    shell.end()


def test_modes(start_dts):
    """Modes.

    Steps:
        Set each mode, start and stop it on two net_null ports.
    Verify:
        "Set MODE packet forwarding mode"; the mode runs.
    """
    shell = start_dts("null", "--disable-rss")
    for mode in MODES:
        shell.ask(f"set fwd {mode}", rf"^Set {mode} packet forwarding mode$")
        shell.ask("start", rf"^{mode} packet forwarding - ports=2 - cores=1 - streams=2 ")
        shell.stop()
    shell.ask("set fwd nonsense", "Bad arguments")
    shell.end()


def test_queues(start_dts):
    """More queues.

    Steps:
        Stop the ports, set two queues a port each way, start the ports and forwarding; stop.
    Verify:
        Port information tells of the queues. With more streams than ports the statistics come
        by stream.
    """
    shell = start_dts("null")
    shell.stop_ports()
    for queue in ("rxq", "txq"):
        shell.ask(f"port config all {queue} 2", without=("Bad arguments", "Fail"))
    shell.start_ports()
    shell.ask("show port info 0", "^Current number of RX queues: 2$",
              "^Current number of TX queues: 2$")
    shell.forward()
    time.sleep(0.2)
    answer = shell.stop()
    streams = re.findall(
        r"Forward Stats for RX Port= *(\d+)/Queue= *(\d+) -> TX Port= *(\d+)/Queue= *(\d+)",
        answer)
    assert sorted(streams) == [("0", "0", "1", "0"), ("0", "1", "1", "1"),
                               ("1", "0", "0", "0"), ("1", "1", "0", "1")], answer
    shell.end()


def test_queue_states(start_dts):
    """Queues that are stopped and started one by one.

    Steps:
        On TAP ports stop and start queues; on stopped ports set the ring size, a deferred start,
        and set a queue up.
    Verify:
        No answer has an error; a driver that cannot do it says so.
    """
    shell = start_dts("tap")
    for queue in ("rxq", "txq"):
        for action in ("stop", "start"):
            shell.ask(f"port 0 {queue} 0 {action}", without=("Bad arguments", "not supported"))
        shell.stop_ports()
        shell.ask(f"port config 0 {queue} 0 ring_size 256", without=("Bad arguments", "Error"))
        shell.ask(f"port 0 {queue} 0 deferred_start on", without=("Bad arguments",))
        shell.ask(f"port 0 {queue} 0 deferred_start off", without=("Bad arguments",))
        shell.start_ports()
    shell.end()
    shell = start_dts("null")
    shell.ask("port 0 rxq 0 stop", "Function not supported in PMD")
    shell.end()


def test_port_list(start_dts):
    """The order of ports.

    Steps:
        On four net_null ports set the order 0,2,1,3; then one with a port that is not there.
    Verify:
        Ports are paired in that order; the second one is answered with "Invalid port".
    """
    shell = start_dts("null", count=4)
    shell.ask("set portlist 0,2,1,3", without=("Invalid port", "Bad arguments"))
    shell.ask("show config fwd", r"RX P=0/Q=0 \(socket 0\) -> TX P=2/Q=0",
              r"RX P=1/Q=0 \(socket 0\) -> TX P=3/Q=0")
    shell.ask("set portlist 0,9", "Invalid port 9")
    shell.end()


@pytest.mark.parametrize("kind, topology", (("null", "loop"), ("ring", "chained")))
def test_topology(start_dts, kind, topology):
    """Topologies that DTS uses.

    Steps:
        Start the program with the topology; show the forwarding configuration.
    Verify:
        Each port is its own partner, or the next one is.
    """
    shell = start_dts(kind, topology=topology)
    step = 0 if topology == "loop" else 1
    shell.ask("show config fwd", *[
        rf"RX P={port}/Q=0 \(socket \d+\) -> TX P={(port + step) % 2}/Q=0" for port in (0, 1)])
    shell.end()


def test_wrong_commands(start_dts):
    """Commands that are wrong.

    Steps:
        Send commands that do not exist, or have wrong arguments, then one that is right.
    Verify:
        Each is answered by an error; the program goes on, and no answer is shifted.
    """
    shell = start_dts("null")
    for command, words in (("mcast_remover add 0 01:00:5E:00:00:00", "Command not found"),
                           ("nonsense", "Command not found"),
                           ("show port info", "Bad arguments"),
                           ("port config all rxq", "Bad arguments"),
                           ("set verbose many", "Bad arguments"),
                           ("set fwd io extra words", "Bad arguments")):
        shell.ask(command, rf"^{words}$")
    shell.ask("show port summary all", "^Number of available ports: 2$")
    shell.end()


def test_close(start_dts):
    """Ports are closed.

    Steps:
        Stop all ports and close them; quit.
    Verify:
        "Port N is closed" for each.
    """
    shell = start_dts("ring")
    shell.stop_ports()
    shell.ask("port close all", "^Port 0 is closed$", "^Port 1 is closed$")
    shell.end()
