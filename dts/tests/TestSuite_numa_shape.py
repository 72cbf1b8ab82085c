# SPDX-License-Identifier: BSD-3-Clause
"""Machines with a node that has no memory or no CPUs, and containers with some nodes alone."""

import re
from typing import NamedTuple

import pytest

from framework.forwarder import Outcome, binary
from rig import machine

NIC = "e1000e"
TIMEOUT = 240
VDEVS = ("--vdev=net_null0", "--vdev=net_null1")
NO_PCI = ("--no-pci", "--no-telemetry")
FORWARD = ("--nb-cores=1", "--total-num-mbufs=4096")
PERF = ("--case=alloc-pair", "--engine=lbuf", "--size=2K", "--runs=1", "--passes=1", "--time=1")
BANNER = "Press enter to exit"
SIZES = 7               # chunks that numa_shape asks a node for, on each lcore
BURSTS = 50 * 32        # packets that it forwards on each
POLICIES = ("prefer", "strict")
POOL = re.compile(r"mbuf pool <mb_pool_(\d+)>: .*, socket=\1$", re.MULTILINE)
NOTE = ("lbuf-fwd: socket 0 has no memory: its lcores and ports get that of socket 1, where the "
        "main lcore is (--main-lcore)\n")
BRIDGE = re.compile(r"^lbuf: port (\d): EAL has no memory on its socket (\d)", re.MULTILINE)


class Case(NamedTuple):
    """A machine, and which part of it the programs have."""

    shape: machine.Shape
    has_cpu: str            # by the kernel's account
    has_memory: str
    nodes: str              # whose memory the programs may use
    homes: dict             # lcore to the node that its chunks come from
    null_pool: str          # socket of the mbufs of virtual ports, and of those of NICs
    nic_pools: set
    bridges: set            # (port, socket) whose bridges are elsewhere
    refused: int = 0        # nodes that have no memory for who asks them for it by name
    confined: tuple = ()    # CPUs and nodes of the container
    eal: tuple = ("-l", "0-3")


CASES = {
    "no_memory_on_0": Case(
        machine.NO_MEMORY_ON_0, has_cpu="0-1", has_memory="1", nodes="1",
        homes={0: 1, 1: 1, 2: 1, 3: 1}, null_pool="1", nic_pools={"1"}, bridges={("0", "0")},
        refused=1, eal=("-l", "0-3", "--main-lcore=2")),
    "no_cpus_on_0": Case(
        machine.NO_CPUS_ON_0, has_cpu="1", has_memory="0-1", nodes="0,1",
        homes={0: 1, 1: 1, 2: 1, 3: 1}, null_pool="1", nic_pools={"0", "1"}, bridges=set()),
    "no_cpus_on_1": Case(
        machine.NO_CPUS_ON_1, has_cpu="0", has_memory="0-1", nodes="0,1",
        homes={0: 0, 1: 0, 2: 0, 3: 0}, null_pool="0", nic_pools={"0"}, bridges={("1", "1")}),
    "cpus_of_1": Case(
        machine.EVEN, has_cpu="0-1", has_memory="0-1", nodes="0,1",
        homes={2: 1, 3: 1}, null_pool="1", nic_pools={"0", "1"}, bridges=set(),
        confined=("2-3", "0-1"), eal=()),
    "all_of_1": Case(
        machine.EVEN, has_cpu="0-1", has_memory="0-1", nodes="1",
        homes={2: 1, 3: 1}, null_pool="1", nic_pools={"1"}, bridges={("0", "0")},
        refused=1, confined=("2-3", "1"), eal=()),
}


def program(folder, name):
    """A program of the build folder that the forwarder is in."""
    return binary().replace("/app/fwd/lbuf-fwd", f"/{folder}/{name}")


def commands(name, case, shape, hello):
    """What is run in a case, each under a label."""
    perf = program("app/perf", "lbuf-perf")
    runs = {
        "shape": (shape, *case.eal, *NO_PCI, *VDEVS, "--", case.nodes),
        "null": machine.awhile(BANNER, (binary(), *case.eal, *NO_PCI, *VDEVS, "--", *FORWARD)),
        "nics": machine.awhile(BANNER, (binary(), *case.eal, "--", *FORWARD)),
        "hello": (hello, *case.eal, *NO_PCI),
        "perf": (perf, *case.eal, *NO_PCI, "--", *PERF),
    }
    if case.eal[2:]:        # what is said where the main lcore is on the first node
        runs["main"] = (binary(), "-l", "0-3", *NO_PCI, *VDEVS, "--", *FORWARD)
        runs["main, no port"] = (binary(), "-l", "0-3", *NO_PCI, "--", "-i")
        runs["main, hello"] = (hello, "-l", "0", *NO_PCI)
    return [machine.labelled(f"{name} {label}",
                             machine.confined(*case.confined, run) if case.confined else run)
            for label, run in runs.items()]


class Run:
    """What was said in a case."""

    def __init__(self, name, console):
        self.case = CASES[name]
        self.console = console
        self._name = name

    def said(self, label):
        """(exit code, output) of a program."""
        return machine.section(self.console, f"{self._name} {label}")

    def outcome(self, label):
        """Of a forwarder, after a good end."""
        outcome = Outcome(*self.said(label))
        outcome.check_clean()
        return outcome


@pytest.fixture(scope="module", name="boot")
def fixture_boot(kernel, tmp_path_factory):
    """Boots a guest of a shape, once, and returns what it has shown in all cases of the shape."""
    consoles = {}
    shape_program, hello = (machine.test_program(name) for name in ("numa_shape", "hello"))

    def boot(shape):
        if shape not in consoles:
            runs = []
            for name, case in CASES.items():
                if case.shape == shape:
                    runs += commands(name, case, shape_program, hello)
            path = str(tmp_path_factory.mktemp("rig") / "initramfs")
            machine.build(path, kernel, [shape_program, hello, binary(),
                                         program("app/perf", "lbuf-perf")], runs, shape)
            guest = machine.Guest(kernel, path, NIC, shape)
            try:
                guest.console.wait(machine.BOOT_TIMEOUT + TIMEOUT)
                consoles[shape] = guest.console.output.replace("\r", "")
            finally:
                guest.close()
        return consoles[shape]

    return boot


@pytest.fixture(scope="module", name="run", params=CASES)
def fixture_run(request, boot):
    """Each case in turn."""
    return Run(request.param, boot(CASES[request.param].shape))


def test_topology(run):
    """The machine, and the container, are what they are meant to be.

    Steps:
        Boot the guest; read has_cpu and has_memory in /sys/devices/system/node, and what the
        container's control group has in effect.
    Verify:
        Nodes, CPUs and memory are as the case wants them.
    """
    found = re.findall(r"^RIG: has_(?:cpu|memory) (.*)$", run.console, re.MULTILINE)
    assert found == [run.case.has_cpu, run.case.has_memory], run.console
    if run.case.confined:
        said = run.said("shape")[1]
        cpus, nodes = run.case.confined
        assert f"RIG: confined to CPUs {cpus} and nodes {nodes}\n" in said, said


@pytest.mark.parametrize("policy", POLICIES)
def test_memory(run, policy):
    """Chunks are on the node that they should be on, whatever the policy.

    Steps:
        Make a pool with default parameters but for the policy. On every lcore in turn: allocate,
        write and free chunks of all tiers, out of the caches too; write and read a message in a
        linked buffer; forward packets between two null ports, with an answer by reference.
        Then ask for chunks of each node by name.
    Verify:
        Each chunk is on the lcore's node, or the nearest that has memory if that has none, says
        move_pages(): no fallback and no failure is counted.
        Those of a node by name are there; from one without memory they are of the other and
        counted (prefer), or refused with ENOMEM (strict).
        Nothing is lost or leaked; the pool can be freed.
    """
    code, said = run.said("shape")
    assert code == 0, said
    assert "\nnuma_shape: end\n" in said, said
    places = re.findall(r"^numa_shape: lcore (\d) on socket \d: memory of node (\d)$", said,
                        re.MULTILINE)
    homes = sorted((int(lcore), int(node)) for lcore, node in places)
    assert homes == sorted(len(POLICIES) * list(run.case.homes.items())), said
    lcores = len(run.case.homes)
    refused = run.case.refused * SIZES * lcores
    fallbacks = refused if policy == "prefer" else 0
    assert (f"\nnuma_shape: {policy}: packets {BURSTS * lcores} fallbacks {fallbacks} "
            f"failures {refused}\n") in said, said


def test_forward(run):
    """The forwarder starts, and forwards.

    Steps:
        Run it on two null ports for two seconds.
    Verify:
        The mbufs are on the node of the lcores or, if that has no memory, on the other; one line
        says so. Both ports forward. Exit code 0, nothing leaked.
    """
    outcome = run.outcome("null")
    assert set(POOL.findall(outcome.output)) == {run.case.null_pool}, outcome.output
    for port in (0, 1):
        assert outcome.statistics.rx(port) > 0
        assert outcome.statistics.tx(port) > 0
    noted = run.case.shape == machine.NO_MEMORY_ON_0
    assert outcome.output.count(NOTE) == noted, outcome.output


def test_nics(run):
    """A NIC on a node without memory or CPUs gets memory of another.

    Steps:
        Run the forwarder on both NICs, one on each node.
    Verify:
        It forwards, and says where a NIC's node has no memory, or is no socket to EAL. Exit code
        0, nothing leaked.
    """
    outcome = run.outcome("nics")
    assert set(POOL.findall(outcome.output)) == run.case.nic_pools, outcome.output
    assert set(BRIDGE.findall(outcome.output)) == run.case.bridges, outcome.output
    assert outcome.output.count(NOTE) == run.case.refused, outcome.output


def test_others(run):
    """An example and the benchmarks start there.

    Steps:
        Run the example hello; measure one case of lbuf-perf.
    Verify:
        Both say what they say elsewhere, with exit code 0.
    """
    code, said = run.said("hello")
    assert code == 0 and "hello, world\nand goodbye\n" in said, said
    code, said = run.said("perf")
    assert code == 0 and re.search(r" 2K +lbuf +\d", said), said


def test_main_lcore(boot):
    """Where EAL cannot have ports a line says what helps.

    Steps:
        On the machine whose node 0 has no memory start the forwarder with its main lcore there,
        with ports and without.
        Run hello, which has none, on that lcore alone.
    Verify:
        The forwarder ends at once and names --main-lcore, in one line. hello runs.
    """
    name = "no_memory_on_0"
    run = Run(name, boot(CASES[name].shape))
    for label in ("main", "main, no port"):
        code, said = run.said(label)
        assert code != 0, said
        assert len(re.findall(r"^lbuf-fwd: .*--main-lcore", said, re.MULTILINE)) == 1, said
        assert "packet forwarding" not in said
    code, said = run.said("main, hello")
    assert code == 0 and "hello, world\nand goodbye\n" in said, said
