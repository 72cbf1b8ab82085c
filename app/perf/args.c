/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <lbuf_pool.h>

#include "perf.h"

#define RUNS_DEFAULT 30
#define RUNS_MAX 1000
#define TIME_DEFAULT 1 /* ms */
#define TIME_MAX 60000
#define PASSES_DEFAULT 3
#define PASSES_MAX 100
#define SIZE_MAX_ARG ((size_t)1 << 32)

#define ERR(...) \
	do { \
		fprintf(stderr, "lbuf-perf: " __VA_ARGS__); \
		fputc('\n', stderr); \
	} while (0)

enum {
	OPT_CASE = 256,
	OPT_ENGINE,
	OPT_SIZE,
	OPT_RUNS,
	OPT_TIME,
	OPT_PASSES,
	OPT_JSON,
	OPT_CSV,
	OPT_LIST,
	OPT_TUNE,
	OPT_WRITE,
};

static const struct option options[] = {
	{ "case", required_argument, NULL, OPT_CASE },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "runs", required_argument, NULL, OPT_RUNS },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "passes", required_argument, NULL, OPT_PASSES },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "csv", required_argument, NULL, OPT_CSV },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "tune", no_argument, NULL, OPT_TUNE },
	{ "write", required_argument, NULL, OPT_WRITE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
		"usage: lbuf-perf [EAL options] -- [options]\n"
		"  --case LIST    cases with commas between, '*' and '?' allowed; usual: all\n"
		"  --engine LIST  engines; usual: all that are installed\n"
		"  --size LIST    bytes, with K, M or G behind; 'classes' is all classes of the\n"
		"                 middle tier; usual: see --list\n"
		"  --runs N       runs of each figure, 1 to %d; usual: %d\n"
		"  --time MS      length of a run, 1 to %d ms; usual: %d\n"
		"  --passes N     times to go through all cases, 1 to %d, each with a part of\n"
		"                 the runs; usual: %d\n"
		"  --json FILE    write the figures as JSON lines\n"
		"  --csv FILE     write the figures as CSV\n"
		"  --list         name cases and engines\n"
		"  --tune         find the best thresholds for this machine\n"
		"  --write FILE   with --tune: write them for lbuf-fwd --config FILE\n";

void
args_usage(FILE *f)
{
	fprintf(f, usage, RUNS_MAX, RUNS_DEFAULT, TIME_MAX, TIME_DEFAULT, PASSES_MAX,
			PASSES_DEFAULT);
}

bool
args_listed(const char *list, const char *name)
{
	char pattern[64];
	size_t len;

	if (list == NULL)
		return true;
	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		snprintf(pattern, sizeof(pattern), "%.*s", (int)len, list);
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return false;
}

static int
parse_number(const char *name, const char *text, unsigned int max, unsigned int *value)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text == '-' || v < 1 || v > max) {
		ERR("--%s: '%s' is not a number from 1 to %u", name, text, max);
		return -EINVAL;
	}
	*value = (unsigned int)v;
	return 0;
}

static int
add_size(struct perf_args *args, size_t size)
{
	if (args->nb_sizes == PERF_SIZES_MAX) {
		ERR("--size: more than %d sizes", PERF_SIZES_MAX);
		return -EINVAL;
	}
	args->sizes[args->nb_sizes++] = size;
	return 0;
}

static int
add_classes(struct perf_args *args)
{
	uint32_t i = lbuf_class_index(LBUF_MIDDLE_MIN);
	int ret = 0;

	for (; ret == 0 && lbuf_class_size(i) <= LBUF_MIDDLE_MAX; i++)
		ret = add_size(args, lbuf_class_size(i));
	return ret;
}

/* One size: a number, and perhaps a unit. */
static int
parse_size(const char *text, size_t len, size_t *size)
{
	static const char units[] = "KMG";
	unsigned long long v;
	const char *unit;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *text == '-')
		return -EINVAL;
	unit = *end == '\0' ? NULL : strchr(units, *end & ~0x20);
	if (unit != NULL && *unit != '\0') {
		if (v > SIZE_MAX_ARG)
			return -EINVAL;
		v <<= 10 * (unit - units + 1);
		end++;
	}
	if ((size_t)(end - text) != len || v < 1 || v > SIZE_MAX_ARG)
		return -EINVAL;
	*size = (size_t)v;
	return 0;
}

static int
parse_sizes(struct perf_args *args, const char *list)
{
	size_t len, size;
	int ret = 0;

	for (; ret == 0 && *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == strlen("classes") && strncmp(list, "classes", len) == 0) {
			ret = add_classes(args);
			continue;
		}
		ret = parse_size(list, len, &size);
		if (ret == 0)
			ret = add_size(args, size);
		else
			ERR("--size: '%.*s' is neither bytes (as in 2048, 2K, 1M) nor 'classes'",
					(int)len, list);
	}
	return ret;
}

/* Each name of a list of cases must match something. */
static int
check_cases(const char *list)
{
	const struct perf_case *const *c;
	char one[64];
	size_t len;

	for (; list != NULL && *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		snprintf(one, sizeof(one), "%.*s", (int)len, list);
		for (c = cases_all(); *c != NULL; c++)
			if (args_listed(one, (*c)->name))
				break;
		if (*c == NULL) {
			ERR("--case: no case is called '%s', see --list", one);
			return -EINVAL;
		}
	}
	return 0;
}

static int
check_engines(const char *list)
{
	const struct perf_case *const *c;
	const struct perf_op *op;
	char one[64];
	size_t len;
	bool found;

	for (; list != NULL && *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		snprintf(one, sizeof(one), "%.*s", (int)len, list);
		found = false;
		for (c = cases_all(); *c != NULL; c++)
			for (op = (*c)->ops; op->engine != NULL; op++)
				found |= args_listed(one, op->engine);
		if (!found) {
			ERR("--engine: no engine is called '%s', see --list", one);
			return -EINVAL;
		}
	}
	return 0;
}

static int
parse_one(struct perf_args *args, int opt)
{
	switch (opt) {
	case OPT_CASE:
		args->cases = optarg;
		return check_cases(optarg);
	case OPT_ENGINE:
		args->engines = optarg;
		return check_engines(optarg);
	case OPT_SIZE:
		return parse_sizes(args, optarg);
	case OPT_RUNS:
		return parse_number("runs", optarg, RUNS_MAX, &args->runs);
	case OPT_TIME:
		return parse_number("time", optarg, TIME_MAX, &args->time_ms);
	case OPT_PASSES:
		return parse_number("passes", optarg, PASSES_MAX, &args->passes);
	case OPT_JSON:
		args->json = optarg;
		return 0;
	case OPT_CSV:
		args->csv = optarg;
		return 0;
	case OPT_LIST:
		args->list = true;
		return 0;
	case OPT_TUNE:
		args->tune = true;
		return 0;
	case OPT_WRITE:
		args->write = optarg;
		return 0;
	case 'h':
		args->help = true;
		return 0;
	default:
		return -EINVAL; /* getopt said what is wrong */
	}
}

int
args_parse(struct perf_args *args, int argc, char **argv)
{
	int opt, ret;

	args->runs = RUNS_DEFAULT;
	args->time_ms = TIME_DEFAULT;
	args->passes = PASSES_DEFAULT;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		ret = parse_one(args, opt);
		if (ret != 0)
			return ret;
	}
	if (optind < argc) {
		ERR("unknown argument '%s', see --help", argv[optind]);
		return -EINVAL;
	}
	if (args->write != NULL && !args->tune) {
		ERR("--write goes with --tune");
		return -EINVAL;
	}
	return 0;
}
