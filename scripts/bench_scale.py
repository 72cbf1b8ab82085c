#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What two lcores of lbuf-fwd carry beside one, on the two queues of a net_null port.

Both programs are started with the same ports and queues, one with --nb-cores=1, one with
--nb-cores=2; then they take turns, for each is stopped (SIGSTOP) while the other runs. The
figure of an lcore is packets of its streams, read over telemetry, in a second that its thread
ran, so that what else the machine does takes no time away; that of two lcores is their sum. The
ratio is the median of the ratios of turns that follow each other. The two CPUs should be two
cores, not two threads of one. Exit code: 0 the bar holds, 1 it is missed, 2 no result.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time

import bench_fwd
from bench_fwd import BenchError, Telemetry, find_ratio, forget, number, running, wait_for

QUEUES = 2
CORES = (1, 2)


class Contestant:
    """lbuf-fwd on so many lcores, which forwards when it is its turn."""

    def __init__(self, process, telemetry, args):
        self.process = process
        self.telemetry = telemetry
        self.args = args

    def start(self, log):
        """Waits until packets flow, and stops."""
        wait_for(self.telemetry.connect, bench_fwd.START_LIMIT, self.process, log)
        wait_for(lambda: self.telemetry.packets("opackets") > 0, bench_fwd.START_LIMIT,
                 self.process, log)
        self.process.send_signal(signal.SIGSTOP)

    def _packets(self):
        """Packets that each lcore has sent."""
        sent = {}
        for index in range(QUEUES):
            stream = self.telemetry.ask(f"/lbuf_fwd/stream,{index}")
            sent[stream["lcore"]] = sent.get(stream["lcore"], 0) + stream["tx_packets"]
        return sent

    def _ran(self):
        """Nanoseconds that the thread of each lcore ran."""
        ran = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            name = (task / "comm").read_text(encoding="ascii").strip()
            if "-worker-" in name:
                times = (task / "schedstat").read_text(encoding="ascii").split()
                ran[int(name.rsplit("-", 1)[1])] = int(times[0])
        return ran

    def turn(self):
        """Runs for a while and returns the packets per second of all lcores."""
        self.process.send_signal(signal.SIGCONT)
        time.sleep(self.args.warm_up)
        packets, ran = self._packets(), self._ran()
        time.sleep(self.args.time)
        packets_now, ran_now = self._packets(), self._ran()
        self.process.send_signal(signal.SIGSTOP)
        seconds = {lcore: (ran_now[lcore] - ran[lcore]) / 1e9 for lcore in packets}
        if not all(seconds.values()):
            raise BenchError("an lcore did not run: the machine is too busy")
        return sum((packets_now[lcore] - packets[lcore]) / seconds[lcore] for lcore in packets)


@contextlib.contextmanager
def contestant(cores, args, scratch):
    """A program for the length of the block, stopped."""
    prefix = f"lbufscale{os.getpid()}x{cores}"
    log = scratch / str(cores)
    telemetry = Telemetry(prefix, 1)
    try:
        with running([args.lbuf_fwd, *arguments(cores, args, prefix)], log) as process:
            found = Contestant(process, telemetry, args)
            found.start(log)
            yield found
    finally:
        telemetry.close()
        forget(prefix)


def arguments(cores, args, prefix):
    """What both get, but for the number of lcores."""
    first, second = args.cpus
    eal = ["--lcores", f"0@{first},1@{first},2@{second}", "--no-pci", "--file-prefix", prefix,
           "--vdev", f"net_null0,size={args.size},copy=0"]
    if args.no_huge:
        eal += ["--no-huge", "-m", "512"]
    return eal + ["--", f"--forward-mode={args.mode}", "--port-topology=loop",
                  f"--nb-cores={cores}", f"--burst={args.burst}", f"--rxq={QUEUES}",
                  f"--txq={QUEUES}", "--total-num-mbufs=16384"]


def parse_args():
    """The command line."""
    cpus = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--runs", type=number(int, 1, 1000), default=25, help="turns of each (%(default)s)")
    add("--starts", type=number(int, 1, 1000), default=5,
        help="times that the programs are started (%(default)s)")
    add("--time", type=number(float, 0.05, 600), default=0.2,
        help="seconds of a turn (%(default)s)")
    add("--warm-up", type=number(float, 0, 60), default=0.05,
        help="seconds before, in each turn (%(default)s)")
    add("--mode", choices=bench_fwd.MODES["null"], default="io")
    add("--burst", type=number(int, 1, 512), default=32, help="packets (%(default)s)")
    add("--size", type=number(int, 60, 2048), default=64, help="bytes a packet (%(default)s)")
    add("--bar", type=number(float, 0, 2), default=1.8, help="least ratio (%(default)s)")
    add("--cpus", type=number(int, 0, 4095), nargs=2, default=[cpus[0], cpus[-1]],
        metavar="CPU", help=f"of the two lcores ({cpus[0]} {cpus[-1]})")
    add("--no-huge", action="store_true", help="do not use the hugepages there are")
    add("--lbuf-fwd", metavar="PROGRAM",
        default=os.environ.get("LBUF_FWD", str(bench_fwd.ROOT / "build/app/fwd/lbuf-fwd")),
        help="(build/app/fwd/lbuf-fwd, or LBUF_FWD in the environment)")
    add("--json", type=pathlib.Path, metavar="FILE", help="write the figures to FILE")
    return parser.parse_args()


def check(args):
    """Refuses what cannot be run."""
    if not os.access(args.lbuf_fwd, os.X_OK):
        raise BenchError(f"{args.lbuf_fwd} is not there: ninja -C build, or --lbuf-fwd PROGRAM")
    if args.cpus[0] == args.cpus[1]:
        raise BenchError(f"--cpus {args.cpus[0]} {args.cpus[1]}: two lcores need two CPUs")
    args.no_huge = args.no_huge or os.geteuid() != 0 or bench_fwd.free_hugepages() < 512


def run_all(args):
    """Both in turn; the packets per second of every turn."""
    rates = {cores: [] for cores in CORES}
    starts = min(args.starts, args.runs)
    for start in range(starts):
        with contextlib.ExitStack() as stack:
            scratch = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="lbuf-scale-")))
            ready = {cores: stack.enter_context(contestant(cores, args, scratch))
                     for cores in CORES}
            for run in range(args.runs * start // starts, args.runs * (start + 1) // starts):
                for cores in sorted(ready, reverse=run % 2 == 1):
                    rates[cores].append(ready[cores].turn())
                print(f"run {run + 1:2}  " + "  ".join(
                    f"{cores} lcore{'s' * (cores > 1)} {rates[cores][-1] / 1e6:8.3f} Mpps"
                    for cores in CORES), flush=True)
    return rates


def conclude(rates, args):
    """Prints the comparison and returns it."""
    if not all(rates[1]):
        raise BenchError("one lcore forwarded nothing: no ratio")
    quartiles = find_ratio(rates[2], rates[1])
    holds = quartiles[1] >= args.bar
    for cores in CORES:
        print(f"{cores} lcore{'s' * (cores > 1):1} {statistics.median(rates[cores]) / 1e6:8.3f}"
              f" Mpps  (median of {args.runs})")
    verdict = "holds" if holds else f"missed by {args.bar - quartiles[1]:.3f}"
    print(f"ratio    {quartiles[1]:8.3f}       bar {args.bar:g}: {verdict}  "
          f"(quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f})")
    return {"mode": args.mode, "burst": args.burst, "size": args.size, "pps": rates,
            "ratio": quartiles[1], "ratio_quartiles": quartiles, "bar": args.bar, "holds": holds}


def main():
    """Exit code 0: the bar holds, 1: missed, 2: no result."""
    args = parse_args()
    try:
        check(args)
        result = conclude(run_all(args), args)
        if args.json:
            args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="ascii")
    except (BenchError, OSError) as err:
        print(f"bench_scale: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
