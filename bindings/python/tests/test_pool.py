# SPDX-License-Identifier: BSD-3-Clause
"""Pools, chunks, statistics."""

import errno

import pytest

import lbuf


def test_version():
    """The library that was loaded is this tree's."""
    assert lbuf.version().split(".")[0] == "1"


@pytest.mark.parametrize("size, tier", [(1, "small"), (1023, "small"), (1024, "middle"),
                                        (8 << 20, "middle"), ((8 << 20) + 1, "large")])
def test_tiers(pool, size, tier):
    """A chunk comes from the tier that its size names, and has as many bytes, or more."""
    with pool.chunk(size) as chunk:
        assert chunk.size >= size
        chunk.data[:1] = b"x"
        chunk.data[size - 1:size] = b"y"
        assert chunk.data[size - 1] == ord("y")
        assert pool.stats(tier)["out"] == 1
        assert pool.stats()["out"] == 1
        assert pool.chunks_out == 1
    assert pool.stats(tier)["out"] == 0
    assert pool.stats(tier)["frees"] == 1


def test_statistics_of_a_class(pool):
    """Figures are those of the class that was asked for."""
    chunks = [pool.chunk(2048) for _ in range(100)]
    assert pool.stats("middle", size=2048)["out"] == 100
    assert pool.stats("middle", size=4096)["out"] == 0
    assert pool.stats(size=2048)["allocs"] == 100
    for chunk in chunks:
        chunk.put()
        chunk.put()     # a second time does nothing
    assert pool.stats("middle", size=2048)["frees"] == 100
    with pytest.raises(lbuf.Error) as error:
        pool.stats(socket=77)
    assert error.value.errno == errno.EINVAL


def test_holders(pool):
    """A debug pool knows who has what."""
    assert lbuf.tag_set("python") is None
    try:
        with pool.chunk(5000):
            (holder,) = pool.holders()
            assert holder["tag"] == "python"
            assert holder["chunks"] == 1
            assert holder["size"] >= 5000
            assert holder["share"] == "rest"
            assert 0 <= holder["oldest_s"] < 60
    finally:
        assert lbuf.tag_set(None) == "python"
    assert pool.holders() == []


def test_limit():
    """At the limit it fails, and says why; memory that is given back serves again."""
    with lbuf.Pool("limit", limit_bytes=8 << 20, policy="strict", flags=0x2) as pool:
        chunks = []
        with pytest.raises(lbuf.Error) as error:
            while True:
                chunks.append(pool.chunk(1 << 20))
        assert error.value.errno == errno.ENOBUFS
        assert 4 <= len(chunks) <= 8
        assert pool.stats()["failures"] == 1
        chunks.pop().put()
        chunks.append(pool.chunk(1 << 20))
        pool.limit(0, 0)
        chunks.append(pool.chunk(1 << 20))
        for chunk in chunks:
            chunk.put()
        pool.flush()
        assert pool.trim() > 0


def test_arguments():
    """What cannot be is refused, by name and by value."""
    with pytest.raises(TypeError):
        lbuf.Pool("wrong", no_such_field=1)
    with pytest.raises(lbuf.Error) as error:
        lbuf.Pool("wrong", middle_min=4096, middle_max=1024)
    assert error.value.errno == errno.EINVAL
    with pytest.raises(lbuf.Error) as error:
        lbuf.Pool("far too long a name")
    assert error.value.errno == errno.ENAMETOOLONG
    with lbuf.Pool("twice"), pytest.raises(lbuf.Error) as error:
        lbuf.Pool("twice")
    assert error.value.errno == errno.EEXIST


def test_a_pool_in_use_stays():
    """It is freed only when all is back, and then once."""
    pool = lbuf.Pool("used")
    chunk = pool.chunk(100)
    with pytest.raises(lbuf.Error) as error:
        pool.free()
    assert error.value.errno == errno.EBUSY
    chunk.put()
    pool.free()
    pool.free()
    with pytest.raises(lbuf.Error):
        lbuf.Buffer(pool)
