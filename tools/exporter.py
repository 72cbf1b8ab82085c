#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Serves what DPDK programs with lbuf tell by telemetry as OpenMetrics, for Prometheus.

Each scrape asks every program that this user may ask: pools, their sockets, shares, tiers and
classes, who holds chunks, every mempool, received mbufs that are held by queue and who holds
them, tables of TCP connections, the ports, and of lbuf-fwd its streams and queues. What a
program does not answer is missing from the scrape, and counted in lbuf_scrape_failures: it is
never shown as 0.
"""

import argparse
import http.server
import sys
import threading

import telemetry
from openmetrics import CONTENT_TYPE, Metrics

LISTEN = "127.0.0.1:9714"
TIERS = ("small", "middle", "large")
SHARES = {"share_rx": "rx", "share_rest": "rest"}

# What lbuf tells of pools, tiers and classes alike: key, kind, what it is.
FIGURES = (
    ("total", "gauge", "Chunks in existence"),
    ("out", "gauge", "Chunks in the hands of users"),
    ("cached", "gauge", "Chunks in the caches of lcores"),
    ("free", "gauge", "Chunks in depots"),
    ("bytes", "gauge", "Memory held, in use or not"),
    ("high_water", "gauge", "Most memory that was held"),
    ("allocs", "counter", "Requests served"),
    ("frees", "counter", "Chunks given back"),
    ("remote", "counter", "Chunks that lcores freed beyond those they allocated"),
    ("refills", "counter", "Batches from a depot to an lcore"),
    ("flushes", "counter", "Batches from an lcore to a depot"),
    ("grows", "counter", "Slabs and mappings added"),
    ("stalls", "counter", "Of these, while a thread waited for a chunk"),
    ("shrinks", "counter", "Slabs and mappings given back"),
    ("fallbacks", "counter", "Requests served by another socket"),
    ("failures", "counter", "Requests that failed"),
    ("stranded", "counter", "Of these, while caches of lcores had chunks of the class"),
    ("dma_failures", "counter", "Large chunks that could not be mapped for a device"),
)
# OpenMetrics has a meaning of its own for "total", and wants units.
NAMES = {"total": "chunks", "conns": "open", "conns_limit": "limit", "high": "high_water",
         "copy_break": "copy_break_bytes"}
BUDGET = (
    ("limit_bytes", "gauge", "Most that may be held; 0: no limit"),
    ("used_bytes", "gauge", "Memory held, in use or not"),
    ("refusals", "counter", "Requests for memory that met a limit"),
)
SHARE = BUDGET + (
    ("waiters", "gauge", "Who waits for memory of the share"),
    ("out", "gauge", "Chunks in the hands of users"),
    ("failures", "counter", "Requests that failed"),
)
POOL = (
    ("bugs", "counter", "Bugs that a debug pool has found"),
    ("waiters", "gauge", "Who waits for memory"),
    ("untracked", "counter", "Chunks of the sample for which there was no record"),
)
MEMPOOL = (
    ("size", "gauge", "Objects of a mempool"),
    ("available", "gauge", "Objects that are not in use, those in caches among them"),
    ("in_use", "gauge", "Objects in use"),
    ("element_bytes", "gauge", "Bytes of an object"),
)
NO_BOUND = 0xffffffff   # what the governor tells where any number may be held
MBUFS = (
    ("bound", "gauge", "Received mbufs of a queue that may be held; missing: any number"),
    ("held", "gauge", "Received mbufs of a queue that linked buffers hold"),
    ("high", "gauge", "Most that were held"),
    ("copy_break", "gauge", "Packets up to which size are copied at once"),
    ("copied", "counter", "Mbufs copied as the bound was reached"),
    ("small", "counter", "Mbufs copied as they had few bytes"),
    ("moved", "counter", "Mbufs that were held, and copied out of later"),
    ("pinned", "counter", "Times that one was not, as a pointer into it was out"),
    ("given_up", "counter", "Packets that could neither be held nor copied"),
)
MBUF_HOLDER = (
    ("mbufs", "gauge", "Received mbufs that a place holds"),
    ("buffers", "gauge", "Buffers that hold them; 0 where they are not counted"),
    ("used_bytes", "gauge", "Bytes of them that are viewed"),
    ("pinned_bytes", "gauge", "Bytes of their data rooms"),
)
CONNS = (
    ("conns", "gauge", "TCP connections in a table, those that linger included"),
    ("conns_limit", "gauge", "Most that there may be"),
    ("opened", "counter", "Connections that came into the table"),
    ("picked_up", "counter", "Of these, those taken up in the middle"),
    ("refused", "counter", "Connections that there was no room or memory for"),
    ("packets", "counter", "Packets that were looked at"),
    ("segments", "counter", "Whole TCP segments in them"),
    ("bad_length", "counter", "Packets whose lengths do not fit together"),
    ("bad_sum", "counter", "Packets whose checksums are wrong"),
    ("fragments_lost", "counter", "IP fragments dropped: no room, no memory, or late"),
    ("unknown", "counter", "Segments of no connection"),
    ("out_of_window", "counter", "Segments outside the announced window, refused"),
    ("bytes", "gauge", "Memory that streams keep"),
    ("bytes_limit", "gauge", "Most that they may keep"),
    ("mbufs", "gauge", "Received mbufs that they keep"),
    ("mbufs_limit", "gauge", "Most that they may keep; missing: any number"),
    ("pieces", "gauge", "Pieces behind gaps"),
    ("in_order", "counter", "Pieces that were readable at once"),
    ("held", "counter", "Pieces that were held behind a gap"),
    ("copied_bytes", "counter", "Bytes that were copied"),
    ("again_bytes", "counter", "Bytes that came again"),
    ("missing_bytes", "counter", "Bytes of gaps that were given up"),
    ("full_bytes", "counter", "Bytes given up for a limit of their stream"),
    ("all_full_bytes", "counter", "Bytes given up for a limit of all streams"),
    ("nomem_bytes", "counter", "Bytes given up for want of memory"),
)
CONNS_GAPS = ("timeout", "full", "acked", "end")    # why gaps were given up
FWD_STREAM = (
    ("rx_packets", "counter", "Packets that a stream of lbuf-fwd received"),
    ("tx_packets", "counter", "Packets that it sent"),
    ("tx_dropped", "counter", "Packets that it could not send"),
    ("rx_bad", "counter", "Packets that its mode could make nothing of"),
)
FWD_QUEUE = (
    ("rx_nombuf", "counter", "Packets that a queue of lbuf-fwd had no memory for"),
    ("tx_refs", "counter", "Pieces sent by reference"),
    ("tx_small", "counter", "Pieces copied as they were small"),
    ("tx_copied", "counter", "Packets copied as the device could not take them by reference"),
    ("tx_failed", "counter", "Packets that could not be sent"),
)
PORT = (
    ("ipackets", "counter", "Packets received"),
    ("opackets", "counter", "Packets sent"),
    ("ibytes", "counter", "Bytes received"),
    ("obytes", "counter", "Bytes sent"),
    ("imissed", "counter", "Packets that the device dropped, as no queue had room"),
    ("ierrors", "counter", "Packets received with an error"),
    ("oerrors", "counter", "Packets that could not be sent"),
    ("rx_nombuf", "counter", "Failures to allocate an mbuf for a packet"),
)


class Scrape:
    """What one program tells, put into metrics."""

    def __init__(self, program, name, metrics):
        self._program, self._metrics = program, metrics
        self._labels = {"program": name}
        self.failures = 0

    def _add(self, prefix, rows, values, **labels):
        """The figures of a dictionary that are there."""
        for key, kind, text in rows:
            name = f"lbuf_{prefix}_{NAMES.get(key, key)}"
            self._metrics.add(name, kind, text, values.get(key), **self._labels, **labels)

    def _ask(self, ask, *words):
        """An answer, or nothing, which is counted."""
        try:
            return ask(*words)
        except telemetry.Failure:
            self.failures += 1
            return {}

    def _pool(self, name):
        answer = self._ask(self._program.ask, "/lbuf/pool", name)
        self._add("pool", POOL, answer, pool=name)
        for key, value in answer.items():
            if key.startswith("socket_"):
                self._add("socket", BUDGET, value, pool=name, socket=value.get("socket"))
                for inner, share in SHARES.items():
                    self._add("share", SHARE, value.get(inner, {}), pool=name, share=share,
                              socket=value.get("socket"))
        for tier in TIERS:
            self._add("tier", FIGURES, answer.get(tier, {}), pool=name, tier=tier)

    def _classes(self, name):
        for key, value in self._ask(self._program.entries, "/lbuf/pool_class", name).items():
            share = "rx" if key.endswith("_rx") else "rest"
            self._add("class", FIGURES, value, pool=name, tier=value.get("tier"),
                      socket=value.get("socket"), size=value.get("size"), share=share)

    def _seconds(self, name, text, value, **labels):
        """The age of the oldest that is held, told in ms."""
        oldest = value.get("oldest_ms")
        self._metrics.add(name, "gauge", text, oldest / 1000 if isinstance(oldest, int) else None,
                          **self._labels, **labels)

    def _holders(self, name):
        for value in self._ask(self._program.entries, "/lbuf/holders", name).values():
            labels = {key: value.get(key) for key in ("tag", "at", "size", "share")}
            self._metrics.add("lbuf_holder_chunks", "gauge", "Chunks that a place holds, about",
                              value.get("chunks"), pool=name, **self._labels, **labels)
            self._seconds("lbuf_holder_oldest_seconds", "Age of the oldest of them", value,
                          pool=name, **labels)

    def _mempools(self):
        for value in self._ask(self._program.entries, "/lbuf/mempools").values():
            self._add("mempool", MEMPOOL, value, mempool=value.get("name"),
                      socket=value.get("socket"))

    def _mbufs(self):
        for value in self._ask(self._program.entries, "/lbuf/mbufs").values():
            if value.get("bound") == NO_BOUND:
                del value["bound"]
            self._add("mbufs", MBUFS, value, port=value.get("port"), queue=value.get("queue"))

    def _mbuf_holders(self):
        for value in self._ask(self._program.entries, "/lbuf/mbuf_holders").values():
            labels = {key: value.get(key) for key in ("port", "queue", "tag", "at")}
            self._add("mbuf_holder", MBUF_HOLDER, value, **labels)
            self._seconds("lbuf_mbuf_holder_oldest_seconds", "Age of the oldest of these buffers",
                          value, **labels)

    def _conns(self):
        """Tables of TCP connections."""
        for value in self._ask(self._program.entries, "/lbuf/conns").values():
            labels = {"table": value.get("table"), "lcore": value.get("lcore")}
            if value.get("mbufs_limit") == NO_BOUND:
                del value["mbufs_limit"]
            self._add("conns", CONNS, value, **labels)
            for key, count in value.items():
                if key.startswith("closed_"):
                    self._metrics.add("lbuf_conns_closed", "counter",
                                      "Connections that have ended, by reason", count,
                                      **self._labels, **labels, why=key.removeprefix("closed_"))
            for why in CONNS_GAPS:
                self._metrics.add("lbuf_conns_gaps", "counter", "Gaps given up, by reason",
                                  value.get(f"gaps_{why}"), **self._labels, **labels, why=why)

    def _streams(self):
        """Those of lbuf-fwd, and the queues that they are of."""
        queues = set()
        for number in range(self._ask(self._program.ask, "/lbuf_fwd/info").get("streams", 0)):
            value = self._ask(self._program.ask, "/lbuf_fwd/stream", number)
            labels = {key: value.get(key) for key in
                      ("mode", "lcore", "rx_port", "rx_queue", "tx_port", "tx_queue")}
            self._add("fwd_stream", FWD_STREAM, value, stream=number, **labels)
            queues.update((value[f"{way}_port"], value[f"{way}_queue"])
                          for way in ("rx", "tx") if f"{way}_queue" in value)
        for port, queue in sorted(queues):
            value = self._ask(self._program.ask, "/lbuf_fwd/queue", port, queue)
            self._add("fwd_queue", FWD_QUEUE, value, port=port, queue=queue)

    def _ports(self):
        for port in self._ask(self._program.ask, "/ethdev/list"):
            device = self._ask(self._program.ask, "/ethdev/info", port).get("name", "")
            labels = {"port": port, "device": device}
            self._add("port", PORT, self._ask(self._program.ask, "/ethdev/stats", port), **labels)
            link = self._ask(self._program.ask, "/ethdev/link_status", port).get("status")
            self._metrics.add("lbuf_port_up", "gauge", "Whether the link is up",
                              None if link is None else int(str(link).upper() == "UP"),
                              **self._labels, **labels)

    def all(self):
        """Ask for everything that the program has a command for."""
        commands = set(self._ask(self._program.ask, "/"))
        if "/lbuf/list" in commands:
            for name in self._ask(self._program.ask, "/lbuf/list"):
                self._pool(name)
                self._classes(name)
                self._holders(name)
        for command, ask in (("/lbuf/mempools", self._mempools), ("/lbuf/mbufs", self._mbufs),
                             ("/lbuf/mbuf_holders", self._mbuf_holders),
                             ("/lbuf/conns", self._conns),
                             ("/lbuf_fwd/stream", self._streams),
                             ("/ethdev/list", self._ports)):
            if command in commands:
                ask()


def scraped(folders=None):
    """What all programs tell, as text."""
    metrics = Metrics()
    for name, path in telemetry.programs(folders).items():
        up, failures = 0, 0
        try:
            with telemetry.Program(path) as program:
                scrape = Scrape(program, name, metrics)
                scrape.all()
                up, failures = 1, scrape.failures
        except telemetry.Failure:
            pass
        metrics.add("lbuf_up", "gauge", "Whether the program took the connection", up,
                    program=name)
        metrics.add("lbuf_scrape_failures", "gauge",
                    "Questions of this scrape that were not answered", failures, program=name)
    return metrics.text()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request."""

    folders = None
    lock = threading.Lock()     # programs take few connections at a time

    def do_GET(self):   # pylint: disable=invalid-name
        """/metrics, and nothing else."""
        if self.path.split("?")[0] not in ("/metrics", "/"):
            self.send_error(404, "only /metrics is here")
            return
        with self.lock:
            body = scraped(self.folders).encode()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):  # pylint: disable=arguments-differ
        """Scrapes are not logged."""


class Server(http.server.ThreadingHTTPServer):
    """A slow client does not keep others waiting, nor the end."""

    daemon_threads = True


def address(text):
    """An argparse type: HOST:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:PORT, as {LISTEN} is")
    return host.strip("[]"), int(port)


def parser():
    """The options."""
    found = argparse.ArgumentParser(
        prog="lbuf-exporter", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--listen", type=address, default=LISTEN, metavar="HOST:PORT",
                       help="where to serve /metrics (%(default)s)")
    found.add_argument("--folder", action="append", metavar="DIR",
                       help="folder of DPDK's runtime files; may be repeated (/var/run/dpdk, "
                       "/tmp/dpdk, and dpdk in $XDG_RUNTIME_DIR)")
    found.add_argument("--once", action="store_true", help="print one scrape and end")
    return found


def main():
    """Serves, or prints."""
    args = parser().parse_args()
    if args.once:
        sys.stdout.write(scraped(args.folder))
        return 0
    Handler.folders = args.folder
    try:
        with Server(args.listen, Handler) as server:
            print("lbuf-exporter: http://%s:%d/metrics" % server.server_address[:2], flush=True)
            server.serve_forever()
    except OSError as error:
        sys.exit(f"lbuf-exporter: --listen {args.listen[0]}:{args.listen[1]}: {error.strerror}: "
                 "choose another address")
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
