/* SPDX-License-Identifier: BSD-3-Clause */

/* What memory a buffer holds, and with whom. */

#include "pins.h"

int64_t
lbuf_pinned(const struct lbuf *b)
{
	int ret = check_read(b, 0);
	struct pins pins;
	uint64_t sum = 0;
	uint32_t i;

	if (ret != 0)
		return ret;
	ret = pins_open(&pins, b);
	if (ret != 0)
		return ret;
	for (i = 0; i <= pins.mask; i++)
		sum += pins.pin[i].size != 0 ? pins.pin[i].size : pins.pin[i].used;
	pins_close(&pins);
	return (int64_t)sum;
}

/* References to counted memory that a buffer has itself. */
static uint32_t
own_refs(const struct lbuf *b, const struct lbuf_mem *mem)
{
	uint32_t n = b->w_chunk != NULL && mem == &b->w_chunk->mem;
	const struct lbuf_seg *s;

	for (s = b->head; s != b->tail; s++)
		n += (s->mem & LBUF_SEG_MBUF) == 0 && seg_mem(s) == mem;
	return n;
}

/* Whether others may see the data of an mbuf, of which the buffer has one reference. */
static bool
mbuf_is_shared(const struct rte_mbuf *m)
{
	return !RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) != 1;
}

static bool
seg_is_shared(const struct lbuf *b, const struct lbuf_seg *s)
{
	struct lbuf_mem *mem;
	uint32_t refs;

	if ((s->mem & LBUF_SEG_MBUF) != 0)
		return (s->mem & LBUF_SEG_PLAIN) == 0 && mbuf_is_shared(seg_mbuf(s));
	mem = seg_mem(s);
	if (mem->kind == LBUF_MEM_EXT)
		return true;
	refs = lbuf_mem_refs(mem);
	if (refs != 1 && refs != own_refs(b, mem))
		return true;
	return mem->kind != LBUF_MEM_CHUNK && mbuf_is_shared(mbuf_of_mem(mem));
}

int
lbuf_is_shared(const struct lbuf *b, uint64_t from, uint64_t n)
{
	int ret = check_range(b, from, n);
	const struct lbuf_seg *last = NULL;
	struct cursor c;
	uint64_t piece;

	if (ret != 0)
		return ret;
	c = cursor_at(b, from);
	while ((piece = cursor_piece(&c, n)) != 0) {
		/* Neighbours are often views of the same memory. */
		if ((last == NULL || last->mem != c.s->mem) && seg_is_shared(b, c.s))
			return 1;
		last = c.s;
		cursor_advance(&c, piece);
		n -= piece;
	}
	return 0;
}
