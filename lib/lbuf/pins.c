/* SPDX-License-Identifier: BSD-3-Clause */

/* Which memory a buffer holds: each piece once, however many segments view it. */

#include "pins.h"

/* Memory of an mbuf: its data room counts, which clones of the mbuf share. */
static void
identify_mbuf(struct pin *pin, const struct rte_mbuf *m)
{
	pin->key = (uintptr_t)m->buf_addr;
	pin->size = m->buf_len;
}

static void
identify_mem(struct pin *pin, struct lbuf_mem *mem)
{
	pin->key = (uintptr_t)mem;
	switch (mem->kind) {
	case LBUF_MEM_CHUNK:
		pin->size = lbuf_chunk_of(mem)->size;
		break;
	case LBUF_MEM_EXT:
		pin->size = ext_of(mem)->size;
		break;
	default:
		identify_mbuf(pin, mbuf_of_mem(mem));
		break;
	}
}

void
pin_identify(struct pin *pin, const struct lbuf_seg *s)
{
	if ((s->mem & LBUF_SEG_MBUF) != 0)
		identify_mbuf(pin, seg_mbuf(s));
	else
		identify_mem(pin, seg_mem(s));
}

/* The place of a key: one that has it, or that is free for it. */
static struct pin *
find(struct pins *pins, uintptr_t key)
{
	uint32_t i = (uint32_t)(((key >> 6) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	while (pins->pin[i & pins->mask].key != key && pins->pin[i & pins->mask].key != 0)
		i++;
	return &pins->pin[i & pins->mask];
}

static struct pin *
get(struct pins *pins, const struct pin *want)
{
	struct pin *pin = find(pins, want->key);

	if (pin->key == 0)
		*pin = *want;
	return pin;
}

struct pin *
pins_get(struct pins *pins, const struct lbuf_seg *s)
{
	struct pin want = { 0 };

	pin_identify(&want, s);
	return get(pins, &want);
}

/* A table for so many pieces of memory. */
static int
table(struct pins *pins, struct lbuf_pool *pool, size_t n)
{
	size_t places = rte_align64pow2(2 * n);

	pins->pin = pins->few;
	pins->chunk = NULL;
	if (places <= PINS_FEW) {
		places = PINS_FEW;
	} else {
		pins->chunk = lbuf_chunk_alloc(pool, places * sizeof(*pins->pin));
		if (pins->chunk == NULL)
			return -rte_errno;
		pins->pin = (struct pin *)pins->chunk->data;
	}
	memset(pins->pin, 0, places * sizeof(*pins->pin));
	pins->mask = (uint32_t)(places - 1);
	return 0;
}

int
pins_open(struct pins *pins, const struct lbuf *b)
{
	int ret = table(pins, b->pool, (size_t)(b->tail - b->head) + 1);
	const struct lbuf_seg *s;
	uint64_t left = b->len;
	struct pin want = { 0 }, *pin;

	if (ret != 0)
		return ret;
	for (s = b->head; s != b->rd; s++)
		if ((s->mem & ~LBUF_SEG_BITS) != 0)
			pins_get(pins, s)->fixed = true;
	for (; s != b->tail; s++) {
		pin = pins_get(pins, s);
		pin->used += s->len;
		if (s->len > left || (s->mem & LBUF_SEG_PIN) != 0)
			pin->fixed = true;
		left -= RTE_MIN(left, s->len);
	}
	if (b->w_chunk != NULL) {
		identify_mem(&want, &b->w_chunk->mem);
		get(pins, &want)->fixed = true;
	}
	return 0;
}

void
pins_close(struct pins *pins)
{
	chunk_put_quietly(pins->chunk);
}
