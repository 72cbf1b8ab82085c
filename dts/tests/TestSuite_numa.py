# SPDX-License-Identifier: BSD-3-Clause
"""Chunks are on the NUMA node that they should be on, by the kernel's own account."""

import re

import pytest

from rig import machine

NIC = "e1000e"      # the guest always has one; it is not used
TIMEOUT = 120
POLICIES = {"prefer": "fallback", "strict": "refused"}
SIZES = 6           # two of each tier


@pytest.fixture(scope="module", name="console")
def fixture_console(kernel, tmp_path_factory):
    """What the guest has shown."""
    programs = [machine.test_program(name) for name in ("numa_place", "numa_empty")]
    commands = [(program, "-l", "0,2", "--no-pci", "--no-telemetry") for program in programs]
    initramfs = machine.build(str(tmp_path_factory.mktemp("rig") / "initramfs"), kernel,
                              programs, commands)
    guest = machine.Guest(kernel, initramfs, NIC)
    try:
        guest.console.wait(machine.BOOT_TIMEOUT + TIMEOUT)
        yield guest.console.output.replace("\r", "")
    finally:
        guest.close()


def test_placement(console):
    """While there is memory chunks are where they were asked for.

    Steps:
        On an lcore of each node allocate chunks of all tiers, without a socket and on each
        socket; ask the kernel with move_pages() where each of their pages is.
    Verify:
        All are on the lcore's node or on the one asked for; nothing was counted as fallback.
    """
    assert re.findall(r"^numa_place: lcore on socket (\d): placed", console,
                      re.MULTILINE) == ["1", "0"], console


@pytest.mark.parametrize("policy", POLICIES)
def test_shortage(console, policy):
    """A node without memory is handled as the pool's policy says.

    Steps:
        Allocate chunks of all tiers on node 1 until it has no more.
    Verify:
        prefer: the next chunk is on node 0, and counted as fallback.
        strict: the next request fails with ENOMEM, none is served by node 0.
        All chunks before are on node 1.
    """
    found = re.findall(rf"^numa_place: {policy}: size (\d+): {POLICIES[policy]} after (\d+)",
                       console, re.MULTILINE)
    assert len(found) == SIZES, console


def test_empty_node(console):
    """A node that never had hugepages is like one that has none left.

    Steps:
        Take all hugepages of node 1 away; on an lcore of it allocate chunks of all tiers.
    Verify:
        prefer: all are of node 0 and counted as fallback; the lcore has caches.
        strict: all are refused with ENOMEM, but not those that are asked of node 0.
    """
    assert re.search(r"^numa_empty: prefer: (\d+) fallbacks", console, re.MULTILINE), console
    assert re.search(r"^numa_empty: strict: (\d+) failures", console, re.MULTILINE), console


def test_end(console):
    """Memory comes back, and nothing is left.

    Steps:
        Free all chunks, allocate a large one on node 1 again, free the pools.
    Verify:
        It is on node 1; the pools can be freed; exit code 0.
    """
    assert machine.exit_code(console) == 0, console
    assert "\nnuma_place: end\n" in console
    assert "\nnuma_empty: end\n" in console
