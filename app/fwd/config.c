/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * --config: settings of the chunk pool, as lbuf-perf --tune --write finds them.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cfgfile.h>

#include "config.h"
#include "report.h"

#define SECTION "pool"

static const struct {
	const char *name;
	size_t where;
	size_t min;
	size_t max;
} keys[] = {
	{ "middle_min", offsetof(struct lbuf_pool_params, middle_min), LBUF_CLASS_MIN,
			LBUF_CLASS_MAX },
	{ "middle_max", offsetof(struct lbuf_pool_params, middle_max), LBUF_CLASS_MIN,
			LBUF_CLASS_MAX },
	{ "cache_bytes", offsetof(struct lbuf_pool_params, cache_bytes), 1, SIZE_MAX },
	{ "limit_bytes", offsetof(struct lbuf_pool_params, limit_bytes), LBUF_LIMIT_MIN, SIZE_MAX },
	{ "large_bytes", offsetof(struct lbuf_pool_params, large_bytes), 1, SIZE_MAX },
};

static int
set_entry(struct lbuf_pool_params *params, const char *file, const struct rte_cfgfile_entry *e)
{
	unsigned long long v;
	unsigned int i;
	char *end;

	for (i = 0; i < RTE_DIM(keys) && strcmp(keys[i].name, e->name) != 0; i++)
		;
	if (i == RTE_DIM(keys)) {
		FWD_ERR("--config=%s: [" SECTION "] %s: accepted are middle_min, middle_max, "
			"cache_bytes, limit_bytes and large_bytes",
				file, e->name);
		return -EINVAL;
	}
	errno = 0;
	v = strtoull(e->value, &end, 10);
	if (errno != 0 || end == e->value || *end != '\0' || e->value[0] == '-' ||
			v < keys[i].min || v > keys[i].max) {
		FWD_ERR("--config=%s: [" SECTION "] %s = %s: accepted values are %zu to %zu", file,
				e->name, e->value, keys[i].min, keys[i].max);
		return -EINVAL;
	}
	memcpy((char *)params + keys[i].where, &(size_t){ v }, sizeof(size_t));
	return 0;
}

/* The pool checks them, too, but it knows nothing of the file. */
static int
check(const struct lbuf_pool_params *params, const char *file)
{
	size_t min = params->middle_min != 0 ? params->middle_min : LBUF_MIDDLE_MIN;
	size_t max = params->middle_max != 0 ? params->middle_max : LBUF_MIDDLE_MAX;

	if (min <= max)
		return 0;
	FWD_ERR("--config=%s: [" SECTION "] middle_min is %zu, accepted is at most middle_max, %zu",
			file, min, max);
	return -EINVAL;
}

int
fwd_config_load(struct lbuf_pool_params *params, const char *file)
{
	struct rte_cfgfile *cfg = rte_cfgfile_load(file, 0);
	struct rte_cfgfile_entry *entries;
	int ret = 0, n, i;

	if (cfg == NULL) {
		FWD_ERR("--config=%s: cannot be read, accepted is a file with a section "
			"[" SECTION "]",
				file);
		return -EINVAL;
	}
	n = rte_cfgfile_section_num_entries(cfg, SECTION);
	entries = n > 0 ? calloc((size_t)n, sizeof(*entries)) : NULL;
	if (n < 0) {
		FWD_ERR("--config=%s: has no section [" SECTION "]", file);
		ret = -EINVAL;
	} else if (n > 0 && entries == NULL) {
		ret = -ENOMEM;
	} else if (n > 0) {
		rte_cfgfile_section_entries(cfg, SECTION, entries, n);
		for (i = 0; ret == 0 && i < n; i++)
			ret = set_entry(params, file, &entries[i]);
	}
	free(entries);
	rte_cfgfile_close(cfg);
	return ret != 0 ? ret : check(params, file);
}
