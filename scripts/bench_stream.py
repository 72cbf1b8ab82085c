#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What putting TCP together costs: a table of connections beside libnids, on the same packets
in memory; and the mode stream of lbuf-fwd beside io.

Packets are those of connections that are opened, send in order, with an ACK for every two
segments, and are closed; all connections take turns, so that of many none is in the cache when
its next packet comes. Both programs are told the packets in bursts of 32, which are copied
to where they are looked at before time is taken, and both run on one core, by turns. Neither
checks checksums unless --checksums is given: then both do. Figures are medians.

Exit code: 0 the bars hold, 1 one is missed, 2 no result.
"""

import argparse
import contextlib
import copy
import os
import pathlib
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

import bench_fwd
from bench_fwd import BenchError, checksum

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAYLOADS = (64, 512, 1460)
CONNECTIONS = (100, 100000)
MODE_CONNECTIONS = 100
MODE_SEGMENTS = 40          # of a connection, for the mode
MAC = (b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0")
SYN, ACK, FIN, PSH = 2, 16, 1, 8
ISN = (1000, 2000)
RESULT = re.compile(r"^packets (\d+) bytes (\d+) ns ([0-9.]+)", re.MULTILINE)
TIMEOUT = 300


class Capture:
    """Writes a pcap file of connections."""

    def __init__(self, file, network, payload):
        self._file = file
        self._network = network
        # What all payloads add to their checksums.
        self._sum = ~checksum(payload + b"\0" * (len(payload) % 2)) & 0xffff
        self.packets = 0
        file.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))

    def _ip(self, number, side, size):
        ends = (self._network + number, 0xc0a80001)
        ends = ends[::-1] if side else ends
        head = struct.pack("!BBHHHBBHII", 0x45, 0, size, 0, 0x4000, 64, 6, 0, *ends)
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:]

    def segment(self, number, side, flags, sent, got, payload=b""):
        """Write one; sent and got count the bytes of both sides, SYNs included."""
        ports = (20000, 80)[::1 - 2 * side]
        tcp = struct.pack("!HHIIBBHHH", *ports, ISN[side] + sent,
                          ISN[1 - side] + got if flags & ACK else 0, 5 << 4, flags, 65535, 0, 0)
        ip = self._ip(number, side, 40 + len(payload))
        pseudo = ip[12:] + struct.pack("!HH", 6, len(tcp) + len(payload))
        total = checksum(pseudo + tcp + struct.pack("!H", self._sum if payload else 0))
        frame = MAC[side] + ip + tcp[:16] + struct.pack("!H", total) + tcp[18:] + payload
        frame = frame.ljust(60, b"\0")
        self._file.write(struct.pack("=IIII", self.packets // 1000000, self.packets % 1000000,
                                     len(frame), len(frame)) + frame)
        self.packets += 1


def write_capture(path, connections, segments, size, network=0x0a000000):
    """Write a file of connections that send so many segments each."""
    payload = bytes(at & 0xff for at in range(size))
    with open(path, "wb", buffering=1 << 20) as file:
        out = Capture(file, network, payload)
        everybody = range(connections)
        for number in everybody:
            out.segment(number, 0, SYN, 0, 0)
        for number in everybody:
            out.segment(number, 1, SYN | ACK, 0, 1)
        for number in everybody:
            out.segment(number, 0, ACK, 1, 1)
        for at in range(segments):
            for number in everybody:
                out.segment(number, 0, ACK | PSH, 1 + at * size, 1, payload)
            if at % 2 == 1 or at == segments - 1:
                for number in everybody:
                    out.segment(number, 1, ACK, 1, 1 + (at + 1) * size)
        end = 1 + segments * size
        for number in everybody:
            out.segment(number, 0, FIN | ACK, end, 1)
        for number in everybody:
            out.segment(number, 1, FIN | ACK, 1, end + 1)
        for number in everybody:
            out.segment(number, 0, ACK, end + 1, 2)
        return out.packets


def cpu_name():
    """What this machine says that it is."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = {}
    for name in ("model name", "cpu family", "model"):
        match = re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE)
        found[name] = match[1] if match else "?"
    return f"{found['model name']} (family {found['cpu family']}, model {found['model']})"


def measure(command, expected):
    """Nanoseconds a packet that a program says; it must have seen all bytes."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=TIMEOUT, check=False)
    match = RESULT.search(done.stdout)
    if done.returncode or not match:
        raise BenchError(f"{command[0]}: {done.stdout.strip()[-200:]}")
    if int(match[2]) != expected:
        raise BenchError(f"{command[0]} saw {match[2]} of {expected} bytes")
    return float(match[3])


def own_command(args, path, connections):
    """The table's program on a file."""
    memory = ["--no-huge", "-m", "2048"] if args.no_huge else []
    return ["taskset", "-c", str(args.fwd_cpu), str(args.build / "tests/stream/stream_pcap"),
            "--no-pci", "--no-telemetry", f"--file-prefix=lbufstream{os.getpid()}", "-l",
            str(args.fwd_cpu), *memory, "--", str(path), str(connections * 2),
            *["checksums"] * args.checksums]


def rival_command(args, path, connections):
    """libnids on a file."""
    return ["taskset", "-c", str(args.fwd_cpu), str(args.build / "tests/stream/nids_pcap"),
            str(path), str(connections), *["checksums"] * args.checksums]


def compare(args, scratch):
    """Both on each kind of packets; whether the bar holds everywhere."""
    holds = True
    for connections in args.connections:
        for size in args.payloads:
            segments = args.segments or (1000 if connections <= 1000 else 4)
            path = scratch / "connections.pcap"
            packets = write_capture(path, connections, segments, size)
            times = ([], [])
            for _ in range(args.runs):
                expected = connections * segments * size
                times[0].append(measure(own_command(args, path, connections), expected))
                times[1].append(measure(rival_command(args, path, connections), expected))
            path.unlink()
            own, rival = map(statistics.median, times)
            ratio = rival / own
            holds &= ratio >= args.bar
            print(f"{connections:7} connections {size:5} B {packets:8} packets: table "
                  f"{own:6.1f} ns, libnids {rival:7.1f} ns, ratio {ratio:5.2f}, bar "
                  f"{args.bar:g}: {'holds' if ratio >= args.bar else 'missed'}", flush=True)
    return holds


def ports(args):
    """The ports of bench_fwd's programs: each reads connections of its own."""
    return [f"net_pcap{port},rx_pcap={args.pcap}{port},infinite_rx=1" for port in (0, 1)]


def mode_rates(args, scratch, size):
    """Packets per second of io and of stream, in turns that follow each other."""
    rates = {"io": [], "stream": []}
    args.pcap = scratch / f"mode{size}-"
    packets = [write_capture(f"{args.pcap}{port}", MODE_CONNECTIONS, MODE_SEGMENTS, size,
                             (10 << 24) + (port << 16)) for port in (0, 1)]
    args.mbufs = sum(packets) + 16384
    for _ in range(args.starts):
        with contextlib.ExitStack() as stack:
            ready = {}
            for mode in rates:
                own = copy.copy(args)
                own.mode = mode
                ready[mode] = stack.enter_context(
                    bench_fwd.contestant(mode, args.lbuf_fwd, own, scratch))
            for turn in range(args.turns):
                for mode in sorted(ready, reverse=turn % 2 == 1):
                    rates[mode].append(ready[mode].turn())
    return rates


def compare_modes(args, scratch):
    """What the mode costs over io; whether the bar holds for each size."""
    holds = True
    bench_fwd.vdevs = lambda own, prefix: ports(own)
    for size in args.payloads:
        rates = mode_rates(args, scratch, size)
        # A turn without packets is one in which the program did not run.
        costs = [1e9 / mine - 1e9 / other
                 for mine, other in zip(rates["stream"], rates["io"]) if mine and other]
        if not costs:
            raise BenchError("no turns in which both modes forwarded")
        cost = statistics.median(costs)
        holds &= cost <= args.mode_bar
        medians = {mode: 1e9 / statistics.median(each) for mode, each in rates.items()}
        print(f"mode stream   {size:5} B: io {medians['io']:6.1f} ns, stream "
              f"{medians['stream']:6.1f} ns, over io {cost:6.1f} ns, bar {args.mode_bar:g}: "
              f"{'holds' if cost <= args.mode_bar else 'missed'}", flush=True)
    return holds


def parse_args():
    """The command line."""
    cpus = sorted(os.sched_getaffinity(0))
    number = bench_fwd.number
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--runs", type=number(int, 1, 1000), default=5, help="of each program (%(default)s)")
    add("--starts", type=number(int, 1, 1000), default=3,
        help="times that lbuf-fwd is started in each mode (%(default)s)")
    add("--turns", type=number(int, 1, 1000), default=5,
        help="of each mode, each time (%(default)s)")
    add("--time", type=number(float, 0.05, 600), default=0.2,
        help="seconds of a turn (%(default)s)")
    add("--warm-up", type=number(float, 0, 60), default=0.05,
        help="seconds before, in each turn (%(default)s)")
    add("--payloads", type=number(int, 1, 1460), nargs="+", default=PAYLOADS, help="bytes")
    add("--connections", type=number(int, 1, 1 << 20), nargs="*", default=CONNECTIONS,
        help="none: the modes alone")
    add("--segments", type=number(int, 1, 1 << 20), help="of a connection [1000, or 4 of many]")
    add("--bar", type=number(float, 0, 1000), default=5.0, help="least ratio (%(default)s)")
    add("--mode-bar", type=number(float, 0, 1000), default=60.0,
        help="most ns of stream over io (%(default)s)")
    add("--main-cpu", type=number(int, 0, 4095), default=cpus[0])
    add("--fwd-cpu", type=number(int, 0, 4095), default=cpus[-1], help="that is measured")
    add("--no-huge", action="store_true", help="do not use the hugepages there are")
    add("--checksums", action="store_true", help="have both check them")
    add("--no-modes", action="store_true", help="libnids alone")
    add("--build", type=pathlib.Path, default=ROOT / "build", help="folder (%(default)s)")
    return parser.parse_args()


def check(args):
    """Refuses what cannot be run."""
    args.lbuf_fwd = str(args.build / "app/fwd/lbuf-fwd")
    wanted = [args.lbuf_fwd] if not args.no_modes else []
    if args.connections:
        wanted += [str(args.build / "tests/stream" / name) for name in ("stream_pcap", "nids_pcap")]
    for path in wanted:
        if not shutil.which(path):
            raise BenchError(f"{path} is not there: apt-get install libnids-dev libpcap-dev, "
                             "meson setup --reconfigure, and ninja")
    args.no_huge = args.no_huge or os.geteuid() != 0 or bench_fwd.free_hugepages() < 512
    args.link, args.burst, args.rxd, args.txd = "pcap", 32, 512, 512


def main():
    """Exit code 0: the bars hold, 1: one is missed, 2: no result."""
    args = parse_args()
    try:
        check(args)
        print(f"CPU {cpu_name()}, {'without' if args.no_huge else 'with'} hugepages")
        with tempfile.TemporaryDirectory(prefix="lbuf-bench-") as folder:
            scratch = pathlib.Path(folder)
            holds = compare(args, scratch)
            if not args.no_modes:
                holds &= compare_modes(args, scratch)
    except (BenchError, OSError, subprocess.TimeoutExpired) as err:
        print(f"bench_stream: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
