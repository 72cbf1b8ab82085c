# SPDX-License-Identifier: BSD-3-Clause
"""Bad input gets one clear line and exit code 1, and leaves nothing behind."""

import re

import pytest

from framework.confined import Unprivileged, WithoutHugepages
from framework.forwarder import binary, lcores, left_behind, memory_options, options
from framework.pcapfile import PcapPorts

COMPLAINT = re.compile(r"lbuf-fwd: ")
MODES = ("io", "mac", "macswap", "rxonly", "txonly", "flowgen", "csum", "icmpecho", "noisy",
         "5tswap", "recycle_mbufs", "stream")
NO_HUGE = memory_options(huge=False)


def null_ports(count):
    """EAL options for `count` ports."""
    return [f"--vdev=net_null{port}" for port in range(count)]


def complaint(program):
    """Wait for the end of a program that must refuse; return its line of complaint.

    Verifies the exit code 1, that there is one such line, and that no file is left.
    """
    outcome = program.finish(30)
    lines = [line for line in outcome.output.splitlines() if COMPLAINT.match(line)]
    assert outcome.code == 1, f"exit code {outcome.code}\n{outcome.output}"
    assert len(lines) == 1, outcome.output
    assert left_behind(program.prefix) == []
    return lines[0]


def refused(forwarders, arguments, ports=2, eal=None):
    """Start a forwarder that must refuse its arguments; return its line of complaint."""
    eal = eal or lcores(2) + NO_HUGE + null_ports(ports)
    return complaint(forwarders.launch(eal, arguments))


# bad argument, what the complaint must say beside the option's name and the value
VALUES = (
    ("--forward-mode=fast", MODES),
    ("--forward-mode=", MODES),
    ("--forward-mode=IO", MODES),
    ("--forward-mode=iox", MODES),
    ("--port-topology=ring", ("paired", "chained", "loop")),
    ("--burst=0", ("1", "512")),
    ("--burst=513", ("1", "512")),
    ("--burst=-1", ("1", "512")),
    ("--burst=abc", ("1", "512")),
    ("--burst=32x", ("1", "512")),
    ("--burst=", ("1", "512")),
    ("--burst=99999999999999999999", ("1", "512")),
    ("--nb-cores=0", ("1",)),
    ("--nb-cores=two", ("1",)),
    ("--rxq=0", ("1",)),
    ("--txq=0", ("1",)),
    ("--rxq=70000", ("1",)),
    ("--rxd=x", ("1",)),
    ("--txd=65536", ("1",)),
    ("--mbuf-size=0", ()),
    ("--mbuf-size=big", ()),
    ("--mbuf-size=65536", ()),
    ("--total-num-mbufs=0", ()),
    ("--total-num-mbufs=many", ()),
    ("--stats-period=-1", ()),
    ("--stats-period=often", ()),
    ("--bitrate-stats=-1", ("0", "127")),
    ("--bitrate-stats=one", ("0", "127")),
    ("--latencystats=-1", ("0", "127")),
    ("--latencystats=", ("0", "127")),
    ("--eth-peer=1", ("PORT,MAC",)),
    ("--eth-peer=0,", ("PORT,MAC",)),
    ("--eth-peer=x,02:00:00:00:00:01", ("PORT,MAC",)),
    ("--eth-peer=0,02:00:00:00:00", ("PORT,MAC",)),
    ("--eth-peer=0,02:00:00:00:00:01:02", ("PORT,MAC",)),
    ("--eth-peer=0,02:00:00:00:00:0g", ("PORT,MAC",)),
    ("--eth-peer=0,020000000001x", ("PORT,MAC",)),
    ("--eth-peer=-1,02:00:00:00:00:01", ("PORT,MAC",)),
)


@pytest.mark.parametrize("argument, accepted", VALUES, ids=[argument for argument, _ in VALUES])
def test_value(forwarders, argument, accepted):
    """A value that no machine could accept is refused.

    Steps:
        Start the forwarder with the argument.
    Verify:
        One line names the option, the value given and the values accepted. Exit code 1.
    """
    line = refused(forwarders, [argument])
    assert argument in line
    said = line.replace(argument, "")
    for word in accepted:
        assert re.search(rf"\b{re.escape(word)}\b", said), line


@pytest.mark.smoke
@pytest.mark.parametrize("argument", ("--frobnicate", "--frobnicate=1", "-x", "stray", "--burst"))
def test_unknown(forwarders, argument):
    """An unknown option, a stray word and a lacking value are refused.

    Steps:
        Start the forwarder with the argument.
    Verify:
        One line names the argument. Exit code 1.
    """
    assert argument.split("=")[0] in refused(forwarders, [argument])


@pytest.mark.parametrize("ports", (1, 3))
def test_odd_ports(forwarders, ports):
    """An odd number of ports cannot be paired.

    Steps:
        Start the forwarder with an odd number of ports and --port-topology=paired.
    Verify:
        One line names the option and the topologies that would do. Exit code 1.
    """
    line = refused(forwarders, options(port_topology="paired"), ports)
    assert "--port-topology=paired" in line
    assert "chained" in line and "loop" in line
    assert str(ports) in line


@pytest.mark.parametrize("count, cores", ((2, 2), (3, 5)))
def test_too_many_cores(forwarders, count, cores):
    """More cores than lcores are refused; the main lcore does not count.

    Steps:
        Start the forwarder with more --nb-cores than EAL has lcores.
    Verify:
        One line names the option, its value and how many there may be. Exit code 1.
    """
    eal = lcores(count) + NO_HUGE + null_ports(2)
    line = refused(forwarders, options(nb_cores=cores), eal=eal)
    assert f"--nb-cores={cores}" in line
    assert re.search(rf"\b{count - 1}\b", line.replace(f"--nb-cores={cores}", ""))


@pytest.mark.parametrize("option", ("rxq", "txq"))
def test_too_few_queues(forwarders, tmp_path, option):
    """More queues than a port has are refused.

    Steps:
        Start the forwarder on pcap ports, which have one queue each, with two queues.
    Verify:
        One line names the option, its value, the port and how many it has. Exit code 1.
    """
    vdevs = [f"--vdev={vdev}" for vdev in PcapPorts(tmp_path, 2).vdevs([bytes(64)])]
    line = refused(forwarders, [f"--{option}=2"], eal=lcores(2) + NO_HUGE + vdevs)
    assert f"--{option}=2" in line
    assert re.search(r"port 0\b", line, re.IGNORECASE)
    assert re.search(r"\b1\b", line)


@pytest.mark.parametrize("size", (1024, 1500, 1600))
def test_small_mbufs(forwarders, size):
    """Mbufs that do not hold a frame of the port's MTU are refused.

    Steps:
        Start the forwarder on ports with an MTU of 1500 and an mbuf size that is too small.
    Verify:
        One line names the option, its value, the MTU and the least size. Exit code 1.
    """
    line = refused(forwarders, options(mbuf_size=size))
    assert f"--mbuf-size={size}" in line
    assert "1500" in line.replace(f"--mbuf-size={size}", "")
    numbers = [int(number) for number in re.findall(r"\d+", line)]
    assert any(1600 < number <= 2176 for number in numbers), line


@pytest.mark.smoke
def test_no_ports(forwarders):
    """Without ports there is nothing to forward.

    Steps:
        Start the forwarder without a device.
    Verify:
        One line says that there are no ports and how to name some. Exit code 1.
    """
    line = refused(forwarders, [], eal=lcores(2) + NO_HUGE)
    assert "port" in line
    assert "--vdev" in line or "-a" in line


@pytest.mark.smoke
def test_no_hugepages(forwarders, tmp_path):
    """Missing hugepages are explained.

    Steps:
        Start the forwarder where no hugepages are reserved, without --no-huge.
    Verify:
        One line says how many are needed and how to reserve them, and names --no-huge.
        Exit code 1.
    """
    program = forwarders.launch(lcores(2) + null_ports(2), [], WithoutHugepages(tmp_path))
    line = complaint(program)
    assert re.search(r"\b\d+ .*hugepages|hugepages.*\b\d+ ", line)
    assert "nr_hugepages" in line or "dpdk-hugepages" in line
    assert "--no-huge" in line


def test_no_hugepages_does_not_matter(forwarders, tmp_path):
    """With --no-huge, missing hugepages do not matter.

    Steps:
        Start the forwarder where no hugepages are reserved, with --no-huge.
    Verify:
        It forwards, and ends with exit code 0.
    """
    eal = lcores(2) + NO_HUGE + null_ports(2)
    program = forwarders.launch(eal, options(total_num_mbufs=4096), WithoutHugepages(tmp_path))
    program.wait_forwarding()
    program.stop().check_clean()


@pytest.fixture
def user():
    """Somebody without privileges."""
    somebody = Unprivileged(binary())
    yield somebody
    somebody.close()


def test_no_privileges(forwarders, user):
    """Missing privileges are explained.

    Steps:
        As an ordinary user, start the forwarder on an AF_PACKET port.
    Verify:
        One line says that privileges are missing. Exit code 1.
    """
    eal = lcores(2) + NO_HUGE + ["--vdev=net_af_packet0,iface=lo"]
    line = complaint(forwarders.launch(eal, options(port_topology="loop"), user))
    assert "privilege" in line or "root" in line


def test_no_privileges_hugepages(forwarders, user, need_hugepages):
    """Hugepages that the user cannot have are explained.

    Steps:
        As an ordinary user, start the forwarder without --no-huge.
    Verify:
        One line says that privileges are missing. Exit code 1.
    """
    need_hugepages()
    line = complaint(forwarders.launch(lcores(2) + null_ports(2), [], user))
    assert "privilege" in line or "root" in line


def test_no_separator(forwarders):
    """An option of the forwarder in front of "--" is refused.

    Steps:
        Start the forwarder with --forward-mode among EAL's options.
    Verify:
        One line names it and the separator. Exit code 1.
    """
    eal = lcores(2) + NO_HUGE + null_ports(2) + ["--forward-mode=io"]
    line = refused(forwarders, [], eal=eal)
    assert "--forward-mode" in line
    assert re.search(r'\s"?--"?[\s,;.]', line), line


VDEVS = (("net_nosuch0", "no driver"), ("net_af_packet0,iface=lbuf-not-there", "driver refuses"),
         ("net_pcap0,rx_pcap=/lbuf/not/there", "driver refuses"))


@pytest.mark.parametrize("vdev, why", VDEVS, ids=[vdev for vdev, _ in VDEVS])
@pytest.mark.parametrize("form", ("=", " "), ids=("equals", "word"))
def test_vdev_not_probed(forwarders, vdev, why, form):
    """A device that cannot be made is named; the forwarder does not go on without it.

    Steps:
        Start the forwarder on two good devices, and one without a driver or that its driver
        refuses.
    Verify:
        One line names --vdev with its value, and says why. Exit code 1.
    """
    eal = lcores(2) + NO_HUGE + null_ports(2) + f"--vdev{form}{vdev}".split()
    line = refused(forwarders, [], eal=eal)
    assert f"--vdev={vdev}" in line and why in line


@pytest.mark.smoke
def test_service_lcores(forwarders):
    """Service lcores do not forward.

    Steps:
        Start the forwarder with four lcores, of which two are service lcores, with --nb-cores=1;
        then with --nb-cores=2.
    Verify:
        The first forwards. The second is refused: accepted is 1, service lcores do not count.
    """
    eal = lcores(4) + NO_HUGE + null_ports(2) + ["-S", "2-3"]
    program = forwarders.launch(eal, options(nb_cores=1, total_num_mbufs=4096))
    program.wait_forwarding()
    program.stop().check_clean()
    line = refused(forwarders, options(nb_cores=2, total_num_mbufs=4096), eal=eal)
    assert "--nb-cores=2" in line and "1 to 1" in line and "service" in line


def test_only_service_lcores(forwarders):
    """A main lcore and a service lcore are too few.

    Steps:
        Start the forwarder with two lcores, of which one is a service lcore.
    Verify:
        One line says that service lcores do not forward. Exit code 1.
    """
    line = refused(forwarders, [], eal=lcores(2) + NO_HUGE + null_ports(2) + ["-S", "1"])
    assert "--nb-cores=1" in line and "service" in line


def test_too_few_mbufs_for_queues(forwarders):
    """A driver that fills its queues with mbufs at once, and gets too few.

    Steps:
        Start the forwarder on two tap ports of four queues, with too few mbufs for them.
    Verify:
        One line names --total-num-mbufs. Exit code 1.
    """
    eal = lcores(2) + NO_HUGE + ["--vdev=net_tap0,iface=lbufdts0", "--vdev=net_tap1,iface=lbufdts1"]
    line = refused(forwarders, options(rxq=4, txq=4, total_num_mbufs=2048), eal=eal)
    assert "--total-num-mbufs" in line and "2048" in line


def test_socket_limit(forwarders, need_hugepages):
    """A socket limit that does not hold the mbufs is named.

    Steps:
        Start the forwarder with --socket-limit smaller than its mbufs are.
    Verify:
        One line names --socket-limit. Exit code 1.
    """
    need_hugepages()
    line = refused(forwarders, options(total_num_mbufs=20000),
                   eal=lcores(2) + null_ports(2) + ["--socket-limit=16"])
    assert "--socket-limit" in line and "--total-num-mbufs" in line


TX_LENGTHS = ((2000, None, ("1514", "--max-pkt-len=2004")),
              (9000, 2004, ("2000", "--max-pkt-len=9004")),
              (65535, 65407, ("65403",)))


@pytest.mark.parametrize("txpkts, longest, said", TX_LENGTHS)
def test_txpkts_against_max_pkt_len(forwarders, txpkts, longest, said):
    """Frames that are longer than a port takes: told is what would do, if anything does.

    Steps:
        Start the forwarder in txonly mode with --txpkts longer than --max-pkt-len allows.
    Verify:
        One line names the option, the most that is accepted, and the --max-pkt-len that
        accepts it, unless it is the largest already. Exit code 1.
    """
    given = options(max_pkt_len=longest, mbuf_size=65535) if longest else []
    eal = lcores(2) + NO_HUGE + [f"--vdev=net_null{port}" for port in range(2)]
    line = refused(forwarders, options(forward_mode="txonly", txpkts=txpkts) + given, eal=eal)
    assert f"--txpkts={txpkts}" in line
    for word in said:
        assert word in line
    if txpkts == 65535:
        assert "give" not in line and "with --max-pkt-len" not in line


def test_longest_txpkts(forwarders):
    """The longest frame that the message names is accepted.

    Steps:
        Start the forwarder in txonly mode with the largest --max-pkt-len and its --txpkts.
    Verify:
        It forwards and ends cleanly.
    """
    eal = lcores(2) + NO_HUGE + null_ports(2)
    program = forwarders.launch(eal, options(forward_mode="txonly", txpkts=65403,
                                             max_pkt_len=65407, mbuf_size=65535,
                                             total_num_mbufs=1025))
    program.wait_forwarding()
    program.stop().check_clean()


@pytest.mark.parametrize("option", ("--no-such-eal-option", "--vdev=net_nosuch0", "-l"))
def test_eal_refuses(forwarders, option):
    """What EAL refuses ends the forwarder in the same way.

    Steps:
        Start the forwarder with an EAL option that is unknown, wrong or incomplete.
    Verify:
        One line of the forwarder, exit code 1.
    """
    refused(forwarders, [], eal=NO_HUGE + null_ports(2) + [option])


def test_too_little_memory(forwarders):
    """More mbufs than there is memory for are refused.

    Steps:
        Start the forwarder with more mbufs than its memory holds.
    Verify:
        One line names the option. Exit code 1.
    """
    line = refused(forwarders, options(total_num_mbufs=10000000))
    assert "--total-num-mbufs" in line
