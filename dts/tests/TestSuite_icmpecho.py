# SPDX-License-Identifier: BSD-3-Clause
"""The mode icmpecho: ping works against the forwarder."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP, IPOption_RR
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

from framework import frames
from framework.bench import JUMBO_MBUF, JUMBO_MTU
from framework.echo import (HOST, TARGET, arp_request, ask, check_arp_reply, check_echo_reply,
                            echo_request, ping)


def give_address(bench, port):
    """Give the far end of a port an IP address in the target's network."""
    bench.hosts[port].run("ip", "address", "add", f"{HOST}/24", "dev", bench.host_port(port))


@pytest.fixture
def echo(make_bench, forwarders):
    """icmpecho on one port: (bench, wire at its far end, program)."""
    bench = make_bench(1)
    program = forwarders.start(bench.vdevs(), "icmpecho", bench.dut, port_topology="loop")
    return bench, bench.wire(0), program


@pytest.mark.parametrize("size", (0, 1, 56, 57, 1000, 1471, 1472))
def test_ping(make_bench, forwarders, size):
    """ping gets its answers, on each of two ports.

    Steps:
        Start the forwarder in icmpecho mode on two ports.
        Run ping with the payload size at the far end of each port until five answers have come.
    Verify:
        They come, without wrong data or duplicates.
        Each port has answered every request: those of ping, and one for the MAC address.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "icmpecho", bench.dut)
    requests = []
    for port in (0, 1):
        give_address(bench, port)
        requests.append(ping(bench.hosts[port], size) + 1)
    outcome = program.stop()
    outcome.check_clean()
    for port in (0, 1):
        assert outcome.statistics.rx(port) == outcome.statistics.tx(port) >= requests[port]
        assert outcome.statistics.bad(port) == 0


@pytest.mark.parametrize("size", (2000, 8972, 9058))
def test_jumbo_ping(make_bench, forwarders, size):
    """ping with payloads that need jumbo frames gets its answers.

    Steps:
        Raise the MTU of the link, start the forwarder with mbufs that hold its frames.
        Run ping with the payload size until five answers have come.
    Verify:
        They come, without wrong data or duplicates.
    """
    bench = make_bench(1, JUMBO_MTU)
    program = forwarders.start(bench.vdevs(), "icmpecho", bench.dut, port_topology="loop",
                               mbuf_size=JUMBO_MBUF)
    give_address(bench, 0)
    ping(bench.hosts[0], size)
    program.stop().check_clean()


@pytest.mark.smoke
@pytest.mark.parametrize("vlan", (None, 5, 4094))
def test_arp(echo, vlan):
    """An ARP request is answered with the port's MAC address.

    Steps:
        Send an ARP request for some address, untagged or with a VLAN tag.
    Verify:
        One reply comes, to the asker, under the same tag, with the port's MAC address.
    """
    bench, wire, program = echo
    replies = ask(wire, arp_request(vlan))
    assert len(replies) == 1
    check_arp_reply(replies[0], bench.dut_mac(0), vlan)
    program.stop().check_clean()


@pytest.mark.parametrize("size", (0, 1, 2, 7, 18, 56, 511, 1024, 1472))
def test_echo_bytes(echo, size):
    """An echo reply is right in every field.

    Steps:
        Send an echo request with the payload size.
    Verify:
        One reply comes; addresses are exchanged, id, sequence and payload kept, checksums right.
    """
    bench, wire, program = echo
    request = echo_request(bench.dut_mac(0), size)
    replies = ask(wire, request)
    assert len(replies) == 1
    check_echo_reply(replies[0], request, bench.dut_mac(0))
    program.stop().check_clean()


def test_echo_checksum_wrap(echo):
    """The checksum of the reply is right for all sums of the request.

    Steps:
        Send 64 echo requests whose ICMP checksums go through all sixteenths of their range,
        and through the values next to the wrap-around.
    Verify:
        Each is answered, with right checksums.
    """
    bench, wire, program = echo
    mac = bench.dut_mac(0)
    idents = [i << 12 | i for i in range(16)]
    idents += [(0xf7ff - 56 + i) & 0xffff for i in range(48)]
    for ident in idents:
        request = echo_request(mac, 0, icmp={"id": ident, "seq": 0})
        replies = ask(wire, request)
        assert len(replies) == 1
        check_echo_reply(replies[0], request, mac)
    program.stop().check_clean()


@pytest.mark.smoke
def test_echo_vlan(echo):
    """An echo request with a VLAN tag is answered under the same tag.

    Steps:
        Send an echo request with a VLAN tag.
    Verify:
        One reply comes, with the tag, right in every field.
    """
    bench, wire, program = echo
    request = echo_request(bench.dut_mac(0), vlan=77)
    replies = ask(wire, request)
    assert len(replies) == 1
    assert Ether(replies[0])[Dot1Q].vlan == 77
    check_echo_reply(replies[0], request, bench.dut_mac(0))
    program.stop().check_clean()


def test_echo_padding(echo):
    """Padding behind the IP packet is no part of the request.

    Steps:
        Send an echo request of 4 bytes payload, padded to 64 bytes with noise.
    Verify:
        One reply comes, with the 4 bytes of payload and right checksums.
    """
    bench, wire, program = echo
    request = echo_request(bench.dut_mac(0), 4)
    replies = ask(wire, request + bytes(range(200, 200 + 64 - len(request))))
    assert len(replies) == 1
    reply = replies[0][:len(request)]
    check_echo_reply(reply, request, bench.dut_mac(0))
    program.stop().check_clean()


def test_echo_ip_options(echo):
    """IP options do not hide the request.

    Steps:
        Send an echo request whose IP header has options.
    Verify:
        One reply comes with the payload and right checksums.
    """
    bench, wire, program = echo
    header = {"options": [IPOption_NOP(), IPOption_RR(routers=["0.0.0.0"])]}
    request = echo_request(bench.dut_mac(0), ip=header)
    replies = ask(wire, request)
    assert len(replies) == 1
    check_echo_reply(replies[0], request, bench.dut_mac(0))
    program.stop().check_clean()


def check_only_arp_answered(bench, wire):
    """Send an ARP request and verify that its answer is all that comes back."""
    replies = ask(wire, arp_request())
    assert len(replies) == 1
    check_arp_reply(replies[0], bench.dut_mac(0))


def other_traffic(mac):
    """Sound frames that are no requests."""
    ethernet = Ether(src=frames.SOURCE_MAC, dst=mac)
    ipv6 = Ether(src=frames.SOURCE_MAC, dst=mac, type=0x86dd)
    unknown = Ether(src=frames.SOURCE_MAC, dst=mac, type=0x88b5)
    ip = IP(src=HOST, dst=TARGET)
    return {
        "udp": bytes(ethernet / ip / UDP(sport=1, dport=7) / Raw(b"x" * 40)),
        "tcp": bytes(ethernet / ip / TCP(sport=1, dport=7, flags="S")),
        "echo-reply": bytes(ethernet / ip / ICMP(type=0) / Raw(b"x" * 40)),
        "unreachable": bytes(ethernet / ip / ICMP(type=3) / Raw(b"x" * 40)),
        "arp-reply": arp_request(op=2),
        "ipv6": bytes(ipv6 / Raw(b"\x60" + bytes(59))),
        "unknown-type": bytes(unknown / Raw(bytes(60))),
    }


@pytest.mark.parametrize("kind", other_traffic("02:00:00:00:00:00"))
def test_other_traffic(echo, kind):
    """What is no request is dropped in silence.

    Steps:
        Send a sound frame that is neither an ARP nor an echo request; then an ARP request.
    Verify:
        Only the ARP request is answered. The frame counts as received, not as bad.
    """
    bench, wire, program = echo
    wire.send(other_traffic(bench.dut_mac(0))[kind])
    check_only_arp_answered(bench, wire)
    outcome = program.stop()
    outcome.check_clean()
    assert outcome.statistics.rx(0) == 2
    assert outcome.statistics.tx(0) == 1
    assert outcome.statistics.bad(0) == 0


def malformed_requests(mac):
    """Requests that must not be answered, because something in them is wrong."""
    return {
        "ip-checksum": echo_request(mac, ip={"chksum": 0x1234}),
        "icmp-checksum": echo_request(mac, icmp={"chksum": 0x1234}),
        "ip-version": echo_request(mac, ip={"version": 5}),
        "ip-header-short": echo_request(mac, ip={"ihl": 4}),
        "ip-header-long": echo_request(mac, 0, ip={"ihl": 15}),
        "ip-length-short": echo_request(mac, ip={"len": 19}),
        "ip-length-long": echo_request(mac, ip={"len": 1000}),
        "icmp-cut": echo_request(mac, 0, ip={"len": 24}),
        "arp-cut": arp_request()[:14 + 20],
        "arp-hardware-type": arp_request(hwtype=6),
        "arp-protocol-type": arp_request(ptype=0x86dd),
        "arp-address-length": arp_request(hwlen=8),
    }


@pytest.mark.parametrize("kind", malformed_requests("02:00:00:00:00:00"))
def test_malformed_request(echo, kind):
    """A malformed request is dropped and counted.

    Steps:
        Send the malformed request, then a sound ARP request.
    Verify:
        Only the latter is answered; one frame counts as bad.
    """
    bench, wire, program = echo
    wire.send(malformed_requests(bench.dut_mac(0))[kind])
    check_only_arp_answered(bench, wire)
    outcome = program.stop()
    outcome.check_clean()
    assert outcome.statistics.rx(0) == 2
    assert outcome.statistics.bad(0) == 1
