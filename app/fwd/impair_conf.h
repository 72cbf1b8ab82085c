/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Impairments: what is asked for, as in loss:1%,delay:5ms.
 */

#ifndef FWD_IMPAIR_CONF_H
#define FWD_IMPAIR_CONF_H

#include <stdbool.h>
#include <stdint.h>

/* Longest description with its NUL. */
#define FWD_IMPAIR_TEXT 128
/* A probability of 1. */
#define FWD_IMPAIR_ALWAYS (UINT64_C(1) << 32)
/* Packets that wait for the end of their delay, unless told otherwise. */
#define FWD_IMPAIR_LIMIT 4096
/* Packets that are held back to change places with others. */
#define FWD_IMPAIR_HELD 16

struct fwd_impair_conf {
	bool on;
	uint32_t limit; /* packets of a stream that wait */
	/* Of FWD_IMPAIR_ALWAYS packets, so many. */
	uint64_t loss;
	uint64_t duplicate;
	uint64_t reorder;
	uint64_t corrupt;
	uint64_t delay; /* us */
	uint64_t seed;
	char text[FWD_IMPAIR_TEXT]; /* as it was given */
};

/*
 * Read a description; "off" is that of none. what is the option or command, for the line that
 * says what is wrong.
 *
 * Returns 0, or -EINVAL after one line: then conf is as it was.
 */
int
fwd_impair_parse(const char *what, const char *val, struct fwd_impair_conf *conf);

/* mbufs that a stream may hold. */
uint32_t
fwd_impair_holds(const struct fwd_impair_conf *conf);

#endif /* FWD_IMPAIR_CONF_H */
