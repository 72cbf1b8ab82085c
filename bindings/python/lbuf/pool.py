# SPDX-License-Identifier: BSD-3-Clause
"""Pools and chunks."""

import ctypes

from .native import (Holder, PoolParams, PoolStats, POLICIES, SHARES, SOCKET_ANY, TIERS,
                     array_of, check, check_pointer, lib)

HOLDERS = 256


def fields(structure):
    """A structure as a dictionary."""
    return {name: getattr(structure, name) for name, _ in structure._fields_}


class Chunk:
    """A piece of a pool's memory, given back by put() or at the end of a `with`."""

    def __init__(self, pool, size):
        self.pool = pool
        self.address = check_pointer(lib.lbuf_chunk_alloc(pool.address, size),
                                     f"chunk of {size} B")

    @property
    def size(self):
        """Bytes: those that were asked for, or more."""
        return lib.lbuf_chunk_size(self.address)

    @property
    def data(self):
        """A view of the bytes, which must not be used after put()."""
        place = (ctypes.c_char * self.size).from_address(lib.lbuf_chunk_data(self.address))
        return memoryview(place).cast("B")

    def put(self):
        """Give it back. A second time does nothing."""
        address, self.address = self.address, None
        lib.lbuf_chunk_put(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.put()


class Pool:
    """struct lbuf_pool: memory of all tiers. Keywords are the fields of lbuf_pool_params.

    `policy` may be "prefer" or "strict", `sockets` a list. Freed by free() or at the end of
    a `with`, when all chunks are back.
    """

    def __init__(self, name, *, sockets=(), policy="prefer", **params):
        memory, (struct,) = array_of(PoolParams, 1)
        for key, value in params.items():
            if key not in {field for field, _ in PoolParams._fields_}:
                raise TypeError(f"lbuf_pool_params has no field {key}")
            setattr(struct, key, value)
        struct.policy = POLICIES.index(policy)
        struct.nb_sockets = len(sockets)
        struct.sockets[:len(sockets)] = sockets
        self.address = check_pointer(lib.lbuf_pool_create(name.encode(), memory), f"pool {name}")

    @property
    def name(self):
        """Its name."""
        return lib.lbuf_pool_name(self.address).decode()

    def stats(self, tier=None, socket=SOCKET_ANY, size=0):
        """Sums, as a dictionary: of a tier ("small", "middle", "large"), a socket, a class."""
        memory, (struct,) = array_of(PoolStats, 1)
        index = len(TIERS) if tier is None else TIERS.index(tier)
        check(lib.lbuf_pool_stats_get(self.address, index, socket, size, memory), "statistics")
        return fields(struct)

    @property
    def chunks_out(self):
        """Chunks in the hands of users: 0 when nothing leaks."""
        return lib.lbuf_pool_chunks_out(self.address)

    @property
    def bugs(self):
        """What a debug pool has found."""
        return lib.lbuf_pool_bugs(self.address)

    def holders(self):
        """Who holds chunks: a list of dictionaries."""
        memory, structs = array_of(Holder, HOLDERS)
        found = check(lib.lbuf_pool_holders_get(self.address, memory, HOLDERS), "holders")
        return [{**fields(struct), "tag": struct.tag.decode(errors="replace"),
                 "share": SHARES[struct.share]} for struct in structs[:found]]

    def chunk(self, size):
        """A chunk of at least so many bytes."""
        return Chunk(self, size)

    def limit(self, socket, size):
        """Set the most that a socket may hold, bytes; 0: no limit."""
        check(lib.lbuf_pool_limit_set(self.address, socket, size), f"limit of socket {socket}")

    def share(self, socket, rx_bytes):
        """Set how much of the limit is for receiving, bytes; 0: not divided."""
        check(lib.lbuf_pool_share_set(self.address, socket, rx_bytes), f"share of socket {socket}")

    def trim(self):
        """Give idle memory back to the system: how many bytes."""
        return lib.lbuf_pool_trim(self.address)

    def flush(self):
        """Give what the calling lcore has in its caches back to the depots."""
        lib.lbuf_pool_flush(self.address)

    def free(self):
        """Free it; Error with EBUSY while chunks are out. A second time does nothing."""
        if self.address:
            check(lib.lbuf_pool_free(self.address), f"free pool {self.name}")
        self.address = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.free()
