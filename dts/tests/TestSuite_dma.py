# SPDX-License-Identifier: BSD-3-Clause
"""NICs read chunks of all tiers where they lie, in both IOVA modes."""

import re

import pytest

from rig import machine, messages

MODES = ("va", "pa")
FIRST = {"va": 0, "pa": 1000}       # numbers of the messages
EARLY = 10 << 20                    # a message from before the NIC was known to the pool
SMALL = 512
KINDS = {SMALL: 40, 64 << 10: 8, 16 << 20: 1}
# QEMU loses frames of these when data crosses pages that are not neighbours; with a divisor
# of the page size none does. In PA mode they are cut there.
NARROW = ("e1000e", "vmxnet3")
PAYLOAD, NARROW_PAYLOAD = 1400, 1024
TIMEOUT = 150

MESSAGE = re.compile(r"^dma_send: message (\d+) port (\d+) size (\d+)", re.MULTILINE)
FIGURES = re.compile(r"^dma_send: port (\d+) packets (\d+) NIC (\d+) refs (\d+) copied (\d+)"
                     r" failed (\d+)", re.MULTILINE)
PLACE = re.compile(r"^dma_send: port (\d+) lcore socket (\d+) size (\d+) in flight: "
                   r"references (\d+), chunks (\d+)", re.MULTILINE)


def commands(nic, program):
    """What the guest runs: the program in each IOVA mode."""
    for mode in MODES:
        payload = NARROW_PAYLOAD if mode == "va" and nic in NARROW else PAYLOAD
        yield (program, "-l", "0,2", f"--iova-mode={mode}", "--no-telemetry", "--",
               str(payload), str(FIRST[mode]))


class Run:
    """What one run with a NIC has shown."""

    def __init__(self, nic, guest):
        self.nic = nic
        guest.wait_for("^RIG: NIC", machine.BOOT_TIMEOUT)
        self.received = messages.receive_all(guest, TIMEOUT)
        self.console = guest.console.output.replace("\r", "")
        # number to (port, size)
        self.sent = {int(number): (int(port), int(size))
                     for number, port, size in MESSAGE.findall(self.console)}


@pytest.fixture(scope="module", name="run", params=machine.NICS)
def fixture_run(request, kernel, tmp_path_factory):
    """A whole run with each NIC in turn: boot, send in both IOVA modes, turn off."""
    program = machine.test_program("dma_send")
    initramfs = machine.build(str(tmp_path_factory.mktemp("rig") / "initramfs"), kernel,
                              [program], list(commands(request.param, program)))
    guest = machine.Guest(kernel, initramfs, request.param)
    try:
        yield Run(request.param, guest)
    finally:
        guest.close()


def test_end(run):
    """The program finds nothing wrong itself.

    Steps:
        Boot the guest, run dma_send with --iova-mode=va and with --iova-mode=pa: on each port
        it sends messages from small, middle and large chunks on the port's socket, half of
        them with lbuf_port_tx() and half with lbuf_port_export(); a large one that is older
        than the port's bridge, all others younger than the started port.
    Verify:
        Exit code 0; both modes were in use; no chunk is out at the end.
    """
    assert machine.exit_code(run.console) == 0, run.console
    assert re.findall("^dma_send: IOVA mode (..)", run.console, re.MULTILINE) == ["VA", "PA"]
    assert run.console.count("\ndma_send: chunks out 0\n") == len(MODES), run.console


@pytest.mark.parametrize("mode", MODES)
def test_bytes(run, mode):
    """Every byte arrives.

    Steps:
        Put together the payload of all frames that came out of the NICs.
    Verify:
        All messages have come over the cable of their port, in order, byte for byte.
    """
    sizes = {number: place for number, place in run.sent.items()
             if FIRST[mode] <= number < FIRST[mode] + 1000}
    for port, receiver in enumerate(run.received):
        assert not receiver.misplaced, run.console
        mine = [size for to, size in sizes.values() if to == port]
        assert sorted(mine) == sorted([EARLY, *(size for size, count in KINDS.items()
                                                for _ in range(count))]), run.console
    for number, (port, size) in sizes.items():
        came = run.received[port].message(number)
        assert came == messages.content(number, size), f"message {number}, port {port}"


def test_no_copy(run):
    """Nothing was copied.

    Steps:
        Read the figures of the ports' bridges and of the NICs.
    Verify:
        No packet was copied or failed; each had two references at least (the header and a
        slice of the message; in a small chunk the header has room itself); the NIC has counted
        and the cable has brought all of them.
    """
    frames = [0] * len(run.received)
    figures = [tuple(map(int, each)) for each in FIGURES.findall(run.console)]
    assert len(figures) == len(MODES) * len(run.received), run.console
    for port, packets, nic, refs, copied, failed in figures:
        assert (copied, failed) == (0, 0)
        assert refs >= 2 * packets - KINDS[SMALL]
        assert nic == packets
        frames[port] += packets
    assert frames == [receiver.frames for receiver in run.received]


def test_in_flight(run):
    """Memory is held until the driver is done with it.

    Steps:
        Give up each message right after its last packet was given to the driver, and overwrite
        another chunk of its size.
    Verify:
        References and chunks were still out then, on the port's own socket; test_bytes shows
        that they were not overwritten.
    """
    places = [tuple(map(int, each)) for each in PLACE.findall(run.console)]
    assert len(places) == len(MODES) * len(run.received) * len(KINDS), run.console
    for port, socket, _, references, chunks in places:
        assert socket == port
        assert references > 0 and chunks > 0


def test_iommu(run):
    """The NICs reach all that they were given, and nothing else.

    Steps:
        Look through the kernel log of the guest after the run.
    Verify:
        Both NICs were bound to vfio-pci; the IOMMU has reported no fault; all that was mapped
        for them could be unmapped.
    """
    assert "unmap region" not in run.console
    assert len(re.findall(r"^RIG: NIC .* driver vfio-pci$", run.console, re.MULTILINE)) == 2
    assert "RIG: end" in run.console
    assert not machine.iommu_faults(run.nic, run.console), run.console
