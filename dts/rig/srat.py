# SPDX-License-Identifier: BSD-3-Clause
"""ACPI's table of what is near to what (SRAT), where QEMU's own will not do.

Linux numbers nodes in the order in which it meets them, CPUs first. So node 0 is always one of
those that have CPUs, unless a CPU that the machine does not have is listed before all others. The
kernel takes this table for QEMU's, being of a later revision: initramfs.py has to put it at PATH.
"""

import struct

PATH = "kernel/firmware/acpi/srat.aml"
# ids that QEMU gives its tables, and a later revision
HEADER = struct.Struct("<4sIBB6s8sI4sI")
IDS = (b"BOCHS ", b"BXPC    ", 2, b"BXPC", 1)
REVISION = 1            # of the format
RESERVED = struct.pack("<I8x", 1)
CPU = struct.Struct("<BBBBIB3sI")
CPU_TYPE, MEMORY_TYPE = 0, 1
MEMORY = struct.Struct("<BBI2xQQ4xI8x")
ENABLED = 1
NO_CPU = 0xfe           # an APIC id that no CPU has
MIB = 1 << 20


def _cpu(apic_id, node):
    return CPU.pack(CPU_TYPE, CPU.size, node, apic_id, ENABLED, 0, bytes(3), 0)


def _memory(start, size, node):
    return MEMORY.pack(MEMORY_TYPE, MEMORY.size, node, start, size, ENABLED)


def table(cpu_nodes, memory_mb):
    """The table of a machine whose CPU i is on node cpu_nodes[i], all of its memory below 2 GiB.

    memory_mb: of each node, one behind the other.
    """
    body = RESERVED
    for node in range(len(memory_mb)):
        if node not in cpu_nodes:
            body += _cpu(NO_CPU - node, node)
    for cpu, node in enumerate(cpu_nodes):
        body += _cpu(cpu, node)
    start = 0
    for node, size in enumerate(memory_mb):
        body += _memory(start * MIB, size * MIB, node)
        start += size
    header = HEADER.pack(b"SRAT", HEADER.size + len(body), REVISION, 0, *IDS)
    checksum = -sum(header + body) & 0xff
    return header[:9] + bytes([checksum]) + header[10:] + body
