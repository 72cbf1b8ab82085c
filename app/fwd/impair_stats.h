/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Figures of impairments, of all streams that have them.
 */

#ifndef FWD_IMPAIR_STATS_H
#define FWD_IMPAIR_STATS_H

#include <stdio.h>

struct fwd;

/* Count from 0. */
void
fwd_impair_clear(const struct fwd *fwd);

/* A line of all streams together; nothing if there are no impairments. */
void
fwd_impair_print(const struct fwd *fwd);

/* A line of each stream, and what is asked for. */
void
fwd_impair_show(const struct fwd *fwd);

/* A member "impair" of an object, behind others; nothing if there are no impairments. */
void
fwd_impair_json(const struct fwd *fwd, FILE *f);

#endif /* FWD_IMPAIR_STATS_H */
