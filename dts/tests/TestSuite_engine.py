# SPDX-License-Identifier: BSD-3-Clause
"""Options of the engine: what they say is what the chunk pool does."""

import time

import pytest

from framework.forwarder import lcores, memory_options
from framework.subject import LBUF_FWD, Subject
from framework.telemetry import Telemetry

PROMPT = r"testpmd> $"
POOL = "fwd"
CONFIG = """\
; a comment
[pool]
middle_min = 2048
middle_max = 1048576
cache_bytes = 65536
limit_bytes = 134217728
large_bytes = 33554432
"""


@pytest.fixture(name="program")
def fixture_program(tmp_path):
    """Starts lbuf-fwd with options; returns its terminal and its telemetry."""
    subject = Subject(LBUF_FWD, tmp_path)
    opened = []

    def start(*arguments):
        terminal = subject.terminal(
            [*lcores(2), *memory_options(), "--vdev=net_null0", "--vdev=net_null1"],
            ["-i", "--total-num-mbufs=4096", "--txpkts=3000", *arguments])
        terminal.expect(PROMPT, 60)
        opened.append(Telemetry(subject.prefix))
        return terminal, opened[-1]

    yield start
    for telemetry in opened:
        telemetry.close()
    subject.close()


def ask(terminal, *commands):
    """Type commands, one after the other is answered."""
    for command in commands:
        terminal.send_line(command)
        terminal.expect(PROMPT, 60)


def limits(pool):
    """The limits of the sockets."""
    return {value["limit_bytes"] for key, value in pool.items() if key.startswith("socket_")}


@pytest.mark.parametrize("words, wanted, limit", (
    ("", {"middle_min": 1024, "middle_max": 8 << 20, "idle_ms": 10000, "policy": "prefer"}, 0),
    ("--mem-limit=64M", {}, 64 << 20),
    ("--mem-limit=67108865", {}, (64 << 20) + 1),
    ("--numa-policy=strict", {"policy": "strict"}, 0),
    ("--numa-policy=strict --numa-policy=prefer", {"policy": "prefer"}, 0),
    ("--small-max=2000 --middle-max=1M", {"middle_min": 2001, "middle_max": 1 << 20}, 0),
    ("--idle-trim=1234", {"idle_ms": 1234}, 0),
    ("--config={}", {"middle_min": 2048, "middle_max": 1 << 20, "cache_bytes": 65536,
                     "large_bytes": 32 << 20, "idle_ms": 10000}, 128 << 20),
    ("--config={} --middle-max=2M --mem-limit=1G", {"middle_min": 2048, "middle_max": 2 << 20},
     1 << 30)))
def test_settings(program, tmp_path, words, wanted, limit):
    """Settings of the pool.

    Steps:
        Start the forwarder with options, or with a file of settings and options behind it; ask
        telemetry for the pool.
    Verify:
        The pool has what was given, and what was not is as usual.
    """
    config = tmp_path / "settings"
    config.write_text(CONFIG)
    terminal, telemetry = program(*words.format(config).split())
    pool = telemetry.ask("/lbuf/pool", POOL)
    assert wanted.items() <= pool["settings"].items()
    assert limits(pool) == {limit}
    terminal.send_line("quit")
    assert terminal.finish() == 0, terminal.output


def memory(telemetry):
    """Bytes that the pool holds."""
    return telemetry.ask("/lbuf/pool", POOL)["sum"]["bytes"]


@pytest.mark.parametrize("trim_ms", (300, 60000))
def test_idle_trim(program, trim_ms):
    """Memory without use goes back after --idle-trim.

    Steps:
        Send frames that lie in a chunk, and then forward in io mode, which needs none.
    Verify:
        The memory goes back by itself within a few times of what was given, and not before.
    """
    terminal, telemetry = program(f"--idle-trim={trim_ms}")
    ask(terminal, "set fwd txonly", "start")
    assert memory(telemetry) > 0
    ask(terminal, "stop", "set fwd io", "start")
    deadline = time.monotonic() + (15 if trim_ms < 1000 else 3)
    while memory(telemetry) > 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (memory(telemetry) == 0) == (trim_ms < 1000)
    terminal.send_line("quit")
    assert terminal.finish() == 0, terminal.output


def test_limit_is_kept(program):
    """No more memory than --mem-limit.

    Steps:
        With the least limit, send frames from so many queues that their chunks do not fit.
    Verify:
        The start is refused in a line; the pool holds no more than the limit; with fewer queues
        it forwards.
    """
    terminal, telemetry = program("--mem-limit=4M", "--txpkts=65000")
    ask(terminal, "set fwd txonly", "port stop all", "port config all txq 128",
        "port config all rxq 128", "port start all")
    terminal.send_line("start")
    assert "no memory for its" in terminal.expect(PROMPT, 60)
    pool = telemetry.ask("/lbuf/pool", POOL)
    assert limits(pool) == {4 << 20}
    for name, socket in pool.items():
        if name.startswith("socket_"):
            assert socket["used_bytes"] <= 4 << 20 and socket["refusals"] > 0
    ask(terminal, "port stop all", "port config all rxq 1", "port config all txq 1",
        "port start all")
    terminal.send_line("start")
    assert "txonly packet forwarding - ports=2" in terminal.expect(PROMPT, 60)
    terminal.send_line("quit")
    assert terminal.finish() == 0, terminal.output
