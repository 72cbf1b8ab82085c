# SPDX-License-Identifier: BSD-3-Clause
"""Processes that share a file prefix: none removes a file that it did not make."""

import os
import re
import time

import pytest

from framework.forwarder import lcores, left_behind, memory_options, options, runtime_folders

NULL_PORTS = ["--vdev=net_null0", "--vdev=net_null1"]
MBUFS = options(total_num_mbufs=4096)
NO_HUGE = memory_options(huge=False)
FOREIGN = ("fbarray_strange", "hugepage_data_1", "notes")


def eal(*more, huge=True):
    """EAL arguments for a forwarder on two ports."""
    return lcores(2) + ([] if huge else NO_HUGE) + NULL_PORTS + list(more)


def identities(prefix):
    """Path and inode of the files that processes with a prefix have."""
    return {path: os.stat(path).st_ino for path in left_behind(prefix)}


def complaint(outcome):
    """The line of complaint of a forwarder that refused; verifies that there is one."""
    lines = [line for line in outcome.output.splitlines() if line.startswith("lbuf-fwd: ")]
    assert outcome.code == 1 and len(lines) == 1, outcome.output
    return lines[0]


@pytest.fixture
def holder(forwarders, need_hugepages):
    """A forwarder that runs on hugepages of its file prefix."""
    need_hugepages()
    program = forwarders.launch(eal(), MBUFS)
    program.wait_forwarding()
    yield program
    program.stop().check_clean()
    assert left_behind(program.prefix) == []


BESIDE = (["--in-memory"], ["--in-memory", "--single-file-segments"],
          ["--no-shconf", *NO_HUGE])


@pytest.mark.smoke
@pytest.mark.parametrize("more", BESIDE, ids=" ".join)
def test_files_of_another_stay(forwarders, holder, more):
    """A forwarder that shares nothing runs beside one with the same prefix.

    Steps:
        Start a forwarder; start and stop another with the same prefix that needs no files.
    Verify:
        The files of the first are there after it, the same ones; both end cleanly.
    """
    before = identities(holder.prefix)
    assert len(before) > 8
    other = forwarders.launch(eal(*more), MBUFS, prefix=holder.prefix)
    other.wait_forwarding()
    other.stop().check_clean()
    assert identities(holder.prefix) == before


REFUSED = ([], ["--no-shconf"], ["--legacy-mem"], ["--huge-unlink"], ["--huge-unlink=never"],
           NO_HUGE)


@pytest.mark.parametrize("more", REFUSED, ids=lambda more: " ".join(more) or "primary")
def test_prefix_in_use(forwarders, holder, more):
    """A prefix that another process uses is refused, and its files stay.

    Steps:
        Start a forwarder, and another one with the same prefix that needs the same files.
    Verify:
        One line names --file-prefix and its value. The files of the first are the same.
    """
    before = identities(holder.prefix)
    other = forwarders.launch(eal(*more), MBUFS, prefix=holder.prefix)
    line = complaint(other.finish())
    assert f"--file-prefix={holder.prefix}" in line
    assert "in use" in line and "Success" not in line
    assert identities(holder.prefix) == before


@pytest.mark.parametrize("kind", ("secondary", "auto"))
def test_no_secondary(forwarders, holder, kind):
    """A secondary process cannot forward, and leaves no file with the primary one's.

    Steps:
        Start a forwarder, and another one with the same prefix and --proc-type.
    Verify:
        One line names the option. The files of the first are the same, none is added.
    """
    before = identities(holder.prefix)
    other = forwarders.launch(eal(f"--proc-type={kind}"), MBUFS, prefix=holder.prefix)
    assert f"--proc-type={kind}" in complaint(other.finish())
    assert identities(holder.prefix) == before


def test_no_shconf_is_not_overrun(forwarders, need_hugepages):
    """A primary process does not take the hugepages of one with --no-shconf.

    Steps:
        Start a forwarder with --no-shconf, and one without and with the same prefix.
    Verify:
        The second is refused, the files of the first stay, and it removes them at its end.
    """
    need_hugepages()
    first = forwarders.launch(eal("--no-shconf"), MBUFS)
    first.wait_forwarding()
    before = identities(first.prefix)
    assert any("map_" in path for path in before)
    second = forwarders.launch(eal(), MBUFS, prefix=first.prefix)
    assert "--file-prefix" in complaint(second.finish())
    assert identities(first.prefix) == before
    first.stop().check_clean()
    assert left_behind(first.prefix) == []


@pytest.mark.smoke
def test_two_at_once(forwarders):
    """Two that start at once with one prefix: one forwards, the other says why not.

    Steps:
        Start two forwarders with the same prefix at the same time, without hugepages.
    Verify:
        One is refused, with one line that names --file-prefix. The other forwards, ends
        cleanly and leaves nothing.
    """
    both = [forwarders.launch(eal(huge=False), MBUFS)]
    both.append(forwarders.launch(eal(huge=False), MBUFS, prefix=both[0].prefix))
    deadline = time.monotonic() + 30
    while all(each.running() for each in both) and time.monotonic() < deadline:
        time.sleep(0.05)
    loser = next(each for each in both if not each.running())
    winner = next(each for each in both if each is not loser)
    assert f"--file-prefix={winner.prefix}" in complaint(loser.finish())
    winner.wait_forwarding()
    winner.stop().check_clean()
    assert left_behind(winner.prefix) == []


@pytest.mark.parametrize("more", ([], ["--no-shconf"], ["--in-memory"]),
                         ids=lambda more: " ".join(more) or "primary")
def test_foreign_files_stay(forwarders, need_hugepages, more):
    """Files that others have put among EAL's are left alone.

    Steps:
        Put files of others into the runtime folder, and one whose name begins as those of
        the prefix do to the hugepages; start and stop a forwarder.
    Verify:
        These files are still there, and no others.
    """
    need_hugepages()
    program = forwarders.launch(eal(*more), MBUFS)
    program.wait_forwarding()
    folder = runtime_folders(program.prefix)[0]
    foreign = [os.path.join(folder, name) for name in FOREIGN]
    foreign.append(f"/dev/hugepages/{program.prefix}map_0map_0")
    for path in foreign:
        with open(path, "w", encoding="ascii"):
            pass
    program.stop().check_clean()
    assert left_behind(program.prefix) == sorted(foreign)


def test_prefix_is_no_pattern(forwarders, need_hugepages, holder):
    """A prefix with the characters of a pattern stands for itself.

    Steps:
        Start a forwarder; start and stop one whose prefix, read as a pattern, fits its files.
    Verify:
        The files of the first are still there.
    """
    before = identities(holder.prefix)
    other = forwarders.launch(eal(), MBUFS, prefix=holder.prefix[:-1] + "*")
    other.wait_forwarding()
    other.stop().check_clean()
    assert identities(holder.prefix) == before


def test_failed_start_leaves_nothing(forwarders, need_hugepages):
    """A start that EAL gives up half-way leaves no file.

    Steps:
        Start the forwarder with so little memory that EAL does not start.
    Verify:
        One line names --socket-limit; no file and no folder is left.
    """
    need_hugepages()
    program = forwarders.launch(eal("--socket-limit=1"), MBUFS)
    assert "--socket-limit" in complaint(program.finish())
    assert left_behind(program.prefix) == []
    assert not any(os.path.exists(folder) for folder in runtime_folders(program.prefix))


def test_hugepages_that_are_to_stay(forwarders, need_hugepages):
    """--huge-unlink=never keeps the files of hugepages, as it is meant to.

    Steps:
        Start and stop the forwarder with --huge-unlink=never.
    Verify:
        Files of hugepages are left, and nothing else.
    """
    need_hugepages()
    program = forwarders.launch(eal("--huge-unlink=never"), MBUFS)
    program.wait_forwarding()
    program.stop().check_clean()
    left = left_behind(program.prefix)
    assert left and all(re.search(r"map_\d+$", path) for path in left)
