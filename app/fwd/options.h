/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The table of options, from which they are parsed, and the help and the manual made.
 */

#ifndef FWD_OPTIONS_H
#define FWD_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "args.h"

enum fwd_option_kind {
	FWD_OPT_FLAG,   /* sets a bool */
	FWD_OPT_NUMBER, /* decimal, min to max, to a uint32_t */
	FWD_OPT_HEX,    /* hexadecimal, to a uint64_t */
	FWD_OPT_BITS,   /* no value: ors bits into a uint64_t */
	FWD_OPT_STRING, /* kept as it is */
	FWD_OPT_SET,    /* what set() makes of it */
	FWD_OPT_NONE,   /* taken, and said to have no meaning here */
};

struct fwd_option {
	const char *name;
	const char *value; /* as the help shows it; NULL: there is none */
	const char *help;
	enum fwd_option_kind kind;
	char letter;   /* its short form, or 0 */
	bool optional; /* the value may be left out */
	size_t where;
	uint64_t min; /* of a number; the bits of FWD_OPT_BITS */
	uint64_t max;
	/* The value is NULL where none was given. 0, or a negative errno after one line. */
	int (*set)(struct fwd_args *args, const char *name, const char *val);
};

/* Options of one subject. */
struct fwd_option_group {
	const char *title;
	const struct fwd_option *rows;
	unsigned int nb;
};

extern const struct fwd_option_group fwd_option_groups[];
extern const unsigned int fwd_option_nb_groups;

/* What fwd_args_parse() begins with. */
void
fwd_options_default(struct fwd_args *args);

/* opt_help.c */
void
fwd_options_usage(void);
void
fwd_options_version(void);
/* A line a row, with tabs between the columns: group, letter, name, value, help. */
void
fwd_options_rows(void);

#endif /* FWD_OPTIONS_H */
