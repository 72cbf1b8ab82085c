# SPDX-License-Identifier: BSD-3-Clause
"""A machine with two NUMA nodes and a PCI NIC on each behind an IOMMU, in software."""
