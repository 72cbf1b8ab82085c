#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packets per second of lbuf-fwd beside dpdk-testpmd, on two net_null ports; with
--link memif from a net_null port through a memif link, both of whose ends are in the
program, and back; or with --link pcap of UDP datagrams, which two ports read from a file
over and over, for modes that look at headers.

Both programs get the same EAL arguments, ports, burst and descriptors. Both are
started; then they take turns, for each is stopped (SIGSTOP) while the other runs.
This is done several times, since addresses, and with them what caches and
predictors make of the same code, differ from start to start. Each is measured
alike and from outside: the port counters are read twice over DPDK's telemetry
socket, after a warm-up. A second is one that the forwarding lcore ran: what else
the machine does takes no time away (on an idle machine it is a second of the
clock). The ratio is the median of the ratios of turns that follow each other.
Exit code: 0 the bar holds, 1 it is missed, 2 no result.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODES = {"null": ["io", "mac", "macswap", "rxonly", "txonly", "flowgen", "noisy"],
         "memif": ["io", "mac", "macswap"],
         "pcap": ["io", "mac", "macswap", "csum", "5tswap", "noisy"]}
START_LIMIT = 30.0      # seconds until packets must flow
STOP_LIMIT = 10.0       # seconds from SIGINT to the end
REPLY_LIMIT = 5.0       # seconds until telemetry must answer


class BenchError(Exception):
    """No figure can be given; the text says why, in one line."""


class Telemetry:
    """DPDK's telemetry socket of one running program."""

    def __init__(self, prefix, ports):
        self.ports = ports
        self.path = runtime_dir() / prefix / "dpdk_telemetry.v2"
        self.sock = None
        self.limit = 0

    def connect(self):
        """True once the program answers."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.settimeout(REPLY_LIMIT)
        try:
            sock.connect(str(self.path))
            self.limit = json.loads(sock.recv(1024))["max_output_len"]
        except (OSError, ValueError):
            sock.close()
            return False
        self.sock = sock
        return True

    def ask(self, command):
        """The reply to one command."""
        try:
            self.sock.send(command.encode())
            return json.loads(self.sock.recv(self.limit))[command.split(",")[0]]
        except (OSError, ValueError) as err:
            raise BenchError(f"telemetry does not answer {command}: {err}") from err

    def packets(self, field):
        """The sum of a counter over all ports."""
        return sum(self.ask(f"/ethdev/stats,{port}")[field] for port in range(self.ports))

    def close(self):
        """Ends the connection."""
        if self.sock:
            self.sock.close()


def runtime_dir():
    """Where EAL keeps the sockets of running programs."""
    if os.geteuid() == 0:
        return pathlib.Path("/var/run/dpdk")
    return pathlib.Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp")) / "dpdk"


def wait_for(what, limit, process, log):
    """Waits until what() is true, while the process lives."""
    end = time.monotonic() + limit
    while not what():
        if process.poll() is not None:
            raise BenchError(f"{process.args[0]} ended with {process.returncode}: {tail(log)}")
        if time.monotonic() > end:
            raise BenchError(f"{process.args[0]} forwards nothing after {limit:.0f} s: {tail(log)}")
        time.sleep(0.05)


def tail(log):
    """The last lines that a program wrote, as one line."""
    lines = [line for line in pathlib.Path(log).read_text(errors="replace").splitlines() if line]
    return " | ".join(lines[-3:]) or "it printed nothing"


def stop(process):
    """Ends a program that was started here and returns its exit code."""
    if process.poll() is None:
        # In this order: the main thread has to wait again, for the signal to wake it.
        process.send_signal(signal.SIGCONT)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
    finally:
        process.stdin.close()


@contextlib.contextmanager
def running(command, log):
    """Runs a program for the length of the block; it must end with 0."""
    with open(log, "wb") as out:
        # testpmd ends when its input does, so that stays open.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out)
    try:
        yield process
    except BaseException:
        stop(process)
        raise
    code = stop(process)
    if code:
        raise BenchError(f"{command[0]} ended with {code}: {tail(log)}")


class Contestant:
    """A program that forwards when it is its turn."""

    def __init__(self, process, telemetry, args):
        self.process = process
        self.telemetry = telemetry
        self.args = args
        self.field = "ipackets" if args.mode == "rxonly" else "opackets"

    def start(self, log):
        """Waits until packets flow, and stops."""
        wait_for(self.telemetry.connect, START_LIMIT, self.process, log)
        wait_for(lambda: self.telemetry.packets(self.field) > 0, START_LIMIT, self.process, log)
        self.process.send_signal(signal.SIGSTOP)

    def turn(self):
        """Runs for a while and returns the packets per second."""
        self.process.send_signal(signal.SIGCONT)
        time.sleep(self.args.warm_up)
        found = rate(self.process, self.telemetry, self.field, self.args.time)
        self.process.send_signal(signal.SIGSTOP)
        return found


@contextlib.contextmanager
def contestant(name, program, args, scratch):
    """A program for the length of the block, stopped."""
    prefix = f"lbufbench{os.getpid()}{name}"
    log = scratch / name
    telemetry = Telemetry(prefix, len(vdevs(args, prefix)))
    try:
        with running([program] + arguments(args, prefix), log) as process:
            found = Contestant(process, telemetry, args)
            found.start(log)
            yield found
    finally:
        telemetry.close()
        forget(prefix)


def forget(prefix):
    """Removes what DPDK programs leave behind: their run directory and hugepages."""
    shutil.rmtree(runtime_dir() / prefix, ignore_errors=True)
    for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, folder, kind = line.split()[:3]
        if kind == "hugetlbfs":
            for file in pathlib.Path(folder).glob(f"{prefix}map_*"):
                file.unlink(missing_ok=True)


def thread_times(pid):
    """Nanoseconds that each thread of a program ran; nothing if the kernel does not tell."""
    times = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            times[task.name] = int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return times


def rate(process, telemetry, field, seconds):
    """Packets per second that the busiest thread, the forwarding lcore, runs."""
    def sample():
        return telemetry.packets(field), time.monotonic(), thread_times(process.pid)

    packets, begin, ran = sample()
    time.sleep(seconds)
    packets_now, end, ran_now = sample()
    busiest = max((ran_now[task] - ran[task] for task in ran if task in ran_now), default=0)
    return (packets_now - packets) / (busiest / 1e9 or end - begin)


def vdevs(args, prefix):
    """The ports. A memif link of two ends in one process is served by one core, as net_null is:
    what the first port makes up goes through the link, and back to the first port."""
    if args.link == "pcap":
        return [f"net_pcap{i},rx_pcap={args.pcap},infinite_rx=1" for i in (0, 1)]
    null = f"size={args.size},copy=0"
    if args.link == "null":
        return [f"net_null0,{null}", f"net_null1,{null}"]
    return [f"net_null0,{null}", f"net_memif0,role=server,socket={prefix}",
            f"net_memif1,role=client,socket={prefix}"]


def arguments(args, prefix):
    """What both programs get."""
    eal = ["--lcores", f"0@{args.main_cpu},1@{args.fwd_cpu}", "--no-pci", "--file-prefix", prefix]
    if args.no_huge:
        eal += ["--no-huge", "-m", "512"]
    for vdev in vdevs(args, prefix):
        eal += ["--vdev", vdev]
    topology = "chained" if args.link == "memif" else "paired"
    return eal + ["--", f"--forward-mode={args.mode}", f"--port-topology={topology}",
                  "--nb-cores=1", f"--burst={args.burst}",
                  f"--rxd={args.rxd}", f"--txd={args.txd}", "--rxq=1", "--txq=1",
                  f"--total-num-mbufs={args.mbufs}"]


def free_hugepages():
    """MiB in free hugepages of the kernel's default size."""
    with open("/proc/meminfo", encoding="ascii") as file:
        figures = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return figures.get("HugePages_Free", 0) * figures.get("Hugepagesize", 0) // 1024


def number(kind, low, high):
    """An argparse type: a number of a kind within bounds, both included."""
    def convert(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {low} to {high}")
        return value
    return convert


def add_turn_options(add):
    """What take_turns() goes by, and which lbuf-fwd is measured."""
    add("--runs", type=number(int, 1, 1000), default=25, help="turns of each program (%(default)s)")
    add("--starts", type=number(int, 1, 1000), default=5,
        help="times that the programs are started (%(default)s)")
    add("--time", type=number(float, 0.05, 600), default=0.2,
        help="seconds of a turn (%(default)s)")
    add("--warm-up", type=number(float, 0, 60), default=0.05,
        help="seconds before, in each turn (%(default)s)")
    add("--burst", type=number(int, 1, 512), default=32, help="packets (%(default)s)")
    add("--size", type=number(int, 60, 2048), default=64, help="bytes a packet (%(default)s)")
    add("--no-huge", action="store_true", help="do not use the hugepages there are")
    add("--lbuf-fwd", default=os.environ.get("LBUF_FWD", str(ROOT / "build/app/fwd/lbuf-fwd")),
        metavar="PROGRAM", help="(build/app/fwd/lbuf-fwd, or LBUF_FWD in the environment)")
    add("--json", type=pathlib.Path, metavar="FILE", help="write the figures to FILE")


def parse_args():
    """The command line."""
    cpus = sorted(os.sched_getaffinity(0))
    cpu = number(int, 0, 4095)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add_turn_options(add)
    add("--mode", choices=sorted(set().union(*MODES.values())), default="io")
    add("--link", choices=list(MODES), default="null", help="what packets go by (%(default)s)")
    add("--rxd", type=number(int, 32, 4096), default=512, help="RX descriptors (%(default)s)")
    add("--txd", type=number(int, 32, 4096), default=512, help="TX descriptors (%(default)s)")
    add("--mbufs", type=number(int, 1024, 1 << 20), default=16384, help="(%(default)s)")
    add("--bar", type=number(float, 0, 100), default=1.0, help="least ratio (%(default)s)")
    add("--main-cpu", type=cpu, default=cpus[0], help="of the main lcore (%(default)s)")
    add("--fwd-cpu", type=cpu, default=cpus[-1], help="of the forwarding lcore (%(default)s)")
    add("--testpmd", default="dpdk-testpmd", metavar="PROGRAM", help="(%(default)s)")
    return parser.parse_args()


def check_turn_options(args):
    """Refuses an lbuf-fwd that is not there; finds out whether there are hugepages."""
    if not shutil.which(args.lbuf_fwd):
        raise BenchError(f"{args.lbuf_fwd} is not there: ninja -C build, or --lbuf-fwd PROGRAM")
    args.no_huge = args.no_huge or os.geteuid() != 0 or free_hugepages() < 512


def check(args):
    """Refuses what cannot be run."""
    if args.mode not in MODES[args.link]:
        raise BenchError(f"--mode {args.mode}: with --link {args.link} there is "
                         f"{', '.join(MODES[args.link])}")
    check_turn_options(args)
    if not shutil.which(args.testpmd):
        raise BenchError(f"{args.testpmd} is not there: apt-get install dpdk-dev")
    if args.main_cpu == args.fwd_cpu:
        print("bench_fwd: both lcores share one CPU, the figures will be unsteady", file=sys.stderr)


def checksum(data):
    """The Internet checksum of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def write_pcap(path, size):
    """Writes a file of 64 UDP datagrams, each of a flow of its own."""
    def ip_header(flow, total):
        return struct.pack("!BBHHHBBHII", 0x45, 0, size - 14, 0, 0, 64, 17, total,
                           0xc0000201, 0xc6336400 + flow)

    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for flow in range(64):
            ip = ip_header(flow, checksum(ip_header(flow, 0)))
            # Its checksum is not 0, so that it is computed.
            udp = struct.pack("!HHHH", 1000, 2000, size - 34, 0x1234)
            frame = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + udp
            file.write(struct.pack("=IIII", 0, flow, size, size) + frame.ljust(size, b"\0"))


def take_turns(args, names, enter):
    """The packets per second of every turn of each, by name; enter(name, folder) starts it and
    stops it in the end."""
    rates = {name: [] for name in names}
    starts = min(args.starts, args.runs)
    for start in range(starts):
        with contextlib.ExitStack() as stack:
            scratch = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="lbuf-bench-")))
            ready = {name: stack.enter_context(enter(name, scratch)) for name in names}
            for run in range(args.runs * start // starts, args.runs * (start + 1) // starts):
                for name in sorted(ready, reverse=run % 2 == 1):
                    rates[name].append(ready[name].turn())
                print(f"run {run + 1:2}  " + "  ".join(
                    f"{name} {rates[name][-1] / 1e6:8.3f} Mpps" for name in names), flush=True)
    return rates


def run_all(args):
    """Both programs in turn; the packets per second of every run."""
    programs = {"dpdk-testpmd": args.testpmd, "lbuf-fwd": args.lbuf_fwd}

    def enter(name, scratch):
        args.pcap = scratch / "frames.pcap"
        if not args.pcap.exists():
            write_pcap(args.pcap, args.size)
        return contestant(name, programs[name], args, scratch)

    return take_turns(args, list(programs), enter)


def find_ratio(own, rival):
    """Quartiles of the ratios of turns that follow each other."""
    ratios = [mine / other for mine, other in zip(own, rival) if other]
    if len(ratios) == 1:
        return ratios * 3
    return statistics.quantiles(ratios, n=4, method="inclusive")


def judge(rates, own, rival, args):
    """Prints what each carries and how they compare; returns that for the JSON file."""
    medians = {name: statistics.median(values) for name, values in rates.items()}
    if not medians[rival]:
        raise BenchError(f"{rival} forwarded nothing: no ratio")
    quartiles = find_ratio(rates[own], rates[rival])
    ratio = quartiles[1]
    holds = ratio >= args.bar
    for name, median in medians.items():
        spread = (max(rates[name]) - min(rates[name])) / median if median else 0
        print(f"{name:13} {median / 1e6:8.3f} Mpps  (median of {args.runs}, spread {spread:.0%})")
    verdict = "holds" if holds else f"missed by {args.bar - ratio:.3f}"
    print(f"ratio         {ratio:8.3f}       bar {args.bar:g}: {verdict}  "
          f"(quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f})")
    return {"mode": args.mode, "burst": args.burst, "size": args.size, "no_huge": args.no_huge,
            "seconds": args.time, "pps": rates, "median_pps": medians, "ratio": ratio,
            "ratio_quartiles": quartiles, "bar": args.bar, "holds": holds}


def conclude(rates, args):
    """Prints the comparison and returns it."""
    return {"link": args.link, **judge(rates, "lbuf-fwd", "dpdk-testpmd", args)}


def compare(program, args, refuse, measure, finish):
    """Exit code 0: the bar holds, 1: missed, 2: no result."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        refuse(args)
        result = finish(measure(args), args)
        if args.json:
            args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="ascii")
    except (BenchError, OSError) as err:
        print(f"{program}: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(compare("bench_fwd", parse_args(), check, run_all, conclude))
