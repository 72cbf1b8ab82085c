/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "impair_conf.h"
#include "opt_set.h"
#include "opt_value.h"
#include "report.h"

#define LIMIT_MAX (1u << 20)
#define DELAY_MAX 10000000 /* us */
#define ACCEPTED \
	"loss, duplicate, reorder and corrupt as 1%% or 0.1%%, delay as 500us, 5ms or 1s (at " \
	"most 10s), limit from 1 to 1048576, and seed, as in loss:1%%,delay:5ms,seed:7, or off"

enum kind {
	SHARE, /* of all packets, as 0.1% */
	TIME,
	LIMIT,
	SEED,
};

static const struct {
	const char *name;
	enum kind kind;
	size_t where;
} keys[] = {
	{ "loss", SHARE, offsetof(struct fwd_impair_conf, loss) },
	{ "duplicate", SHARE, offsetof(struct fwd_impair_conf, duplicate) },
	{ "reorder", SHARE, offsetof(struct fwd_impair_conf, reorder) },
	{ "corrupt", SHARE, offsetof(struct fwd_impair_conf, corrupt) },
	{ "delay", TIME, offsetof(struct fwd_impair_conf, delay) },
	{ "limit", LIMIT, 0 },
	{ "seed", SEED, offsetof(struct fwd_impair_conf, seed) },
};

/* 0 to 100 with a point, and a % behind it. */
static int
parse_share(const char *val, uint64_t *out)
{
	size_t len = strspn(val, "0123456789.");
	double percent;
	char *end;

	/* strtod() takes signs, exponents and words, which no share has. */
	if (len == 0 || strcmp(val + len, "%") != 0)
		return -EINVAL;
	percent = strtod(val, &end);
	if (end != val + len || !(percent <= 100))
		return -EINVAL;
	*out = (uint64_t)(percent / 100 * (double)FWD_IMPAIR_ALWAYS + 0.5);
	return 0;
}

static int
parse_time(const char *val, uint64_t *out)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 } };
	const char *end;
	unsigned int i;
	uint64_t n;

	if (fwd_value_number(val, 10, 0, DELAY_MAX, &n, &end) != 0)
		return -EINVAL;
	for (i = 0; i < RTE_DIM(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		*out = n * units[i].us;
		return *out <= DELAY_MAX ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int
parse_value(unsigned int key, const char *val, struct fwd_impair_conf *conf)
{
	uint64_t *where = RTE_PTR_ADD(conf, keys[key].where);
	uint64_t n;

	switch (keys[key].kind) {
	case SHARE:
		return parse_share(val, where);
	case TIME:
		return parse_time(val, where);
	case SEED:
		return fwd_value_number(val, 10, 0, UINT64_MAX, where, NULL);
	default:
		if (fwd_value_number(val, 10, 1, LIMIT_MAX, &n, NULL) != 0)
			return -EINVAL;
		conf->limit = (uint32_t)n;
		return 0;
	}
}

/* name:value; each name at most once. */
static int
parse_word(char *word, struct fwd_impair_conf *conf, uint32_t *given)
{
	char *val = strchr(word, ':');
	unsigned int i;

	if (val == NULL)
		return -EINVAL;
	*val++ = '\0';
	for (i = 0; i < RTE_DIM(keys); i++) {
		if (strcmp(keys[i].name, word) != 0)
			continue;
		if ((*given & RTE_BIT32(i)) != 0)
			return -EINVAL;
		*given |= RTE_BIT32(i);
		return parse_value(i, val, conf);
	}
	return -EINVAL;
}

static int
parse(char *text, struct fwd_impair_conf *conf)
{
	uint32_t given = 0;
	char *word;

	while ((word = strsep(&text, ",")) != NULL)
		if (parse_word(word, conf, &given) != 0)
			return -EINVAL;
	return 0;
}

int
fwd_impair_parse(const char *what, const char *val, struct fwd_impair_conf *conf)
{
	struct fwd_impair_conf new = { .limit = FWD_IMPAIR_LIMIT };
	char text[FWD_IMPAIR_TEXT];

	snprintf(new.text, sizeof(new.text), "%s", val);
	snprintf(text, sizeof(text), "%s", val);
	if (strlen(val) >= sizeof(text) || (strcmp(val, "off") != 0 && parse(text, &new) != 0)) {
		FWD_ERR("%s%s: accepted are " ACCEPTED, what, val);
		return -EINVAL;
	}
	new.on = (new.loss | new.duplicate | new.reorder | new.corrupt | new.delay) != 0;
	*conf = new;
	return 0;
}

int
fwd_set_impair(struct fwd_args *args, const char *name, const char *val)
{
	char what[32];

	snprintf(what, sizeof(what), "--%s=", name);
	return fwd_impair_parse(what, val, &args->impair);
}

uint32_t
fwd_impair_holds(const struct fwd_impair_conf *conf)
{
	return (conf->reorder != 0 ? FWD_IMPAIR_HELD : 0) + (conf->delay != 0 ? conf->limit : 0);
}
