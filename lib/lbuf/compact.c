/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Views copied out of memory of which they are a small part.
 *
 * The segments that are to be are put together beside those that are. These keep only the
 * references that go, and are dropped last, since that may call others.
 */

#include "compact.h"
#include "pins.h"

/* Largest chunk that views are copied to, bytes; a longer one gets one of its own. */
#define COMPACT_CHUNK ((uint64_t)64 << 10)

struct job {
	struct pins pins;
	uint32_t n;
	enum lbuf_share share;    /* whose memory is copied to */
	uint64_t left;            /* bytes to copy */
	struct lbuf_chunk *chunk; /* copied to; with a reference of the job's, or NULL */
	uint8_t *to;              /* the next place in it */
	size_t room;              /* bytes from there on */
	struct lbuf_seg *first;   /* segments put together, and where the next one goes */
	struct lbuf_seg *out;
};

/* Whether the buffer views less than 1/n of a piece of memory. */
static bool
is_sparse(const struct pin *pin, uint32_t n)
{
	return !pin->fixed && pin->used < (pin->size + n - 1) / n;
}

/* Bytes to be copied. */
static uint64_t
sparse_bytes(const struct job *j)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i <= j->pins.mask; i++)
		if (is_sparse(&j->pins.pin[i], j->n))
			sum += j->pins.pin[i].used;
	return sum;
}

/* Have room for n bytes to be copied. */
static int
need_room(struct job *j, struct lbuf_pool *pool, uint64_t n)
{
	struct lbuf_chunk *chunk;

	if (n <= j->room)
		return 0;
	chunk = lbuf_chunk_alloc_share(pool, RTE_MAX(n, RTE_MIN(j->left, COMPACT_CHUNK)),
			SOCKET_ID_ANY, j->share);
	if (chunk == NULL)
		return -rte_errno;
	chunk_put_quietly(j->chunk);
	j->chunk = chunk;
	j->to = chunk->data;
	j->room = chunk->size;
	return 0;
}

/* Copy a view behind what was copied last, and to the same segment if that is adjacent. */
static void
copy_view(struct job *j, const struct lbuf_seg *s)
{
	struct lbuf_seg *last = j->out - 1;

	memcpy(j->to, s->addr, s->len);
	if (j->out != j->first && seg_mem(last) == &j->chunk->mem) {
		last->len += s->len;
	} else {
		lbuf_chunk_get(j->chunk);
		lbuf_seg_fill(j->out++, j->to, s->len, (uintptr_t)&j->chunk->mem);
	}
	j->to += s->len;
	j->room -= s->len;
	j->left -= s->len;
}

/* Whether a segment goes: copied, if there is memory for it; *ret: whether there was. */
static bool
goes(struct job *j, const struct lbuf *b, const struct lbuf_seg *s, int *ret)
{
	struct pin *pin;

	if (s < b->rd)
		return false;
	pin = pins_get(&j->pins, s);
	if (!is_sparse(pin, j->n))
		return false;
	if (*ret == 0)
		*ret = need_room(j, b->pool, s->len);
	if (*ret != 0)
		pin->fixed = true;
	return *ret == 0;
}

/* Put the segments together; what goes keeps its reference, what stays loses it. */
static int
put_together(struct job *j, struct lbuf *b, struct lbuf_compacted *done)
{
	struct lbuf_seg *s;
	uint32_t i;
	int ret = 0;

	for (s = b->head; s != b->tail; s++) {
		if (goes(j, b, s, &ret)) {
			copy_view(j, s);
			done->copied += s->len;
		} else {
			seg_copy(j->out++, s);
			s->mem = 0;
		}
	}
	chunk_put_quietly(j->chunk);
	for (i = 0; i <= j->pins.mask; i++)
		if (is_sparse(&j->pins.pin[i], j->n))
			done->unpinned += j->pins.pin[i].size;
	return ret;
}

/* Have the buffer go on with the segments that were put together, in another vector. */
static void
go_on_with(struct lbuf *b, struct lbuf_seg *first, struct lbuf_seg *end)
{
	b->rd = first + (b->rd - b->head);
	b->head = first;
	b->tail = end;
	seg_set_cap(b);
}

/* Without a vector. */
static int
compact_few(struct job *j, struct lbuf *b, struct lbuf_compacted *done)
{
	struct lbuf_seg few[LBUF_INLINE_SEGS];
	size_t n = (size_t)(b->tail - b->head);
	uintptr_t refs[LBUF_INLINE_SEGS];
	int ret;

	j->first = few;
	j->out = few;
	ret = put_together(j, b, done);
	refs_copy(refs, b->head, n);
	memcpy(b->inl, few, (size_t)(j->out - few) * sizeof(few[0]));
	go_on_with(b, b->inl, b->inl + (j->out - few));
	pins_close(&j->pins);
	refs_put_some(refs, refs + n);
	return ret;
}

/* With one: it goes when all that it refers to has gone. */
static int
compact_many(struct job *j, struct lbuf *b, struct lbuf_compacted *done)
{
	struct lbuf_chunk *vec = lbuf_chunk_alloc(b->pool, b->vec->size), *was = b->vec;
	const struct lbuf_seg *head = b->head;
	size_t n = (size_t)(b->tail - head);
	int ret;

	if (vec == NULL) {
		ret = -rte_errno;
		pins_close(&j->pins);
		return ret;
	}
	j->first = (struct lbuf_seg *)vec->data;
	j->out = j->first;
	ret = put_together(j, b, done);
	b->vec = vec;
	go_on_with(b, j->first, j->out);
	pins_close(&j->pins);
	segs_put(head, n);
	lbuf_chunk_put(was);
	return ret;
}

int
compact_for(struct lbuf *b, uint32_t n, enum lbuf_share share, struct lbuf_compacted *done)
{
	struct lbuf_compacted unseen;
	int ret = check_read(b, 0);
	struct job j;

	if (done == NULL)
		done = &unseen;
	*done = (struct lbuf_compacted){ 0 };
	if (ret != 0)
		return ret;
	if (n == 0)
		return -EINVAL;
	ret = pins_open(&j.pins, b);
	if (ret != 0)
		return ret;
	j.n = n;
	j.share = share;
	j.chunk = NULL;
	j.room = 0;
	j.left = sparse_bytes(&j);
	if (j.left == 0) {
		pins_close(&j.pins);
		return 0;
	}
	return b->vec == NULL ? compact_few(&j, b, done) : compact_many(&j, b, done);
}

int
lbuf_compact(struct lbuf *b, uint32_t n, struct lbuf_compacted *done)
{
	return compact_for(b, n, LBUF_SHARE_REST, done);
}
