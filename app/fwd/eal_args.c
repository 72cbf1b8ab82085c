/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>
#include <string.h>

#include "eal_args.h"

/*
 * Whether argv[*i] is the option, of which EAL takes beginnings of at least so many
 * characters, for they are unambiguous. Its value is behind '=', or the next word,
 * to which *i is advanced.
 */
static bool
option_value(const char *name, size_t least, int *i, int argc, char **argv, const char **value)
{
	const char *arg = argv[*i];
	size_t len;

	if (strncmp(arg, "--", 2) != 0)
		return false;
	arg += 2;
	len = strcspn(arg, "=");
	if (len < least || strncmp(arg, name, len) != 0 || len > strlen(name))
		return false;
	if (arg[len] == '=')
		*value = &arg[len + 1];
	else
		*value = *i + 1 < argc ? argv[++*i] : NULL;
	return true;
}

static bool
is_option(const char *arg, const char *name, size_t least)
{
	size_t len = strlen(arg);

	return len >= least + 2 && strncmp(arg, "--", 2) == 0 &&
			strncmp(arg + 2, name, len - 2) == 0;
}

static bool
is_help(const char *arg)
{
	return strcmp(arg, "-h") == 0 || strcmp(arg, "-v") == 0 || is_option(arg, "help", 2) ||
			is_option(arg, "version", 2);
}

void
fwd_eal_args_read(struct fwd_eal_args *eal, int argc, char **argv)
{
	const char *value;
	int i;

	memset(eal, 0, sizeof(*eal));
	eal->prefix = "rte"; /* EAL's */
	for (i = 1; i < argc; i++) {
		value = NULL;
		if (is_option(argv[i], "no-huge", 5)) {
			eal->no_huge = true;
		} else if (is_option(argv[i], "in-memory", 2)) {
			eal->in_memory = true;
		} else if (is_help(argv[i])) {
			eal->help = true;
		} else if (strncmp(argv[i], "--huge-unlink=", 14) == 0) {
			eal->keep_huge = strcmp(argv[i] + 14, "never") == 0;
		} else if (option_value("proc-type", 2, &i, argc, argv, &value)) {
			eal->proc_type = value;
		} else if (option_value("file-prefix", 2, &i, argc, argv, &value)) {
			eal->prefix = value != NULL ? value : eal->prefix;
		} else if (option_value("socket-limit", 8, &i, argc, argv, &value)) {
			eal->socket_limit = value;
		} else if (strcmp(argv[i], "-m") == 0 && i + 1 < argc) {
			eal->mem_mb = strtoul(argv[++i], NULL, 10);
		}
	}
}

const char *
fwd_eal_args_vdev(int *i, int argc, char **argv)
{
	const char *value = NULL;

	for (; *i < argc; ++*i) {
		if (option_value("vdev", 2, i, argc, argv, &value) && value != NULL) {
			++*i;
			return value;
		}
	}
	return NULL;
}
