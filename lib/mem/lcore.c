/* SPDX-License-Identifier: BSD-3-Clause */

/* The caches of lcores: made when a thread first needs them, and found. */

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "lcore.h"

__thread struct lbuf_self lbuf_self;

/* Words of the stacks of all caches. */
static size_t
stack_words(uint32_t nb)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < nb; i++)
		n += cache_stack_words(i);
	return n;
}

static struct lbuf_chunk **
stacks(struct lcore_caches *lc)
{
	return RTE_PTR_ALIGN_CEIL((struct lbuf_chunk **)&lc->cache[lc->nb], RTE_CACHE_LINE_SIZE);
}

/* Have all caches be empty, and not yet used. */
static void
lcore_reset(struct lcore_caches *lc)
{
	uint32_t i;

	for (i = 0; i < LBUF_CACHES; i++)
		cache_reset(lc, i);
	lc->next = (uint32_t)(stacks(lc) - lbuf_cache_slots(cache_own(lc)));
	lc->pending = 0;
	lc->grown_bytes = 0;
}

static uint32_t
lcore_slot(const struct lcores *lcores, unsigned int id)
{
	return sockets_home(lcores->sockets, (int)rte_lcore_to_socket_id(id));
}

/* Those for receiving take memory, which few pools have use for. */
static uint32_t
nb_slots(const struct lcores *lcores)
{
	bool divided = __atomic_load_n(&lcores->divided, __ATOMIC_RELAXED);

	return (divided ? LBUF_SHARE_NUM : 1) * lcores->sockets->nb;
}

static struct lcore_caches *
lcore_new(struct lcores *lcores, unsigned int id)
{
	uint32_t slot = lcore_slot(lcores, id), nb = slot_base(nb_slots(lcores));
	struct lcore_caches *lc;
	size_t bytes;

	bytes = sizeof(*lc) + nb * sizeof(lc->cache[0]) + RTE_CACHE_LINE_SIZE +
			stack_words(nb) * sizeof(struct lbuf_chunk *);
	lc = rte_zmalloc_socket("lbuf_lcore", bytes, RTE_CACHE_LINE_SIZE,
			lcores->sockets->id[slot]);
	if (lc == NULL) /* a socket without memory: its lcores have caches all the same */
		lc = rte_zmalloc("lbuf_lcore", bytes, RTE_CACHE_LINE_SIZE);
	if (lc == NULL)
		return NULL;
	rte_spinlock_init(&lc->lock);
	lc->local = rte_eal_process_type() == RTE_PROC_PRIMARY;
	lc->nb = nb;
	lc->base = slot_base(slot);
	lc->shared = &lcores->shared;
	lcore_reset(lc);
	__atomic_store_n(&lcores->lcore[id], lc, __ATOMIC_RELEASE);
	return lc;
}

void
lcores_close(struct lcores *lcores)
{
	uint32_t id;

	for (id = 0; id < RTE_MAX_LCORE; id++)
		if (lcores->lcore[id] != NULL)
			lcore_reset(lcores->lcore[id]);
}

/* Count positions from the caches of another socket on. The lock must be held. */
static void
rebase(struct lcore_caches *lc, uint32_t base)
{
	uint32_t i, by = lc->base - base;

	lc->base = base;
	lc->next += by;
	for (i = 0; i < LBUF_CACHES; i++)
		cache_rebase(lc, i, by);
}

/* An earlier thread may have had the lcore on another socket, or in another process. */
static void
lcore_adopt(struct lcore_caches *lc, uint32_t base)
{
	bool local = rte_eal_process_type() == RTE_PROC_PRIMARY;

	if (likely(lc->base == base && lc->local == local))
		return;
	rte_spinlock_lock(&lc->lock);
	if (lc->base != base)
		rebase(lc, base);
	lc->local = local;
	rte_spinlock_unlock(&lc->lock);
}

/* What lbuf_self::want is. */
static uint64_t
want_of(const struct lcores *lcores, const struct lcore_caches *lc)
{
	struct lbuf_mem mem = {
		.refcnt = 1,
		.kind = LBUF_MEM_CHUNK,
		.flags = (uint8_t)(lcores->tag << LBUF_MEM_TAG_SHIFT),
		.cidx = (uint16_t)lc->base,
	};

	return lbuf_mem_head(&mem) - LBUF_CACHES;
}

/* Between lcore_thread_ends() and the time at which the thread is an lcore again. */
static __thread bool ended;

void
lcore_thread_begins(void)
{
	ended = false;
}

void
lcore_thread_ends(void)
{
	ended = true;
	lbuf_self = (struct lbuf_self){ 0 };
}

struct lcore_caches *
lcore_self(struct lcores *lcores)
{
	unsigned int id = rte_lcore_id();
	struct lcore_caches *lc;

	if (likely(lbuf_self.pool == lcores->pool && lcores->tag != 0))
		return lbuf_self.caches;
	if (id >= RTE_MAX_LCORE || lcores->tag == 0 || ended)
		return NULL;
	lc = lcores->lcore[id];
	if (lc == NULL)
		lc = lcore_new(lcores, id);
	if (lc == NULL)
		return NULL;
	lcore_adopt(lc, slot_base(lcore_slot(lcores, id)));
	lbuf_self = (struct lbuf_self){
		.pool = lcores->pool,
		.own = cache_own(lc),
		.want = want_of(lcores, lc),
		.caches = lc,
	};
	return lc;
}

void
lcore_flush(struct lcore_caches *lc)
{
	uint32_t i;

	if (lc == NULL)
		return;
	rte_spinlock_lock(&lc->lock);
	for (i = 0; i < lc->nb; i++)
		cache_flush(lc, i);
	rte_spinlock_unlock(&lc->lock);
}

bool
lcores_hold(const struct lcores *lcores, uint32_t cidx)
{
	uint32_t id;

	for (id = 0; id < RTE_MAX_LCORE; id++)
		if (lcores->lcore[id] != NULL && cache_len(lcores->lcore[id], cidx) != 0)
			return true;
	return false;
}
