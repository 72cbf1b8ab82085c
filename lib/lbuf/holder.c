/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_spinlock.h>

#include <lbuf_debug.h>

#include "holder.h"
#include "lbuf_priv.h"

/* Records that a list begins with. */
#define RECORDS_MIN 64
/* lbuf::holder is a place in a list, and above it the list. DPDK for arm64 has 1280 lcores. */
#define PLACE_BITS (RTE_MAX_LCORE < 256 ? 24 : 21)
#define PLACE_MASK ((UINT32_C(1) << PLACE_BITS) - 1)

_Static_assert(RTE_MAX_LCORE < 1 << (32 - PLACE_BITS), "lists have place in lbuf::holder");

/* Those of an lcore. The lock is for who moves or closes buffers elsewhere, and who looks. */
struct list {
	rte_spinlock_t lock;
	uint32_t first; /* places, from 1 on; 0: none */
	uint32_t last;
	uint32_t free; /* linked by next */
	uint32_t size; /* records */
	struct holder *rec;
} __rte_cache_aligned;

/* The last one is for threads that are no lcores. */
static struct list lists[RTE_MAX_LCORE + 1];

static struct holder *
at(const struct list *l, uint32_t place)
{
	return &l->rec[place - 1];
}

static struct list *
own_list(void)
{
	return &lists[RTE_MIN(rte_lcore_id(), (unsigned int)RTE_MAX_LCORE)];
}

/* More records; the lock must be held. */
static int
grow(struct list *l)
{
	uint32_t size = l->size == 0 ? RECORDS_MIN : 2 * l->size, i;
	struct holder *rec;

	if (size > PLACE_MASK)
		return -ENOMEM;
	rec = realloc(l->rec, size * sizeof(*rec));
	if (rec == NULL)
		return -ENOMEM;
	l->rec = rec;
	for (i = size; i > l->size; i--) {
		at(l, i)->b = NULL;
		at(l, i)->next = l->free;
		l->free = i;
	}
	l->size = size;
	return 0;
}

static void
link_last(struct list *l, uint32_t place)
{
	struct holder *h = at(l, place);

	h->prev = l->last;
	h->next = 0;
	if (l->last != 0)
		at(l, l->last)->next = place;
	else
		l->first = place;
	l->last = place;
}

static void
unlink_place(struct list *l, uint32_t place)
{
	const struct holder *h = at(l, place);

	if (h->prev != 0)
		at(l, h->prev)->next = h->next;
	else
		l->first = h->next;
	if (h->next != 0)
		at(l, h->next)->prev = h->prev;
	else
		l->last = h->prev;
}

void
holder_note(struct holder *h)
{
	const struct rte_mbuf *m;
	const struct lbuf_seg *s;
	uint16_t via;

	h->mbufs = 0;
	h->used = 0;
	h->pinned = 0;
	for (s = h->b->head; s != h->b->tail; s++) {
		via = seg_via(s);
		if (via == 0)
			continue;
		m = (s->mem & LBUF_SEG_MBUF) != 0 ? seg_mbuf(s) : mbuf_of_mem(seg_mem(s));
		h->via = via;
		h->mbufs++;
		h->used += s->len;
		h->pinned += m->buf_len;
	}
}

int
holder_add(struct lbuf *b, const void *caller)
{
	struct list *l = own_list();
	const char *tag = lbuf_tag_set(NULL);
	struct holder *h;
	uint32_t place;
	int ret = 0;

	lbuf_tag_set(tag);
	rte_spinlock_lock(&l->lock);
	if (l->free == 0)
		ret = grow(l);
	if (ret == 0) {
		place = l->free;
		h = at(l, place);
		l->free = h->next;
		*h = (struct holder){ .b = b, .tsc = rte_rdtsc(), .caller = caller };
		snprintf(h->tag, sizeof(h->tag), "%s", tag == NULL ? "" : tag);
		holder_note(h);
		link_last(l, place);
		b->holder = (uint32_t)(l - lists) << PLACE_BITS | place;
		b->flags |= LBUF_F_KEPT;
	}
	rte_spinlock_unlock(&l->lock);
	return ret;
}

void
holder_del(struct lbuf *b)
{
	struct list *l = &lists[b->holder >> PLACE_BITS];
	uint32_t place = b->holder & PLACE_MASK;

	rte_spinlock_lock(&l->lock);
	unlink_place(l, place);
	at(l, place)->b = NULL;
	at(l, place)->next = l->free;
	l->free = place;
	rte_spinlock_unlock(&l->lock);
	b->flags &= ~(uint32_t)LBUF_F_KEPT;
}

void
holder_moved(struct lbuf *b)
{
	struct list *l = &lists[b->holder >> PLACE_BITS];

	rte_spinlock_lock(&l->lock);
	at(l, b->holder & PLACE_MASK)->b = b;
	rte_spinlock_unlock(&l->lock);
}

void
holders_own(bool (*func)(struct holder *h, void *arg), void *arg)
{
	struct list *l = own_list();
	uint32_t place;

	if (l == &lists[RTE_MAX_LCORE])
		return;
	rte_spinlock_lock(&l->lock);
	for (place = l->first; place != 0; place = at(l, place)->next)
		if (!func(at(l, place), arg))
			break;
	rte_spinlock_unlock(&l->lock);
}

void
holders_all(void (*func)(const struct holder *h, void *arg), void *arg)
{
	uint32_t place;
	struct list *l;

	for (l = lists; l <= &lists[RTE_MAX_LCORE]; l++) {
		rte_spinlock_lock(&l->lock);
		for (place = l->first; place != 0; place = at(l, place)->next)
			func(at(l, place), arg);
		rte_spinlock_unlock(&l->lock);
	}
}
