# SPDX-License-Identifier: BSD-3-Clause
"""The example `lwip` and hostile frames: floods, fragments, segments that never come in order."""

import json
import struct
import time

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from framework import malformed, packets
from framework.http import Client, SERVER, Server, TIMEOUT, request
from framework.transfer import ADDRESSES

MAC = "02:00:00:00:00:77"
ADDRESS = "198.51.100.77"       # no host has it
ISN = 1000
CLIENT_PORT = 40000
WINDOW = 8192
SEGMENTS = 10000
FLOOD = 3000
HOLDERS = 6
PROMPT = 5             # seconds
PIECE = 250                     # frames between two pauses
PAUSE = 0.005


class Attacker:
    """Sends frames to a server from a host that is not there."""

    def __init__(self, bench):
        self.wire = bench.wire(0)
        self.ether = Ether(src=MAC, dst=bench.dut_mac(0))
        self._bench = bench
        self.port = CLIENT_PORT
        self.wire.send(bytes(Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff")
                             / ARP(hwsrc=MAC, psrc=ADDRESS, pdst=ADDRESSES[1])))
        self.wire.drain(0.2)

    def packet(self, payload, **fields):
        """A frame to the server."""
        fields.setdefault("src", ADDRESS)
        return bytes(self.ether / IP(dst=ADDRESSES[1], **fields) / payload)

    def segment(self, seq, ack, data):
        """A segment of the connection, made without Scapy for speed."""
        key = bytes(map(int, ADDRESS.split("."))) + bytes(map(int, ADDRESSES[1].split(".")))
        tcp = struct.pack("!HHIIBBHHH", self.port, SERVER[1], seq, ack, 0x50, 0x10, WINDOW, 0, 0)
        words = key + struct.pack("!HH", 6, len(tcp + data)) + tcp + data + b"\0" * (len(data) & 1)
        total = sum(struct.unpack(f"!{len(words) // 2}H", words))
        total = (total & 0xffff) + (total >> 16)
        total = ~(total + (total >> 16)) & 0xffff
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp + data), 0, 0, 64, 6, 0) + key
        sum_ip = sum(struct.unpack("!10H", head))
        sum_ip = ~((sum_ip & 0xffff) + (sum_ip >> 16)) & 0xffff
        return (bytes(self.ether)[:12] + b"\x08\0" + head[:10] + struct.pack("!H", sum_ip)
                + head[12:] + tcp[:16] + struct.pack("!H", total) + tcp[18:] + data)

    def connect(self):
        """Open a connection; the number that the server's next byte has."""
        while self.wire.drain(0.2):     # what earlier segments were answered by
            pass
        self.wire.send(self.packet(TCP(sport=self.port, dport=SERVER[1], flags="S", seq=ISN,
                                       window=WINDOW)))
        answer = next(Ether(frame) for frame in self.wire.collect(10, 2)
                      if Ether(frame).haslayer(TCP) and Ether(frame)[TCP].dport == self.port)
        assert answer[TCP].flags == "SA", answer
        self.wire.send(self.segment(ISN + 1, answer[TCP].seq + 1, b""))
        return answer[TCP].seq + 1

    def send(self, frames):
        """Send frames, no more at a time than the server's ring has room for."""
        for at in range(0, len(frames), PIECE):
            for frame in frames[at:at + PIECE]:
                self.wire.send(frame)
            time.sleep(PAUSE)

    def figures(self):
        """What the server says to somebody else."""
        client = Client(self._bench.hosts[0], SERVER, TIMEOUT)
        client.send(request("/figures", "Connection: close"))
        _, _, text = client.response()
        client.close()
        return json.loads(text)


def attack(make_bench, start_http, *options):
    """A server, and who attacks it."""
    bench = make_bench(1)
    bench.hosts[0].run("ip", "address", "add", f"{ADDRESSES[0]}/24", "dev", bench.host_port(0))
    return start_http(Server, bench.dut, bench.vdev(0), *options), Attacker(bench)


@pytest.fixture(name="attacked")
def fixture_attacked(make_bench, start_http):
    """A server, and who attacks it."""
    return attack(make_bench, start_http)


def test_gaps(attacked):
    """Who sends each other byte alone makes lwIP hold 10000 packets, and starves nobody.

    Steps:
        On one connection, send 10000 segments of one byte, with a byte that lacks between each
        two. Ask for the figures on another.
    Verify:
        The server answers. No more mbufs are held than the queue's bound says; the other packets
        were copied. All of it is given back.
    """
    server, attacker = attacked
    ack = attacker.connect()
    segments = [attacker.segment(ISN + 3 + 2 * i, ack, b"x") for i in range(SEGMENTS)]
    deadline = time.monotonic() + TIMEOUT
    figures = {"chunks_out": 0}
    # lwIP goes through a list for each of them, so that the ring overflows.
    while figures["chunks_out"] < SEGMENTS and time.monotonic() < deadline:
        attacker.send(segments)
        figures = attacker.figures()
    assert figures["rx_held"] <= figures["rx_bound"] < SEGMENTS <= figures["chunks_out"]
    # A chunk for each packet, and one more for each that was copied.
    assert 2 * figures["rx_copied"] >= SEGMENTS - figures["rx_bound"] - 10
    server.stop()


def test_gaps_short_memory(make_bench, start_http):
    """The same where there is no memory for so many: what came too early is given up.

    Steps:
        Start the server with 4 MiB. On each of 6 connections, send 10000 segments as above, and
        ask for the figures on another behind that.
    Verify:
        Packets were dropped for want of memory, but the server answers within 5 seconds each
        time. Nothing is left of it.
    """
    server, attacker = attack(make_bench, start_http, "--limit=4")
    for number in range(HOLDERS):
        attacker.port = CLIENT_PORT + number
        ack = attacker.connect()
        attacker.send([attacker.segment(ISN + 3 + 2 * i, ack, b"x") for i in range(SEGMENTS)])
        began = time.monotonic()
        figures = attacker.figures()
        assert time.monotonic() - began < PROMPT
    assert figures["rx_dropped"] > 0
    server.stop()


def test_floods(attacked):
    """SYNs that nobody goes on with, fragments without the others, and damaged frames.

    Steps:
        Send 3000 SYNs; fragments of 20 packets of which the rest never comes; 2000 frames that
        are damaged or cut off; 1000 of noise; a packet that claims to be from the server itself.
    Verify:
        The server answers after each, and nothing is left of it.
    """
    server, attacker = attacked
    attacker.send([attacker.packet(TCP(sport=1024 + i, dport=SERVER[1], flags="S", seq=i))
                   for i in range(FLOOD)])
    attacker.figures()
    attacker.send([attacker.packet(Raw(bytes(64)), proto=6, id=i, flags="MF", frag=i % 2 * 100)
                   for i in range(20)])
    attacker.figures()
    sound = [attacker.packet(TCP(sport=5, dport=SERVER[1], flags="A") / Raw(b"GET / HTTP/1.1")),
             attacker.packet(UDP(sport=5, dport=6) / Raw(bytes(20))),
             attacker.packet(ICMP() / Raw(bytes(100))),
             attacker.packet(TCP(dport=SERVER[1], flags="S", options=[("MSS", 1), ("WScale", 14)]))]
    attacker.send([frame for frame in packets.damage(sound, 2000) if len(frame) > 14])
    attacker.send([bytes(attacker.ether)[:6] + frame[6:]
                   for frame in malformed.noise_frames(1000) if len(frame) > 14])
    attacker.send([attacker.packet(TCP(sport=SERVER[1], dport=SERVER[1], flags="S"),
                                   src=ADDRESSES[1])])
    attacker.figures()
    server.stop()
