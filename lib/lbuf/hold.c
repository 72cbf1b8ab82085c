/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_lcore.h>
#include <rte_spinlock.h>

#include "hold.h"

/* Most credits that an lcore has at hand. */
#define CACHE_MAX 64

_Static_assert(sizeof(uintptr_t) == sizeof(uint64_t), "a via has place above an address");
_Static_assert(HOLD_QUEUES <= UINT16_MAX, "a via has 16 bits");

struct hold_queue hold_queues[HOLD_QUEUES];
struct hold_cell hold_cells[RTE_MAX_LCORE + 1][HOLD_QUEUES] __rte_cache_aligned;
uint32_t hold_nb_short;
__thread struct hold_cell *hold_row;

/* Of settings, and of which vias are in use. */
static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;
/* Lcores that have ever had a cell: all are below. */
static uint32_t nb_rows;

/* --- rows ------------------------------------------------------------------ */

/* Whether EAL tells when threads become lcores, and when they end: else no row is kept. */
static bool watched;

/* A thread becomes an lcore, or an lcore watches the others, see lcore_begins() in pool.c. */
static int
forget_row(unsigned int lcore_id, void *arg)
{
	RTE_SET_USED(lcore_id);
	RTE_SET_USED(arg);
	hold_row = NULL;
	return 0;
}

/* An lcore ends: from here on it has no row of its own, for another one may get its number. */
static void
leave_row(unsigned int lcore_id, void *arg)
{
	RTE_SET_USED(lcore_id);
	RTE_SET_USED(arg);
	hold_row = hold_cells[RTE_MAX_LCORE];
}

/* Not under the lock: EAL has one of its own, under which users may be called who want ours. */
static void
watch_lcores(void)
{
	static bool asked;

	if (!__atomic_exchange_n(&asked, true, __ATOMIC_RELAXED) &&
			rte_lcore_callback_register("lbuf_hold", forget_row, leave_row, NULL) !=
					NULL)
		__atomic_store_n(&watched, true, __ATOMIC_RELAXED);
}

struct hold_cell *
hold_row_find(void)
{
	unsigned int id = rte_lcore_id();

	if (id >= RTE_MAX_LCORE)
		return hold_cells[RTE_MAX_LCORE];
	if (__atomic_load_n(&watched, __ATOMIC_RELAXED))
		hold_row = hold_cells[id];
	return hold_cells[id];
}

static bool
is_row(const struct hold_cell *c)
{
	return c < hold_cells[RTE_MAX_LCORE];
}

/* --- credits --------------------------------------------------------------- */

static int32_t
max_of(const struct hold_cell *c)
{
	return __atomic_load_n(&c->max, __ATOMIC_RELAXED);
}

/* An lcore is about to have credits. */
static void
note_row(void)
{
	uint32_t row = rte_lcore_id() + 1, was = __atomic_load_n(&nb_rows, __ATOMIC_RELAXED);

	while (was < row &&
			!__atomic_compare_exchange_n(&nb_rows, &was, row, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		;
}

static uint32_t
rows(void)
{
	return __atomic_load_n(&nb_rows, __ATOMIC_ACQUIRE);
}

static int64_t
stock(const struct hold_queue *q)
{
	return __atomic_load_n(&q->avail, __ATOMIC_RELAXED);
}

static uint32_t
limit_of(const struct hold_queue *q)
{
	return __atomic_load_n(&q->limit, __ATOMIC_RELAXED);
}

static uint32_t
cache_of(const struct hold_queue *q)
{
	return __atomic_load_n(&q->cache, __ATOMIC_RELAXED);
}

/* Credits from the stock, up to so many. */
static int32_t
stock_take(struct hold_queue *q, int32_t want)
{
	int64_t have = stock(q);
	int64_t n;

	do {
		if (have <= 0)
			return 0;
		n = RTE_MIN(have, (int64_t)want);
	} while (!__atomic_compare_exchange_n(&q->avail, &have, have - n, true, __ATOMIC_RELAXED,
			__ATOMIC_RELAXED));
	return (int32_t)n;
}

static void
set_short(struct hold_queue *q, bool is_short)
{
	if (__atomic_load_n(&q->is_short, __ATOMIC_RELAXED) == is_short ||
			__atomic_exchange_n(&q->is_short, is_short, __ATOMIC_RELAXED) == is_short)
		return;
	__atomic_fetch_add(&hold_nb_short, is_short ? 1 : UINT32_MAX, __ATOMIC_RELAXED);
}

static void
stock_give(struct hold_queue *q, int64_t n)
{
	int64_t now = __atomic_add_fetch(&q->avail, n, __ATOMIC_RELAXED);

	if (now > (int64_t)limit_of(q) / 4)
		set_short(q, false);
}

/*
 * Mbufs that are held, but not more than the bound: credits on their way from the stock to a
 * cell look as if they were held. 0 while the bound is set.
 */
static uint64_t
held_at_most(uint16_t via)
{
	const struct hold_queue *q = &hold_queues[via];
	uint32_t settings = __atomic_load_n(&q->settings, __ATOMIC_SEQ_CST);
	uint32_t held = RTE_MIN(hold_held(via), limit_of(q));

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (settings % 2 != 0 || __atomic_load_n(&q->settings, __ATOMIC_SEQ_CST) != settings)
		return 0;
	return held;
}

/* Note how many are held, if that is more than ever. */
static void
note_high(uint16_t via)
{
	struct hold_queue *q = &hold_queues[via];
	uint64_t high = __atomic_load_n(&q->high, __ATOMIC_RELAXED), held;

	/* What is out of the stock is held, or at hand. */
	if ((int64_t)limit_of(q) - stock(q) <= (int64_t)high)
		return;
	held = held_at_most(via);
	while (high < held &&
			!__atomic_compare_exchange_n(&q->high, &high, held, true, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		;
}

/* See to a change of settings. What is at hand goes back: it may be too much now. */
static void
refresh(struct hold_cell *c, struct hold_queue *q)
{
	int32_t credit = hold_credit(c);

	note_row();
	__atomic_store_n(&c->floor, 0, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&c->max, (int32_t)cache_of(q), __ATOMIC_RELAXED);
	__atomic_store_n(&c->copy_break, __atomic_load_n(&q->copy_break, __ATOMIC_RELAXED),
			__ATOMIC_RELAXED);
	hold_credit_set(c, 0);
	stock_give(q, credit);
}

uint32_t
hold_take_slow(uint16_t via, uint32_t n)
{
	struct hold_queue *q = &hold_queues[via];
	struct hold_cell *c = hold_cell(via);
	int32_t credit, more = 0, want = (int32_t)n;
	uint32_t got;

	note_high(via);
	if (!is_row(c)) {
		got = (uint32_t)stock_take(q, want);
		if (got < n)
			set_short(q, true);
		return got;
	}
	if (__atomic_load_n(&c->floor, __ATOMIC_RELAXED) != 0 || max_of(c) == 0)
		refresh(c, q);
	credit = hold_credit(c);
	/* Where they are few, none are taken that may not be needed. */
	if (stock(q) > (int64_t)limit_of(q) / 4)
		more = (int32_t)cache_of(q) / 2;
	credit += stock_take(q, want - credit + more);
	got = (uint32_t)RTE_MIN(RTE_MAX(credit, 0), want);
	hold_credit_set(c, credit - (int32_t)got);
	if (got < n)
		set_short(q, true);
	note_high(via);
	return got;
}

void
hold_give_slow(uint16_t via, uint32_t n)
{
	struct hold_queue *q = &hold_queues[via];
	struct hold_cell *c = hold_cell(via);
	int32_t credit, keep;

	if (!is_row(c)) {
		stock_give(q, n);
		return;
	}
	if (max_of(c) <= 0)
		note_row();
	credit = hold_credit(c) + (int32_t)n;
	keep = (int32_t)cache_of(q);
	__atomic_store_n(&c->max, keep, __ATOMIC_RELAXED);
	if (__atomic_load_n(&q->is_short, __ATOMIC_RELAXED))
		keep = 0;
	if (credit <= keep) {
		hold_credit_set(c, credit);
		return;
	}
	hold_credit_set(c, keep / 2);
	stock_give(q, credit - keep / 2);
}

void
hold_regain(uint16_t via, uint32_t n)
{
	struct hold_cell *c = hold_cell(via);

	if (is_row(c))
		hold_credit_set(c, hold_credit(c) - (int32_t)n);
	else
		stock_give(&hold_queues[via], -(int64_t)n);
}

/* Have the lcores see to a change. */
static void
poke(uint16_t via)
{
	uint32_t i, n;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	n = rows();
	for (i = 0; i < n; i++) {
		__atomic_store_n(&hold_cells[i][via].floor, INT32_MAX, __ATOMIC_SEQ_CST);
		__atomic_store_n(&hold_cells[i][via].max, -1, __ATOMIC_RELAXED);
	}
}

/* Credits that each lcore may have at hand: a quarter of all, divided. */
static uint32_t
cache_for(uint32_t limit)
{
	return RTE_MIN(limit / (4 * RTE_MAX(rte_lcore_count(), 1u)), (uint32_t)CACHE_MAX);
}

/* The lock must be held. */
static void
set_limit(uint16_t via, uint32_t limit)
{
	struct hold_queue *q = &hold_queues[via];
	int64_t more = (int64_t)limit - q->limit;

	__atomic_add_fetch(&q->settings, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&q->cache, cache_for(limit), __ATOMIC_RELAXED);
	__atomic_store_n(&q->limit, limit, __ATOMIC_RELAXED);
	stock_give(q, more);
	__atomic_add_fetch(&q->settings, 1, __ATOMIC_SEQ_CST);
	poke(via);
}

void
hold_set_limit(uint16_t via, uint32_t limit)
{
	rte_spinlock_lock(&lock);
	set_limit(via, RTE_MIN(limit, HOLD_NO_LIMIT));
	__atomic_store_n(&hold_queues[via].settled, true, __ATOMIC_RELAXED);
	rte_spinlock_unlock(&lock);
}

void
hold_unset_limit(uint16_t via)
{
	rte_spinlock_lock(&lock);
	/* First this: who then finds no credit is to find out the bound. */
	__atomic_store_n(&hold_queues[via].settled, false, __ATOMIC_RELEASE);
	set_limit(via, 0);
	rte_spinlock_unlock(&lock);
}

void
hold_set_copy_break(uint16_t via, uint32_t copy_break)
{
	rte_spinlock_lock(&lock);
	__atomic_store_n(&hold_queues[via].copy_break, copy_break, __ATOMIC_RELAXED);
	poke(via);
	rte_spinlock_unlock(&lock);
}

static void
cell_figures(uint16_t via, uint64_t *copied, uint64_t *small)
{
	uint32_t i, n = rows();

	*copied = 0;
	*small = 0;
	for (i = 0; i < n; i++) {
		*copied += __atomic_load_n(&hold_cells[i][via].copied, __ATOMIC_RELAXED);
		*small += __atomic_load_n(&hold_cells[i][via].small, __ATOMIC_RELAXED);
	}
	/* Threads without an lcore count in the last row, with atomics. */
	*copied += __atomic_load_n(&hold_cells[RTE_MAX_LCORE][via].copied, __ATOMIC_RELAXED);
	*small += __atomic_load_n(&hold_cells[RTE_MAX_LCORE][via].small, __ATOMIC_RELAXED);
}

/* Begin with a via that is free; the lock must be held. */
static void
begin(uint16_t via, uint16_t port, uint16_t queue)
{
	struct hold_queue *q = &hold_queues[via];

	set_limit(via, 0);
	q->used = true;
	q->settled = false;
	q->copy_break = 0;
	q->port = port;
	q->queue = queue;
	q->cb = NULL;
	cell_figures(via, &q->base_copied, &q->base_small);
	q->high = 0;
	q->moved = 0;
	q->pinned = 0;
	q->given_up = 0;
}

uint16_t
hold_open(uint16_t port, uint16_t queue)
{
	uint16_t via;

	watch_lcores();
	rte_spinlock_lock(&lock);
	if (!hold_queues[HOLD_ANY].used) {
		begin(HOLD_ANY, UINT16_MAX, UINT16_MAX);
		set_limit(HOLD_ANY, HOLD_NO_LIMIT);
		hold_queues[HOLD_ANY].settled = true;
	}
	for (via = HOLD_ANY + 1; via < HOLD_QUEUES; via++)
		if (!hold_queues[via].used && hold_held(via) == 0)
			break;
	if (via < HOLD_QUEUES)
		begin(via, port, queue);
	else
		via = HOLD_ANY;
	rte_spinlock_unlock(&lock);
	return via;
}

void
hold_close(uint16_t via)
{
	if (via <= HOLD_ANY)
		return;
	rte_spinlock_lock(&lock);
	hold_queues[via].used = false;
	set_short(&hold_queues[via], false);
	rte_spinlock_unlock(&lock);
}

uint32_t
hold_held(uint16_t via)
{
	const struct hold_queue *q = &hold_queues[via];
	int64_t out = (int64_t)limit_of(q) - stock(q);
	uint32_t i, n = rows();

	for (i = 0; i < n; i++)
		out -= hold_credit(&hold_cells[i][via]);
	return (uint32_t)RTE_MAX(out, 0);
}

void
hold_copied(uint16_t via, uint64_t *copied, uint64_t *small)
{
	const struct hold_queue *q = &hold_queues[via];

	cell_figures(via, copied, small);
	*copied -= q->base_copied;
	*small -= q->base_small;
}

uint64_t
hold_high(uint16_t via)
{
	note_high(via);
	return __atomic_load_n(&hold_queues[via].high, __ATOMIC_RELAXED);
}
