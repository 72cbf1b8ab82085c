# SPDX-License-Identifier: BSD-3-Clause
"""Linked buffers."""

import ctypes
import errno

from .exported import Exported, drop, hold
from .native import Compacted, Error, Iovec, array_of, check, check_pointer, lib, sizeof

IOVECS = 64


def view_of(address, size, writable):
    """A view of memory, which must not be used after that is given back."""
    view = memoryview((ctypes.c_char * size).from_address(address)).cast("B")
    return view if writable else view.toreadonly()


class Buffer:
    """struct lbuf: bytes in segments, with a write side and a read side.

    Closed by close(), at the end of a `with`, or when it is no longer referred to. Methods
    are the functions of lbuf.h; an error is raised as Error, and changes nothing.
    """

    def __init__(self, pool):
        self._memory = ctypes.create_string_buffer(sizeof("lbuf"))
        self.address = ctypes.addressof(self._memory)
        self.pool = pool    # outlives the buffer
        if pool.address is None:
            raise Error(errno.EPIPE, "the pool was freed")
        lib.lbuf_init(self.address, pool.address)

    def _sibling(self):
        """A closed buffer of the same pool."""
        other = Buffer(self.pool)
        other.close()
        return other

    # --- writing: pending until flush()

    def write(self, data):
        """Copy bytes to the end."""
        with Exported(data) as mem:
            check(lib.lbuf_write(self.address, mem.address, mem.len), "write")

    def write_ref(self, data):
        """Refer to an object's bytes, which is kept, and must not change, until none does."""
        ext, address, size = hold(data)
        code = lib.lbuf_write_ext(self.address, ext, address, size)
        if code != 0 or size == 0:
            drop(ext)
        check(code, "write_ref")

    def reserve(self, size):
        """A view of bytes at the end, to be written before the next flush() or ack()."""
        address = check_pointer(lib.lbuf_reserve(self.address, size), f"reserve {size} B")
        return view_of(address, size, True)

    def ack(self, size):
        """Keep the first pending bytes and drop the rest."""
        check(lib.lbuf_ack(self.address, size), "ack")

    def flush(self):
        """Make what is pending readable."""
        check(lib.lbuf_flush(self.address), "flush")

    def prepend(self, data):
        """Copy bytes in front of the readable ones."""
        with Exported(data) as mem:
            address = check_pointer(lib.lbuf_prepend(self.address, mem.len), "prepend")
            ctypes.memmove(address, mem.address, mem.len)

    def append(self, donor):
        """Move all bytes of another buffer behind the pending ones."""
        check(lib.lbuf_append(self.address, donor.address), "append")

    def append_chunk(self, chunk, offset, size):
        """Take over a chunk, which is the caller's no more."""
        check(lib.lbuf_append_chunk(self.address, chunk.address, offset, size), "append_chunk")
        chunk.address = None

    def splice(self, at, donor):
        """Move the readable bytes of another buffer between these."""
        check(lib.lbuf_splice(self.address, at, donor.address), "splice")

    # --- reading

    def __len__(self):
        return lib.lbuf_len(self.address)

    @property
    def pending(self):
        """Bytes written, not yet flushed."""
        return lib.lbuf_pending(self.address)

    def peek(self, size):
        """A copy of the first bytes."""
        place = self._place(size)
        check(lib.lbuf_peek_copy(self.address, place, size), "peek")
        return place.raw

    def _place(self, size):
        """Memory for bytes that are there: none for what is asked for by mistake."""
        if size > len(self):
            check(lib.lbuf_peek_copy(self.address, None, size), f"{size} of {len(self)} B")
        return ctypes.create_string_buffer(size)

    def view(self, size):
        """A view of the first bytes, which holds until release()."""
        address = check_pointer(lib.lbuf_peek(self.address, size), "view")
        return view_of(address, size, False)

    def read(self, size=None):
        """Consume bytes, all if none are named, as a copy."""
        size = len(self) if size is None else size
        place = self._place(size)
        check(lib.lbuf_read(self.address, place, size), "read")
        return place.raw

    def skip(self, size):
        """Consume bytes."""
        check(lib.lbuf_skip(self.address, size), "skip")

    def trim(self, size):
        """Drop the last readable bytes."""
        check(lib.lbuf_trim(self.address, size), "trim")

    def release(self):
        """Give back what has been consumed; views end."""
        check(lib.lbuf_release(self.address), "release")

    def slice(self, size):
        """Cut off the first bytes as a buffer of their own, without a copy."""
        out = self._sibling()
        check(lib.lbuf_slice(self.address, size, out.address), "slice")
        return out

    def clone(self, offset=0, size=None):
        """View bytes by a further buffer; nothing is consumed."""
        out = self._sibling()
        size = len(self) - offset if size is None else size
        check(lib.lbuf_clone(self.address, offset, size, out.address), "clone")
        return out

    def pieces(self):
        """Address and length of each piece of the readable bytes."""
        found, at, total = [], 0, None
        iov = (Iovec * IOVECS)()
        count = ctypes.c_uint64()
        while total is None or at < len(self):
            total = check(lib.lbuf_iovec(self.address, at, iov, IOVECS, ctypes.byref(count)),
                          "pieces")
            found += [(iov[i].base, iov[i].len) for i in range(min(total, IOVECS))]
            at += count.value
        return found

    # --- searching and comparing

    def find(self, what, start=0):
        """Offset of a byte (a number) or of up to 32 bytes; -1 if it is not there."""
        if isinstance(what, int):
            code = lib.lbuf_find(self.address, what, start)
        else:
            what = bytes(what)
            code = lib.lbuf_find_str(self.address, what, len(what), start)
        return -1 if code == -errno.ENOENT else check(code, "find")

    def until(self, what):
        """Cut off all up to a byte string, and that, too; None if it is not there."""
        out = self._sibling()
        what = bytes(what)
        code = lib.lbuf_until_str(self.address, what, len(what), None, out.address)
        if code == -errno.ENOENT:
            return None
        check(code, "until")
        return out

    def equal(self, other):
        """Are the readable bytes those of another buffer?"""
        return lib.lbuf_equal(self.address, other.address)

    def compare(self, other):
        """-1, 0 or 1, as memcmp()."""
        return lib.lbuf_compare(self.address, other.address)

    def cksum(self, offset=0, size=None):
        """Internet checksum, not inverted."""
        value = ctypes.c_uint16()
        size = len(self) - offset if size is None else size
        check(lib.lbuf_cksum(self.address, offset, size, ctypes.byref(value)), "cksum")
        return value.value

    def crc32c(self, offset=0, size=None, start=0):
        """CRC32C."""
        value = ctypes.c_uint32(start)
        size = len(self) - offset if size is None else size
        check(lib.lbuf_crc32c(self.address, offset, size, ctypes.byref(value)), "crc32c")
        return value.value

    # --- memory

    @property
    def pinned(self):
        """Bytes of memory that the buffer keeps from other use."""
        return check(lib.lbuf_pinned(self.address), "pinned")

    def is_shared(self, offset=0, size=None):
        """May somebody else see the memory of these bytes?"""
        size = len(self) - offset if size is None else size
        return bool(check(lib.lbuf_is_shared(self.address, offset, size), "is_shared"))

    def compact(self, part=2):
        """Copy out of memory of which less than 1/part is viewed: bytes copied, unpinned."""
        memory, (done,) = array_of(Compacted, 1)
        check(lib.lbuf_compact(self.address, part, memory), "compact")
        return done.copied, done.unpinned

    def close(self):
        """Give back all that it holds. A second time does nothing."""
        lib.lbuf_close(self.address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        # Not where the pool is gone: nothing can be given back to it.
        if getattr(self, "pool", None) is not None and self.pool.address is not None:
            self.close()
