# SPDX-License-Identifier: BSD-3-Clause
"""curl and wrk, as clients of the example `lwip`."""

import os
import re
import subprocess

from framework.http import TIMEOUT, body
from framework.transfer import ADDRESSES

URL = f"http://{ADDRESSES[1]}"
LOAD = 60 if "LBUF_SLOW" in os.environ else 3       # seconds
# Each response is compared as a whole.
SCRIPT = """
local file = assert(io.open("{path}", "rb"))
local wanted = file:read("*a")
local threads = {{}}
good, bad = 0, 0
function setup(thread) table.insert(threads, thread) end
function response(status, headers, body)
    if status == 200 and body == wanted then good = good + 1 else bad = bad + 1 end
end
function done()
    for _, thread in ipairs(threads) do
        print(string.format("compared: %d good, %d bad", thread:get("good"), thread:get("bad")))
    end
end
"""


def call(namespace, *command, timeout=LOAD + TIMEOUT):
    """What a program of a client prints."""
    done = subprocess.run(namespace.wrap(list(command)), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-200:]} {done.stderr[-2000:]}"
    return done.stdout


def curl(namespace, *arguments):
    """What curl receives."""
    return call(namespace, "curl", "--silent", "--show-error", "--max-time", str(TIMEOUT),
                *arguments)


def crowd(namespace, folder, size, clients, rate=None):
    """Many clients: so many connections of curl at once, each at so many bytes a second.

    What each of them has received is as it must be.
    """
    folder.mkdir()
    slow = ["--limit-rate", str(rate)] if rate else []
    call(namespace, "curl", "--silent", "--show-error", "--parallel", "--parallel-immediate",
         "--parallel-max", str(clients), "--max-time", str(4 * TIMEOUT), *slow,
         "--output", f"{folder}/#1", f"{URL}/bytes/{size}?[1-{clients}]", timeout=5 * TIMEOUT)
    got = list(folder.iterdir())
    assert len(got) == clients
    wanted = body(size)
    assert all(path.read_bytes() == wanted for path in got)


def load(namespace, path, seconds, connections=32):
    """Load the server with wrk: requests."""
    return _wrk(namespace, path, seconds, connections)[0]


def load_compared(namespace, path, wanted, folder, seconds, connections=32):
    """The same, and each response is compared with what it must be: requests."""
    (folder / "wanted").write_bytes(wanted)
    (folder / "compare.lua").write_text(SCRIPT.format(path=folder / "wanted"))
    requests, out = _wrk(namespace, path, seconds, connections,
                         "--script", str(folder / "compare.lua"))
    found = re.search(r"^compared: (\d+) good, 0 bad$", out, re.MULTILINE)
    assert found and int(found[1]) >= requests > 0, out
    return requests


def _wrk(namespace, path, seconds, connections, *arguments):
    out = call(namespace, "wrk", "--threads", "1", "--connections", str(connections),
               "--timeout", "20s", "--duration", f"{seconds}s", "--latency", *arguments,
               URL + path).decode()
    assert "Socket errors" not in out and "Non-2xx" not in out, out
    return int(re.search(r"^ *(\d+) requests in", out, re.MULTILINE)[1]), out
