/* SPDX-License-Identifier: BSD-3-Clause */

/* What a pool can be created with. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_malloc.h>

#include "mem_log.h"
#include "params.h"

/* What an lcore's caches may grow by is this part of a socket's limit at most. */
#define LIMIT_PER_CACHES 32

static int
check_name(const char *name)
{
	if (name == NULL || name[0] == '\0') {
		MEM_LOG(ERR, "pool: the name is empty");
		return -EINVAL;
	}
	if (strlen(name) >= LBUF_POOL_NAMESIZE) {
		MEM_LOG(ERR, "pool %s: the name has over %d characters", name,
				LBUF_POOL_NAMESIZE - 1);
		return -ENAMETOOLONG;
	}
	return 0;
}

/* A pool that may hold little must not have it lie in caches. */
static size_t
cache_bytes(const struct lbuf_pool_params *p)
{
	size_t most = p->limit_bytes / LIMIT_PER_CACHES;

	return p->limit_bytes == 0 ? LBUF_CACHE_BYTES : RTE_MIN(most, LBUF_CACHE_BYTES);
}

static void
fill_defaults(struct lbuf_pool_params *p)
{
	const char *debug = getenv("LBUF_DEBUG");

	if (p->middle_min == 0)
		p->middle_min = LBUF_MIDDLE_MIN;
	if (p->middle_max == 0)
		p->middle_max = LBUF_MIDDLE_MAX;
	if (p->cache_bytes == 0)
		p->cache_bytes = cache_bytes(p);
	if (p->large_bytes == 0)
		p->large_bytes = LBUF_LARGE_BYTES;
	if (p->idle_ms == 0)
		p->idle_ms = LBUF_IDLE_MS;
	if (debug != NULL && strcmp(debug, "1") == 0)
		p->flags |= LBUF_POOL_F_DEBUG;
}

/* All sockets, where none are listed. */
static int
check_sockets(const char *name, struct lbuf_pool_params *p)
{
	struct rte_malloc_socket_stats stats;
	uint32_t i, k;

	if (p->nb_sockets == 0) {
		p->nb_sockets = RTE_MIN(rte_socket_count(), (uint32_t)LBUF_SOCKETS_MAX);
		for (i = 0; i < p->nb_sockets; i++)
			p->sockets[i] = rte_socket_id_by_idx(i);
		return 0;
	}
	if (p->nb_sockets > LBUF_SOCKETS_MAX) {
		MEM_LOG(ERR, "pool %s: nb_sockets is %u, at most %u are possible", name,
				p->nb_sockets, LBUF_SOCKETS_MAX);
		return -EINVAL;
	}
	for (i = 0; i < p->nb_sockets; i++) {
		if (rte_malloc_get_socket_stats(p->sockets[i], &stats) != 0) {
			MEM_LOG(ERR, "pool %s: socket %d does not exist", name, p->sockets[i]);
			return -EINVAL;
		}
		for (k = 0; k < i; k++)
			if (p->sockets[k] == p->sockets[i]) {
				MEM_LOG(ERR, "pool %s: socket %d is listed twice", name,
						p->sockets[i]);
				return -EINVAL;
			}
	}
	return 0;
}

static int
check_values(const char *name, const struct lbuf_pool_params *p)
{
	if (p->middle_min < LBUF_CLASS_MIN || p->middle_min > p->middle_max ||
			p->middle_max > LBUF_CLASS_MAX) {
		MEM_LOG(ERR,
				"pool %s: middle_min %zu and middle_max %zu must be in this order, "
				"from %zu to %zu",
				name, p->middle_min, p->middle_max, LBUF_CLASS_MIN, LBUF_CLASS_MAX);
		return -EINVAL;
	}
	if (p->limit_bytes != 0 && p->limit_bytes < LBUF_LIMIT_MIN) {
		MEM_LOG(ERR, "pool %s: limit_bytes is %zu: at least %zu, or 0 for none", name,
				p->limit_bytes, LBUF_LIMIT_MIN);
		return -EINVAL;
	}
	if ((p->flags & ~(uint32_t)LBUF_POOL_F_ALL) != 0) {
		MEM_LOG(ERR, "pool %s: unknown flags 0x%x", name, p->flags);
		return -EINVAL;
	}
	if (p->policy != LBUF_POLICY_PREFER && p->policy != LBUF_POLICY_STRICT) {
		MEM_LOG(ERR, "pool %s: unknown policy %d", name, p->policy);
		return -EINVAL;
	}
	return 0;
}

int
params_check(const char *name, struct lbuf_pool_params *p)
{
	int ret = check_name(name);

	if (ret != 0)
		return ret;
	fill_defaults(p);
	ret = check_values(name, p);
	return ret != 0 ? ret : check_sockets(name, p);
}
