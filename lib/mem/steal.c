/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Stealing: chunks are taken out of the caches of lcores that may be in the midst of an
 * allocation or a free, and that may never come into the library by themselves.
 *
 * An lcore's inline functions take no lock and have no fence; whoever steals makes up for
 * it: membarrier() has each running thread of the process pass a full fence, its *point*,
 * and returns when all have. What a thread does before its point, in the order of its
 * instructions, is done for all others then; what it does after it sees all that was
 * written before the call. The inline functions keep to this order (lbuf_chunk.h):
 *
 *   pop    write the state, read the chunk; NULL: undo, under the lock
 *   bulk   write the state, read the bottom (obj); above: undo, under the lock; else copy
 *   push   write the chunk, or chunks, write the state
 *
 * All else that an lcore does to its caches, it does under the lock (cache.c), which the
 * thief holds. The thief
 *
 *   1. writes a higher bottom: all n chunks below it, R, are to be stolen; barrier
 *   2. reads the top. Where it is within R, R ends there.
 *   3. exchanges the positions in R for NULL, and keeps what was there; barrier
 *   4. reads the top; barrier
 *   5. reads the positions again, from the bottom to the top read in 4, or the end of R. Up
 *      to the first that is not NULL they are its loot.
 *   6. writes what it kept of the others back, where there still is NULL; barrier; lowers
 *      the bottom to the end of the loot.
 *
 * A bulk pop takes nothing out of R from 2 on. One that wrote its state before its point
 * in 1 leaves what is below that state alone, and 2 has read that state or a later one;
 * if a later one is higher, then the copy is over, for nothing is pushed before. One that
 * wrote it after the point reads the new bottom, and undoes.
 *
 * A position in the loot is the thief's. The top in 4 was above it, so no pop of it had
 * written its state before the point in 3; one that does later reads NULL, and waits for
 * the lock: no top goes below. What was kept is what lay there then: had the lcore popped
 * that before, and pushed another chunk where it was, the push would have come after the
 * exchange, and 5 would not read NULL: the top that 4 has read was written after it, and
 * so before the second point.
 *
 * To write back is safe whoever has the chunk. If the lcore had popped it, that is
 * above the top, where what lies does not matter, and it is not written over what was
 * pushed meanwhile. If not, the lcore finds it there, at once or, when it has read NULL
 * already, after it has undone its pop under the lock. So it does not matter either that
 * the top may be that of a pop or a bulk that is going to be undone. The barrier in 6 is
 * for bulks that read the lowered bottom: they must not copy NULL.
 *
 * A barrier costs a few microseconds, here and on each CPU that runs a thread of the
 * process; the lcores pay nothing else.
 */

#include <errno.h>
#include <string.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_common.h>

#include "mem_log.h"
#include "steal.h"

/* Chunks, and caches, that are stolen from at once. */
#define LOOT_MAX 1024
#define PARTS_MAX 64

/* Of one cache. */
struct part {
	uint32_t i;
	uint32_t from; /* the lowest position */
	uint32_t end;  /* behind the highest in R */
	uint32_t told; /* the bottom that the lcore was told of in 1 */
	uint32_t top;  /* as read in 4 */
	uint32_t at;   /* index in loot::kept of the chunk at the lowest */
};

/* Of one lcore. */
struct loot {
	struct lcore_caches *lc;
	uint32_t what; /* CACHE_FLUSH() of the shares that are stolen from */
	uint32_t nb_parts;
	uint32_t n;
	struct part part[PARTS_MAX];
	struct lbuf_chunk *kept[LOOT_MAX];
};

static bool can_steal;

static bool
barrier(void)
{
	return syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void
steal_init(void)
{
	static bool done;

	if (__atomic_exchange_n(&done, true, __ATOMIC_SEQ_CST))
		return;
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
			barrier()) {
		__atomic_store_n(&can_steal, true, __ATOMIC_RELEASE);
		return;
	}
	MEM_LOG(NOTICE,
			"who waits for memory gets none out of the caches of lcores that free "
			"nothing: membarrier(): %s: allow this system call",
			strerror(errno));
}

static struct lbuf_chunk **
slot_at(const struct loot *loot, uint32_t pos)
{
	return &lbuf_cache_slots(cache_own(loot->lc))[pos];
}

static void
set_bottom(const struct loot *loot, uint32_t i, uint32_t pos)
{
	__atomic_store_n(&loot->lc->pub.obj[i], pos, __ATOMIC_RELAXED);
}

/* 1: whatever there is, as far as it fits. */
static void
choose(struct loot *loot)
{
	uint32_t i, n, from;

	for (i = 0; i < loot->lc->nb && loot->nb_parts < PARTS_MAX; i++) {
		if (!cache_is_open(loot->lc, i) ||
				(loot->what & CACHE_FLUSH(cache_share(loot->lc, i))) == 0)
			continue;
		from = (uint32_t)loot->lc->pub.obj[i];
		n = RTE_MIN(cache_len(loot->lc, i), LOOT_MAX - loot->n);
		if (n == 0)
			continue;
		loot->part[loot->nb_parts++] = (struct part){
			.i = i, .from = from, .end = from + n, .told = from + n, .at = loot->n
		};
		loot->n += n;
		set_bottom(loot, i, from + n);
	}
}

/* The kernel does not help any more: as if nothing had been. */
static void
give_up(struct loot *loot)
{
	uint32_t k;

	for (k = 0; k < loot->nb_parts; k++)
		set_bottom(loot, loot->part[k].i, loot->part[k].from);
	__atomic_store_n(&can_steal, false, __ATOMIC_RELEASE);
}

/* 2 and 3 */
static void
empty(struct loot *loot, struct part *part)
{
	int32_t len = (int32_t)(cache_top(loot->lc, part->i) - part->from);
	uint32_t pos;

	if (len < (int32_t)(part->end - part->from))
		part->end = part->from + (uint32_t)RTE_MAX(len, 0);
	for (pos = part->from; pos < part->end; pos++)
		loot->kept[part->at + pos - part->from] =
				__atomic_exchange_n(slot_at(loot, pos), NULL, __ATOMIC_ACQ_REL);
}

/* 5, and the first half of 6; returns the end of the loot. */
static uint32_t
divide(struct loot *loot, const struct part *part)
{
	uint32_t pos = part->from, end;

	while (pos < part->end && (int32_t)(part->top - pos) > 0 &&
			__atomic_load_n(slot_at(loot, pos), __ATOMIC_ACQUIRE) == NULL)
		pos++;
	end = pos;
	for (; pos < part->end; pos++) {
		struct lbuf_chunk *none = NULL;

		__atomic_compare_exchange_n(slot_at(loot, pos), &none,
				loot->kept[part->at + pos - part->from], false, __ATOMIC_ACQ_REL,
				__ATOMIC_RELAXED);
	}
	return end;
}

/* The rest of 6, and the loot goes to the depot; returns how much it is. */
static uint32_t
carry_off(struct loot *loot, const struct part *part)
{
	struct cache *cache = &loot->lc->cache[part->i];
	uint32_t n = part->end - part->from;

	if (part->end != part->told)
		set_bottom(loot, part->i, part->end);
	if (n == 0)
		return 0;
	cache->flushed += n;
	cache->flushes++;
	depot_put(loot->lc->shared->depots->depot[part->i], &loot->kept[part->at], n);
	return n;
}

/* The lock must be held. */
static uint32_t
steal(struct loot *loot)
{
	bool undone = false;
	uint32_t k, n = 0;

	choose(loot);
	if (loot->nb_parts == 0)
		return 0;
	if (!barrier()) {
		give_up(loot);
		return 0;
	}
	for (k = 0; k < loot->nb_parts; k++)
		empty(loot, &loot->part[k]);
	barrier();
	for (k = 0; k < loot->nb_parts; k++)
		loot->part[k].top = cache_top(loot->lc, loot->part[k].i);
	barrier();
	for (k = 0; k < loot->nb_parts; k++) {
		loot->part[k].end = divide(loot, &loot->part[k]);
		undone = undone || loot->part[k].end != loot->part[k].told;
	}
	if (undone)
		barrier();
	for (k = 0; k < loot->nb_parts; k++)
		n += carry_off(loot, &loot->part[k]);
	return n;
}

/* Whether there seems to be anything to steal. */
static bool
holds_chunks(const struct lcore_caches *lc, uint32_t what)
{
	uint32_t i;

	for (i = 0; i < lc->nb; i++)
		if (cache_is_open(lc, i) && (what & CACHE_FLUSH(cache_share(lc, i))) != 0 &&
				cache_len(lc, i) != 0)
			return true;
	return false;
}

static uint32_t
lcore_steal(struct lcore_caches *lc, uint32_t what)
{
	struct loot loot;
	uint32_t n = 0;

	loot.lc = lc;
	loot.what = what;
	loot.nb_parts = 0;
	loot.n = 0;
	rte_spinlock_lock(&lc->lock);
	if (lc->local)
		n = steal(&loot);
	rte_spinlock_unlock(&lc->lock);
	return n;
}

size_t
lcores_steal(struct lcores *lcores, uint32_t what)
{
	size_t n, sum = 0;
	uint32_t id;

	for (id = 0; id < RTE_MAX_LCORE; id++) {
		struct lcore_caches *lc = lcores_at(lcores, id);

		if (lc == NULL)
			continue;
		/* Until it has nothing: more than fits at once, or what came meanwhile. */
		do {
			if (!__atomic_load_n(&can_steal, __ATOMIC_ACQUIRE))
				return sum;
			n = holds_chunks(lc, what) ? lcore_steal(lc, what) : 0;
			sum += n;
		} while (n >= LOOT_MAX / 2);
	}
	return sum;
}
