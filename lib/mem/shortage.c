/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The report in the log when a request fails for want of memory: per socket and tier what is
 * out and how much may be, the largest holders, and what would help.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <lbuf_debug.h>
#include <lbuf_share.h>

#include "holders.h"
#include "mem_log.h"
#include "shortage.h"

/* Time between two reports of a pool, seconds. */
#define QUIET_S 1
/* Holders that are looked at, and that are told of. */
#define GROUPS 64
#define TOLD 5
/* A report takes a few hundred bytes for each socket. */
#define TEXT_BYTES 4096

struct report {
	char buf[TEXT_BYTES];
	size_t len;
};

/* What the layer above adds, or NULL. */
static shortage_more_t tell_more;

void
report_put(struct report *r, const char *fmt, ...)
{
	size_t room = sizeof(r->buf) - r->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(r->buf + r->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		r->len += RTE_MIN((size_t)n, room - 1);
}

static void
put_budget(struct report *r, const struct budget *budget)
{
	report_put(r, "%" PRIu64 " B held", budget_used(budget));
	if (budget_limit(budget) == UINT64_MAX)
		report_put(r, ", no limit");
	else
		report_put(r, " of at most %" PRIu64, budget_limit(budget));
}

static void
put_socket(struct report *r, const struct pool_priv *priv, uint32_t i)
{
	int socket = priv->sockets.id[i];
	struct lbuf_pool_stats st;
	enum lbuf_tier tier;

	report_put(r, "\n  socket %d: ", socket);
	put_budget(r, &priv->socket[i].total);
	if (socket_rx_bytes(priv, i) != 0) {
		report_put(r, "; receiving's share: ");
		put_budget(r, &priv->slot[priv->sockets.nb + i].mem.budget);
		report_put(r, "; the rest: ");
		put_budget(r, &priv->slot[i].mem.budget);
	}
	for (tier = 0; tier < LBUF_TIER_NUM; tier++) {
		lbuf_pool_stats_get(&priv->pub, tier, socket, 0, &st);
		report_put(r,
				"; %s: %" PRIu64 " B, %" PRIu64 " of %" PRIu64
				" chunks out, %" PRIu64 " cached",
				tier_name(tier), st.bytes, st.out, st.chunks, st.cached);
	}
}

static int
more_bytes_first(const void *a, const void *b)
{
	const struct lbuf_holder *x = a, *y = b;
	uint64_t xb = x->chunks * x->size, yb = y->chunks * y->size;

	return (xb < yb) - (xb > yb);
}

static void
put_holders(struct report *r, struct pool_priv *priv)
{
	struct lbuf_holder h[GROUPS];
	int i, n = lbuf_pool_holders_get(&priv->pub, h, GROUPS);
	char where[64];

	if (n > 0)
		qsort(h, (size_t)n, sizeof(h[0]), more_bytes_first);
	for (i = 0; i < RTE_MIN(n, TOLD); i++) {
		caller_text(h[i].caller, where, sizeof(where));
		report_put(r,
				"\n  held: %s%" PRIu64
				" chunks of %zu B, tag %s, by %s, the oldest for %.3f s",
				h[i].seen == h[i].chunks ? "" : "about ", h[i].chunks, h[i].size,
				h[i].tag[0] == '\0' ? "none" : h[i].tag, where, h[i].oldest_s);
	}
}

/* Chunks of the class that lie in caches of lcores, where the request could not get them. */
static uint64_t
cached_elsewhere(const struct pool_priv *priv, uint32_t slot, size_t size)
{
	struct lbuf_pool_stats st;
	size_t chunk;

	if (size_is_large(priv, size))
		return 0;
	chunk = lbuf_class_size(lbuf_class_index(size));
	if (lbuf_pool_stats_get(&priv->pub, LBUF_TIER_NUM, priv->slot[slot].mem.socket, chunk,
			    &st) != 0)
		return 0;
	return st.cached;
}

/* What is in the way of bytes: a share's own limit, or that of the socket. */
static const char *
limit_in_way(const struct pool_priv *priv, uint32_t slot, size_t size)
{
	bool divided = socket_rx_bytes(priv, slot_socket(priv, slot)) != 0;

	if (!divided || !budget_is_full(&priv->slot[slot].mem.budget, size))
		return "limit_bytes of the pool's settings, or lbuf_pool_limit_set()";
	return slot_share(priv, slot) == LBUF_SHARE_RX
			? "receiving's share by lbuf_pool_share_set()"
			: "limit_bytes, or lower receiving's share by lbuf_pool_share_set()";
}

static void
put_help(struct report *r, const struct pool_priv *priv, uint32_t slot, size_t size, int err)
{
	uint64_t cached = cached_elsewhere(priv, slot, size);

	report_put(r, "\n  what helps: free chunks");
	if (err == ENOBUFS)
		report_put(r, ", or raise %s", limit_in_way(priv, slot, size));
	else if (size_is_large(priv, size))
		report_put(r,
				", or give the system more hugepages on this socket, or let base "
				"pages stand in (LBUF_POOL_F_BASE_PAGES)");
	else
		report_put(r,
				", or give EAL more memory on this socket (-m or --socket-mem, and "
				"hugepages)");
	if (cached != 0)
		report_put(r,
				"; caches of lcores have %" PRIu64
				" such chunks: lbuf_pool_flush() where an "
				"lcore idles, a smaller cache_bytes, or lbuf_chunk_wait()",
				cached);
	if (priv->params.policy == LBUF_POLICY_STRICT && priv->sockets.nb > 1)
		report_put(r, "; LBUF_POLICY_PREFER lets other sockets serve");
}

static __rte_noinline void
report(struct pool_priv *priv, uint32_t slot, size_t size, int err)
{
	shortage_more_t more = __atomic_load_n(&tell_more, __ATOMIC_ACQUIRE);
	struct lbuf_pool_stats st;
	struct report r;
	uint32_t i;

	r.len = 0;
	lbuf_pool_stats_get(&priv->pub, LBUF_TIER_NUM, SOCKET_ID_ANY, 0, &st);
	report_put(&r, "pool %s: %s: no %zu B on socket %d; %" PRIu64 " requests have failed",
			priv->name, err == ENOBUFS ? "at its limit" : "out of memory", size,
			priv->slot[slot].mem.socket, st.failures);
	for (i = 0; i < priv->sockets.nb; i++)
		put_socket(&r, priv, i);
	put_holders(&r, priv);
	if (more != NULL)
		more(&r);
	put_help(&r, priv, slot, size, err);
	MEM_LOG(WARNING, "%s", r.buf);
}

void
shortage_report(struct pool_priv *priv, uint32_t slot, size_t size, int err)
{
	if ((err == ENOBUFS || err == ENOMEM) && log_due(&priv->shortage_tsc, QUIET_S))
		report(priv, slot, size, err);
}

void
shortage_more_set(shortage_more_t more)
{
	__atomic_store_n(&tell_more, more, __ATOMIC_RELEASE);
}
