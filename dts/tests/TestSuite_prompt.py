# SPDX-License-Identifier: BSD-3-Clause
"""The prompt, files of commands, and figures for programs: what lbuf-fwd has beside testpmd."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from framework import frames
from framework.forwarder import ROOT, binary, lcores, memory_options, new_prefix, options, tidy
from framework.prompt import NULL_PORTS, PROMPT, Prompt
from framework.wire import exchange

CTRL_C = "\x03"
CTRL_D = "\x04"


@pytest.fixture
def prompt(make_bench):
    """Starts lbuf-fwd at a terminal; it is gone before the benches are."""
    started = []

    def start(*arguments, **wanted):
        started.append(Prompt(arguments, **wanted))
        started[-1].expect(re.escape(wanted.get("prompt", PROMPT)) + "$", 60)
        return started[-1]

    yield start
    for terminal in started:
        terminal.kill()
        tidy(terminal.prefix)


def run(arguments, timeout=60, **how):
    """Run lbuf-fwd to its end, on net_null ports; the completed process."""
    prefix = new_prefix()
    command = [binary(), "--no-pci", f"--file-prefix={prefix}", *lcores(2),
               *memory_options(huge=False), *NULL_PORTS, "--", "--total-num-mbufs=4096",
               *arguments]
    try:
        return subprocess.run(command, timeout=timeout, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, **how)
    finally:
        tidy(prefix)


def test_manual():
    """The page and the manual have the rows of the program.

    Steps:
        Make both anew, and compare.
    Verify:
        Nothing differs.
    """
    script = os.path.join(ROOT, "scripts", "fwd_doc.py")
    outcome = subprocess.run([sys.executable, script, "--check", binary()], text=True,
                             stdout=subprocess.PIPE, check=False)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.smoke
@pytest.mark.parametrize("how", ("quit", "Ctrl-D", "SIGINT", "SIGTERM", "SIGHUP"))
def test_end(prompt, how):
    """Ways to end it.

    Steps:
        Start forwarding, and end it at the prompt, by a key, or by a signal, once more for good
        measure.
    Verify:
        It stops, closes its ports, and leaks nothing.
    """
    terminal = prompt()
    terminal.ask("start")
    if how == "quit":
        terminal.send_line("quit")
    elif how == "Ctrl-D":
        terminal.send(CTRL_D)
    else:
        terminal.send_signal(getattr(signal, how))
        terminal.expect("Telling cores to stop")
        terminal.send_signal(getattr(signal, how))
    terminal.check_end()


def test_txonly_flows(prompt, make_bench):
    """How many flows txonly has.

    Steps:
        In txonly mode with many flows set them to 3, and to 0 and 65.
    Verify:
        Frames have 3 source ports; what is out of range is refused, and changes nothing.
    """
    bench = make_bench(1)
    wire = bench.wire(0)
    terminal = prompt("--forward-mode=txonly", "--txonly-multi-flow", "--port-topology=loop",
                      vdevs=[f"--vdev={vdev}" for vdev in bench.vdevs()], namespace=bench.dut)
    assert terminal.ask("set txonly-flows 3") == ""
    for wrong in (0, 65):
        assert terminal.ask(f"set txonly-flows {wrong}") == "txonly-flows must be >= 1 and <= 64\n"
    terminal.ask("start")
    seen = wire.collect(100, 10)
    terminal.ask("stop")
    assert len({frame[34:36] for frame in seen}) == 3
    terminal.send_line("quit")
    terminal.check_end()


def test_lines(prompt):
    """Lines that are no commands.

    Steps:
        Type an empty line, Ctrl-C in a line, a comment, half a command and a Tab, words that
        make no sense, a very long line.
    Verify:
        Each is answered, and none ends the program.
    """
    terminal = prompt()
    assert terminal.ask("") == ""
    terminal.send("show nonsense" + CTRL_C)
    terminal.expect(re.escape(PROMPT) + "$")
    assert terminal.ask("# nothing") == ""
    terminal.send("show conf\t")
    terminal.expect("show config ")
    assert "List of forwarding lcores:  1" in terminal.ask("cores")
    assert terminal.ask("nosuch").startswith("Command not found")
    assert terminal.ask("show nosuch").startswith("Bad arguments")
    for command in ("start tx_first -1", "set burst 99999999", "show port info -1", "port start",
                    "mac_addr add 0 02:00", "set txpkts", "port config all rxq x"):
        assert terminal.ask(command).startswith("Bad arguments"), command
    terminal.send("set corelist " + "1," * 400)
    assert terminal.ask("1").count("\n") <= 12
    assert "control" in terminal.ask("help")
    assert "start tx_first <bursts:u32>" in terminal.ask("help all")
    terminal.send_line("quit")
    terminal.check_end()


@pytest.mark.parametrize("given, shown", (("--prompt", "testpmd> "), ("--prompt=>>", ">>")))
def test_other_prompt(prompt, given, shown):
    """Another prompt.

    Steps:
        Start it with --prompt, with a text and without.
    Verify:
        The prompt is that, or testpmd's.
    """
    terminal = prompt(given, prompt=shown)
    terminal.ask("show config fwd")
    terminal.send_line("quit")
    terminal.check_end()


def test_files(prompt, tmp_path):
    """Files of commands.

    Steps:
        Start it with --cmdline-file; load a file that ends itself, one that loads itself, and
        one that is not there.
    Verify:
        The commands run; the program goes on.
    """
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    first.write_text("set fwd mac\n")
    second.write_text("set burst 16\nquit\nset burst 8\n")
    third.write_text(f"load {third}\n")
    terminal = prompt(f"--cmdline-file={first}")
    assert "Set mac packet forwarding mode" in terminal.output
    answer = terminal.ask(f"load {second}")
    assert "packets per burst set to 16" in answer and "set to 8" not in answer
    assert "too deep" in terminal.ask(f"load {third}") or "deep" in terminal.output
    assert "Failed to create" in terminal.ask("load /nosuch/file")
    assert "mac packet forwarding packets/burst=16" in terminal.ask("show config rxtx")
    terminal.send_line("quit")
    terminal.check_end()


def test_engine(prompt):
    """Commands of the engine.

    Steps:
        Forward on net_null ports; show the pool, classes, lcores, ports, streams and holders;
        set limits, good and bad; trim.
    Verify:
        Every one is answered, and streams have counted packets.
    """
    terminal = prompt("--mem-limit=64M", "--idle-trim=1000", "--numa-policy=strict")
    terminal.ask("start")
    assert "middle" in terminal.ask("show lbuf pool")
    assert "lbuf pool fwd" in terminal.ask("show lbuf classes")
    assert re.search(r"^1 +0 +2 +\d+", terminal.ask("show lbuf lcores"), re.MULTILINE)
    assert len(terminal.ask("show lbuf ports").splitlines()) == 3
    streams = terminal.ask("show lbuf streams")
    assert re.search(r"^1 +0/0 +-> +1/0 +io +[1-9]", streams, re.MULTILINE), streams
    terminal.ask("show lbuf holders")
    assert terminal.ask("set lbuf limit 128M").strip() == ""
    assert terminal.ask("set lbuf limit 0 0").strip() == ""
    assert "accepted are" in terminal.ask("set lbuf limit 1")
    assert "socket 77" in terminal.ask("set lbuf limit 64M 77")
    assert "--idle-trim=5" in terminal.ask("set lbuf idle-trim 5")
    assert "bytes given back" in terminal.ask("lbuf trim")
    terminal.send_line("quit")
    terminal.check_end()


def test_restart(prompt, make_bench):
    """Ports that restart, with more queues and another MTU, while frames come.

    Steps:
        On AF_PACKET ports forward frames; stop, set queues, descriptors and MTU, start again,
        several times over; attach a port and detach it while frames are forwarded.
    Verify:
        Each time all frames come through.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    terminal = prompt(vdevs=[f"--vdev={vdev},qpairs=2" for vdev in bench.vdevs()],
                      namespace=bench.dut)
    sent = frames.udp_frames([64, 512, 1400])
    for queues, mtu in ((1, 1500), (2, 1450), (1, 1500), (2, 1500)):
        terminal.ask("port stop all")
        for command in (f"rxq {queues}", f"txq {queues}", f"rxd {64 * queues}"):
            assert "Fail" not in terminal.ask(f"port config all {command}")
        terminal.ask(f"port config mtu 0 {mtu}")
        assert terminal.ask("port start all").strip().endswith("Done")
        assert f"streams={2 * queues}" in terminal.ask("start")
        assert exchange(wires[0], wires[1], sent) == sent
        for _ in range(2):
            assert "is attached" in terminal.ask("port attach net_null5")
            assert exchange(wires[1], wires[0], sent) == sent
            assert "Device is detached" in terminal.ask("port detach 2")
        assert "is attached" in terminal.ask("port attach net_null5")
        assert "Done." in terminal.ask("stop")
        assert "Device is detached" in terminal.ask("port detach 2")
    terminal.send_line("quit")
    terminal.check_end()


def idle_times(pid):
    """Nanoseconds that each thread but those of forwarding lcores has run, by its number."""
    times = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="ascii") as file:
            if "-worker-" in file.read():
                continue
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            times[int(task)] = int(file.read().split()[0])
    return times


def test_idle(prompt):
    """A prompt that waits costs the data path nothing.

    Steps:
        Forward on net_null ports, on lcores of their own, and type nothing for two seconds.
    Verify:
        The main lcore did not run at all, and the threads beside the forwarding ones, the
        background thread among them, less than a hundredth of the time together.
    """
    terminal = prompt("--nb-cores=2")
    terminal.ask("start")
    time.sleep(0.5)
    before = idle_times(terminal.pid)
    time.sleep(2)
    after = idle_times(terminal.pid)
    assert after[terminal.pid] == before[terminal.pid]
    assert sum(after.values()) - sum(before.values()) < 20e6, (before, after)
    terminal.send_line("quit")
    terminal.check_end()


def test_verbose(prompt, make_bench):
    """Packets that are shown.

    Steps:
        Forward a frame on AF_PACKET ports with each level of verbosity, changed meanwhile.
    Verify:
        Received ones are shown with 1 and 3, sent ones with 2 and 3, none with 0.
    """
    bench = make_bench(2)
    wires = [bench.wire(0), bench.wire(1)]
    terminal = prompt(vdevs=[f"--vdev={vdev}" for vdev in bench.vdevs()], namespace=bench.dut)
    sent = frames.udp_frames([100])
    terminal.ask("start")
    for level in (1, 2, 3, 0):
        terminal.ask(f"set verbose {level}")
        before = len(terminal.output)
        assert exchange(wires[0], wires[1], sent) == sent
        terminal.ask("")
        shown = terminal.output[before:]
        assert ("port 0/queue 0: received 1 packets" in shown) == (level in (1, 3)), shown
        assert ("port 1/queue 0: sent 1 packets" in shown) == (level in (2, 3)), shown
        if level:
            assert re.search(r"^  src=02:\S+ - dst=02:\S+ - pool=mb_pool_0 - type=0x0800 - "
                             r"length=100 - nb_segs=1 - sw ptype: L2_ETHER L3_IPV4 L4_UDP  - "
                             r"l2_len=14 - l3_len=20 - l4_len=8 - (Receive|Send) queue=0x0\n"
                             r"  ol_flags: ", shown, re.MULTILINE), shown
    terminal.send_line("quit")
    terminal.check_end()


@pytest.mark.parametrize("place", ("file", "stdout"))
def test_json(forwarders, tmp_path, place):
    """Figures for programs.

    Steps:
        Forward on net_null ports for three periods with --stats-json, to a file or to the
        standard output.
    Verify:
        Each line is an object; counters grow, and rates are what they grow by.
    """
    figures = tmp_path / "figures"
    program = forwarders.launch([*lcores(2), *memory_options(), *NULL_PORTS], [
        "--total-num-mbufs=4096", "--stats-period=1", "--record-core-cycles",
        f"--stats-json={figures if place == 'file' else '-'}"])
    program.wait_forwarding()
    deadline = time.monotonic() + 30
    lines = []
    while len(lines) < 3:
        assert time.monotonic() < deadline, program.output
        time.sleep(0.2)
        text = figures.read_text() if place == "file" else program.output
        lines = [line for line in text.splitlines() if line.startswith("{") and line[-1] == "}"]
    program.stop().check_clean()
    assert ("NIC statistics" in program.output) == (place == "file")
    found = [json.loads(line) for line in lines]
    for before, after in zip(found, found[1:]):
        assert 0.5 < after["period_s"] < 3
        for old, new in zip(before["ports"], after["ports"]):
            grown = new["rx_packets"] - old["rx_packets"]
            assert grown > 0
            assert abs(new["rx_packets_per_s"] * after["period_s"] / grown - 1) < 0.01
            assert [queue["queue"] for queue in new["queues"]] == [0]
    assert found[-1]["lcores"]["cycles"] > found[-1]["lcores"]["packets"] > 0
    assert {entry["tier"] for entry in found[-1]["memory"]} == {"small", "middle", "large"}


def test_no_meaning():
    """Options of testpmd that have no meaning here.

    Steps:
        Give some of them; ask for the version.
    Verify:
        A line says so for each, and the program forwards until enter is pressed. --version
        names them.
    """
    outcome = run(["--mp-alloc=native", "--hairpinq=1", "--rxq-share", "--numa", "--auto-start"],
                  input="\n")
    assert outcome.returncode == 0, outcome.stdout
    for name in ("mp-alloc", "hairpinq", "rxq-share"):
        assert re.search(rf"^lbuf-fwd: --{name} has no meaning here: ", outcome.stdout,
                         re.MULTILINE), outcome.stdout
    assert "--numa" not in outcome.stdout
    assert "Press enter to exit" in outcome.stdout
    version = subprocess.run([binary(), "--", "--version"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout
    assert re.match(r"lbuf-fwd \d+\.\d+\.\d+, DPDK ", version)
    assert "--mp-alloc" in version and "--rxq," not in version


BAD_VALUES = ("--tx-first --interactive", "--coremask=0", "--coremask=x", "--coremask=4",
              "--portmask=0x8", "--portlist=0,0", "--portlist=a", "--nb-ports=3",
              "--eth-peers-configfile=/nosuch", "--txpkts=1", "--txpkts=64,,64", "--tx-ip=1.2.3.4",
              "--tx-ip=1.2.3,4.5.6.7", "--tx-udp=1,x", "--tx-offloads=zz", "--rx-offloads=",
              "--eth-link-speed=7", "--port-numa-config=(0,0", "--ring-numa-config=(0,4,0)",
              "--print-event=nosuch", "--stats-json=/tmp/x", "--mem-limit=1K", "--mem-limit=1T",
              "--numa-policy=never", "--small-max=0", "--middle-max=1G", "--idle-trim=0",
              "--mbcache=99999", "--prompt=" + "x" * 40, "--rows=all", "--flowgen-flows=0")


@pytest.mark.parametrize("words", BAD_VALUES)
def test_refused(words):
    """Wrong values of options.

    Steps:
        Give one.
    Verify:
        One line names the option, and the exit code is 1.
    """
    outcome = run(words.split())
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("lbuf-fwd: ")]
    assert outcome.returncode == 1 and len(lines) == 1, outcome.stdout
    assert words.split("=", maxsplit=1)[0].split()[0] in lines[0]


def test_chosen(forwarders):
    """Ports and lcores that options choose.

    Steps:
        Start the forwarder on four net_null ports and three lcores with --portlist, --coremask
        and --txpkts of two segments.
    Verify:
        The banner says that these forward.
    """
    eal = [*lcores(3), *memory_options(), *[f"--vdev=net_null{port}" for port in range(4)]]
    program = forwarders.launch(eal, options(portlist="3,0-1", coremask="0x4", total_num_mbufs=4096,
                                             port_topology="chained"))
    program.wait_forwarding()
    for line in ("ports=3 - cores=1 - streams=3", "Logical Core 2", "RX P=3/Q=0 (socket 0) -> "
                 "TX P=0/Q=0", "RX P=1/Q=0 (socket 0) -> TX P=3/Q=0"):
        assert program.wait_for(re.escape(line), 5), program.output
    program.stop().check_clean()
