/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * lbuf-perf: measures lbuf and its rivals on this machine.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "alloc.h"
#include "perf.h"

/* Index of "--", or argc. */
static int
find_separator(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			break;
	return i;
}

static int
parse(struct perf_args *args, int argc, char **argv, int sep)
{
	int n = sep < argc ? argc - sep : 1;
	char **own = calloc((size_t)n + 1, sizeof(*own));
	int ret, i;

	if (own == NULL)
		return -1;
	own[0] = "lbuf-perf"; /* as getopt calls it */
	for (i = 1; i < n; i++)
		own[i] = argv[sep + i];
	ret = args_parse(args, n, own);
	free(own);
	return ret;
}

/* --list and --help need no EAL, and stand on either side of "--". */
static bool
only_tells(struct perf_args *args, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		args->list |= strcmp(argv[i], "--list") == 0;
		args->help |= strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
	}
	if (args->help)
		args_usage(stdout);
	else if (args->list)
		cases_list(stdout);
	return args->help || args->list;
}

/* The value of an option if it lies in an argument, else NULL. */
static const char *
value_in(const char *arg, const char *value)
{
	return value != NULL && value >= arg && value <= arg + strlen(arg) ? value : NULL;
}

/*
 * The command line as it was typed, for EAL changes argv; but of the files that the
 * figures go to only the names, for their folders tell nobody else anything.
 */
static char *
join(const struct perf_args *args, int argc, char **argv)
{
	size_t len = 1, at = 0;
	char *text;
	int i;

	for (i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	text = calloc(1, len);
	for (i = 0; text != NULL && i < argc; i++) {
		const char *arg = argv[i], *rest = arg, *file = value_in(arg, args->json), *slash;
		int kept = 0;

		if (file == NULL)
			file = value_in(arg, args->csv);
		if (file != NULL) {
			kept = (int)(file - arg);
			slash = strrchr(file, '/');
			rest = slash == NULL ? file : slash + 1;
		}
		at += (size_t)snprintf(text + at, len - at, "%s%.*s%s", i == 0 ? "" : " ", kept,
				arg, rest);
	}
	return text;
}

int
main(int argc, char **argv)
{
	struct perf_args args = { .command = NULL };
	int sep = find_separator(argc, argv);
	int ret;

	if (only_tells(&args, argc, argv))
		return 0;
	if (parse(&args, argc, argv, sep) != 0)
		return 1;
	malloc_prepare(argv);
	args.command = join(&args, argc, argv);
	if (rte_eal_init(sep, argv) < 0) {
		fprintf(stderr, "lbuf-perf: EAL does not start: %s\n", rte_strerror(rte_errno));
		free(args.command);
		return 1;
	}
	clock_init();
	ret = output_open(&args);
	if (ret == 0)
		ret = args.tune ? tune_run(&args) : runner_run(&args);
	output_close();
	rte_eal_cleanup();
	free(args.command);
	return ret == 0 ? 0 : 1;
}
