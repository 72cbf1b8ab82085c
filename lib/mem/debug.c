/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Debug pools. Free memory is filled with a pattern, and looked at when it is handed
 * out again; behind each chunk lie bytes that nobody may write, behind a large one a
 * page that is not there. What is wrong is logged with the chunk's last owner, and
 * counted; the program goes on.
 */

#include <string.h>

#include <lbuf_debug.h>

#include "debug.h"
#include "holders.h"
#include "mem_log.h"
#include "poison.h"

static bool
all_bytes(const uint8_t *p, size_t n, uint8_t byte, size_t *at)
{
	/* All are the same if the first is right and each is as its neighbour. */
	if (n == 0 || (p[0] == byte && memcmp(p, p + 1, n - 1) == 0))
		return true;
	for (*at = 0; p[*at] == byte;)
		++*at;
	return false;
}

static void
report(struct pool_priv *priv, const struct lbuf_chunk *chunk, const struct owner *owner,
		const char *what, size_t at)
{
	char text[192] = "not known";

	if (owner != NULL)
		owner_text(owner, text, sizeof(text));
	__atomic_fetch_add(&priv->bugs, 1, __ATOMIC_RELAXED);
	MEM_LOG(ERR, "pool %s: chunk %p of %zu B: %s, byte %zu; last owner: %s", priv->name,
			(const void *)chunk, chunk->size, what, at, text);
}

static void
check_guard(struct pool_priv *priv, struct lbuf_chunk *chunk, const struct owner *owner)
{
	size_t at;

	if (chunk->tier == LBUF_TIER_LARGE ||
			all_bytes(chunk->data + chunk->size, GUARD_BYTES, GUARD, &at))
		return;
	report(priv, chunk, owner, "written behind its end", chunk->size + at);
	memset(chunk->data + chunk->size, GUARD, GUARD_BYTES);
}

void
debug_alloc(struct pool_priv *priv, struct lbuf_chunk *chunk, size_t size, const void *caller)
{
	struct owner *owner = owner_of(chunk);
	size_t at;

	if (!all_bytes(chunk->data, chunk->size, POISON, &at))
		report(priv, chunk, owner, "written after it was freed", at);
	check_guard(priv, chunk, owner);
	memset(chunk->data, FRESH, chunk->size);
	owner_set(owner, chunk, size, caller);
	owner->out = true;
}

bool
debug_free(struct pool_priv *priv, struct lbuf_chunk *chunk)
{
	struct owner *owner = owner_of(chunk);

	if (!owner->out) {
		report(priv, chunk, owner, "freed twice", 0);
		return false;
	}
	check_guard(priv, chunk, owner);
	owner->out = false;
	memset(chunk->data, POISON, chunk->size);
	return true;
}

/* What of a chunk is not as the caller claims; NULL: it is all right. */
static const char *
raw_bug(const struct pool_priv *priv, size_t size, const struct lbuf_chunk *chunk)
{
	if (chunk->pool != &priv->pub)
		return "freed raw into another pool than its own";
	if (size == 0 || size_is_large(priv, size) || chunk->tier == LBUF_TIER_LARGE ||
			chunk->mem.cidx % LBUF_SOCKET_CACHES != lbuf_cache_index(&priv->pub, size))
		return "freed raw as one of another class";
	if (chunk->mem.refcnt != 1 || (chunk->mem.flags & LBUF_MEM_SHARED) != 0)
		return "freed raw, but it has further references";
	return NULL;
}

void
debug_raw(struct pool_priv *priv, size_t size, struct lbuf_chunk *const *chunks, uint32_t n)
{
	const char *bug;
	uint32_t i;

	for (i = 0; i < n; i++) {
		bug = raw_bug(priv, size, chunks[i]);
		if (bug != NULL)
			report(priv, chunks[i], owner_of(chunks[i]), bug, 0);
	}
}

struct leaks {
	const struct pool_priv *priv;
	unsigned int left;
};

static void
log_leak(const struct owner *o, uint32_t weight, void *arg)
{
	struct leaks *leaks = arg;
	char text[192];

	RTE_SET_USED(weight);
	if (leaks->left == 0)
		return;
	leaks->left--;
	owner_text(o, text, sizeof(text));
	MEM_LOG(ERR, "pool %s: still out: chunk %p of %zu B, %zu asked for, %s tier; %s",
			leaks->priv->name, (void *)o->chunk, o->chunk->size, o->size,
			tier_name(o->chunk->tier), text);
}

void
debug_leaks(struct pool_priv *priv, unsigned int max)
{
	struct leaks leaks = { .priv = priv, .left = max };

	holders_walk(priv, log_leak, &leaks);
}

uint64_t
lbuf_pool_bugs(const struct lbuf_pool *pool)
{
	return __atomic_load_n(&pool_priv(pool)->bugs, __ATOMIC_RELAXED);
}
