# SPDX-License-Identifier: BSD-3-Clause
"""Whether what happened at random happened as often as it should."""

import math

SIGMAS = 5      # one good run in 1.7 million is refused


def expect_share(count, trials, share):
    """Verify that `count` of `trials` is what a chance of `share` makes of them."""
    mean = trials * share
    margin = SIGMAS * math.sqrt(trials * share * (1 - share)) + 1
    assert abs(count - mean) <= margin, \
        f"{count} of {trials}: expected are {mean:.1f} give or take {margin:.1f}"
