# SPDX-License-Identifier: BSD-3-Clause
"""What DPDK's test suite (24.11 to 26.07) sets of ports, and reads in the answers: filters, VLANs,
offloads, flow rules, and packets that are shown.

Virtual devices stand in for its NICs: what none of them can do is asked all the same, and must be
answered as testpmd does.
"""

import re
import time

import pytest

from framework import frames
from framework.wire import exchange

CHECKSUMS = ("ip", "udp", "tcp", "sctp", "outer-ip", "outer-udp")
NOT_SUPPORTED = "is not supported by port"
FLOW = "ingress pattern eth / end actions drop / end"


def test_mtu(start_dts):
    """MTU.

    Steps:
        Set the MTU of a port, started and stopped.
    Verify:
        Port information tells it. One that the port cannot have is refused.
    """
    shell = start_dts("af_packet")
    shell.ask("port config mtu 0 1400")
    shell.ask("show port info 0", "^MTU: 1400$")
    shell.stop_ports()
    shell.ask("port config mtu 1 1300")
    shell.ask("show port info 1", "^MTU: 1300$")
    shell.start_ports()
    shell.ask("port config mtu 0 65000", r"> device max frame size|(?i:fail|error|invalid)")
    shell.ask("show port info 0", "^MTU: 1400$")
    shell.end()


def test_filters(start_dts):
    """Promiscuous mode, multicast and MAC addresses.

    Steps:
        On TAP ports turn promiscuous and all-multicast mode off and on, set a MAC address, add
        and remove multicast addresses, valid or not, and MAC addresses, which TAP cannot.
    Verify:
        Port information tells it; what is wrong is answered with testpmd's words.
    """
    shell = start_dts("tap")
    for action, state in (("off", "disabled"), ("on", "enabled")):
        shell.ask(f"set promisc 0 {action}", without=("Bad arguments", "Error"))
        shell.ask(f"set allmulti all {action}", without=("Bad arguments", "Error"))
        shell.ask("show port info 0", f"^Promiscuous mode: {state}$",
                  f"^Allmulticast mode: {state}$")
    assert shell.send("mac_addr set 0 02:00:00:00:00:12").count("\n") == 0
    shell.ask("show port info 0", "^MAC address: 02:00:00:00:00:12$")
    address = "01:00:5E:00:00:01"
    shell.ask(f"mcast_addr add 0 {address}", without=("Bad arguments", "Invalid", "already"))
    shell.ask(f"mcast_addr add 0 {address}", "already filtered by port")
    shell.ask(f"mcast_addr remove 0 {address}", without=("Bad arguments", "Invalid", "not"))
    shell.ask(f"mcast_addr remove 0 {address}", "multicast address not filtered by port 0")
    shell.ask("mcast_addr add 0 02:00:5E:00:00:00", "Invalid multicast addr")
    shell.ask("mac_addr add 0 02:00:00:00:00:10",
              r"mac_addr_cmd error: \(Operation not supported\)")
    shell.ask("mac_addr add 0 02:00", "Bad arguments")
    shell.end()


def test_multicast_flush(start_dts):
    """All multicast addresses of a port at once, as from DPDK 23.11 on.

    Steps:
        On TAP ports add two addresses, flush them, and add one of them again.
    Verify:
        They are shown, and are no more; what was flushed is not there already.
    """
    shell = start_dts("tap")
    if "Bad arguments" in shell.send("mcast_addr flush 9"):
        pytest.skip("this testpmd has no mcast_addr flush")
    shell.ask("mcast_addr flush 9", "Invalid port 9")
    for last in ("01", "02"):
        shell.ask(f"mcast_addr add 0 01:00:5E:00:00:{last}", without=("Bad", "already", "failed"))
    shell.ask("show port 0 mcast_macs", "^Number of Multicast MAC address added: 2$",
              "^  01:00:5E:00:00:01$", "^  01:00:5E:00:00:02$")
    assert shell.send("mcast_addr flush 0").count("\n") == 0
    shell.ask("show port 0 mcast_macs", "^Number of Multicast MAC address added: 0$",
              without=("01:00:5E",))
    shell.ask("mcast_addr add 0 01:00:5E:00:00:02", without=("Bad", "already", "failed"))
    shell.ask("show port 0 mcast_macs", "^Number of Multicast MAC address added: 1$")
    shell.end()


def test_mac_addresses(start_dts):
    """MAC addresses of a port that can have them.

    Steps:
        On ring ports, whose one address is 0, add a MAC address; remove it; add one of 0.
    Verify:
        Only what is wrong is answered with "mac_addr_cmd error:".
    """
    shell = start_dts("ring")
    shell.ask("mac_addr add 0 02:00:00:00:00:10", without=("Bad arguments", "error"))
    shell.ask("mac_addr remove 0 02:00:00:00:00:10", "^Port 0: Cannot remove default MAC address$",
              r"^mac_addr_cmd error: \(Address already in use\)$")
    shell.ask("mac_addr add 0 00:00:00:00:00:00", "mac_addr_cmd error:")
    shell.end()


def test_vlan(start_dts):
    """VLANs: insertion works on AF_PACKET ports, filters do not.

    Steps:
        Set a VLAN to be inserted by port 1, before and after it is stopped; forward frames from
        port 0 in mac mode; take it back. Ask for filters, stripping and so on.
    Verify:
        A started port is not changed. The frames have the tag, and none after it was taken back.
        What the driver cannot is answered with testpmd's words.
    """
    shell = start_dts("af_packet")
    bench = shell.bench
    shell.ask("tx_vlan set 1 100", "Please stop port 1 first")
    shell.ask("tx_vlan set 9 1", "Invalid port 9")
    shell.ask("rx_vlan add 5000 0", "Invalid vlan_id 5000")
    shell.ask("rx_vlan add 1 0", "VLAN-filtering disabled")
    for name in ("filter", "extend", "qinq_strip"):
        shell.ask(f"vlan set {name} on 0", r"failed diag=-\d+")
    shell.ask("show port info 0", "^  strip off, filter off, extend off, qinq strip off")
    shell.ask("set fwd mac", "Set mac packet forwarding mode")
    wires = [bench.wire(0), bench.wire(1)]
    sent = frames.udp_frames([64, 512, 1400])
    plain = [frames.addressed(frame, bench.dut_mac(1), frames.peer_mac(1)) for frame in sent]
    tagged = [frame[:12] + bytes([0x81, 0, 0, 100]) + frame[12:] for frame in plain]
    for command, wanted in (("tx_vlan set 1 100", tagged), ("tx_vlan reset 1", plain)):
        shell.stop_ports()
        shell.ask(command, without=("Bad arguments", "Please stop", "Invalid", "Error"))
        shell.start_ports()
        shell.forward()
        assert exchange(wires[0], wires[1], sent) == wanted
        shell.stop()
    shell.end()


@pytest.mark.parametrize("kind", ("tap", "null"))
def test_checksums(start_dts, kind):
    """Checksums by the port.

    Steps:
        On stopped ports ask for each checksum in hardware, on TAP and on net_null ports.
    Verify:
        TAP can for IP, UDP and TCP; all else is answered with "is not supported by port".
    """
    shell = start_dts(kind)
    shell.stop_ports()
    for name in CHECKSUMS:
        answer = shell.send(f"csum set {name} hw 0")
        able = kind == "tap" and name in ("ip", "udp", "tcp")
        assert (f"{name} checksum offload is hw" in answer.lower()) == able, answer
        assert (NOT_SUPPORTED in answer) != able, answer
    shell.start_ports()
    shell.ask("csum set ip sw 0", "Please stop port 0 first")
    shell.end()


def test_offloads(start_dts):
    """Offloads by port and by queue.

    Steps:
        On stopped TAP ports set an offload of the port and one of a queue; start the ports.
    Verify:
        No error is answered; the configuration tells of both.
    """
    shell = start_dts("tap")
    shell.stop_ports()
    shell.ask("port config 0 tx_offload multi_segs on", without=("Error", "Bad arguments"))
    shell.ask("port 0 txq 0 tx_offload udp_cksum on", without=("Error", "Bad arguments"))
    shell.start_ports()
    shell.ask("show port 0 tx_offload configuration", r"^  Port : MULTI_SEGS",
              r"^  Queue\[ 0\] :.* ?UDP_CKSUM")
    shell.end()


def test_verbose(start_dts):
    """Packets that are shown.

    Steps:
        On AF_PACKET ports set verbose 1, in mac mode, and send a UDP and a VLAN frame; then
        verbose 3.
    Verify:
        "Change verbose level". DTS reads port, queue, direction, addresses, pool, type, length,
        segments, layers and ports of each packet, and its flags; sent ones with 3 only.
    """
    shell = start_dts("af_packet")
    bench = shell.bench
    shell.ask("set fwd mac", "Set mac packet forwarding mode")
    for old, level in ((0, 1), (1, 3)):
        shell.ask(f"set verbose {level}", f"^Change verbose level from {old} to {level}$")
        shell.forward()
        frame = frames.udp_frame(100)
        bench.wire(0).send(frame)
        time.sleep(0.5)
        shown = shell.stop()
        check_packet(shown, "0", "received", frame[6:12], frame[0:6], 100)
        if level == 3:
            check_packet(shown, "1", "sent", frames.mac_bytes(bench.dut_mac(1)),
                         frames.mac_bytes(frames.peer_mac(1)), 100)
        else:
            assert "sent" not in shown
    shell.ask("set verbose 0", "^Change verbose level from 3 to 0$")
    shell.end()


def check_packet(shown, port, verb, source, target, length):
    """Verify that a packet is shown as DTS reads it."""
    found = re.search(rf"port {port}/queue 0: {verb} \d+ packets\n(  src=.*)\n((?:  .*\n)*)",
                      shown, re.MULTILINE)
    assert found, shown
    packet = found.group(0)
    for pattern in (rf"src={':'.join(f'{byte:02X}' for byte in source)}",
                    rf"dst={':'.join(f'{byte:02X}' for byte in target)}",
                    r"pool=\S+", "type=0x0800", rf"length={length}\b", r"nb_segs=1\b",
                    r"sw ptype: L2_ETHER L3_IPV4 L4_UDP", r"l2_len=14\b", r"l3_len=20\b",
                    r"l4_len=8\b", r"(Receive|Send) queue=0x0", r"^  ol_flags: RTE_MBUF_F_\w+"):
        assert re.search(pattern, packet, re.MULTILINE), f"no {pattern!r} in\n{packet}"


def test_flow_control(start_dts):
    """Flow control.

    Steps:
        Set flow control on TAP and net_null ports, and show it.
    Verify:
        TAP's is off; what the driver cannot is answered with its code.
    """
    shell = start_dts("tap")
    shell.ask("show port 0 flow_ctrl", "Flow control infos for port 0", "Rx pause: off",
              "Tx pause: off", "Autoneg: off", "Pause time: 0x0", "High waterline: 0x0",
              "Low waterline: 0x0")
    shell.ask("set flow_ctrl rx off tx off 0 0 0 0 mac_ctrl_frame_fwd off autoneg off 0",
              without=("Bad arguments", "bad flow"))
    shell.end()
    shell = start_dts("null")
    shell.ask("set flow_ctrl rx on tx on 300 50 10 1 mac_ctrl_frame_fwd off autoneg on 0",
              "bad flow control parameter, return code = -95")
    shell.end()


def test_flow(start_dts):
    """Flow rules, which are the driver's.

    Steps:
        Validate, create, list, destroy and flush rules on TAP ports, and on net_null ports, whose
        driver has none.
    Verify:
        "Flow rule validated"; a rule is created or the driver's error shown; never anything else.
    """
    shell = start_dts("tap")
    shell.ask(f"flow validate 0 {FLOW}", "Flow rule validated|port_flow_complain")
    created = shell.ask(f"flow create 0 {FLOW}", r"Flow rule #\d+ created|port_flow_complain")
    shell.ask("flow list 0", without=("Bad arguments", "Command not found"))
    number = re.search(r"#(\d+) created", created)
    if number:
        shell.ask(f"flow destroy 0 rule {number.group(1)}", "destroyed")
    shell.ask("flow flush 0", without=("Bad arguments", "Command not found"))
    shell.end()
    shell = start_dts("null")
    shell.ask(f"flow create 0 {FLOW}", "port_flow_complain.*Function not implemented",
              without=("created",))
    shell.end()


def test_rss(start_dts):
    """RSS.

    Steps:
        On net_null ports with two queues set the types, the redirection table and the key.
    Verify:
        The answers are those that DTS looks for; the table is changed.
    """
    shell = start_dts("null", "--rxq=2", "--txq=2")
    shell.ask("port config all rss ip", without=("error", "Bad arguments"))
    shell.ask("port config 0 rss reta (0,1)", "The reta size of port 0 is 128",
              without=("Bad arguments", "error"))
    shell.ask("show port 0 rss reta 128 (0x1,0x0)",
              "^RSS RETA configuration: hash index=0, queue=1$")
    shell.ask(f"port config 0 rss-hash-key ipv4 {'0123456789' * 8}", without=("Bad arguments",))
    shell.end()
