# SPDX-License-Identifier: BSD-3-Clause
"""The C library: its functions with their types, and the structures that callers fill in.

Only structures that the headers promise are laid out here. How large they are in the
library that is loaded it says itself: one of a later version may have more fields.
"""

import ctypes
import errno
import os

from ctypes import c_char, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint, c_uint16, c_uint32
from ctypes import c_uint64, c_uint8, c_void_p, POINTER

SOCKET_ANY = -1
TIERS = ("small", "middle", "large")
SHARES = ("rest", "rx")
POLICIES = ("prefer", "strict")
SOCKETS_MAX = 8
TAG_LEN = 16

ExtFree = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)


class Error(OSError):
    """A function of the library has failed: errno says why."""

    def __init__(self, code, what):
        super().__init__(code, f"{what}: {os.strerror(code)}")


class PoolParams(ctypes.Structure):
    """struct lbuf_pool_params"""

    _fields_ = [("middle_min", c_size_t), ("middle_max", c_size_t), ("cache_bytes", c_size_t),
                ("limit_bytes", c_size_t), ("large_bytes", c_size_t), ("idle_ms", c_uint32),
                ("nb_sockets", c_uint32), ("sockets", c_int * SOCKETS_MAX), ("policy", c_uint),
                ("flags", c_uint32)]


class PoolStats(ctypes.Structure):
    """struct lbuf_pool_stats"""

    _fields_ = [(name, c_uint64) for name in (
        "bytes", "high_water", "chunks", "out", "cached", "allocs", "frees", "refills", "flushes",
        "remote", "grows", "stalls", "shrinks", "fallbacks", "failures", "stranded",
        "dma_failures")]


class Holder(ctypes.Structure):
    """struct lbuf_holder"""

    _fields_ = [("tag", c_char * TAG_LEN), ("caller", c_void_p), ("size", c_size_t),
                ("chunks", c_uint64), ("seen", c_uint64), ("oldest_s", c_double),
                ("share", c_uint)]


class Compacted(ctypes.Structure):
    """struct lbuf_compacted"""

    _fields_ = [("copied", c_uint64), ("unpinned", c_uint64)]


class Iovec(ctypes.Structure):
    """struct iovec"""

    _fields_ = [("base", c_void_p), ("len", c_size_t)]


STRUCTURES = {PoolParams: b"lbuf_pool_params", PoolStats: b"lbuf_pool_stats",
              Holder: b"lbuf_holder", Compacted: b"lbuf_compacted"}

# Of each function what it returns, and what it takes.
FUNCTIONS = {
    "rte_eal_init": (c_int, c_int, POINTER(c_char_p)),
    "rte_eal_cleanup": (c_int,),
    "lbuf_sizeof": (c_size_t, c_char_p),
    "lbuf_version": (c_char_p,),
    "lbuf_errno": (c_int,),
    "lbuf_tag_set": (c_char_p, c_char_p),
    "lbuf_pool_create": (c_void_p, c_char_p, c_void_p),
    "lbuf_pool_free": (c_int, c_void_p),
    "lbuf_pool_lookup": (c_void_p, c_char_p),
    "lbuf_pool_name": (c_char_p, c_void_p),
    "lbuf_pool_flush": (None, c_void_p),
    "lbuf_pool_trim": (c_size_t, c_void_p),
    "lbuf_pool_limit_set": (c_int, c_void_p, c_int, c_size_t),
    "lbuf_pool_share_set": (c_int, c_void_p, c_int, c_size_t),
    "lbuf_pool_stats_get": (c_int, c_void_p, c_uint, c_int, c_size_t, c_void_p),
    "lbuf_pool_chunks_out": (c_uint64, c_void_p),
    "lbuf_pool_holders_get": (c_int, c_void_p, c_void_p, c_uint),
    "lbuf_pool_bugs": (c_uint64, c_void_p),
    "lbuf_chunk_alloc": (c_void_p, c_void_p, c_size_t),
    "lbuf_chunk_get": (None, c_void_p),
    "lbuf_chunk_put": (None, c_void_p),
    "lbuf_chunk_data": (c_void_p, c_void_p),
    "lbuf_chunk_size": (c_size_t, c_void_p),
    "lbuf_init": (None, c_void_p, c_void_p),
    "lbuf_close": (None, c_void_p),
    "lbuf_len": (c_uint64, c_void_p),
    "lbuf_pending": (c_uint64, c_void_p),
    "lbuf_handoff": (None, c_void_p),
    "lbuf_write": (c_int, c_void_p, c_void_p, c_size_t),
    "lbuf_ack": (c_int, c_void_p, c_uint64),
    "lbuf_flush": (c_int, c_void_p),
    "lbuf_reserve": (c_void_p, c_void_p, c_size_t),
    "lbuf_prepend": (c_void_p, c_void_p, c_size_t),
    "lbuf_append": (c_int, c_void_p, c_void_p),
    "lbuf_append_chunk": (c_int, c_void_p, c_void_p, c_size_t, c_size_t),
    "lbuf_splice": (c_int, c_void_p, c_uint64, c_void_p),
    "lbuf_ext_init": (None, c_void_p, ExtFree, c_void_p),
    "lbuf_ext_set_size": (None, c_void_p, c_size_t),
    "lbuf_write_ext": (c_int, c_void_p, c_void_p, c_void_p, c_size_t),
    "lbuf_peek": (c_void_p, c_void_p, c_uint64),
    "lbuf_peek_copy": (c_int, c_void_p, c_void_p, c_uint64),
    "lbuf_skip": (c_int, c_void_p, c_uint64),
    "lbuf_read": (c_int, c_void_p, c_void_p, c_uint64),
    "lbuf_trim": (c_int, c_void_p, c_uint64),
    "lbuf_release": (c_int, c_void_p),
    "lbuf_slice": (c_int, c_void_p, c_uint64, c_void_p),
    "lbuf_clone": (c_int, c_void_p, c_uint64, c_uint64, c_void_p),
    "lbuf_find": (c_int64, c_void_p, c_uint8, c_uint64),
    "lbuf_find_str": (c_int64, c_void_p, c_void_p, c_size_t, c_uint64),
    "lbuf_until_str": (c_int64, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p),
    "lbuf_equal": (ctypes.c_bool, c_void_p, c_void_p),
    "lbuf_compare": (c_int, c_void_p, c_void_p),
    "lbuf_iovec": (c_int64, c_void_p, c_uint64, POINTER(Iovec), c_uint32, c_void_p),
    "lbuf_cksum": (c_int, c_void_p, c_uint64, c_uint64, POINTER(c_uint16)),
    "lbuf_crc32c": (c_int, c_void_p, c_uint64, c_uint64, POINTER(c_uint32)),
    "lbuf_pinned": (c_int64, c_void_p),
    "lbuf_is_shared": (c_int, c_void_p, c_uint64, c_uint64),
    "lbuf_compact": (c_int, c_void_p, c_uint32, c_void_p),
}


def load():
    """The library: LBUF_LIBRARY in the environment, or the system's.

    Its calls hold Python's lock, which is also what keeps the threads of a program apart: so
    several of them may have slices of the same memory without handing them off.
    """
    found = ctypes.PyDLL(os.environ.get("LBUF_LIBRARY", "liblbuf.so.1"))
    for name, (returns, *takes) in FUNCTIONS.items():
        function = getattr(found, name)
        function.restype = returns
        function.argtypes = takes
    for structure, name in STRUCTURES.items():
        if found.lbuf_sizeof(name) < ctypes.sizeof(structure):
            raise ImportError(f"liblbuf {found.lbuf_version().decode()} has a smaller struct "
                              f"{name.decode()} than this module: install a later one")
    return found


lib = load()


def sizeof(name):
    """Bytes of a structure in the library."""
    size = lib.lbuf_sizeof(name.encode())
    if size == 0:
        raise Error(errno.ENOTSUP, f"liblbuf has no struct {name}")
    return size


def array_of(structure, count):
    """Memory for structures as large as the library has them, and a view of each."""
    step = lib.lbuf_sizeof(STRUCTURES[structure])
    memory = ctypes.create_string_buffer(step * count)
    return memory, [structure.from_buffer(memory, i * step) for i in range(count)]


def check(code, what):
    """The code, unless it is a negative errno: that is raised."""
    if code < 0:
        raise Error(-code, what)
    return code


def check_pointer(pointer, what):
    """The pointer, unless it is NULL: then rte_errno is raised."""
    if not pointer:
        raise Error(lib.lbuf_errno(), what)
    return pointer
