# SPDX-License-Identifier: BSD-3-Clause
"""Programs that people use over TCP, in the namespaces of hosts."""

import json
import os
import shutil
import socket
import subprocess
import time

import pytest

from framework.program import Program, die_with_parent

LISTEN_TIMEOUT = 20
NGINX = """\
daemon off;
worker_processes 1;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen {address}:{port}; root {root}; }}
}}
"""


def need(*names):
    """Skip a test for which a program is not installed."""
    for name in names:
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed: see dts/packages.txt")


def wait_listening(namespace, address, port):
    """Wait until somebody listens there."""
    deadline = time.monotonic() + LISTEN_TIMEOUT
    while time.monotonic() < deadline:
        if f"{address}:{port} " in namespace.run("ss", "-Hltn") + " ":
            return
        with namespace.entered(), socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens on {address}:{port}")


class Endpoint:
    """A server in a namespace, for the length of a with block."""

    def __init__(self, namespace, command, address, port):
        self._namespace = namespace
        self._command = command
        self._address = address
        self._port = port
        self._program = None

    def __enter__(self):
        self._program = Program(self._namespace.wrap(self._command))
        wait_listening(self._namespace, self._address, self._port)
        return self

    def __exit__(self, *_):
        self._program.kill()


def nginx(namespace, folder, root, address, port):
    """A web server of the files in a folder."""
    need("nginx")
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=folder, root=root, address=address, port=port))
    return Endpoint(namespace, ["nginx", "-c", path, "-e", f"{folder}/error.log"], address, port)


def iperf3_server(namespace, address, port):
    """A server of iperf3."""
    need("iperf3")
    return Endpoint(namespace, ["iperf3", "-s", "-B", address, "-p", str(port)], address, port)


def redis_server(namespace, folder, address, port):
    """A server of Redis, which keeps everything in memory."""
    need("redis-server", "redis-benchmark")
    command = ["redis-server", "--bind", address, "--port", str(port), "--save", "",
               "--appendonly", "no", "--protected-mode", "no", "--dir", str(folder)]
    return Endpoint(namespace, command, address, port)


def run(namespace, *command, timeout=120):
    """Run a client to its end; what it printed."""
    need(command[0])
    done = subprocess.run(namespace.wrap(list(command)), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout, preexec_fn=die_with_parent, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def run_json(namespace, *command, timeout=120):
    """As run(), of a client that prints JSON."""
    return json.loads(run(namespace, *command, timeout=timeout))
