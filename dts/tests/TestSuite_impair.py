# SPDX-License-Identifier: BSD-3-Clause
"""--impair: packets are lost, doubled, late, out of order or damaged, as often as was asked."""

import json
import re
import time
from collections import Counter

import pytest

from framework import frames
from framework.chance import expect_share
from framework.forwarder import lcores, memory_options, options
from framework.pcapfile import PcapPorts
from framework.transfer import Transfer, network

COUNT = 20000
SHARE = 0.05
DISTANCE = 8                # packets that one which changes places goes behind
LIMIT = 10
NAMES = ("packets", "lost", "duplicated", "reordered", "corrupted", "delayed", "over limit",
         "no memory", "unsent")
LINE = re.compile("Impairments: " + ", ".join(rf"{name} (?P<{name.replace(' ', '_')}>\d+)"
                                              for name in NAMES))
MODES = ("io", "mac", "macswap", "rxonly", "txonly", "flowgen", "csum", "icmpecho", "noisy",
         "5tswap")


def figures(output):
    """The counters that were shown last."""
    found = list(LINE.finditer(output))
    assert found, output
    return {name: int(value) for name, value in found[-1].groupdict().items()}


def numbered(count):
    """Frames of 64 to 99 bytes, no two of them alike."""
    tail = frames.payload(36, 1)
    head = frames.udp_frame(60)
    return [head + number.to_bytes(4, "big") + tail[:number % 36] for number in range(count)]


def number_of(frame):
    """The number of a frame."""
    return int.from_bytes(frame[60:64], "big")


def run(forwarders, folder, impair, sent, wait=True, **wanted):
    """Let frames go from a file through io; the outcome, and what came out by port."""
    pcap = PcapPorts(folder, 2)
    program = forwarders.start(pcap.vdevs(sent), "io", impair=impair, stats_period=1, **wanted)
    deadline = time.monotonic() + 20
    while wait and time.monotonic() < deadline:
        time.sleep(0.2)
        found = list(LINE.finditer(program.output))
        if found and int(found[-1]["packets"]) == 2 * len(sent):
            break
    # What is held back goes out after 5 ms.
    time.sleep(0.1)
    outcome = program.stop()
    outcome.check_clean()
    return outcome, [pcap.sent(port) for port in (0, 1)]


@pytest.fixture(name="folders")
def fixture_folders(tmp_path):
    """Makes folders."""
    def make(name):
        path = tmp_path / name
        path.mkdir()
        return path

    return make


def check_figures(outcome, **expected):
    """Verify the counters; those that are not told are 0."""
    assert figures(outcome.output) == {
        **{name.replace(" ", "_"): 0 for name in NAMES}, "packets": 2 * COUNT, **expected}


@pytest.mark.smoke
def test_loss(forwarders, folders):
    """Packets are lost as often as was asked, and the others are as they were.

    Steps:
        Let 20000 frames go through io each way, with 5 % loss.
    Verify:
        As many are lost as chance allows, other ones in each direction. What comes is whole
        and in order. The counter says how many are lacking.
    """
    sent = numbered(COUNT)
    outcome, received = run(forwarders, folders("a"), "loss:5%,seed:3", sent)
    lost = 0
    for came in received:
        numbers = [number_of(frame) for frame in came]
        assert numbers == sorted(set(numbers))
        assert [sent[number] for number in numbers] == came
        expect_share(len(sent) - len(came), len(sent), SHARE)
        lost += len(sent) - len(came)
    assert received[0] != received[1]
    check_figures(outcome, lost=lost)


def test_duplicate(forwarders, folders):
    """Packets come twice as often as was asked, the second right behind the first.

    Steps:
        Let 20000 frames go through io each way, of which 5 % come twice.
    Verify:
        All come, in order, as many of them twice as chance allows. The counter says so.
    """
    sent = numbered(COUNT)
    outcome, received = run(forwarders, folders("a"), "duplicate:5%,seed:4", sent)
    twice = 0
    for came in received:
        numbers = [number_of(frame) for frame in came]
        assert numbers == sorted(numbers)
        assert [sent[number] for number in numbers] == came
        times = Counter(Counter(numbers).values())
        assert set(times) == {1, 2} and sum(times.values()) == COUNT
        expect_share(times[2], COUNT, SHARE)
        twice += times[2]
    check_figures(outcome, duplicated=twice)


def test_reorder(forwarders, folders):
    """Packets come late as often as was asked, behind no more than a few others.

    Steps:
        Let 20000 frames go through io each way, of which 5 % change places.
    Verify:
        All come once. As many come behind later ones as chance allows, none of them far. The
        counter says how many were held back.
    """
    sent = numbered(COUNT)
    outcome, received = run(forwarders, folders("a"), "reorder:5%,seed:5", sent)
    held = figures(outcome.output)["reordered"]
    expect_share(held, 2 * COUNT, SHARE)
    late = 0
    for came in received:
        numbers = [number_of(frame) for frame in came]
        assert sorted(numbers) == list(range(COUNT))
        assert all(came[at] == sent[number] for at, number in enumerate(numbers))
        highest = -1
        for at, number in enumerate(numbers):
            late += number < highest
            highest = max(highest, number)
            assert abs(at - number) <= 2 * DISTANCE
    # Two that are held back one behind the other may keep their order.
    assert held * 0.8 <= late <= held
    check_figures(outcome, reordered=held)


def test_corrupt(forwarders, folders):
    """As many packets as was asked have one wrong bit, anywhere.

    Steps:
        Let 20000 frames go through io each way, of which 5 % are damaged.
    Verify:
        All come, in order; as many differ as chance allows, by one bit each, and the places
        spread over the whole frame. The counter says how many.
    """
    sent = numbered(COUNT)
    outcome, received = run(forwarders, folders("a"), "corrupt:5%,seed:6", sent)
    places = Counter()
    damaged = 0
    for came in received:
        assert len(came) == COUNT
        wrong = [(left, right) for left, right in zip(sent, came) if left != right]
        expect_share(len(wrong), COUNT, SHARE)
        damaged += len(wrong)
        for left, right in wrong:
            assert len(left) == len(right)
            flipped = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
            assert bin(flipped).count("1") == 1
            places[(len(left) * 8 - flipped.bit_length()) // 8] += 1
    assert set(places) >= set(range(64))
    check_figures(outcome, corrupted=damaged)


def test_seed(forwarders, folders):
    """The same seed does the same to the same packets, another one something else.

    Steps:
        Let 5000 frames go through io each way with loss, duplicates and damage, three times,
        the third time with another seed.
    Verify:
        What comes out the first two times is the same to the byte, the third time it is not.
    """
    sent = numbered(5000)
    spec = "loss:2%,duplicate:3%,corrupt:4%,seed:"
    first = run(forwarders, folders("a"), spec + "9", sent)
    second = run(forwarders, folders("b"), spec + "9", sent)
    third = run(forwarders, folders("c"), spec + "10", sent)
    assert first[1] == second[1]
    assert figures(first[0].output) == figures(second[0].output)
    assert third[1][0] != first[1][0] and third[1][1] != first[1][1]


def test_all(forwarders, folders):
    """All kinds at once add up.

    Steps:
        Let 20000 frames go through io each way with every kind of impairment.
    Verify:
        Each is as frequent as was asked, of the packets that were not lost. Of those, and of
        their duplicates, all come.
    """
    sent = numbered(COUNT)
    outcome, received = run(forwarders, folders("a"),
                            "loss:1%,duplicate:2%,reorder:3%,corrupt:4%,delay:1ms,seed:1", sent,
                            total_num_mbufs=65536)
    time_out = figures(outcome.output)
    left = 2 * COUNT - time_out["lost"]
    expect_share(time_out["lost"], 2 * COUNT, 0.01)
    expect_share(time_out["duplicated"], left, 0.02)
    expect_share(time_out["reordered"], left, 0.03)
    expect_share(time_out["corrupted"], left, 0.04)
    assert sum(map(len, received)) == left + time_out["duplicated"] - time_out["over_limit"]


def test_limit(forwarders, folders):
    """No more packets wait than the limit allows, and those that wait at the end are freed.

    Steps:
        Let 1000 frames go through io each way, delayed by 10 s, of which 10 may wait; stop.
    Verify:
        10 of each direction waited, the others are counted as over the limit. Nothing came
        out. Nothing leaks.
    """
    outcome, received = run(forwarders, folders("a"), f"delay:10s,limit:{LIMIT}", numbered(1000))
    seen = figures(outcome.output)
    assert received == [[], []]
    assert seen["unsent"] == seen["delayed"] == 2 * LIMIT
    assert seen["over_limit"] == 2 * (1000 - LIMIT)


def test_delay(make_bench, forwarders):
    """What is delayed comes so much later, in order.

    Steps:
        Start io with a delay of 30 ms between two AF_PACKET ports; send 100 frames, one every
        millisecond.
    Verify:
        All come, in order, none before its time, and the first one not long after it.
    """
    bench = make_bench(2)
    forwarders.start(bench.vdevs(), "io", bench.dut, impair="delay:30ms")
    wires = [bench.wire(0), bench.wire(1)]
    sent, times = numbered(100), []
    for frame in sent:
        times.append(time.monotonic())
        wires[0].send(frame)
        time.sleep(0.001)
        assert time.monotonic() - times[0] > 0.03 or wires[1].receive(0) is None
    delays = []
    for start, frame in zip(times, sent):
        assert wires[1].receive(5) == frame
        delays.append(time.monotonic() - start)
    assert min(delays) >= 0.03


@pytest.mark.parametrize("mode", MODES)
def test_modes(forwarders, mode):
    """Every mode can have impairments, at full rate, and leaks nothing.

    Steps:
        Start the mode on two ports that deliver packets without end, with every impairment;
        stop it after a second.
    Verify:
        It ends in good order. What the mode sends was impaired.
    """
    program = forwarders.start(["net_null0", "net_null1"], mode, total_num_mbufs=32768,
                               impair="loss:1%,duplicate:1%,reorder:2%,corrupt:1%,delay:1ms")
    time.sleep(1)
    outcome = program.stop()
    outcome.check_clean()
    if mode == "rxonly":
        assert "Impairments" not in outcome.output
    elif mode != "icmpecho":
        seen = figures(outcome.output)
        assert min(seen[name] for name in ("lost", "duplicated", "reordered", "corrupted")) > 0


def test_tcp(make_bench, forwarders):
    """TCP carries every byte through a bad network.

    Steps:
        Send 8 MB each way over a TCP connection through io with every impairment.
    Verify:
        Both ends receive what was sent.
    """
    bench = make_bench(2)
    program = forwarders.start(bench.vdevs(), "io", bench.dut,
                               impair="loss:1%,duplicate:1%,reorder:2%,corrupt:0.1%,delay:1ms")
    network(bench)
    transfer = Transfer(bench, 8 << 20, 8 << 20)
    transfer.run(60)
    outcome = program.stop()
    outcome.check_clean()
    seen = figures(outcome.output)
    assert min(seen[name] for name in ("lost", "duplicated", "reordered", "delayed")) > 0


BAD = ("", "loss", "loss:", "loss:1", "loss:101%", "loss:-1%", "loss:1e1%", "loss:nan%",
       "loss:1%%", "loss:1.1.1%", "loss:1%,", "loss:1%,loss:2%", "rain:1%", "delay:5", "delay:5m",
       "delay:11s", "delay:-1ms", "limit:0", "limit:x", "seed:x", "seed:-1", "loss=1%",
       "loss:1%," * 20 + "seed:1")


@pytest.mark.parametrize("spec", BAD)
def test_refused(forwarders, spec):
    """What cannot be understood is refused.

    Steps:
        Start the forwarder with a wrong description.
    Verify:
        One line names the option, what was given, and what is accepted. Exit code 1.
    """
    eal = lcores(2) + memory_options(False) + ["--vdev=net_null0", "--vdev=net_null1"]
    outcome = forwarders.launch(eal, options(impair=spec)).finish(30)
    assert outcome.code == 1
    lines = [line for line in outcome.output.splitlines() if line.startswith("lbuf-fwd: ")]
    assert len(lines) == 1
    assert f"--impair={spec}: accepted are loss, duplicate" in lines[0]


def test_json(forwarders, folders):
    """The counters are in the JSON of --stats-json, where there are impairments.

    Steps:
        Let 1000 frames go through io with half of them lost, then without impairments.
    Verify:
        The last object has the counters that were printed; without impairments it has none.
    """
    folder = folders("a")
    for impair in ("loss:50%", "off"):
        path = folder / f"{impair[:3]}.json"
        outcome, _ = run(forwarders, folder, impair, numbered(1000), impair != "off",
                         stats_json=path)
        told = [json.loads(line) for line in path.read_text().splitlines()]
        if impair == "off":
            assert all("impair" not in each for each in told)
        else:
            seen = figures(outcome.output)
            assert told[-1]["impair"] == {name: seen[name] for name in told[-1]["impair"]}
            assert told[-1]["impair"]["lost"] == seen["lost"] > 0
