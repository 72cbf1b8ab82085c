# SPDX-License-Identifier: BSD-3-Clause
"""TCP connections as frames, one odd thing a case, and the bytes that each should give."""

import random
from dataclasses import dataclass, field

from scapy.layers.inet import IP, TCP, fragment
from scapy.layers.inet6 import (IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                PadN, fragment6)
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
HOSTS4 = ("10.1.0.1", "10.1.0.2")
HOSTS6 = ("2001:db8::1", "2001:db8::2")
PORTS = (40000, 7000)
WRAP = 1 << 32
SEED = 20261129


def text(size, mark):
    """Bytes of which each place is told by its neighbours, and the kind by the mark."""
    return b"".join(b"%s%06d " % (mark, at) for at in range(size // 8 + 1))[:size]


class Connection:
    """Makes the frames of one connection; offsets count from the first byte after the SYN."""

    def __init__(self, isn=(1000, 5000), hosts=HOSTS4, ports=PORTS, tags=(), options=()):
        self._isn = isn
        self._hosts = hosts
        self._ports = ports
        self._tags = tags
        self._options = list(options)
        self._acked = [0, 0]        # bytes that the other side has got of each side
        self.frames = []

    def _network(self, side):
        """The headers below TCP."""
        frame = Ether(src=MACS[side], dst=MACS[1 - side])
        for tag in self._tags:
            frame /= tag.copy()
        kind = IPv6 if ":" in self._hosts[0] else IP
        return frame / kind(src=self._hosts[side], dst=self._hosts[1 - side])

    def segment(self, side, offset, data=b"", flags="A", acks=None, **fields):
        """One segment as a packet; offset -1 is the SYN's."""
        acks = self._acked[1 - side] if acks is None else acks
        fields.setdefault("options", self._options)
        header = TCP(sport=self._ports[side], dport=self._ports[1 - side], flags=flags,
                     seq=(self._isn[side] + 1 + offset) % WRAP,
                     ack=(self._isn[1 - side] + 1 + acks) % WRAP if "A" in flags else 0, **fields)
        return self._network(side) / header / Raw(data) if data else self._network(side) / header

    def send(self, side, offset, data=b"", flags="A", **fields):
        """Add a segment."""
        self.frames.append(bytes(self.segment(side, offset, data, flags, **fields)))
        return self

    def open(self):
        """Add the handshake."""
        self.send(0, -1, flags="S")
        self.send(1, -1, flags="SA", acks=0)
        return self.send(0, 0)

    def acknowledge(self, side, bytes_got):
        """Add a bare ACK of a side, for so many bytes of the other."""
        self._acked[1 - side] = bytes_got
        return self.send(side, 0)

    def close(self, sent, got):
        """Add the FINs of both sides, which have sent so many bytes."""
        self._acked = [sent, got]
        self.send(0, sent, flags="FA", acks=got)
        self.send(1, got, flags="FA", acks=sent + 1)
        return self.send(0, sent + 1, acks=got + 1)

    def conversation(self, up, down=b"", size=100):
        """Add bytes of both sides in order, in segments of a size."""
        for side, data in ((0, up), (1, down)):
            for at in range(0, len(data), size):
                self.send(side, at, data[at:at + size], "PA")
            if data:
                self.acknowledge(1 - side, len(data))
        return self


@dataclass
class Case:
    """Frames of connections, and what each direction of the first one should give."""

    frames: list
    up: bytes                       # from HOSTS[0] to HOSTS[1], by policy "first"
    down: bytes = b""
    policies: dict = field(default_factory=dict)    # up by other policies, where it differs
    differs: dict = field(default_factory=dict)     # a tool's name: why it gives other bytes
    dumps: int = 0                  # files that there are besides those two
    arguments: dict = field(default_factory=dict)   # of lbuf-fwd


CASES = {}


def make_case(name, ports):
    """The case of a name, with connections of these ports."""
    return CASES[name](lambda **how: Connection(ports=ports, **how))


def case(make):
    """Enter a function's case under its name."""
    CASES[make.__name__] = make
    return make


def orders(name, order):
    """A case in which the segments of one side come in another order."""
    def make(new):
        data = text(2000, b"u")
        pieces = [(at, data[at:at + 100]) for at in range(0, 2000, 100)]
        connection = new().open()
        for at, piece in order(pieces):
            connection.send(0, at, piece, "PA")
        connection.acknowledge(1, 2000).close(2000, 0)
        return Case(connection.frames, data)

    CASES[name] = make


def shuffled(pieces):
    """The same every time."""
    pieces = list(pieces)
    random.Random(SEED).shuffle(pieces)
    return pieces


orders("in_order", list)
orders("backwards", lambda pieces: list(reversed(pieces)))
orders("shuffled", shuffled)
orders("pairs_swapped", lambda pieces: [pieces[at ^ 1] for at in range(len(pieces))])
orders("each_twice", lambda pieces: [piece for piece in pieces for _ in range(2)])
orders("all_twice", lambda pieces: pieces + pieces)
orders("evens_then_odds", lambda pieces: pieces[::2] + pieces[1::2])
orders("first_last", lambda pieces: pieces[1:] + pieces[:1])


@case
def both_directions(new):
    """Both sides send by turns."""
    up, down = text(3000, b"u"), text(2500, b"d")
    connection = new().open()
    for at in range(0, 3000, 500):
        connection.send(0, at, up[at:at + 500], "PA")
        connection.acknowledge(1, at + 500)
        connection.send(1, at * 5 // 6, down[at * 5 // 6:(at + 500) * 5 // 6], "PA")
        connection.acknowledge(0, (at + 500) * 5 // 6)
    connection.close(3000, 2500)
    return Case(connection.frames, up, down)


def wrapped(name, isn):
    """A case whose sequence numbers pass 2^32, out of order at that."""
    def make(new):
        data, down = text(3000, b"u"), text(700, b"d")
        connection = new(isn=isn).open()
        for at in (0, 200, 100, 1000, 300, 2000):
            size = {300: 700, 1000: 1000, 2000: 1000}.get(at, 100)
            connection.send(0, at, data[at:at + size], "PA")
        connection.acknowledge(1, 3000)
        connection.conversation(b"", down)
        connection.close(3000, 700)
        return Case(connection.frames, data, down)

    CASES[name] = make


wrapped("wrap_in_first", (WRAP - 50, WRAP - 300))
wrapped("wrap_at_border", (WRAP - 1001, WRAP - 1))
wrapped("wrap_at_zero", (WRAP - 1, WRAP - 2))
wrapped("wrap_sign", ((1 << 31) - 500, (1 << 31) - 1))


def overlapping(name, segments, first, last, linux=None, differs=None):
    """A case of segments (offset, bytes) behind a gap of 10 bytes, which comes in the end."""
    def make(new):
        connection = new().open()
        for at, data in segments:
            connection.send(0, at, data, "PA")
        connection.send(0, 0, b"0123456789", "PA")
        size = 10 + len(first)
        connection.acknowledge(1, size).close(size, 0)
        head = b"0123456789"
        return Case(connection.frames, head + first,
                    policies={"last": head + last, "linux": head + (linux or first)},
                    differs=differs or {})

    CASES[name] = make


overlapping("overlap_same_place", ((10, b"aaaaaaaa"), (10, b"BBBBBBBB")),
            b"aaaaaaaa", b"BBBBBBBB")
overlapping("overlap_front", ((14, b"aaaaaaaa"), (10, b"BBBBBBBB")),
            b"BBBBaaaaaaaa", b"BBBBBBBBaaaa", b"BBBBBBBBaaaa")
overlapping("overlap_back", ((10, b"aaaaaaaa"), (14, b"BBBBBBBB")),
            b"aaaaaaaaBBBB", b"aaaaBBBBBBBB")
overlapping("overlap_inside", ((10, b"aaaaaaaaaaaa"), (14, b"BBBB")),
            b"aaaaaaaaaaaa", b"aaaaBBBBaaaa")
overlapping("overlap_around", ((14, b"aaaa"), (10, b"BBBBBBBBBBBB")),
            b"BBBBaaaaBBBB", b"BBBBBBBBBBBB", b"BBBBBBBBBBBB")
overlapping("overlap_bridge", ((10, b"aaaa"), (18, b"cccc"), (12, b"BBBBBBBB")),
            b"aaaaBBBBcccc", b"aaBBBBBBBBcc", b"aaaaBBBBBBcc")
overlapping("overlap_longer", ((10, b"aaaa"), (10, b"BBBBBBBB")),
            b"aaaaBBBB", b"BBBBBBBB", b"BBBBBBBB")
overlapping("overlap_three", ((10, b"aaaaaa"), (13, b"BBBBBB"), (16, b"cccccc")),
            b"aaaaaaBBBccc", b"aaaBBBcccccc")


@case
def retransmitted_otherwise(new):
    """Bytes that were delivered come again with other contents: too late for every policy."""
    connection = new().open()
    connection.send(0, 0, b"first come ", "PA").send(0, 0, b"LATER SENT ", "PA")
    connection.send(0, 6, b"SENT first served", "PA")
    connection.acknowledge(1, 23).close(23, 0)
    return Case(connection.frames, b"first come first served")


@case
def keep_alive(new):
    """A byte before the window, as keep-alives send, is none of the stream."""
    data = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, data[:100], "PA").acknowledge(1, 100)
    connection.send(0, 99, b"\0").send(1, 0)
    connection.send(0, 99).send(1, 0)
    connection.send(0, 100, data[100:], "PA").acknowledge(1, 300).close(300, 0)
    return Case(connection.frames, data)


@case
def zero_window_probe(new):
    """A byte behind a closed window, which comes again when it is open."""
    data = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, data[:100], "PA")
    connection.acknowledge(1, 100).send(1, 0, window=0)
    connection.send(0, 100, data[100:101]).send(1, 0, window=0)
    connection.send(1, 0, window=8192)
    connection.send(0, 100, data[100:], "PA").acknowledge(1, 300).close(300, 0)
    return Case(connection.frames, data)


@case
def urgent(new):
    """Urgent bytes are in line."""
    data = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, data[:100], "PA").send(0, 100, data[100:200], "UPA", urgptr=50)
    connection.send(0, 200, data[200:], "PA").acknowledge(1, 300).close(300, 0)
    return Case(connection.frames, data)


@case
def data_in_syn(new):
    """The SYN carries the first bytes (TCP Fast Open)."""
    data = text(300, b"u")
    connection = new()
    connection.send(0, -1, data[:100], "S").send(1, -1, flags="SA", acks=100)
    # The first byte of a SYN's data stands behind the SYN.
    connection.send(0, 100, data[100:], "PA").acknowledge(1, 300).close(300, 0)
    return Case(connection.frames, data)


@case
def data_with_fin(new):
    """The FIN carries the last bytes."""
    data = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, data[:200], "PA").send(0, 200, data[200:], "FPA")
    connection.send(1, 0, flags="FA", acks=301).send(0, 301, acks=1)
    return Case(connection.frames, data)


@case
def fin_before_data(new):
    """The FIN overtakes the last bytes."""
    data = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, data[:200], "PA").send(0, 300, flags="FA")
    connection.send(0, 200, data[200:], "PA")
    connection.send(1, 0, flags="FA", acks=301).send(0, 301, acks=1)
    return Case(connection.frames, data)


@case
def half_closed(new):
    """One side goes on sending when the other has ended."""
    up, down = text(200, b"u"), text(900, b"d")
    connection = new().open()
    connection.send(0, 0, up, "FPA").send(1, 0, acks=201)
    for at in range(0, 900, 300):
        connection.send(1, at, down[at:at + 300], "PA", acks=201)
    connection.send(0, 201, acks=900).send(1, 900, flags="FA", acks=201).send(0, 201, acks=901)
    return Case(connection.frames, up, down)


@case
def simultaneous_open(new):
    """Both sides send a SYN first."""
    up, down = text(200, b"u"), text(300, b"d")
    connection = new()
    connection.send(0, -1, flags="S").send(1, -1, flags="S")
    connection.send(0, -1, flags="SA", acks=0).send(1, -1, flags="SA", acks=0)
    connection.conversation(up, down).close(200, 300)
    return Case(connection.frames, up, down)


@case
def syn_again(new):
    """The handshake's segments come twice."""
    up = text(200, b"u")
    connection = new()
    connection.send(0, -1, flags="S").send(0, -1, flags="S")
    connection.send(1, -1, flags="SA", acks=0).send(1, -1, flags="SA", acks=0)
    connection.send(0, 0).send(0, 0).conversation(up).close(200, 0)
    return Case(connection.frames, up)


@case
def reset(new):
    """A RST ends it; what comes behind is none of it."""
    up = text(200, b"u")
    connection = new().open()
    connection.send(0, 0, up, "PA").acknowledge(1, 200).send(1, 0, flags="RA", acks=200)
    return Case(connection.frames, up)


@case
def reset_far_away(new):
    """A RST out of the window is somebody else's."""
    up = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, up[:200], "PA").acknowledge(1, 200)
    connection.send(0, 1 << 30, flags="R").send(1, 1 << 30, flags="R")
    connection.send(0, 200, up[200:], "PA").acknowledge(1, 300).close(300, 0)
    return Case(connection.frames, up)


@case
def far_away(new):
    """Bytes far beyond any window are not held."""
    up = text(300, b"u")
    connection = new().open()
    connection.send(0, 0, up[:200], "PA").send(0, 1 << 30, b"far away", "PA")
    connection.send(0, (1 << 32) - 5000, b"long ago", "PA")
    connection.send(0, 200, up[200:], "PA").acknowledge(1, 300).close(300, 0)
    return Case(connection.frames, up)


@case
def one_byte_each(new):
    """Segments of one byte, every second one first."""
    data = text(600, b"u")
    connection = new().open()
    for at in [*range(1, 600, 2), *range(0, 600, 2)]:
        connection.send(0, at, data[at:at + 1])
    connection.acknowledge(1, 600).close(600, 0)
    return Case(connection.frames, data)


ODD_OPTIONS = {
    "timestamps": [("NOP", None), ("NOP", None), ("Timestamp", (123456, 654321))],
    "sack": [("NOP", None), ("NOP", None), ("SAck", (5000, 6000, 7000, 8000, 9000, 10000))],
    "nops": [("NOP", None)] * 40,
    "end": [("EOL", None)],
    "unknown": [(253, b"\x12\x34ab"), ("NOP", None), ("NOP", None)],
}


def with_options(name, options):
    """A case whose segments have TCP options."""
    def make(new):
        up, down = text(500, b"u"), text(300, b"d")
        connection = new(options=options).open().conversation(up, down).close(500, 300)
        return Case(connection.frames, up, down)

    CASES[f"options_{name}"] = make


for _name, _options in ODD_OPTIONS.items():
    with_options(_name, _options)


def raw_options(name, options):
    """A case whose segments have options that are no options, with right checksums."""
    def make(new):
        up = text(500, b"u")
        connection = new()
        plain = new().open().conversation(up).close(500, 0).frames
        for frame in plain:
            packet = Ether(frame)
            header = bytes(packet[TCP])
            data = bytes(packet[TCP].payload)[:len(frame) - 14 - 20 - 20]
            head = bytearray(header[:20])
            head[12] = (5 + len(options) // 4) << 4
            head[16:18] = b"\0\0"
            ip = IP(src=packet[IP].src, dst=packet[IP].dst, proto=6)
            rebuilt = packet[Ether].copy()
            rebuilt.remove_payload()
            whole = rebuilt / ip / TCP(bytes(head) + options + data)
            connection.frames.append(bytes(whole))
        return Case(connection.frames, up)

    CASES[f"options_{name}"] = make


raw_options("length_0", bytes([8, 0, 1, 1]))
raw_options("length_1", bytes([8, 1, 1, 1]))
raw_options("cut_off", bytes([1, 1, 8, 10]))
raw_options("cut_in_kind", bytes([1, 1, 1, 8]))
raw_options("too_long", bytes([8, 255, 0, 0, 0, 0, 0, 0]))


def tagged(name, tags):
    """A case with VLAN tags."""
    def make(new):
        up, down = text(500, b"u"), text(300, b"d")
        connection = new(tags=tags).open().conversation(up, down).close(500, 300)
        return Case(connection.frames, up, down)

    CASES[name] = make


tagged("vlan", (Dot1Q(vlan=5),))
tagged("qinq", (Dot1AD(vlan=7), Dot1Q(vlan=5)))


@case
def ipv6(new):
    """IPv6."""
    up, down = text(1500, b"u"), text(300, b"d")
    connection = new(hosts=HOSTS6).open().conversation(up, down).close(1500, 300)
    return Case(connection.frames, up, down)


@case
def ipv6_extensions(new):
    """IPv6 with extension headers in front of TCP."""
    up = text(500, b"u")
    plain = new(hosts=HOSTS6).open().conversation(up).close(500, 0).frames
    made = []
    for frame in plain:
        packet = Ether(frame)
        tcp = packet[TCP].copy()
        del tcp.chksum
        head = IPv6(src=packet[IPv6].src, dst=packet[IPv6].dst)
        pad = [PadN(optdata=b"\0" * 4)]
        made.append(bytes(Ether(src=packet.src, dst=packet.dst) / head
                          / IPv6ExtHdrHopByHop(options=pad) / IPv6ExtHdrDestOpt(options=pad)
                          / tcp))
    return Case(made, up)


@case
def padding(new):
    """What pads a short frame is no data, and neither is what trails a long one."""
    up = text(40, b"u")
    connection = new().open()
    for at in range(0, 40, 4):
        connection.send(0, at, up[at:at + 4], "PA")
    connection.acknowledge(1, 40).close(40, 0)
    made = [frame + b"\xee" * max(0, 64 - len(frame)) + b"\xee" * 5 for frame in
            connection.frames]
    return Case(made, up)


def fragmented(name, order):
    """A case of IPv4 fragments."""
    def make(new):
        up = text(3000, b"u")
        connection = new().open()
        made = list(connection.frames)
        for number, at in enumerate(range(0, 3000, 1000)):
            packet = connection.segment(0, at, up[at:at + 1000], "PA")
            packet[IP].id = 100 + number
            made += [bytes(piece) for piece in order(fragment(packet, 400))]
        connection.frames = []
        connection.acknowledge(1, 3000).close(3000, 0)
        return Case(made + connection.frames, up)

    CASES[name] = make


fragmented("fragments", list)
fragmented("fragments_backwards", lambda pieces: list(reversed(pieces)))


@case
def fragments_ipv6(new):
    """IPv6 fragments."""
    up = text(3000, b"u")
    connection = new(hosts=HOSTS6).open()
    made = list(connection.frames)
    for number, at in enumerate(range(0, 3000, 1000)):
        plain = connection.segment(0, at, up[at:at + 1000], "PA")
        head, tcp = plain[IPv6].copy(), plain[TCP].copy()
        head.remove_payload()
        whole = (Ether(src=MACS[0], dst=MACS[1]) / IPv6(src=HOSTS6[0], dst=HOSTS6[1])
                 / IPv6ExtHdrFragment(id=100 + number) / tcp)
        made += [bytes(piece) for piece in fragment6(whole, 500)]
    connection.frames = []
    connection.acknowledge(1, 3000).close(3000, 0)
    return Case(made + connection.frames, up)


@case
def ports_again(new):
    """The same ports make a second connection, whose bytes are its own."""
    first, second = text(300, b"u"), text(500, b"v")
    made = new().open().conversation(first).close(300, 0).frames
    made += new(isn=(900000, 800000)).open().conversation(second).close(500, 0).frames
    return Case(made, first, dumps=1)


@case
def gap(new):
    """What never came leaves a gap; what is behind it is not joined to what is before."""
    up = text(600, b"u")
    connection = new().open()
    connection.send(0, 0, up[:200], "PA").send(0, 400, up[400:], "PA")
    return Case(connection.frames, up[:200])


def large(name, seed):
    """Many segments of many sizes, in an order that a bad network makes."""
    def make(new):
        noise = random.Random(seed)
        up = text(100000, b"u")
        pieces, at = [], 0
        while at < len(up):
            size = noise.choice((1, 7, 100, 536, 1448))
            pieces.append((at, up[at:at + size]))
            at += size
        late = sorted(range(len(pieces)), key=lambda number: number + noise.choice((0, 0, 9, 30)))
        connection = new(isn=(WRAP - 50000, 1)).open()
        for number in late:
            at, piece = pieces[number]
            connection.send(0, at, piece, "PA")
            if noise.random() < 0.1:
                connection.send(0, at, piece, "PA")
        connection.acknowledge(1, len(up)).close(len(up), 0)
        return Case(connection.frames, up)

    CASES[name] = make


large("bad_network_1", 1)
large("bad_network_2", 2)
