# SPDX-License-Identifier: BSD-3-Clause
"""Who holds packets does not starve the ports: mode hold, --rx-hold, --copy-break."""

import json
import re
import signal
import socket
import subprocess
import time

import pytest

from framework import frames
from framework.figures import check_not_starved, cpu_seconds, figures_of, queues, sent
from framework.forwarder import (ROOT, binary, lcores, memory_options, new_prefix, options,
                                 tidy)
from framework.program import wait_for_file
from framework.terminal import Terminal

NULL_PORTS = ["--vdev=net_null0,size=1500", "--vdev=net_null1,size=1500"]
PROMPT = "lbuf-fwd> $"
NEVER = 4294967295
MBUFS = 2048
PERIOD = 1


def start(forwarders, path, *arguments):
    """Forward in mode hold on net_null ports with few mbufs."""
    program = forwarders.launch([*lcores(3), *memory_options(), *NULL_PORTS], [
        "--forward-mode=hold", "--nb-cores=2", f"--total-num-mbufs={MBUFS}",
        f"--stats-period={PERIOD}", f"--stats-json={path}", *arguments])
    program.wait_forwarding()
    return program


def wait_for_figures(program, path, count):
    """Wait until so many periods are over."""
    deadline = time.monotonic() + 30 + count * PERIOD
    while len(figures_of(path)) < count:
        assert time.monotonic() < deadline, program.output
        time.sleep(0.05)


def hold(forwarders, path, periods, *arguments):
    """Forward for some periods; returns the figures, and what was printed."""
    program = start(forwarders, path, *arguments)
    wait_for_figures(program, path, periods)
    found = figures_of(path)
    program.stop().check_clean()
    return found, program.output


def ask(prefix, command):
    """What telemetry says."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(10)
        client.connect(f"/var/run/dpdk/{prefix}/dpdk_telemetry.v2")
        client.recv(1 << 14)
        client.send(command.encode())
        return json.loads(client.recv(1 << 14))[command.split(",")[0]]


def rate(forwarders, path, *arguments):
    """Forward as hold() does; packets sent in a second of its lcores, and all figures.

    Seconds that it ran, since a loaded machine lets it run now and then only.
    """
    program = start(forwarders, path, *arguments)
    wait_for_figures(program, path, 2)
    packets, ran = sent(figures_of(path)), cpu_seconds(program.pid)
    wait_for_figures(program, path, 5)
    packets, ran = sent(figures_of(path)) - packets, cpu_seconds(program.pid) - ran
    found = figures_of(path)
    program.stop().check_clean()
    return packets / ran, found


@pytest.mark.parametrize("record", (0, 40))
def test_never_reads(forwarders, tmp_path, record):
    """A consumer that never reads.

    Steps:
        Forward on net_null ports with 2048 mbufs, and hold one packet in 1024 for ever: whole,
        or a record of it. For comparison do the same and hold none.
    Verify:
        The others are forwarded at 0.9 of the rate without. No port lacked an mbuf; bounds were
        kept, and packets copied. All comes back in the end.
    """
    ratios = []
    for i in range(5):
        free, _ = rate(forwarders, tmp_path / f"free{i}", f"--hold-every={NEVER}")
        held, figures = rate(forwarders, tmp_path / f"held{i}",
                             "--hold-every=1024", "--hold-bytes=all",
                             f"--hold-record={record}", "--mem-limit=1G")
        check_not_starved(figures)
        # Records are copied out of their packets, whose mbufs go back.
        assert any(queue["rx_copied"] > 0 for queue in queues(figures)) == (record == 0)
        ratios.append(held / free)
        if ratios[-1] > 0.9:
            break
    print("rates with holding, over without:", ratios)
    assert max(ratios) > 0.9, ratios


def start_holding(forwarders, path, vdevs, every, namespace=None):
    """Start to hold one packet in so many for ever, with few mbufs."""
    return forwarders.launch(
        [*lcores(2), *memory_options(), *(f"--vdev={vdev}" for vdev in vdevs)],
        options(forward_mode="hold", total_num_mbufs=MBUFS, hold_every=every, hold_bytes="all",
                mem_limit="1G", stats_period=PERIOD, stats_json=path), namespace)


@pytest.mark.smoke
def test_af_packet(make_bench, forwarders, tmp_path):
    """A consumer that never reads, of frames that the kernel passes on.

    Steps:
        Forward between two AF_PACKET ports with 2048 mbufs, and hold every other packet for ever.
        Send 4096 frames of 64 flows each way.
    Verify:
        Those between come out at the other end, in order. No port lacked an mbuf; bounds were
        kept, and packets copied. All comes back in the end.
    """
    bench = make_bench(2)
    path = tmp_path / "figures"
    program = start_holding(forwarders, path, bench.vdevs(), 2, bench.dut)
    program.wait_forwarding()
    wires = [bench.wire(0), bench.wire(1)]
    sent = [frames.udp_frame(1514, seed, port=1000 + seed // 2) for seed in range(128)]
    for source, sink in ((0, 1), (1, 0)):
        for i in range(4096 // 32):
            burst = sent[i % 4 * 32:][:32]
            for frame in burst:
                wires[source].send(frame)
            assert wires[sink].collect(16, 10) == burst[::2]
        assert not wires[sink].drain()
    wait_for_figures(program, path, len(figures_of(path)) + 1)
    figures = figures_of(path)
    program.stop().check_clean()
    check_not_starved(figures)
    assert all(queue["rx_copied"] > 0 and queue["rx_held"] > 0 for queue in queues(figures))
    held = sum(queue["rx_held"] + queue["rx_copied"] for queue in queues(figures))
    assert held == 4096 > MBUFS, figures[-1]


@pytest.mark.smoke
def test_memif(forwarders, tmp_path):
    """A consumer that never reads, behind shared memory.

    Steps:
        Join two forwarders by memif, each with a net_null port: one forwards all that there is,
        the other one has 2048 mbufs, and holds one packet in 64 for ever.
    Verify:
        Packets are forwarded both ways, many more than there are mbufs. No port
        lacked an mbuf; bounds were kept, and packets copied. All comes back in the end.
    """
    path, link = tmp_path / "figures", tmp_path / "memif.sock"
    memif = f"id=0,socket={link},socket-abstract=no"
    source = forwarders.start(["net_null0,size=1500", f"net_memif0,role=server,{memif}"], "io",
                              wait=False)
    wait_for_file(link)
    program = start_holding(forwarders, path, [f"net_memif0,role=client,{memif}",
                                               "net_null0,size=1500"], 64)
    for each in (source, program):
        each.wait_forwarding()
    wait_for_figures(program, path, 2)
    deadline = time.monotonic() + 60
    while any(queue["rx_copied"] <= MBUFS for queue in queues(figures_of(path))):
        assert time.monotonic() < deadline, figures_of(path)[-1]
        time.sleep(0.1)
    found = figures_of(path)
    # The driver does not bear an end that goes away while the other one polls.
    source.send_signal(signal.SIGSTOP)
    outcome = program.stop()
    source.kill()
    outcome.check_clean()
    check_not_starved(found)
    for port in found[-1]["ports"]:
        assert port["tx_packets"] > 10 * MBUFS, found[-1]


@pytest.mark.smoke
def test_limit(forwarders, tmp_path):
    """Memory for copies is out, too.

    Steps:
        Hold every packet for ever with few mbufs and a limit of 64 MB.
    Verify:
        What finds no place is forwarded, and counted as given up. No port lacked an mbuf, and
        the pool kept its limit.
    """
    held, output = hold(forwarders, tmp_path / "held", 2, "--hold-bytes=all", "--mem-limit=64M")
    check_not_starved(held)
    assert sum(queue["rx_given_up"] for queue in queues(held)) > 0
    assert sum(port["tx_packets"] for port in held[-1]["ports"]) > 1000
    assert sum(entry["bytes"] for entry in held[-1]["memory"]) <= 64 << 20
    assert re.search(r"held mbufs +bound", output), output


@pytest.mark.smoke
def test_last_bytes(forwarders, tmp_path):
    """The last bytes of each flow.

    Steps:
        Hold every packet, of each flow the last 100 kB, with a bound of 20 mbufs, then with none.
    Verify:
        At most 20 mbufs are held of each queue, or as many as the bytes take.
    """
    few, _ = hold(forwarders, tmp_path / "few", 2, "--hold-bytes=100K", "--rx-hold=20")
    check_not_starved(few)
    assert all(0 < queue["rx_held"] <= 20 for queue in queues(few))
    every, _ = hold(forwarders, tmp_path / "all", 2, "--hold-bytes=100K", "--rx-hold=all")
    assert all(60 <= queue["rx_held"] <= 70 + 32 for queue in queues(every))
    assert all(queue["rx_copied"] == 0 for queue in queues(every))


@pytest.mark.smoke
def test_small(forwarders, tmp_path):
    """Small packets are copied at once.

    Steps:
        Hold every packet of 1500 B, with a copy-break of that.
    Verify:
        No mbuf is held.
    """
    small, _ = hold(forwarders, tmp_path / "small", 2, "--hold-bytes=100K", "--copy-break=1500")
    check_not_starved(small)
    assert all(queue["rx_held"] == 0 and queue["rx_copied"] > 0 for queue in queues(small))


@pytest.mark.smoke
@pytest.mark.parametrize("held", (0, 300))
def test_mbufs_needed(forwarders, held):
    """As many mbufs as are reckoned with.

    Steps:
        Start on two ports with --total-num-mbufs=auto, with and without a bound; ask
        scripts/size-pools.py about the same.
    Verify:
        Both say the same number.
    """
    program = forwarders.launch([*lcores(3), *memory_options(), *NULL_PORTS], [
        "--total-num-mbufs=auto", "--nb-cores=2", "--rxd=512", "--txd=256",
        *([f"--rx-hold={held}"] if held else [])])
    program.wait_forwarding()
    made = int(re.search(r"create a new mbuf pool <mb_pool_0>: n=(\d+)", program.output).group(1))
    program.stop().check_clean()
    version = re.search(r"DPDK (\d+\.\d+)", subprocess.run(
        [binary(), "--", "--version"], text=True, check=True, stdout=subprocess.PIPE).stdout)
    needs = subprocess.run(
        [f"{ROOT}/scripts/size-pools.py", "--json", "--ports=2", "--rxd=512", "--txd=256",
         "--lcores=2", f"--rx-hold={held}", f"--dpdk={version.group(1)}"],
        text=True, check=True, stdout=subprocess.PIPE).stdout
    reckoned = [item["count"] for item in json.loads(needs)[0]["items"]
                if item["name"].startswith("mbufs of")]
    assert reckoned == [made], needs


@pytest.mark.smoke
def test_telemetry(forwarders):
    """Held mbufs, for programs.

    Steps:
        Hold some of what two ports receive, and ask for the mbufs and for who holds them.
    Verify:
        Both queues are told of, with their bounds, and what they hold.
    """
    program = forwarders.launch([*lcores(3), *memory_options(), *NULL_PORTS], [
        "--forward-mode=hold", "--nb-cores=2", f"--total-num-mbufs={MBUFS}", "--rx-hold=30",
        "--hold-bytes=100K"])
    program.wait_forwarding()
    time.sleep(1)
    mbufs = ask(program.prefix, "/lbuf/mbufs")
    assert mbufs["entries"] == 2
    for name in ("p0_q0", "p1_q0"):
        assert mbufs[name]["bound"] == 30 and 0 < mbufs[name]["held"] <= 30, mbufs
        assert mbufs[name]["copied"] > 0 and mbufs[name]["copy_break"] == 0, mbufs
    assert ask(program.prefix, "/lbuf/mbufs,1")["entries"] == 2
    assert ask(program.prefix, "/lbuf/mbufs,x") is None
    holders = ask(program.prefix, "/lbuf/mbuf_holders")
    assert holders["entries"] == 2 and 0 < holders["0"]["mbufs"] <= 30, holders
    assert holders["0"]["at"] == "not kept", holders
    program.stop().check_clean()


def shown_bounds(terminal):
    """The bounds at the prompt after a second, none of which is exceeded."""
    time.sleep(1)
    terminal.send_line("show lbuf holders")
    shown = terminal.expect(PROMPT)
    found = re.findall(r"^(\d+) +(\d+) +(\d+) +(\d+) +\d+ +64 ", shown, re.MULTILINE)
    assert len(found) == 2, shown
    assert all(int(held) <= int(bound) for _, _, held, bound in found), shown
    return [int(bound) for *_, bound in found]


def test_commands(make_bench):
    """Bounds that change while packets are forwarded.

    Steps:
        Forward in mode hold at the prompt; set a bound, another, none to be held at all, and
        what the pool can spare, as it was at first. Show each time who holds.
    Verify:
        No more are held than the bound says; in the end it is that of the beginning.
    """
    del make_bench
    prefix = new_prefix()
    terminal = Terminal([
        binary(), "--no-pci", f"--file-prefix={prefix}", *lcores(3), *memory_options(),
        *NULL_PORTS, "--", "-i", "--forward-mode=hold", "--nb-cores=2", "--hold-bytes=1M",
        f"--total-num-mbufs={MBUFS}"])
    try:
        terminal.expect(PROMPT, 60)
        for command in ("start", "set lbuf rx-hold many", "set lbuf copy-break 64"):
            terminal.send_line(command)
            terminal.expect(PROMPT)
        at_first = shown_bounds(terminal)
        assert all(0 < bound < MBUFS for bound in at_first), terminal.output
        for bound in (10, 100, 0):
            terminal.send_line(f"set lbuf rx-hold {bound}")
            terminal.expect(PROMPT)
            assert shown_bounds(terminal) == [bound, bound], terminal.output
        terminal.send_line("set lbuf rx-hold auto")
        terminal.expect(PROMPT)
        assert shown_bounds(terminal) == at_first, terminal.output
        terminal.send_line("quit")
        assert terminal.finish() == 0, terminal.output
    finally:
        terminal.kill()
        tidy(prefix)
    assert "set lbuf rx-hold=many" in terminal.output or "--rx-hold=many" in terminal.output
