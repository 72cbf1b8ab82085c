# SPDX-License-Identifier: BSD-3-Clause
"""The mode csum: checksums are set right, by software or device, and nothing else is touched."""

import re

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from framework import packets
from framework.forwarder import lcores, memory_options
from framework.frames import addressed, mac_bytes, peer_mac
from framework.malformed import CORPORA, SHORTEST_ETHERNET
from framework.pcapfile import run_through

SMALL_MBUF = 216        # a data room of 88 bytes: most frames lie in several mbufs
ODD_MBUF = 529          # of 401 bytes: more than headers, which are asked for in one piece; odd
SMALL_MTU = 86          # else ports insist that an mbuf holds any frame; files have longer ones
MBUFS = pytest.mark.parametrize("mbuf_size", (2176, SMALL_MBUF, ODD_MBUF))


def readdressed(frames):
    """The frames as they leave, but for the source address, which is the port's."""
    target = mac_bytes(peer_mac(0))
    return [target + frame[12:] for frame in frames]


def without_source(frames):
    """Frames without their source address."""
    return [frame[:6] + frame[12:] for frame in frames]


def run(forwarders, folder, sent, tunnels=False, swap=True, **wanted):
    """Let one port read frames in csum mode; return (outcome, what it sent)."""
    commands = folder / "commands"
    commands.write_text(f"csum parse-tunnel {'on' if tunnels else 'off'} 0\n"
                        f"csum mac-swap {'on' if swap else 'off'} 0\n")
    if wanted.get("mbuf_size") in (SMALL_MBUF, ODD_MBUF):
        wanted["max_pkt_len"] = SMALL_MTU
    outcome, received = run_through(forwarders, folder, "csum", sent, 1, cmdline_file=commands,
                                    port_topology="loop", total_num_mbufs=16384, **wanted)
    outcome.check_clean()
    assert outcome.statistics.rx(0) == len(sent)
    return outcome, received[0]


def check_set(forwarders, folder, sound, spoilt, **wanted):
    """Verify that spoilt frames come out with the checksums of the sound ones."""
    received = run(forwarders, folder, spoilt, **wanted)[1]
    expected = readdressed(sound.values())
    assert len(received) == len(expected)
    for name, got, right in zip(sound, without_source(received), expected):
        assert got == right, f"{name}\n{got.hex()}\n{right.hex()}"


@pytest.mark.smoke
@MBUFS
def test_values(forwarders, tmp_path, mbuf_size):
    """Checksums are those that Scapy computes.

    Steps:
        Make packets of IPv4 and IPv6 with UDP, TCP, SCTP, ICMP, with VLAN tags and options, of
        many lengths; spoil their checksums, but a UDP checksum of 0.
        Let a port in csum mode read them, with mbufs that hold them and with small ones.
    Verify:
        They come out as they were before, to the port's peer.
    """
    sound = packets.plain()
    spoilt = [packets.spoil(frame) for frame in sound.values()]
    # IPv6 packets have no checksum of IP; those without any are as they were.
    assert sum(a != b for a, b in zip(spoilt, sound.values())) > len(spoilt) // 2
    check_set(forwarders, tmp_path, sound, spoilt, mbuf_size=mbuf_size)


def test_addresses(forwarders, tmp_path):
    """Source and destination are replaced, unless "csum mac-swap off" says otherwise.

    Steps:
        Let a port read a packet, with the replacement and without.
    Verify:
        It goes to the port's peer from the port, or stays as it was.
    """
    sent = [packets.plain()["udp4-18"]]
    received = run(forwarders, tmp_path, sent)[1]
    source = Ether(received[0]).src
    assert received == [addressed(sent[0], source, peer_mac(0))]
    assert source != Ether(sent[0]).src
    assert run(forwarders, tmp_path, sent, swap=False)[1] == sent


def test_padding(forwarders, tmp_path):
    """Padding behind the IP packet is no part of it, and stays.

    Steps:
        Let a port read short packets with wrong checksums, padded with noise to 64 bytes.
    Verify:
        Their checksums come out right, and the padding as it was.
    """
    noise = bytes(range(0x80, 0xc0))
    sound = {name: frame for name, frame in packets.plain().items() if len(frame) < 100}
    assert len(sound) > 10
    spoilt = [packets.spoil(frame) + noise for frame in sound.values()]
    sound = {name: frame + noise for name, frame in sound.items()}
    check_set(forwarders, tmp_path, sound, spoilt)


def test_fragments(forwarders, tmp_path):
    """The data of fragments stays; their headers' checksums are set.

    Steps:
        Let a port read two fragments of a datagram, whose IP checksums are wrong.
    Verify:
        They come out with right ones, else as they were.
    """
    sound = dict(enumerate(packets.fragments()))
    spoilt = []
    for frame in sound.values():
        frame = bytearray(frame)
        frame[24] ^= 0xff
        spoilt.append(bytes(frame))
    check_set(forwarders, tmp_path, sound, spoilt)


def spoil_inner(frame, name):
    """The frame with the checksums of what its tunnel carries, and of its own IP, wrong."""
    inner = bytes(packets.inner_packets()["4" if name.endswith("4") else "6"])
    at = frame.rindex(inner)
    framed = bytes(Ether())[:12] + (b"\x08\x00" if name.endswith("4") else b"\x86\xdd") + inner
    spoilt = frame[:at] + packets.spoil(framed)[14:] + frame[at + len(inner):]
    if IP in Ether(frame) and frame[12:14] == b"\x08\x00":
        spoilt = spoilt[:24] + bytes([spoilt[24] ^ 0x55]) + spoilt[25:]
    return spoilt


@MBUFS
def test_tunnels(forwarders, tmp_path, mbuf_size):
    """With "csum parse-tunnel on" the checksums of what tunnels carry are set, too.

    Steps:
        Make packets in VXLAN, VXLAN-GPE, Geneve, GTP, GRE and IP, over IPv4 and IPv6; spoil the
        checksums of the inner packets and those of the outer IP headers.
        Let a port read them that looks into tunnels.
    Verify:
        They come out as they were before; so does an outer UDP checksum of 0.
    """
    sound = packets.tunnels()
    spoilt = [spoil_inner(frame, name) for name, frame in sound.items()]
    assert all(a != b for a, b in zip(spoilt, sound.values()))
    check_set(forwarders, tmp_path, sound, spoilt, tunnels=True, mbuf_size=mbuf_size)


@MBUFS
@pytest.mark.parametrize("tunnels", (False, True))
def test_cut(forwarders, tmp_path, mbuf_size, tunnels):
    """What is cut off stays as it is from the layer on that is not whole.

    Steps:
        Cut packets of several kinds off at each length; let a port read them.
    Verify:
        Those of 14 bytes and more come out with new addresses; their checksums were right, and
        what lies behind the cut is not reckoned with. The others count as bad.
    """
    if tunnels:
        names = ("vxlan4-4", "geneve6-4", "gre4-6", "teb6-6", "gtp4-4", "gpe4-6", "ipip-4")
        kinds = [packets.tunnels()[name] for name in names]
    else:
        names = ("udp4-18", "tcp6-3", "sctp-18", "qinq", "options", "tcp-options")
        kinds = [packets.plain()[name] for name in names]
    sent = packets.cuts(kinds)
    outcome, received = run(forwarders, tmp_path, sent, tunnels, mbuf_size=mbuf_size)
    whole = [frame for frame in sent if len(frame) >= SHORTEST_ETHERNET]
    assert outcome.statistics.bad(0) == len(sent) - len(whole)
    if not tunnels:
        assert without_source(received) == readdressed(whole)
        return
    # A packet in a tunnel may be whole where the tunnel's own lengths say that it is not.
    assert [len(frame) for frame in received] == [len(frame) for frame in whole]


@pytest.mark.parametrize("corpus", [*CORPORA, "damaged-packets"])
@pytest.mark.parametrize("tunnels", (False, True))
def test_hostile(forwarders, tmp_path, corpus, tunnels):
    """Nothing that comes stops it.

    Steps:
        Let a port read malformed frames, with and without looking into tunnels.
    Verify:
        Those of 14 bytes and more come out, as long as they were. No leak, exit code 0.
    """
    if corpus == "damaged-packets":
        kinds = [*packets.plain().values(), *packets.tunnels().values()]
        sent = packets.damage(kinds, 3000)
    else:
        sent = CORPORA[corpus]()
    for mbuf_size in (2176, SMALL_MBUF, ODD_MBUF):
        received = run(forwarders, tmp_path, sent, tunnels, mbuf_size=mbuf_size)[1]
        whole = [len(frame) for frame in sent if len(frame) >= SHORTEST_ETHERNET]
        assert [len(frame) for frame in received] == whole


def test_device(make_bench, forwarders, tmp_path):
    """What "csum set ... hw" gives to the device is computed there; wrong ones are counted.

    Steps:
        Start the forwarder on a port that computes checksums, which is told to do all it can;
        send packets of IPv4 and IPv6 with wrong checksums, 10 of them of IP alone.
    Verify:
        They come back with right ones. The figures of the port say how many were wrong.
    """
    bench = make_bench(0)
    commands = tmp_path / "commands"
    commands.write_text("port stop 0\ncsum set ip hw 0\ncsum set udp hw 0\ncsum set tcp hw 0\n"
                        "port start 0\n")
    eal = lcores(2) + memory_options() + ["--vdev=net_tap0,iface=dtap"]
    arguments = ["--forward-mode=csum", "--port-topology=loop", "--enable-rx-cksum",
                 "--total-num-mbufs=4096", f"--cmdline-file={commands}"]
    program = forwarders.launch(eal, arguments, bench.dut)
    program.wait_forwarding()
    assert "IP checksum offload is hw" in program.output
    assert "TCP checksum offload is hw" in program.output
    wire = bench.open_wire(bench.dut, "dtap")
    wire.drain(0.3)
    kinds = packets.plain()
    sound = [kinds[f"{kind}-{size}"] for kind in ("udp4", "tcp4", "udp6", "tcp6")
             for size in (18, 57, 300, 1400)]
    received = []
    for frame in sound:
        wire.send(packets.spoil(frame))
        received += wire.collect(1, 3)
    bad_ip = packets.spoil(kinds["icmp"])
    for _ in range(10):
        wire.send(bad_ip)
        received += wire.collect(1, 3)
    outcome = program.stop()
    outcome.check_clean()
    assert without_source(received[:16]) == readdressed(sound)
    figures = re.search(r"Bad-ipcsum: (\d+) +Bad-l4csum: (\d+) *Bad-outer-l4csum: 0",
                        outcome.output)
    assert figures and int(figures.group(1)) == 18 and int(figures.group(2)) == 16, outcome.output
