# SPDX-License-Identifier: BSD-3-Clause
"""What lies where a driver cannot reach it is copied: the other end gets every byte.

doc/ports.md has the table that these tests hold the library to.
"""

import os
import re
import time

import pytest

from framework.forwarder import (binary, huge_pages_free, left_behind, lcores, new_prefix, tidy)
from framework.netns import quiet
from framework.program import Program

KINDS = ("mbuf", "chain", "foreign", "ext", "small", "middle", "large")
FRAMES = 8
LENGTH = 1500
ETHER = bytes.fromhex("ffffffffffff 020000000001 88b5")
TIMEOUT = 90
HUGE_PAGES = 100
SINGLE = "--single-file-segments"
NO_HUGE = ("--no-huge", "-m", "256")

# What of a kind is copied and what goes by reference, references in FRAMES frames.
AS_IT_IS = {"mbuf": (0, 0), "chain": (0, 0), "foreign": (0, 0), "ext": (FRAMES, 0),
            "small": (2 * FRAMES, 0), "middle": (FRAMES, 0), "large": (FRAMES, 0)}
COPIED = (0, FRAMES)
BY_CPU = AS_IT_IS
OF_HEAP = AS_IT_IS | {"foreign": COPIED, "ext": COPIED, "large": COPIED}
NOTHING = {kind: COPIED for kind in KINDS}


def program_path(name):
    """A program that was built with the unit tests."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(binary())))
    path = os.path.join(folder, "tests", "port", name)
    if not os.access(path, os.X_OK):
        pytest.skip(f"{path} is not there: build with -Dtests=true")
    return path


@pytest.fixture(name="launch")
def fixture_launch():
    """Starts programs; all are gone after the test."""
    running = []

    def start(name, vdev, eal=(), namespace=None):
        prefix = new_prefix()
        if "--no-huge" not in eal and huge_pages_free() < HUGE_PAGES:
            pytest.skip(f"fewer than {HUGE_PAGES} free 2 MiB hugepages")
        command = [program_path(name), "--no-pci", f"--file-prefix={prefix}", "--no-telemetry",
                   *lcores(1), f"--vdev={vdev}", *eal]
        program = Program(namespace.wrap(command) if namespace else command)
        running.append((program, prefix))
        return program

    yield start
    for program, prefix in running:
        program.kill()
        tidy(prefix)
        assert not left_behind(prefix)


def sent(program):
    """Of each kind how many references and copies there were."""
    figures = {kind: (int(refs), int(copied)) for kind, refs, copied in re.findall(
        r"^send: (\w+) refs (\d+) copied (\d+) failed 0$", program.output, re.MULTILINE)}
    assert set(figures) == set(KINDS), program.output
    return figures


def check_end(program):
    """Verify that a program has found nothing wrong, and holds nothing."""
    assert program.wait(TIMEOUT) == 0, program.output
    assert "\nend: nothing is out" in program.output, program.output


def cross(launch, path, receiver, sender, eal, expected):
    """Run both ends and verify what came, and how it was sent; return the sender."""
    receiving = launch("port_receive", receiver, NO_HUGE if "--no-huge" in eal else ())
    assert receiving.wait_for("^receive: ready", TIMEOUT), receiving.output
    assert path.exists(), receiving.output
    sending = launch("port_send", sender, eal)
    check_end(sending)
    check_end(receiving)
    for kind in KINDS:
        assert f"receive: {kind} right {FRAMES}\n" in receiving.output, receiving.output
    assert "receive: wrong 0 late 0\n" in receiving.output, receiving.output
    assert sent(sending) == expected
    return sending


def eal_id(words):
    """A name for a test by EAL's mode."""
    return "".join(word.replace("--", "") for word in words if word.startswith("--")) or "default"


def memif(role, path, more=""):
    """The EAL device of one end of a memif link."""
    return f"net_memif0,role={role},id=0,socket={path},socket-abstract=no{more}"


@pytest.mark.parametrize("eal", ((), (SINGLE,), ("--in-memory",), ("--legacy-mem", "-m", "128"),
                                 NO_HUGE),
                         ids=eal_id)
def test_memif_is_given_all_memory(launch, tmp_path, eal):
    """A memif copies by a core: all memory goes to it by reference.

    Steps:
        Send frames out of every kind of memory from a memif client, in an EAL mode.
    Verify:
        All bytes of all frames arrive. Nothing was copied by the bridge. Nothing is out.
    """
    path = tmp_path / "memif.sock"
    cross(launch, path, memif("server", path), memif("client", path), eal, BY_CPU)


@pytest.mark.parametrize("eal", ((SINGLE,), (SINGLE, "--in-memory"), (SINGLE, "-m", "256")),
                         ids=eal_id)
def test_zero_copy_memif_gets_copies(launch, tmp_path, eal):
    """What a zero-copy memif is given lies where the other end maps it.

    Steps:
        Send frames out of every kind of memory from a zero-copy memif client, in an EAL mode.
        When the other end has them, ask the silent queue for what it holds.
    Verify:
        All bytes of all frames arrive; the other end lives. All were copied. What the queue
        held comes back without anything being sent. Nothing is out.
    """
    path = tmp_path / "memif.sock"
    sending = cross(launch, path, memif("server", path),
                    memif("client", path, ",zero-copy=yes"), eal, NOTHING)
    assert re.search(r"^send: held [1-9]\d*, then 0: Success$", sending.output, re.MULTILINE), \
        sending.output


@pytest.mark.parametrize("eal", ((SINGLE,), (SINGLE, "--in-memory"), NO_HUGE),
                         ids=eal_id)
def test_virtio_user_gets_memory_of_eal(launch, tmp_path, eal):
    """The other end of a virtio-user port maps EAL's memory, and that goes by reference.

    Steps:
        Send frames out of every kind of memory from virtio-user to vhost, in an EAL mode.
    Verify:
        All bytes of all frames arrive. Large chunks and foreign memory were copied, the latter
        also in mbufs that went through. Nothing is out.
    """
    path = tmp_path / "vhost.sock"
    cross(launch, path, f"net_vhost0,iface={path},queues=1",
          f"net_virtio_user0,path={path},queues=1,queue_size=256", eal, OF_HEAP)


def test_vhost_is_given_all_memory(launch, tmp_path):
    """A vhost port copies by a core: all memory goes to it by reference.

    Steps:
        Send frames out of every kind of memory from vhost to virtio-user.
    Verify:
        All bytes of all frames arrive. Nothing was copied by the bridge. Nothing is out.
    """
    path = tmp_path / "vhost.sock"
    sending = launch("port_send", f"net_vhost0,iface={path},queues=1")
    deadline = time.monotonic() + TIMEOUT
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    receiving = launch("port_receive", f"net_virtio_user0,path={path},queues=1", (SINGLE,))
    check_end(sending)
    check_end(receiving)
    for kind in KINDS:
        assert f"receive: {kind} right {FRAMES}\n" in receiving.output, receiving.output
    assert sent(sending) == BY_CPU


def frame(kind, number):
    """The bytes of a frame of port_send."""
    start = len(ETHER)
    rest = bytes((i * 13 + kind * 31 + number * 7 + (i >> 8)) & 0xff
                 for i in range(start + 2, LENGTH))
    return ETHER + bytes((kind, number)) + rest


@pytest.mark.parametrize("driver", ("af_packet", "tap"))
def test_kernel_ports_are_given_all_memory(make_bench, launch, driver):
    """AF_PACKET copies by a core, and of tap the kernel does: all goes by reference.

    Steps:
        Send frames out of every kind of memory from a port of the driver.
    Verify:
        All bytes of all frames come out, in order. Nothing was copied by the bridge.
    """
    bench = make_bench(1)
    if driver == "tap":
        bench.dut.run("ip", "tuntap", "add", "lbtap0", "mode", "tap", "multi_queue")
        quiet(bench.dut, "lbtap0", 1500)
        wire = bench.open_wire(bench.dut, "lbtap0")
        vdev = "net_tap0,iface=lbtap0,persist"
    else:
        wire = bench.wire(0)
        vdev = bench.vdev(0)
    sending = launch("port_send", vdev, (), bench.dut)
    want = [frame(kind, number) for kind in range(len(KINDS)) for number in range(FRAMES)]
    have = []
    deadline = time.monotonic() + TIMEOUT
    while len(have) < len(want) and time.monotonic() < deadline:
        have += [each for each in wire.collect(1, 0.5) if each.startswith(ETHER)]
        if not sending.running():
            have += [each for each in wire.drain() if each.startswith(ETHER)]
            break
    check_end(sending)
    assert have == want
    assert sent(sending) == BY_CPU
