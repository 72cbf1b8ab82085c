/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * How many received mbufs linked buffers hold, of each RX queue, and how many they may.
 *
 * A queue that is counted has a number, its *via*. The reference of a segment to an mbuf has it
 * in the bits above the address, and where references to the mbuf are counted it is in
 * lbuf_mem::cidx. 0: the mbuf is not counted.
 *
 * The bound is a stock of credits, one for each mbuf that may be held. Who holds an mbuf has
 * taken one before, who lets go of it gives one back, on any thread: so the bound cannot be
 * exceeded. Each lcore has some credits at hand, in a cell of its own that it reads and writes
 * without atomics; it gets them from the stock, and returns them, by several at a time. All the
 * cells of a queue together have at most a quarter of the credits at hand.
 *
 * When the settings of a queue change, the cells are *poked*: their limits are set such that
 * their lcores take the slow way the next time, where they see to it.
 */

#ifndef LBUF_HOLD_COUNT_H
#define LBUF_HOLD_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

/* Where a via begins in a reference: addresses of users have no more bits. */
#define HOLD_SHIFT 48
#define HOLD_ADDR (((uintptr_t)1 << HOLD_SHIFT) - 1)

/* Vias, 0 among them. */
#define HOLD_QUEUES 512
/* Of queues for which no other one was left: as many are held as may be. */
#define HOLD_ANY 1
/* A bound that is none. */
#define HOLD_NO_LIMIT (UINT32_MAX >> 1)

/* What an lcore has of a queue. Written by this lcore, but for what says otherwise. */
struct hold_cell {
	int32_t credit;      /* mbufs that it may hold yet */
	int32_t floor;       /* so much is left at least, or it is short; others poke it */
	int32_t max;         /* so much is kept at most; others poke it */
	uint32_t copy_break; /* bytes, up to which packets are copied at once */
	uint64_t copied;     /* mbufs that were copied, as there was no credit */
	uint64_t small;      /* mbufs that were copied, as they had few bytes */
};

struct hold_queue {
	/* Settings, under the lock. */
	bool used;
	bool settled; /* the bound is known */
	uint32_t limit;
	uint32_t settings; /* odd while the limit and the stock are being changed */
	uint32_t cache;    /* credits that an lcore may have at hand */
	uint32_t copy_break;
	uint16_t port;
	uint16_t queue;
	/* Called when one can be neither held nor copied, or NULL: see lbuf_hold.h. */
	int (*cb)(uint16_t port, uint16_t queue, uint32_t bytes, void *arg);
	void *cb_arg;
	uint64_t base_copied; /* figures of the cells when the via was given out */
	uint64_t base_small;
	/* What lcores go for the slow way. */
	int64_t avail __rte_cache_aligned; /* credits that nobody has; negative: too many are out */
	bool is_short;                     /* some were asked for in vain */
	uint64_t high;                     /* most mbufs held */
	uint64_t moved;                    /* mbufs that were copied out of when they were held */
	uint64_t pinned;                   /* times that one was not, as a pointer was out */
	uint64_t given_up;                 /* packets that were neither held nor copied */
};

extern struct hold_queue hold_queues[HOLD_QUEUES];
/* The last row is for threads that are no lcores: it stays as it is, all of zeros. */
extern struct hold_cell hold_cells[RTE_MAX_LCORE + 1][HOLD_QUEUES];
/* Queues that are short. */
extern uint32_t hold_nb_short;

/*
 * The row of cells of the calling thread. NULL: it is to be found. In a shared library EAL's
 * number of the lcore is a function call away, for each mbuf; this is not.
 */
extern __thread struct hold_cell *hold_row __attribute__((tls_model("initial-exec")));

struct hold_cell *
hold_row_find(void);

/* Parts of the inline functions, for the unusual cases. */
uint32_t
hold_take_slow(uint16_t via, uint32_t n);
void
hold_give_slow(uint16_t via, uint32_t n);

static inline uint16_t
hold_via(uintptr_t ref)
{
	return (uint16_t)(ref >> HOLD_SHIFT);
}

static inline uintptr_t
hold_bits(uint16_t via)
{
	return (uintptr_t)via << HOLD_SHIFT;
}

static inline struct hold_cell *
hold_cell(uint16_t via)
{
	struct hold_cell *row = hold_row;

	if (unlikely(row == NULL))
		row = hold_row_find();
	return &row[via];
}

static inline int32_t
hold_credit(const struct hold_cell *c)
{
	return __atomic_load_n(&c->credit, __ATOMIC_RELAXED);
}

static inline void
hold_credit_set(struct hold_cell *c, int32_t credit)
{
	__atomic_store_n(&c->credit, credit, __ATOMIC_RELAXED);
}

/* Add to a figure of a cell. */
static inline void
hold_count(const struct hold_cell *c, uint64_t *figure, uint64_t n)
{
	if (likely(c < hold_cells[RTE_MAX_LCORE]))
		__atomic_store_n(figure, *figure + n, __ATOMIC_RELAXED);
	else
		__atomic_fetch_add(figure, n, __ATOMIC_RELAXED);
}

/* Take credits for n mbufs of a queue; returns for how many there were any. */
static inline uint32_t
hold_take(uint16_t via, uint32_t n)
{
	struct hold_cell *c = hold_cell(via);
	int32_t left = hold_credit(c) - (int32_t)n;

	if (unlikely(left < __atomic_load_n(&c->floor, __ATOMIC_RELAXED)))
		return hold_take_slow(via, n);
	hold_credit_set(c, left);
	return n;
}

/* See to changes of settings, if there were any since credits were last taken. */
static inline void
hold_see(uint16_t via)
{
	const struct hold_cell *c = hold_cell(via);

	if (__atomic_load_n(&c->floor, __ATOMIC_RELAXED) != 0 ||
			__atomic_load_n(&c->max, __ATOMIC_RELAXED) == 0)
		hold_take_slow(via, 0);
}

/* Give credits back for n mbufs. */
static inline void
hold_give(uint16_t via, uint32_t n)
{
	struct hold_cell *c = hold_cell(via);
	int32_t sum = hold_credit(c) + (int32_t)n;

	if (unlikely(sum > __atomic_load_n(&c->max, __ATOMIC_RELAXED)))
		hold_give_slow(via, n);
	else
		hold_credit_set(c, sum);
}

/* Give back the credits of mbufs, if they are counted at all. */
static inline void
hold_end(uint16_t via, uint32_t n)
{
	if (via != 0)
		hold_give(via, n);
}

/*
 * Give credits back that the thread may want again at once, by hold_regain(), as when a driver
 * refuses a packet: up to HOLD_LENT of them stay at hand. hold_give() of 0 then passes on what
 * is too much.
 */
#define HOLD_LENT 512
static inline void
hold_lend(uint16_t via, uint32_t n)
{
	struct hold_cell *c = hold_cell(via);
	int32_t max = __atomic_load_n(&c->max, __ATOMIC_RELAXED);
	int32_t sum = hold_credit(c) + (int32_t)n;

	if (unlikely(max <= 0 || sum > max + HOLD_LENT))
		hold_give_slow(via, n);
	else
		hold_credit_set(c, sum);
}

void
hold_regain(uint16_t via, uint32_t n);

/*
 * A via for a queue, whose bound is not known yet: until hold_set() has told it there are no
 * credits. HOLD_ANY if all are in use.
 */
uint16_t
hold_open(uint16_t port, uint16_t queue);
/* The queue is gone. Mbufs of it may be held on; the via is in use as long as some are. */
void
hold_close(uint16_t via);

/* Set the bound. Fewer may be held than are: then none is, until so many have gone. */
void
hold_set_limit(uint16_t via, uint32_t limit);
/* The bound is not known any more, as in the beginning. */
void
hold_unset_limit(uint16_t via);
void
hold_set_copy_break(uint16_t via, uint32_t copy_break);

/* Mbufs that are held, all lcores: exact if none is just taking or giving, or setting a bound. */
uint32_t
hold_held(uint16_t via);

/* Mbufs copied on all lcores, for want of credit and for their size. */
void
hold_copied(uint16_t via, uint64_t *copied, uint64_t *small);

/* Most mbufs that were held, as far as was seen when credits were fetched or asked for. */
uint64_t
hold_high(uint16_t via);

#endif /* LBUF_HOLD_COUNT_H */
