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
import os
import pathlib
import re
import signal
import sys
import time

import bench_fwd
from bench_fwd import BenchError, Telemetry, forget, number, running, wait_for

QUEUES = 2
CORES = {"1 lcore": 1, "2 lcores": 2}
# Of the thread of an lcore; the second one from DPDK 23.11 on.
THREAD = re.compile(r"(?:rte-worker-|dpdk-worker)(\d+)")


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
            name = THREAD.fullmatch((task / "comm").read_text(encoding="ascii").strip())
            if name:
                times = (task / "schedstat").read_text(encoding="ascii").split()
                ran[int(name.group(1))] = int(times[0])
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
    bench_fwd.add_turn_options(add)
    add("--mode", choices=bench_fwd.MODES["null"], default="io")
    add("--bar", type=number(float, 0, 2), default=1.8, help="least ratio (%(default)s)")
    add("--cpus", type=number(int, 0, 4095), nargs=2, default=[cpus[0], cpus[-1]],
        metavar="CPU", help=f"of the two lcores ({cpus[0]} {cpus[-1]})")
    return parser.parse_args()


def check(args):
    """Refuses what cannot be run."""
    bench_fwd.check_turn_options(args)
    if args.cpus[0] == args.cpus[1]:
        raise BenchError(f"--cpus {args.cpus[0]} {args.cpus[1]}: two lcores need two CPUs")


def run_all(args):
    """Both in turn; the packets per second of every turn."""
    return bench_fwd.take_turns(args, list(CORES),
                                lambda name, scratch: contestant(CORES[name], args, scratch))


def conclude(rates, args):
    """Prints the comparison and returns it."""
    one, two = CORES
    return bench_fwd.judge(rates, two, one, args)


if __name__ == "__main__":
    sys.exit(bench_fwd.compare("bench_scale", parse_args(), check, run_all, conclude))
