# SPDX-License-Identifier: BSD-3-Clause
"""lbuf, the packet buffer engine for DPDK: pools, linked buffers, statistics.

    import lbuf

    lbuf.eal_init("--no-huge", "-m", "64", "--no-pci", "--in-memory")
    with lbuf.Pool("script") as pool, lbuf.Buffer(pool) as stream:
        stream.write(b"hello, world")
        stream.flush()
        with stream.slice(5) as word:
            print(word.read(), pool.stats("middle")["out"])

To script tests and tools with, not to forward packets: each call costs some hundred
nanoseconds. The functions are those of the C headers, which tell what they promise.
"""

import ctypes

from .buffer import Buffer
from .native import Error, SOCKET_ANY, check, lib
from .pool import Chunk, Pool

__all__ = ["Buffer", "Chunk", "Error", "Pool", "SOCKET_ANY", "eal_cleanup", "eal_init",
           "tag_set", "version"]

# What the library refers to from now on.
_kept = []
_tags = {}


def eal_init(*arguments):
    """Start DPDK's environment, with its options. Once in a process."""
    words = [b"lbuf", *(word.encode() for word in arguments)]
    # EAL moves them about, and keeps some of them.
    strings = [ctypes.create_string_buffer(word) for word in words]
    argv = (ctypes.c_char_p * (len(words) + 1))(*map(ctypes.addressof, strings), None)
    _kept.append((strings, argv))
    if lib.rte_eal_init(len(words), argv) < 0:
        raise Error(lib.lbuf_errno(), "rte_eal_init")


def eal_cleanup():
    """End DPDK's environment; pools must have been freed before."""
    check(lib.rte_eal_cleanup(), "rte_eal_cleanup")


def tag_set(tag):
    """Name what the calling thread does, for Pool.holders(): the tag up to now."""
    text = None
    if tag is not None:
        text = _tags.setdefault(tag, ctypes.create_string_buffer(tag.encode()))
    old = lib.lbuf_tag_set(text)
    return None if old is None else old.decode()


def version():
    """Version of the C library."""
    return lib.lbuf_version().decode()
