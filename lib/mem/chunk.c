/* SPDX-License-Identifier: BSD-3-Clause */

/* Behind the inline functions of lbuf_chunk.h. */

#include <errno.h>

#include <rte_errno.h>
#include <rte_memory.h>

#include <lbuf_raw.h>
#include <lbuf_share.h>

#include "chunk.h"
#include "debug.h"
#include "iova.h"
#include "notify.h"
#include "request.h"
#include "shortage.h"
#include "wait.h"
#include "wakeup.h"

_Static_assert(offsetof(struct lbuf_chunk, data) == sizeof(lbuf_chunk_head_t),
		"what free chunks of a class have in common");

static void
count_fallback(struct pool_priv *priv, size_t size, uint32_t slot)
{
	struct depot *depot;

	if (size_is_large(priv, size)) {
		large_count_fallback(&priv->slot[slot].large);
		return;
	}
	depot = depot_for(priv, size, slot);
	if (depot == NULL)
		return;
	rte_spinlock_lock(&depot->lock);
	depot->fallbacks++;
	rte_spinlock_unlock(&depot->lock);
}

/* A chunk on a slot or, if the policy says so, on the same share's of a socket near to it. */
static struct lbuf_chunk *
policy_alloc(struct pool_priv *priv, size_t size, uint32_t slot, enum lbuf_share share,
		const void *caller)
{
	struct lbuf_chunk *chunk = request_alloc(priv, size, slot, caller);
	uint32_t i = slot_socket(priv, slot), tried = 1u << i;
	int other, err = rte_errno; /* of the socket that was asked for */

	while (chunk == NULL && priv->params.policy == LBUF_POLICY_PREFER) {
		other = sockets_nearest(&priv->sockets, i, tried);
		if (other < 0)
			break;
		chunk = request_alloc(priv, size, slot_of(priv, (uint32_t)other, share), caller);
		tried |= 1u << other;
		if (chunk != NULL)
			count_fallback(priv, size, slot);
	}
	if (chunk == NULL) {
		shortage_report(priv, slot, size, err);
		rte_errno = err;
	}
	return chunk;
}

static bool
injected(struct pool_priv *priv)
{
	return unlikely(priv->inject > 0) && --priv->inject == 0;
}

static struct lbuf_chunk *
alloc(struct lbuf_pool *pool, size_t size, int socket, enum lbuf_share share, const void *caller)
{
	struct pool_priv *priv = pool_priv(pool);
	int slot = request_slot(priv, size, socket, share);

	if (slot < 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	if (injected(priv)) {
		rte_errno = ENOMEM;
		return NULL;
	}
	return policy_alloc(priv, size, (uint32_t)slot, share, caller);
}

struct lbuf_chunk *
lbuf_chunk_alloc_slow(struct lbuf_pool *pool, size_t size, int socket)
{
	return alloc(pool, size, socket, LBUF_SHARE_REST, __builtin_return_address(0));
}

/* Cache of the calling thread that the inline functions have popped from. */
static uint32_t
popped_from(const struct lbuf_pool *pool, size_t size)
{
	const struct lcore_caches *lc = lbuf_self.caches;

	return lc->base + lbuf_cache_index(pool, size);
}

/* Behind a pop that found no chunk, or whose chunk is a sample. */
struct lbuf_chunk *
lbuf_chunk_alloc_popped(struct lbuf_pool *pool, size_t size, struct lbuf_chunk *chunk)
{
	const void *caller = __builtin_return_address(0);
	uint32_t i = popped_from(pool, size);

	if (chunk == NULL) {
		cache_undo(lbuf_self.caches, i, 1);
		return alloc(pool, size, SOCKET_ID_ANY, LBUF_SHARE_REST, caller);
	}
	cache_renew(lbuf_self.caches, i);
	lcore_handle(lbuf_self.caches);
	return sample_begin(&pool_priv(pool)->samples, chunk, size, caller);
}

struct lbuf_chunk *
lbuf_chunk_alloc_socket(struct lbuf_pool *pool, size_t size, int socket)
{
	if (socket == SOCKET_ID_ANY)
		return lbuf_chunk_alloc(pool, size);
	return alloc(pool, size, socket, LBUF_SHARE_REST, __builtin_return_address(0));
}

/* As lbuf_cache_pop(), for receiving; NULL: it has none, or one that is a sample. */
static struct lbuf_chunk *
rx_pop(struct lbuf_pool *pool, size_t size)
{
	struct lcore_caches *lc = lbuf_self.caches;
	struct lbuf_chunk **slot, *chunk;
	uint64_t at, state, *word;
	uint32_t i;

	if (lbuf_self.pool != pool || size - 1 >= LBUF_CLASS_MAX)
		return NULL;
	i = lc->shared->rx_base + lbuf_cache_index(pool, size);
	if (!cache_is_open(lc, lc->base + i))
		return NULL;
	word = lbuf_cache_state(lbuf_self.own, i);
	at = *word;
	state = at - LBUF_STATE_STEP;
	slot = lbuf_cache_commit(lbuf_self.own, &word, state, at);
	chunk = LBUF_CACHE_READ(slot - 1);
	if (likely(chunk != NULL && (int64_t)state >= 0))
		return chunk;
	cache_undo(lc, lc->base + i, 1);
	return NULL;
}

struct lbuf_chunk *
lbuf_chunk_alloc_share(struct lbuf_pool *pool, size_t size, int socket, enum lbuf_share share)
{
	struct lbuf_chunk *chunk = NULL;

	if (share == LBUF_SHARE_REST)
		return lbuf_chunk_alloc_socket(pool, size, socket);
	if (socket == SOCKET_ID_ANY) {
		chunk = pool_is_divided(pool_priv(pool)) ? rx_pop(pool, size)
							 : lbuf_chunk_alloc(pool, size);
		if (likely(chunk != NULL) || !pool_is_divided(pool_priv(pool)))
			return chunk;
	}
	return alloc(pool, size, socket, share, __builtin_return_address(0));
}

/* Allocate n chunks, as many as go by a cache at once at most; returns how many. */
static unsigned int
alloc_part(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks, unsigned int n,
		const void *caller)
{
	unsigned int i;

	if (request_bulk(pool_priv(pool), size, chunks, n, caller))
		return n;
	for (i = 0; i < n; i++) {
		chunks[i] = lbuf_chunk_alloc(pool, size);
		if (unlikely(chunks[i] == NULL))
			break;
	}
	return i;
}

static int
alloc_bulk(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks, unsigned int n,
		const void *caller)
{
	unsigned int done = 0, part, got;
	int ret;

	while (done < n) {
		part = RTE_MIN(n - done, (unsigned int)CACHE_BULK_MAX);
		got = alloc_part(pool, size, &chunks[done], part, caller);
		done += got;
		if (got == part)
			continue;
		ret = -rte_errno;
		lbuf_chunk_put_bulk(chunks, done);
		return ret;
	}
	return 0;
}

int
lbuf_chunk_alloc_bulk_slow(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	return alloc_bulk(pool, size, chunks, n, __builtin_return_address(0));
}

/* Behind one whose chunks were stolen meanwhile, or that has a sample among its chunks. */
int
lbuf_chunk_alloc_bulk_popped(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	cache_undo(lbuf_self.caches, popped_from(pool, size), n);
	return alloc_bulk(pool, size, chunks, n, __builtin_return_address(0));
}

void
lbuf_chunk_put_slow(struct lbuf_chunk *chunk)
{
	if (lbuf_mem_drop(&chunk->mem))
		lbuf_chunk_recycle_slow(chunk);
}

void
lbuf_chunk_put_bulk_slow(struct lbuf_chunk **chunks, unsigned int n)
{
	uint32_t run;

	for (; n != 0; chunks += run, n -= run) {
		run = request_free_run(chunks, n);
		if (run != 0)
			continue;
		lbuf_chunk_put(chunks[0]);
		run = 1;
	}
}

void
lbuf_chunk_put_bulk_raw_slow(struct lbuf_pool *pool, size_t size, struct lbuf_chunk **chunks,
		unsigned int n)
{
	struct pool_priv *priv = pool_priv(pool);

	if (unlikely(pool_is_debug(priv)))
		debug_raw(priv, size, chunks, n);
	lbuf_chunk_put_bulk_slow(chunks, n);
}

void
lbuf_chunk_recycle_slow(struct lbuf_chunk *chunk)
{
	struct pool_priv *priv = pool_priv(chunk->pool);

	request_free(priv, chunk);
	if (pool_has_waiters(priv))
		waiters_serve(priv, false);
}

/* For who is in the middle of something: those who wait are served by the background thread. */
void
lbuf_chunk_recycle_quietly(struct lbuf_chunk *chunk)
{
	struct pool_priv *priv = pool_priv(chunk->pool);

	request_free(priv, chunk);
	if (pool_has_waiters(priv))
		wakeup();
}

rte_iova_t
lbuf_chunk_iova(const struct lbuf_chunk *chunk, const void *addr, size_t *len)
{
	size_t off = (size_t)((const uint8_t *)addr - chunk->data);
	size_t page, in_page;

	if (chunk->iova == RTE_BAD_IOVA)
		return RTE_BAD_IOVA;
	if (chunk->page_shift == 0)
		return chunk->iova + off;
	page = (size_t)1 << chunk->page_shift;
	in_page = (uintptr_t)addr & (page - 1);
	*len = RTE_MIN(*len, page - in_page);
	/* Most chunks, and all small ones, lie in one page. */
	return likely(off <= in_page) ? chunk->iova + off : mem_iova(addr, len);
}

void
lbuf_pool_inject(struct lbuf_pool *pool, int nth)
{
	pool_priv(pool)->inject = nth;
}
