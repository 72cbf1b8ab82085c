# SPDX-License-Identifier: BSD-3-Clause
"""Linked buffers: what is written is read, whatever the way."""

import array
import errno
import gc
import random
import struct
import sys

import pytest

import lbuf


def filled(pool, *parts):
    """A buffer with a segment of its own for each part."""
    buffer = lbuf.Buffer(pool)
    for part in parts:
        buffer.write_ref(part)
    buffer.flush()
    return buffer


def test_write_and_read(stream):
    """Bytes are pending until flush(), and come out in order."""
    stream.write(b"hello, ")
    stream.write(bytearray(b"world"))
    assert (len(stream), stream.pending) == (0, 12)
    stream.flush()
    assert (len(stream), stream.pending) == (12, 0)
    assert stream.peek(5) == b"hello"
    assert bytes(stream.view(12)) == b"hello, world"
    assert stream.read(7) == b"hello, "
    assert stream.read() == b"world"
    stream.release()
    assert stream.read() == b""


def test_reserve_and_ack(stream):
    """What is reserved is written to in place; what is not kept is not there."""
    view = stream.reserve(100)
    view[:4] = b"kept"
    view[4:8] = b"lost"
    stream.ack(4)
    stream.flush()
    assert stream.read() == b"kept"
    with pytest.raises(lbuf.Error) as error:
        stream.ack(1)
    assert error.value.errno == errno.ERANGE


def test_references_are_held(pool):
    """An object whose bytes are viewed lives until nobody views them."""
    data = bytearray(b"x" * 100000)
    before = sys.getrefcount(data)
    buffer = filled(pool, data)
    assert sys.getrefcount(data) == before + 1
    with pytest.raises(BufferError):
        data.append(1)      # its memory would move
    part = buffer.slice(10)
    buffer.close()
    gc.collect()
    assert part.read() == b"x" * 10
    assert sys.getrefcount(data) == before + 1
    part.close()
    assert sys.getrefcount(data) == before
    data.append(1)


def test_no_copy(pool):
    """A slice and a clone view the same addresses."""
    data = array.array("Q", range(1000))
    with filled(pool, data) as buffer:
        (address, size), = buffer.pieces()
        assert (address, size) == (data.buffer_info()[0], 8000)
        with buffer.clone(800, 80) as clone, buffer.slice(400) as cut:
            assert clone.pieces() == [(address + 800, 80)]
            assert cut.pieces() == [(address, 400)]
            assert struct.unpack("10Q", clone.read()) == tuple(range(100, 110))
            assert cut.is_shared()
        assert len(buffer) == 7600


def test_many_pieces(pool):
    """More segments than one call tells of."""
    parts = [bytes([i % 256]) * (i + 1) for i in range(200)]
    with filled(pool, *parts) as buffer:
        assert [size for _, size in buffer.pieces()] == [len(part) for part in parts]
        assert buffer.read() == b"".join(parts)


def test_search(pool):
    """Bytes and strings are found across segments."""
    with filled(pool, b"GET / HT", b"TP/1.1\r", b"\nHost: a\r\n\r", b"\nrest") as buffer:
        assert buffer.find(ord("T")) == 2
        assert buffer.find(b"HTTP/1.1") == 6
        assert buffer.find(b"nowhere") == -1
        assert buffer.find(b"\r\n", 15) == 23
        with buffer.until(b"\r\n\r\n") as head:
            assert head.read() == b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        assert buffer.until(b"\r\n") is None
        assert buffer.read() == b"rest"


def test_join(pool, stream):
    """Headers in front, a donor behind, another between."""
    stream.write(b"payload")
    stream.flush()
    stream.prepend(b"head:")
    with filled(pool, b"<in>") as middle, filled(pool, b"!end") as last:
        stream.splice(5, middle)
        stream.append(last)
        stream.flush()
    assert stream.peek(20) == b"head:<in>payload!end"
    stream.trim(4)
    chunk = pool.chunk(4096)
    chunk.data[10:14] = b"1234"
    stream.append_chunk(chunk, 10, 4)
    chunk.put()     # is the buffer's
    stream.flush()
    assert stream.read() == b"head:<in>payload1234"


def test_compare(pool):
    """As memcmp(), wherever segments divide the bytes."""
    with filled(pool, b"ab", b"cd") as one, filled(pool, b"a", b"bcd") as same, \
            filled(pool, b"abce") as more:
        assert one.equal(same)
        assert not one.equal(more)
        assert (one.compare(same), one.compare(more), more.compare(one)) == (0, -1, 1)


def test_sums(pool):
    """Checksums are those that others compute."""
    data = bytes(range(256)) * 4
    words = sum(struct.unpack(f"<{len(data) // 2}H", data))
    while words > 0xffff:
        words = (words & 0xffff) + (words >> 16)
    with filled(pool, data[:333], data[333:]) as buffer:
        assert buffer.cksum() == words
        assert buffer.crc32c(0, 9) == filled(pool, data[:9]).crc32c()
    with filled(pool, b"1234", b"56789") as buffer:
        assert buffer.crc32c() == 0xe3069283    # the check value of CRC-32C
        assert buffer.crc32c(4, 5, buffer.crc32c(0, 4)) == 0xe3069283


def test_memory(pool):
    """Few bytes hold much memory until they are copied out of it."""
    with filled(pool, b"x" * (1 << 20)) as buffer, buffer.slice(40) as small:
        buffer.close()
        assert small.pinned == 1 << 20
        assert small.compact() == (40, 1 << 20)
        assert small.pinned < 4096
        assert small.read() == b"x" * 40


def test_errors(stream):
    """An error changes nothing, and says which it is."""
    stream.write(b"abc")
    stream.flush()
    for call in (stream.read, stream.peek, stream.view, stream.skip, stream.slice, stream.trim):
        with pytest.raises(lbuf.Error) as error:
            call(4)
        assert error.value.errno == errno.ENODATA
    assert stream.peek(3) == b"abc"
    cut = stream.slice(1)
    with pytest.raises(lbuf.Error) as error:
        cut.write(b"x")
    assert error.value.errno == errno.EROFS
    cut.close()
    with pytest.raises(TypeError):
        stream.write("text")
    stream.close()
    stream.close()
    for call in (lambda: stream.write(b"x"), stream.flush, lambda: stream.read(1),
                 lambda: stream.peek(1), lambda: stream.skip(1)):
        with pytest.raises(lbuf.Error) as error:
            call()
        assert error.value.errno == errno.EPIPE


def test_random(pool):
    """Against a bytearray, a thousand random verbs a seed."""
    for seed in range(10):
        rng, model = random.Random(seed), bytearray()
        with lbuf.Buffer(pool) as buffer:
            for _ in range(1000):
                verb = rng.randrange(6)
                size = rng.choice((0, 1, 7, 100, 5000, 70000))
                if verb < 2:
                    data = rng.randbytes(size)
                    (buffer.write if verb else buffer.write_ref)(data)
                    buffer.flush()
                    model += data
                elif verb == 2:
                    size = min(size, len(model))
                    assert buffer.read(size) == model[:size]
                    del model[:size]
                elif verb == 3:
                    size = min(size, len(model))
                    with buffer.slice(size) as cut:
                        assert cut.read() == model[:size]
                    del model[:size]
                elif verb == 4:
                    size = min(size, len(model))
                    with buffer.clone(len(model) - size) as end:
                        assert end.read() == model[len(model) - size:]
                else:
                    buffer.release()
                assert len(buffer) == len(model)
            assert buffer.read() == bytes(model), f"seed {seed}"
