# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's environment, once; a pool for each test, which must be whole behind it."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import lbuf  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def eal():
    """No hugepages, no devices, and no files that others could meet."""
    lbuf.eal_init("--no-huge", "-m", "256", "--no-pci", "--no-telemetry", "--lcores=0",
                  "--no-shconf")
    yield
    lbuf.eal_cleanup()


@pytest.fixture
def pool():
    """All of its chunks must be back in the end."""
    with lbuf.Pool("python", flags=0x4) as found:   # LBUF_POOL_F_DEBUG
        yield found
        assert found.chunks_out == 0
        assert found.bugs == 0


@pytest.fixture
def stream(pool):
    """An open buffer."""
    with lbuf.Buffer(pool) as buffer:
        yield buffer
