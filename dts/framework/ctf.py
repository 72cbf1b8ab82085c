# SPDX-License-Identifier: BSD-3-Clause
"""Reads trace files of DPDK: the Common Trace Format, as EAL writes it."""

import glob
import os
import re
import struct

MAGIC = 0xC1FC1FC1
EVENT = re.compile(r'event \{\s*id = (\d+);\s*name = "([^"]+)";\s*'
                   r"fields := struct \{(.*?)\};\s*\};", re.DOTALL)
FIELD = re.compile(r"^\s*(\w+) (\w+)(?:\[(\d+)\])?;", re.MULTILINE)
FORMATS = {"uint8_t": "B", "int8_t": "b", "uint16_t": "H", "int16_t": "h", "uint32_t": "I",
           "int32_t": "i", "uint64_t": "Q", "int64_t": "q", "size_t": "Q", "long": "q",
           "uintptr_t": "Q", "float": "f", "double": "d"}
# Magic, UUID, lcore, name of the thread: what a stream begins with.
STREAM_HEADER = struct.Struct("<I16sI32s")
EVENT_HEADER = struct.Struct("<Q")
TIMESTAMP_BITS = 48


def _declared(metadata):
    """The fields of each event, by its id: (name, [(field, format)])."""
    events = {}
    for number, name, body in EVENT.findall(metadata):
        fields = []
        for kind, field, room in FIELD.findall(body):
            fields.append((field, f"{room}s" if room else FORMATS[kind]))
        events[int(number)] = (name, fields)
    return events


def _value(value):
    if isinstance(value, bytes):
        return value.split(b"\0", 1)[0].decode()
    return value


def _events(path, declared):
    """The events of a stream, in order."""
    with open(path, "rb") as file:
        data = file.read()
    assert struct.unpack_from("<I", data)[0] == MAGIC, path
    at = STREAM_HEADER.size
    while at + EVENT_HEADER.size <= len(data):
        # Events are aligned behind the header.
        at = STREAM_HEADER.size + -(-(at - STREAM_HEADER.size) // 8) * 8
        if at + EVENT_HEADER.size > len(data):
            return
        number = EVENT_HEADER.unpack_from(data, at)[0] >> TIMESTAMP_BITS
        name, fields = declared[number]
        layout = struct.Struct("<" + "".join(form for _, form in fields))
        values = layout.unpack_from(data, at + EVENT_HEADER.size)
        yield name, {field: _value(value) for (field, _), value in zip(fields, values)}
        at += EVENT_HEADER.size + layout.size


def read(folder):
    """What a trace declares, by id: (name, fields); and its events: (name, values)."""
    traces = glob.glob(os.path.join(folder, "**", "metadata"), recursive=True)
    assert len(traces) == 1, traces
    with open(traces[0], encoding="ascii") as file:
        declared = _declared(file.read())
    found = []
    for path in sorted(glob.glob(os.path.join(os.path.dirname(traces[0]), "channel0_*"))):
        found += _events(path, declared)
    return declared, found
