/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From the words of a command line to the fields that the rows of options name.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "opt_value.h"
#include "options.h"

/* getopt's value of the option of number i; letters lie below. */
#define LONG_VAL 256

/* Option number i of all groups; NULL: there are no more. */
static const struct fwd_option *
option_at(unsigned int i)
{
	unsigned int g;

	for (g = 0; g < fwd_option_nb_groups; g++) {
		if (i < fwd_option_groups[g].nb)
			return &fwd_option_groups[g].rows[i];
		i -= fwd_option_groups[g].nb;
	}
	return NULL;
}

static unsigned int
count_options(void)
{
	unsigned int g, n = 0;

	for (g = 0; g < fwd_option_nb_groups; g++)
		n += fwd_option_groups[g].nb;
	return n;
}

static const struct fwd_option *
option_of_letter(int letter)
{
	const struct fwd_option *o;
	unsigned int i;

	for (i = 0; (o = option_at(i)) != NULL; i++)
		if (o->letter == letter)
			break;
	return o;
}

bool
fwd_args_known(const char *arg)
{
	const struct fwd_option *o;
	unsigned int i;
	size_t len;

	if (strncmp(arg, "--", 2) != 0)
		return false;
	len = strcspn(arg + 2, "=");
	for (i = 0; (o = option_at(i)) != NULL; i++) {
		/* Both are EAL's as well. */
		if (strcmp(o->name, "help") == 0 || strcmp(o->name, "version") == 0)
			continue;
		if (strlen(o->name) == len && strncmp(o->name, arg + 2, len) == 0)
			return true;
	}
	return false;
}

static int
set_number(void *where, const struct fwd_option *o, const char *val)
{
	uint64_t n;

	if (fwd_value_number(val, 10, o->min, o->max, &n, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted values are %" PRIu64 " to %" PRIu64, o->name, val,
				o->min, o->max);
		return -EINVAL;
	}
	*(uint32_t *)where = (uint32_t)n;
	return 0;
}

static int
set_hex(void *where, const struct fwd_option *o, const char *val)
{
	uint64_t n;

	if (fwd_value_number(val, 16, o->min, o->max, &n, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted is a hexadecimal number, as 0x8000", o->name, val);
		return -EINVAL;
	}
	*(uint64_t *)where = n;
	return 0;
}

static int
set_option(struct fwd_args *args, const struct fwd_option *o, const char *val)
{
	void *where = (char *)args + o->where;

	switch (o->kind) {
	case FWD_OPT_FLAG:
		*(bool *)where = true;
		return 0;
	case FWD_OPT_NUMBER:
		return set_number(where, o, val);
	case FWD_OPT_HEX:
		return set_hex(where, o, val);
	case FWD_OPT_BITS:
		*(uint64_t *)where |= o->min;
		return 0;
	case FWD_OPT_STRING:
		*(const char **)where = val;
		return 0;
	case FWD_OPT_SET:
		return o->set(args, o->name, val);
	default:
		FWD_NOTE("--%s has no meaning here: %s", o->name, o->help);
		return 0;
	}
}

/* Longopts of the rows, up to one of zeros; letters is as getopt() wants it. */
static struct option *
make_longopts(char *letters)
{
	struct option *longopts = calloc(count_options() + 1, sizeof(*longopts));
	const struct fwd_option *o;
	unsigned int i;

	*letters++ = ':';
	for (i = 0; longopts != NULL && (o = option_at(i)) != NULL; i++) {
		longopts[i].name = o->name;
		longopts[i].has_arg = o->optional  ? optional_argument
				: o->value != NULL ? required_argument
						   : no_argument;
		longopts[i].val = LONG_VAL + (int)i;
		if (o->letter != 0)
			*letters++ = o->letter;
	}
	*letters = '\0';
	return longopts;
}

static int
parse(struct fwd_args *args, int argc, char **argv, const struct option *longopts,
		const char *letters)
{
	const struct fwd_option *o;
	int c;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, letters, longopts, NULL)) != -1) {
		if (c == ':') {
			FWD_ERR("%s needs a value: see lbuf-fwd -- --help", argv[optind - 1]);
			return -EINVAL;
		}
		o = c >= LONG_VAL ? option_at((unsigned int)c - LONG_VAL) : option_of_letter(c);
		if (o == NULL) {
			FWD_ERR("%s: no such option: see lbuf-fwd -- --help", argv[optind - 1]);
			return -EINVAL;
		}
		if (set_option(args, o, optarg) != 0)
			return -EINVAL;
	}
	if (optind < argc) {
		FWD_ERR("%s: no such argument: see lbuf-fwd -- --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

/* What no option alone can tell. */
static int
check(const struct fwd_args *args)
{
	if (args->tx_first && args->interactive) {
		FWD_ERR("--tx-first: not with --interactive: give the command start tx_first");
		return -EINVAL;
	}
	if (args->stats_json != NULL && args->stats_period == 0) {
		FWD_ERR("--stats-json=%s: needs --stats-period", args->stats_json);
		return -EINVAL;
	}
	if (args->rows != NULL && strcmp(args->rows, "options") != 0 &&
			strcmp(args->rows, "commands") != 0) {
		FWD_ERR("--rows=%s: accepted are options and commands", args->rows);
		return -EINVAL;
	}
	return 0;
}

int
fwd_args_parse(struct fwd_args *args, int argc, char **argv)
{
	struct option *longopts;
	char letters[64];
	int ret;

	fwd_options_default(args);
	longopts = make_longopts(letters);
	if (longopts == NULL) {
		FWD_ERR("no memory for the options");
		return -ENOMEM;
	}
	ret = parse(args, argc, argv, longopts, letters);
	free(longopts);
	return ret != 0 ? ret : check(args);
}

void
fwd_args_free(struct fwd_args *args)
{
	uint32_t i;

	for (i = 0; i < args->nb_xstats; i++)
		free(args->xstats[i]);
	args->nb_xstats = 0;
}
