#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Shows in the terminal what the memory of a running lbuf program is doing.

Per socket what is held and how much may be; per tier and class chunks and their rates; who
holds chunks; every mempool; packets of every port; per queue the received mbufs that are held,
and who holds them; streams of lbuf-fwd; tables of TCP connections. Keys: 1 to 9 choose a
table, left and right the column that it is sorted by, r turns the order round, p goes to the
next program, space stops the clock, q ends.
"""

import argparse
import curses
import sys
import time

import telemetry

UNITS = ("", "K", "M", "G", "T", "P")
BYTES = {"used", "limit", "size", "bytes", "element", "missing"}   # columns in units of 1024
NO_BOUND = 0xffffffff   # what the governor tells where any number may be held


def short(value, base=1000):
    """A number in up to 6 characters."""
    if not isinstance(value, (int, float)):
        return str(value)
    power = 0
    while abs(value) >= 10000 and power < len(UNITS) - 1:
        value, power = value / base, power + 1
    return f"{value:.1f}{UNITS[power]}" if power and value < 100 else f"{value:.0f}{UNITS[power]}"


def per_second(now, before, seconds, key):
    """How fast a counter rises; nothing where it was not there."""
    if not before or key not in now or key not in before or seconds <= 0:
        return ""
    return max(now[key] - before[key], 0) / seconds


def ask(question, *words):
    """An answer, or None."""
    try:
        return question(*words)
    except telemetry.Failure:
        return None


class Sample:
    """What a program told at one time."""

    def __init__(self, program):
        self.time = time.monotonic()
        self.failed = []
        self._commands = set(self._ask(program.ask, "/") or ())
        self.pools, self.classes, self.holders, self.ports = {}, {}, {}, {}
        for name in self._if_known(program.ask, "/lbuf/list") or []:
            self.pools[name] = self._ask(program.ask, "/lbuf/pool", name) or {}
            self.classes[name] = self._ask(program.entries, "/lbuf/pool_class", name) or {}
            self.holders[name] = self._ask(program.entries, "/lbuf/holders", name) or {}
        self.mempools = self._if_known(program.entries, "/lbuf/mempools") or {}
        self.mbufs = self._if_known(program.entries, "/lbuf/mbufs") or {}
        self.mbuf_holders = self._if_known(program.entries, "/lbuf/mbuf_holders") or {}
        self.conns = self._if_known(program.entries, "/lbuf/conns") or {}
        fwd = self._if_known(program.ask, "/lbuf_fwd/info") or {}
        self.streams = {number: self._ask(program.ask, "/lbuf_fwd/stream", number) or {}
                        for number in range(fwd.get("streams", 0))}
        for port in self._if_known(program.ask, "/ethdev/list") or []:
            stats = self._ask(program.ask, "/ethdev/stats", port)
            info = self._ask(program.ask, "/ethdev/info", port) or {}
            if stats is not None:
                self.ports[port] = {**stats, "name": info.get("name", "")}

    def _if_known(self, question, command):
        """An answer, if the program has the command."""
        return self._ask(question, command) if command in self._commands else None

    def _ask(self, question, *words):
        """An answer; what is not answered is noted."""
        answer = ask(question, *words)
        if answer is None:
            self.failed.append(",".join(map(str, words)))
        return answer


def sockets(now, _before):
    """Per socket: what is held, and how much may be."""
    rows = []
    for pool, told in now.pools.items():
        for value in (each for key, each in told.items() if key.startswith("socket_")):
            limit, used = value["limit_bytes"], value["used_bytes"]
            rows.append((pool, value["socket"], used, limit or "none",
                         f"{100 * used / limit:.0f}" if limit else "", value["refusals"],
                         told.get("waiters", "")))
    return ("pool", "socket", "used", "limit", "%", "refusals", "waiters"), rows


def classes(now, before):
    """Per tier and class: chunks, and how fast they come and go."""
    rows = []
    seconds = now.time - before.time if before else 0
    for pool, told in now.classes.items():
        for key, value in told.items():
            old = before.classes.get(pool, {}).get(key) if before else None
            rows.append((pool, value["tier"], value["socket"], value["size"], value["bytes"],
                         value["out"], value["cached"], value["free"],
                         per_second(value, old, seconds, "allocs"),
                         per_second(value, old, seconds, "frees"),
                         per_second(value, old, seconds, "stalls"), value["failures"]))
    return ("pool", "tier", "socket", "size", "bytes", "out", "cached", "free", "allocs/s",
            "frees/s", "stalls/s", "failures"), rows


def holders(now, _before):
    """Who holds chunks."""
    rows = [(pool, value["tag"] or "none", value["at"], value["size"], value["chunks"],
             value["size"] * value["chunks"], value["oldest_ms"] / 1000)
            for pool, told in now.holders.items() for value in told.values()]
    return ("pool", "tag", "at", "size", "chunks", "bytes", "oldest s"), rows


def mempools(now, _before):
    """Every mempool."""
    rows = [(value["name"], value["socket"], value["element_bytes"], value["size"],
             value["in_use"], value["available"],
             100 * value["in_use"] / value["size"] if value["size"] else "")
            for value in now.mempools.values()]
    return ("mempool", "socket", "element", "size", "in use", "available", "%"), rows


def mbufs(now, before):
    """Per queue: received mbufs that are held, and packets copied in their place."""
    rows = []
    seconds = now.time - before.time if before else 0
    for key, value in now.mbufs.items():
        old = before.mbufs.get(key) if before else None
        bound, held = value["bound"], value["held"]
        rows.append((value["port"], value["queue"], held,
                     "none" if bound == NO_BOUND else bound,
                     100 * held / bound if bound not in (0, NO_BOUND) else "", value["high"],
                     *(per_second(value, old, seconds, name)
                       for name in ("copied", "small", "moved")), value["given_up"]))
    return ("port", "queue", "held", "bound", "%", "most", "copied/s", "small/s", "moved/s",
            "given up"), rows


def mbuf_holders(now, _before):
    """Who holds received mbufs."""
    rows = [(value["port"], value["queue"], value["tag"] or "none", value["at"],
             value["buffers"], value["mbufs"], value["pinned_bytes"], value["used_bytes"],
             value["oldest_ms"] / 1000) for value in now.mbuf_holders.values()]
    return ("port", "queue", "tag", "at", "buffers", "mbufs", "bytes", "used", "oldest s"), rows


def streams(now, before):
    """Per stream of lbuf-fwd: packets a second."""
    rows = []
    seconds = now.time - before.time if before else 0
    for number, value in now.streams.items():
        old = before.streams.get(number) if before else None
        rows.append((number, value.get("mode", ""), value.get("lcore", ""),
                     *(f"{value.get(f'{way}_port', '')}:{value.get(f'{way}_queue', '')}"
                       for way in ("rx", "tx")),
                     *(per_second(value, old, seconds, f"{name}_packets")
                       for name in ("rx", "tx")),
                     value.get("tx_dropped", ""), value.get("rx_bad", "")))
    return ("stream", "mode", "lcore", "from", "to", "rx p/s", "tx p/s", "dropped", "bad"), rows


def conns(now, before):
    """Per table of TCP connections: how many, what they keep, and what was given up."""
    rows = []
    seconds = now.time - before.time if before else 0
    for key, value in now.conns.items():
        old = before.conns.get(key) if before else None
        rows.append((value["table"], value["lcore"], value["conns"], value["conns_limit"],
                     per_second(value, old, seconds, "opened"),
                     per_second(value, old, seconds, "segments"), value["bytes"],
                     value["bytes_limit"], value["mbufs"], value["pieces"], value["refused"],
                     value["missing_bytes"]))
    return ("table", "lcore", "conns", "most", "opened/s", "segments/s", "bytes", "limit",
            "mbufs", "pieces", "refused", "missing"), rows


def ports(now, before):
    """Per port: packets a second, and what was lost."""
    rows = []
    seconds = now.time - before.time if before else 0
    for port, value in now.ports.items():
        old = before.ports.get(port) if before else None
        rows.append((port, value["name"],
                     *(per_second(value, old, seconds, key)
                       for key in ("ipackets", "ibytes", "opackets", "obytes")),
                     value["imissed"], value["ierrors"], value["oerrors"], value["rx_nombuf"]))
    return ("port", "device", "rx p/s", "rx B/s", "tx p/s", "tx B/s", "missed", "rx errors",
            "tx errors", "no mbuf"), rows


# Each table with the column that it is sorted by at first.
TABLES = {"sockets": (sockets, 2), "classes": (classes, 4), "holders": (holders, 5),
          "mempools": (mempools, 4), "ports": (ports, 2), "mbufs": (mbufs, 2),
          "mbuf holders": (mbuf_holders, 5), "streams": (streams, 5),
          "conns": (conns, 2)}


def ordered(rows, column, descending):
    """Rows by a column: what is no number comes last."""
    def key(row):
        value = row[column]
        number = isinstance(value, (int, float))
        return (number, value if number else 0, "" if number else str(value))
    return sorted(rows, key=key, reverse=descending)


def lines(table, now, before, column=None, descending=True):
    """A table as text."""
    make, usual = TABLES[table]
    head, rows = make(now, before)
    rows = ordered(rows, usual if column is None else column, descending)
    bases = [1024 if word in BYTES else 1000 for word in head]
    cells = [list(head)] + [[short(*pair) for pair in zip(row, bases)] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    left = [all(isinstance(row[i], str) for row in rows) for i in range(len(head))]
    return ["  ".join(cell.ljust(width) if is_left else cell.rjust(width)
                      for cell, width, is_left in zip(row, widths, left)).rstrip()
            for row in cells]


class Screen:
    """The view in the terminal."""

    def __init__(self, window, args, programs):
        self._window, self._args, self._programs = window, args, programs
        self._names = sorted(programs)
        self._name = args.program or self._names[0]
        self._table, self._column, self._descending = "sockets", None, True
        self._now = self._before = None
        self._running, self._error = True, ""

    def _sample(self):
        """Ask anew."""
        try:
            with telemetry.Program(self._programs[self._name]) as program:
                self._before, self._now = self._now, Sample(program)
            self._error = ", ".join(self._now.failed)
        except telemetry.Failure as error:
            self._error = str(error)

    def _draw(self):
        """Show it."""
        rows, columns = self._window.getmaxyx()
        self._window.erase()
        head = f"{self._name}  {time.strftime('%H:%M:%S')}" + ("" if self._running else "  stopped")
        tabs = "  ".join(f"[{i}] {name}" if name == self._table else f" {i}  {name}"
                         for i, name in enumerate(TABLES, 1))
        text = [head, tabs, ""]
        if self._now is not None:
            text += lines(self._table, self._now, self._before, self._column, self._descending)
        if self._error:
            text.insert(1, f"not answered: {self._error}")
        for y, line in enumerate(text[:rows]):
            self._window.addnstr(y, 0, line, columns - 1,
                                 curses.A_BOLD if y in (0, 3) else curses.A_NORMAL)
        self._window.refresh()

    def _sort(self, step):
        """Another column."""
        make, usual = TABLES[self._table]
        if self._now is None:
            return
        count = len(make(self._now, self._before)[0])
        column = usual if self._column is None else self._column
        self._column = (column + step) % count

    def _choose_program(self):
        """The next program."""
        self._programs = telemetry.programs(self._args.folder) or self._programs
        self._names = sorted(self._programs)
        at = self._names.index(self._name) if self._name in self._names else -1
        self._name = self._names[(at + 1) % len(self._names)]
        self._now = self._before = None

    def _key(self, key):
        """False: it is the end."""
        if key in (ord("q"), 27):
            return False
        if ord("1") <= key < ord("1") + len(TABLES):
            self._table, self._column = list(TABLES)[key - ord("1")], None
        elif key in (curses.KEY_LEFT, curses.KEY_RIGHT):
            self._sort(1 if key == curses.KEY_RIGHT else -1)
        elif key == ord("r"):
            self._descending = not self._descending
        elif key == ord(" "):
            self._running = not self._running
        elif key == ord("p"):
            self._choose_program()
        return True

    def run(self):
        """Until q is pressed."""
        curses.use_default_colors()
        curses.curs_set(0)
        due = 0.0
        while True:
            if self._running and time.monotonic() >= due:
                self._sample()
                due = time.monotonic() + self._args.period
            self._draw()
            self._window.timeout(max(int(1000 * (due - time.monotonic())), 50))
            if not self._key(self._window.getch()):
                return


def positive(text):
    """An argparse type: seconds."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds from 0.1 to 3600")
    return value


def parser():
    """The options."""
    found = argparse.ArgumentParser(
        prog="lbuf-top", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("program", nargs="?", help="prefix of its files (--file-prefix); usual: "
                       "the first one that is found")
    found.add_argument("--period", type=positive, default=1.0, metavar="SECONDS",
                       help="between two looks (%(default)s)")
    found.add_argument("--folder", action="append", metavar="DIR",
                       help="folder of DPDK's runtime files; may be repeated (/var/run/dpdk, "
                       "/tmp/dpdk, and dpdk in $XDG_RUNTIME_DIR)")
    found.add_argument("--once", action="store_true",
                       help="look twice, print all tables and end")
    return found


def print_once(path, period):
    """All tables, with rates over one period."""
    with telemetry.Program(path) as program:
        before = Sample(program)
        time.sleep(period)
        now = Sample(program)
    for table in TABLES:
        print(f"== {table}", *lines(table, now, before), "", sep="\n")
    if now.failed:
        sys.exit(f"lbuf-top: not answered: {', '.join(now.failed)}")


def main():
    """The exit code."""
    args = parser().parse_args()
    programs = telemetry.programs(args.folder)
    if args.program is not None and args.program not in programs:
        sys.exit(f"lbuf-top: no DPDK program has the prefix '{args.program}'; there are: "
                 f"{', '.join(sorted(programs)) or 'none'}")
    if not programs:
        sys.exit("lbuf-top: no DPDK program with telemetry is found: start one, or name its "
                 "folder by --folder; that of another user takes his rights")
    try:
        if args.once:
            print_once(programs[args.program or sorted(programs)[0]], args.period)
        else:
            curses.wrapper(lambda window: Screen(window, args, programs).run())
    except telemetry.Failure as error:
        sys.exit(f"lbuf-top: {error}")
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
