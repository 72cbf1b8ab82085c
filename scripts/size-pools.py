#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How much memory, and how many hugepages on each socket, a program needs.

Reckons the mbuf pools that ports need, and the chunks that messages in flight
occupy, with all that comes with them: headers, descriptors, caches of the lcores,
slabs that are not full. Messages are spread evenly over the sockets that have ports.
"""

import argparse
import dataclasses
import json
import math
import sys

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
UNITS = {"K": KIB, "M": MIB, "G": GIB}

LINE = 64                   # bytes of a cache line
MBUF = 128                  # struct rte_mbuf
HEADROOM = 128              # RTE_PKTMBUF_HEADROOM
HEADER = 64                 # of a mempool object
CHANNELS = 4                # memory channels that DPDK reckons with
POOL_CACHES = 128 * 8256    # caches of a mempool, one for each of RTE_MAX_LCORE
DESCRIPTOR = 64             # struct lbuf_chunk
POINTER = 8                 # in a depot or a ring
SEGMENT = 24                # struct lbuf_seg
INLINE_SEGS = 4             # in struct lbuf itself
BUFFER = 192                # struct lbuf
WRITE_CHUNK = 16 * KIB      # what a stream is written into
SLAB = 2 * MIB              # what a class grows by
MIDDLE_MAX = 8 * MIB
CLASS_MIN, CLASS_MAX = 64, 64 * MIB
CACHE_CHUNKS = (16, 512)    # least and most that an lcore caches of a class
LARGE_PAGE = 2 * MIB
HEAP_PART = 0.03            # of EAL's heap for its own headers and gaps


@dataclasses.dataclass
class Item:
    """Something that takes memory on one socket."""

    name: str
    count: int
    each: float     # bytes, all that belongs to it included
    more: int = 0   # bytes, whatever the count

    @property
    def bytes(self):
        """All of it."""
        return math.ceil(self.count * self.each) + self.more


def round_up(value, step):
    """The next multiple."""
    return -(-value // step) * step


def class_size(size):
    """The chunk size of a request: four classes to each doubling."""
    if size <= CLASS_MIN:
        return CLASS_MIN
    quarter = 1 << max((size - 1).bit_length() - 3, 0)
    return round_up(size, quarter)


def object_size(room):
    """What an mbuf with so much room takes in its mempool."""
    lines = (HEADER + round_up(MBUF + room, LINE)) // LINE
    while math.gcd(lines, CHANNELS) != 1:   # spread over the memory channels
        lines += 1
    return lines * LINE


def mbuf_pool(name, count, room):
    """A mempool of mbufs with its ring and its caches."""
    ring = 1 << (count + 1).bit_length()
    return Item(name, count, object_size(room), POOL_CACHES + ring * POINTER)


def cached(args):
    """mbufs that an lcore may have in its cache: half more than its size before DPDK 26.07."""
    return args.mbuf_cache if args.dpdk >= (26, 7) else args.mbuf_cache * 3 // 2


def held_by_ports(args, socket):
    """mbufs that rings, bursts, lcores and linked buffers hold: lbuf_port_mbufs_needed()."""
    segs = max(math.ceil(args.frame / (args.mbuf_size - HEADROOM)), 1)
    held = (args.lcores + 1) * cached(args)     # the main one frees what is left
    for port in range(args.ports):
        if args.sockets[port % len(args.sockets)] == socket:
            held += args.rxq * (args.rxd + args.burst * segs + args.rx_hold)
        held += args.txq * args.txd     # also those of other sockets, when forwarding
    return held


def pieces(args, size):
    """Chunks that a message lies in: how many of which request."""
    if args.contiguous or size <= WRITE_CHUNK:
        return 1, size
    return math.ceil(size / WRITE_CHUNK), WRITE_CHUNK


def chunk_item(args, request, count):
    """The chunks of one request that are out, cached and on the way."""
    if request > args.middle_max:
        return Item(f"large chunks of {text(request)}", count, round_up(request, LARGE_PAGE))
    size = class_size(request)
    least, most = CACHE_CHUNKS
    cached = args.lcores * min(max(args.cache_bytes // size, least), most)
    slab = max(SLAB // size, 1)
    each = size + DESCRIPTOR + POINTER
    total = count + cached
    if total > slab:
        total = round_up(total, slab)
    return Item(f"chunks of {text(size)}, {count} out", total, each)


def chunks(args, nb_sockets):
    """All chunks of messages on one socket."""
    wanted = {}
    for size, count in args.message:
        share = math.ceil(count / nb_sockets)
        if args.hold == "mbufs":
            segs = math.ceil(size / (args.mbuf_size - HEADROOM))
        else:
            segs, request = pieces(args, size)
            wanted[request] = wanted.get(request, 0) + segs * share
        if segs > INLINE_SEGS:
            vector = class_size(segs * SEGMENT)
            wanted[vector] = wanted.get(vector, 0) + share
    return [chunk_item(args, request, count) for request, count in sorted(wanted.items())]


def message_mbufs(args, nb_sockets):
    """mbufs that messages in flight hold on one socket."""
    if args.hold != "mbufs":
        return 0
    room = args.mbuf_size - HEADROOM
    return sum(math.ceil(size / room) * math.ceil(count / nb_sockets)
               for size, count in args.message)


def items_of(args, socket, nb_sockets):
    """All that takes memory on a socket."""
    found = []
    if args.ports:
        count = held_by_ports(args, socket) + message_mbufs(args, nb_sockets)
        found.append(mbuf_pool(f"mbufs of {args.mbuf_size} B", count, args.mbuf_size))
        own = [p for p in range(args.ports) if args.sockets[p % len(args.sockets)] == socket]
        found += [mbuf_pool(f"references of port {port}", args.refs, 0) for port in own]
    found += chunks(args, nb_sockets)
    buffers = sum(math.ceil(count / nb_sockets) for _, count in args.message)
    if buffers:
        found.append(Item("linked buffers", buffers, BUFFER))
    return found


def reckon(args):
    """What each socket needs."""
    sockets = sorted(set(args.sockets))
    needs = []
    for socket in sockets:
        found = items_of(args, socket, len(sockets))
        total = math.ceil(sum(item.bytes for item in found) * (1 + HEAP_PART))
        needs.append({
            "socket": socket,
            "items": [{"name": i.name, "count": i.count, "bytes": i.bytes} for i in found],
            "bytes": total,
            "hugepages": math.ceil(total / args.hugepage),
        })
    return needs


def text(size):
    """A size for people."""
    for unit, scale in (("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if size >= scale:
            return f"{size / scale:.4g} {unit}"
    return f"{size} B"


def show(args, needs):
    """Prints it for people."""
    for need in needs:
        print(f"socket {need['socket']}:")
        for item in need["items"]:
            print(f"  {item['name']:36} {item['count']:>10} {text(item['bytes']):>12}")
        print(f"  {'with the headers of the heap':36} {'':10} {text(need['bytes']):>12}")
        print(f"  {need['hugepages']} hugepages of {text(args.hugepage)}")


def parse_size(value):
    """An argparse type: bytes, with K, M or G behind."""
    number, unit = (value[:-1], value[-1].upper()) if value[-1:].isalpha() else (value, "")
    if not number.isdigit() or (unit and unit not in UNITS) or int(number) < 1:
        raise argparse.ArgumentTypeError(f"'{value}' is no size, as 1500, 64K or 1M are")
    return int(number) * UNITS.get(unit, 1)


def parse_message(value):
    """An argparse type: SIZE or SIZE:COUNT."""
    size, _, count = value.partition(":")
    if not (count or "1").isdigit() or int(count or "1") < 1:
        raise argparse.ArgumentTypeError(f"'{value}' is no SIZE:COUNT, as 1M:1000 is")
    return parse_size(size), int(count or "1")


def parse_sockets(value):
    """An argparse type: a list of sockets."""
    if not all(part.isdigit() for part in value.split(",")):
        raise argparse.ArgumentTypeError(f"'{value}' is no list of sockets, as 0,1 is")
    return [int(part) for part in value.split(",")]


def parse_version(value):
    """An argparse type: a version of DPDK."""
    year, _, month = value.partition(".")
    if not (year.isdigit() and month.isdigit()):
        raise argparse.ArgumentTypeError(f"'{value}' is no version, as 22.11 is")
    return int(year), int(month)


def within(low, high):
    """An argparse type: a whole number within bounds, both included."""
    def convert(value):
        if not value.isdigit() or not low <= int(value) <= high:
            raise argparse.ArgumentTypeError(f"'{value}' is not a number from {low} to {high}")
        return int(value)
    return convert


def parse_args():
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="lbuf-pools",
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--ports", type=within(0, 1024), default=2, help="(%(default)s)")
    add("--sockets", type=parse_sockets, default=[0], metavar="LIST",
        help="of the ports, in turn: '0,1' alternates (0)")
    add("--rxq", type=within(1, 1024), default=1, help="queues of a port (%(default)s)")
    add("--txq", type=within(1, 1024), default=1, help="queues of a port (%(default)s)")
    add("--rxd", type=within(1, 65535), default=512, help="descriptors of a queue (%(default)s)")
    add("--txd", type=within(1, 65535), default=512, help="descriptors of a queue (%(default)s)")
    add("--burst", type=within(1, 512), default=32, help="packets (%(default)s)")
    add("--lcores", type=within(1, 1024), default=2, help="that forward (%(default)s)")
    add("--mbuf-size", type=within(HEADROOM + 1, 65535), default=2176,
        help="data room with headroom (%(default)s)")
    add("--mbuf-cache", type=within(0, 512), default=250, help="of an lcore (%(default)s)")
    add("--rx-hold", type=within(0, 1 << 30), default=0,
        help="mbufs of an RX queue that linked buffers may hold (%(default)s)")
    add("--frame", type=within(64, 65535), default=1518,
        help="longest frame, bytes (%(default)s)")
    add("--dpdk", type=parse_version, default=(22, 11), metavar="VERSION",
        help="of DPDK: from 26.07 on caches hold less (22.11)")
    add("--refs", type=within(1, 1 << 22), default=8191,
        help="segments in flight by reference, of a port (%(default)s)")
    add("--message", type=parse_message, action="append", default=[], metavar="SIZE[:COUNT]",
        help="messages in flight, over all sockets; may be repeated")
    add("--hold", choices=("chunks", "mbufs"), default="chunks",
        help="messages lie in chunks, or in the mbufs that they came in (%(default)s)")
    add("--contiguous", action="store_true",
        help="each message in one chunk, not in chunks of 16 KiB as a stream")
    add("--middle-max", type=parse_size, default=MIDDLE_MAX, help="of the pool (8M)")
    add("--cache-bytes", type=parse_size, default=4 * MIB, help="of the pool (4M)")
    add("--hugepage", type=parse_size, default=2 * MIB, help="bytes of one (2M)")
    add("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    if args.middle_max > CLASS_MAX:
        parser.error("--middle-max: at most 64M")
    return args


def main():
    """Reckons and prints."""
    args = parse_args()
    needs = reckon(args)
    if args.json:
        print(json.dumps(needs, indent=2))
    else:
        show(args, needs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
