# SPDX-License-Identifier: BSD-3-Clause
"""What the test suites share: namespaces, programs, frames, statistics."""
