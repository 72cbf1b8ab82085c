/* SPDX-License-Identifier: BSD-3-Clause */

/* Verbs that put bytes in and take them off at any place, and that move buffers. */

#include <stdlib.h>

#include "model_ops.h"

/* An offset to put something at: now and then none that there is. */
static uint64_t
some_place(struct model *m, const struct slot *s)
{
	switch (model_draw(m, 8)) {
	case 0:
		return 0;
	case 1:
		return s->len;
	case 2:
		return s->len + 1;
	default:
		return model_draw(m, s->len + 1);
	}
}

static int
splice_error(const struct slot *s, uint64_t at)
{
	int want = write_error(s);

	return want == 0 && at > s->len ? -ERANGE : want;
}

/* Bytes have come in at an offset of the readable ones. */
static void
now_in(struct slot *s, uint64_t at, const void *mem, uint64_t n)
{
	if (n != 0)
		memcpy(bytes_insert(&s->all, at, n), mem, n);
	s->len += n;
}

void
op_splice(struct model *m, struct slot *s)
{
	struct slot *donor = model_any_slot(m);
	uint64_t at = some_place(m, s), n = donor->len;
	int ret, want = splice_error(s, at);

	ret = lbuf_splice(&s->b, at, &donor->b);
	if (want == 0)
		want = donor == s ? -EINVAL : donor->state == SLOT_CLOSED ? -EPIPE : 0;
	if (!done(m, ret, want))
		return;
	now_in(s, at, bytes_at(&donor->all, 0), n);
	consume(donor, n);
	slot_check_held(m, donor);
	slot_check(m, donor, false);
}

void
op_splice_ext(struct model *m, struct slot *s)
{
	uint64_t off, n, at = some_place(m, s);
	struct piece *piece = some_ext(m, &off, &n);
	int ret = lbuf_splice_ext(&s->b, at, piece->ext, piece->addr + off, n);

	if (done(m, ret, splice_error(s, at)))
		now_in(s, at, piece->addr + off, n);
}

/* A chunk with n bytes of the endless string from `off` on; NULL: there is no memory. */
static struct lbuf_chunk *
some_chunk(struct model *m, uint64_t off, uint64_t n)
{
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(m->conf.pool, off + n + model_draw(m, 3000));

	if (chunk == NULL) {
		model_check(m, m->armed);
		return NULL;
	}
	unit_fill(chunk->data + off, m->pos, n);
	m->pos += n;
	return chunk;
}

/* Once or twice, behind the pending bytes or between readable ones. */
void
op_chunk(struct model *m, struct slot *s)
{
	uint64_t n = model_size(m), off = 1 + model_draw(m, 100), at;
	struct lbuf_chunk *chunk = some_chunk(m, off, n);
	unsigned int turns = 1 + (model_draw(m, 4) == 0);
	int ret;

	if (chunk == NULL)
		return;
	for (; turns > 0; turns--) {
		lbuf_chunk_get(chunk);
		if (model_draw(m, 2) == 0) {
			ret = lbuf_append_chunk(&s->b, chunk, off, n);
			if (done(m, ret, write_error(s)))
				bytes_append(&s->all, chunk->data + off, n);
		} else {
			at = some_place(m, s);
			ret = lbuf_splice_chunk(&s->b, at, chunk, off, n);
			if (done(m, ret, splice_error(s, at)))
				now_in(s, at, chunk->data + off, n);
		}
		if (ret != 0)
			lbuf_chunk_put(chunk);
	}
	lbuf_chunk_put(chunk);
}

/* Callbacks may have the buffer anew: the model is told before. */
void
op_trim(struct model *m, struct slot *s)
{
	uint64_t n = model_part(m, s->len), pend = s->all.len - s->len;
	int want = read_error(s, n);
	uint8_t *gone = NULL, *at;

	if (want == 0 && n != 0) {
		at = bytes_at(&s->all, s->len - n);
		gone = malloc(n);
		model_check(m, gone != NULL);
		memcpy(gone, at, n);
		memmove(at, at + n, pend);
		s->all.len -= n;
		s->len -= n;
	}
	slot_set_busy(m, s, false);
	/* Without memory nothing has gone, and nobody was called. */
	if (!done(m, lbuf_trim(&s->b, n), want) && gone != NULL)
		now_in(s, s->len, gone, n);
	free(gone);
}

/* To another place and back, or with another slot for its own. */
void
op_move(struct model *m, struct slot *s)
{
	struct slot *other = model_any_slot(m), was;
	struct lbuf b;

	if (model_draw(m, 2) == 0) {
		lbuf_move(&b, &s->b);
		memset(&s->b, 0xee, sizeof(s->b));
		lbuf_move(&s->b, &b);
		return;
	}
	if (other == s || (m->busy & UINT64_C(1) << (other - m->slot)) != 0)
		return;
	lbuf_swap(&s->b, &other->b);
	b = s->b; /* only to keep both where they are */
	was = *s;
	*s = *other;
	*other = was;
	other->b = s->b;
	s->b = b;
	slot_check(m, other, false);
}

/* Read what came into what there was. */
static void
fill_room(struct model *m, struct slot *s, const struct iovec *iov, int n, size_t room)
{
	uint64_t got = model_part(m, room), before = s->all.len - s->len, run;

	got = RTE_MIN(got, (uint64_t)room);
	for (room -= got; n > 0 && got > 0; n--, iov++, got -= run) {
		run = RTE_MIN(got, (uint64_t)iov->iov_len);
		unit_fill(iov->iov_base, m->pos, run);
		bytes_append(&s->all, iov->iov_base, run);
		m->pos += run;
	}
	model_check(m, lbuf_pending(&s->b) == s->all.len - s->len + room);
	model_check(m, lbuf_ack(&s->b, s->all.len - s->len) == 0);
	model_check(m, s->all.len - s->len >= before);
}

void
op_reserve_some(struct model *m, struct slot *s)
{
	uint64_t n = model_draw(m, 3) == 0 ? model_size(m) : 1 + model_draw(m, 2000);
	struct iovec iov[LBUF_RESERVE_IOV];
	size_t room = 0, align;
	int ret;

	switch (model_draw(m, 3)) {
	case 0:
		iov[0].iov_base = lbuf_reserve_some(&s->b, n, &room);
		iov[0].iov_len = room;
		ret = iov[0].iov_base == NULL ? -rte_errno : n != 0;
		break;
	case 1:
		ret = lbuf_reserve_iov(&s->b, n, iov, &room);
		break;
	default:
		align = (size_t)1 << model_draw(m, 13);
		iov[0].iov_base = lbuf_reserve_aligned(&s->b, n, align);
		model_check(m, n == 0 || (uintptr_t)iov[0].iov_base % align == 0);
		room = n;
		iov[0].iov_len = n;
		ret = iov[0].iov_base == NULL ? -rte_errno : n != 0;
		break;
	}
	if (!done(m, RTE_MIN(ret, 0), write_error(s)) || n == 0)
		return;
	model_check(m, room >= n && (ret == 1 || (ret == 2 && iov[0].iov_len < n)));
	fill_room(m, s, iov, ret, room);
}

/* What is copied out looks the same; callbacks may have the buffer anew. */
void
op_compact(struct model *m, struct slot *s)
{
	uint32_t n = (uint32_t)model_draw(m, 6);
	struct lbuf_compacted figures;
	int want = s->state == SLOT_CLOSED ? -EPIPE : n == 0 ? -EINVAL : 0;
	uint64_t len = s->len;

	slot_check_held(m, s);
	slot_set_busy(m, s, false);
	done(m, lbuf_compact(&s->b, n, &figures), want);
	model_check(m, figures.copied <= len);
	model_check(m, figures.copied == 0 || figures.unpinned > 0 || m->armed);
}
