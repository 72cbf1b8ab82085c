/* SPDX-License-Identifier: BSD-3-Clause */

#include "pbufs.h"

struct view {
	struct pbuf_custom custom; /* must be first */
	struct lbuf_chunk *chunk;  /* where this lies */
	const uint8_t *start;      /* of the bytes, of which lwIP may show fewer by and by */
	struct lbuf bytes;
};

static struct lbuf_pool *views;
static uint32_t views_max; /* to be sent, */
static uint32_t views_out; /* and how many there are */

void
pbufs_init(struct lbuf_pool *pool, uint32_t max)
{
	views = pool;
	views_max = max;
}

uint32_t
pbufs_left(void)
{
	return views_max - RTE_MIN(views_out, views_max);
}

static bool
to_be_sent(const struct pbuf *p)
{
	return p->type_internal == PBUF_ROM;
}

static void
view_free(struct pbuf *p)
{
	struct view *v = (struct view *)p;

	views_out -= to_be_sent(p);
	lbuf_close(&v->bytes);
	lbuf_chunk_put(v->chunk);
}

/* A pbuf of the first bytes of a buffer, which lie in one piece. */
static struct pbuf *
view_new(struct lbuf *b, const struct iovec *piece, uint16_t n, pbuf_type type)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(views, sizeof(struct view));
	struct pbuf *p;
	struct view *v;

	if (chunk == NULL)
		return NULL;
	v = (struct view *)chunk->data;
	if (lbuf_slice(b, n, &v->bytes) != 0) {
		lbuf_chunk_put(chunk);
		return NULL;
	}
	v->chunk = chunk;
	v->start = piece->iov_base;
	v->custom.custom_free_function = view_free;
	p = pbuf_alloced_custom(PBUF_RAW, n, type, &v->custom, piece->iov_base, n);
	views_out += to_be_sent(p);
	return p;
}

struct pbuf *
pbufs_cut(struct lbuf *b, uint16_t n, pbuf_type type)
{
	struct iovec pieces[PBUFS_PIECES];
	int64_t i, nb = lbuf_iovec(b, 0, pieces, PBUFS_PIECES, NULL);
	struct pbuf *chain = NULL, *p;
	uint16_t len;

	for (i = 0; i < RTE_MIN(nb, (int64_t)PBUFS_PIECES) && n != 0; i++) {
		len = (uint16_t)RTE_MIN(pieces[i].iov_len, (size_t)n);
		p = view_new(b, &pieces[i], len, type);
		if (p == NULL)
			break;
		if (chain == NULL)
			chain = p;
		else
			pbuf_cat(chain, p);
		n = (uint16_t)(n - len);
	}
	return chain;
}

bool
pbufs_by_reference(const struct pbuf *p)
{
	const struct pbuf_custom *custom = (const struct pbuf_custom *)p;

	return (p->flags & PBUF_FLAG_IS_CUSTOM) != 0 && custom->custom_free_function == view_free;
}

int
pbufs_view(struct pbuf *p, struct lbuf *b)
{
	struct view *v = (struct view *)p;
	uint64_t from = (uint64_t)((const uint8_t *)p->payload - v->start);
	struct lbuf bytes;
	int ret = lbuf_clone(&v->bytes, from, p->len, &bytes);

	if (ret != 0)
		return ret;
	ret = lbuf_append(b, &bytes);
	lbuf_close(&bytes);
	return ret;
}

/* Move what a pbuf shows: nobody else has it. */
static int
view_move(struct pbuf *p, struct lbuf *b)
{
	struct view *v = (struct view *)p;
	uint64_t from = (uint64_t)((const uint8_t *)p->payload - v->start);
	int ret = lbuf_skip(&v->bytes, from);

	if (ret == 0)
		ret = lbuf_trim(&v->bytes, lbuf_len(&v->bytes) - p->len);
	if (ret == 0)
		ret = lbuf_append(b, &v->bytes);
	return ret;
}

int
pbufs_take(struct pbuf *chain, struct lbuf *b)
{
	struct pbuf *p;
	int ret = 0;

	for (p = chain; p != NULL && ret == 0; p = p->next) {
		if (!pbufs_by_reference(p))
			ret = lbuf_write(b, p->payload, p->len);
		else if (p->ref == 1)
			ret = view_move(p, b);
		else
			ret = pbufs_view(p, b);
	}
	lbuf_flush(b);
	return ret;
}
