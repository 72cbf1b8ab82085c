/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef FWD_STATS_JSON_H
#define FWD_STATS_JSON_H

#include <stdio.h>

#include "sample.h"

struct fwd;

/* A JSON object in one line, as doc/lbuf-fwd.md has it. */
void
fwd_stats_json(const struct fwd *fwd, const struct fwd_sample *sample, FILE *f);

#endif /* FWD_STATS_JSON_H */
