/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include "model_ops.h"

/* New bytes, at the end of the model. */
static uint8_t *
new_bytes(struct model *m, struct slot *s, uint64_t n)
{
	uint8_t *p = bytes_insert(&s->all, s->all.len, n);

	unit_fill(p, m->pos, n);
	m->pos += n;
	return p;
}

void
op_open(struct model *m, struct slot *s)
{
	if (s->state != SLOT_CLOSED)
		return;
	lbuf_init(&s->b, m->conf.pool);
	s->state = SLOT_BUFFER;
}

void
op_close(struct model *m, struct slot *s)
{
	slot_close(m, s);
}

void
op_reserve(struct model *m, struct slot *s)
{
	uint64_t n = model_size(m);
	uint8_t *p = lbuf_reserve(&s->b, n);

	if (nothing(s, n) || !done_ptr(m, p, write_error(s)) || n == 0)
		return;
	new_bytes(m, s, n);
	m->pos -= n;
	slot_fill_late(m, s);
	s->late = p;
	s->late_off = s->all.len - s->len - n;
	s->late_n = n;
	memset(p, 0, n);
	if (model_draw(m, 2) == 0)
		slot_fill_late(m, s);
}

void
op_write(struct model *m, struct slot *s)
{
	uint64_t n = model_size(m);
	uint8_t *mem = malloc(n + 1);

	model_check(m, mem != NULL);
	unit_fill(mem, m->pos, n);
	if (done(m, lbuf_write(&s->b, mem, n), write_error(s)))
		new_bytes(m, s, n);
	free(mem);
}

struct piece *
some_ext(struct model *m, uint64_t *off, uint64_t *n)
{
	struct piece *piece = &m->piece[model_draw(m, EXTS)];

	if (piece->n == 0 || model_draw(m, 8) == 0) {
		lbuf_close(&piece->keeper);
		piece->n = model_size(m) + 1;
		piece->ext = unit_ext(m->pos, piece->n, &piece->addr);
		m->pos += piece->n;
		if (model_draw(m, 2) == 0)
			lbuf_ext_set_size(piece->ext, piece->n);
		lbuf_init(&piece->keeper, m->conf.pool);
		model_check(m, lbuf_write_ext(&piece->keeper, piece->ext, piece->addr, 1) == 0);
	}
	*off = model_draw(m, 4) == 0 ? model_draw(m, piece->n) : 0;
	*n = model_draw(m, 4) == 0 ? model_draw(m, piece->n - *off) : piece->n - *off;
	return piece;
}

void
op_write_ext(struct model *m, struct slot *s)
{
	uint64_t off, n;
	struct piece *piece = some_ext(m, &off, &n);
	int ret = lbuf_write_ext(&s->b, piece->ext, piece->addr + off, n);

	if (done(m, ret, write_error(s)))
		bytes_append(&s->all, piece->addr + off, n);
}

void
op_insert_ext(struct model *m, struct slot *s)
{
	uint64_t off, n, pend = s->all.len - s->len, remain = model_part(m, pend);
	struct piece *piece = some_ext(m, &off, &n);
	int ret, want = write_error(s);

	slot_fill_late(m, s);
	ret = lbuf_insert_ext(&s->b, piece->ext, piece->addr + off, n, remain);
	if (want == 0 && remain > pend)
		want = -ERANGE;
	if (done(m, ret, want) && n != 0)
		memcpy(bytes_insert(&s->all, s->all.len - remain, n), piece->addr + off, n);
}

void
op_append(struct model *m, struct slot *s)
{
	struct slot *donor = model_any_slot(m);
	int ret, want = write_error(s);

	slot_fill_late(m, donor);
	ret = lbuf_append(&s->b, &donor->b);
	if (want == 0)
		want = donor == s ? -EINVAL : donor->state == SLOT_CLOSED ? -EPIPE : 0;
	if (!done(m, ret, want))
		return;
	bytes_append(&s->all, bytes_at(&donor->all, 0), donor->all.len);
	donor->len = 0;
	bytes_drop_front(&donor->all, donor->all.len);
	slot_check_held(m, donor);
}

struct rte_mbuf *
some_mbufs(struct model *m, struct bytes *bytes)
{
	struct rte_mbuf *head = NULL, *seg;
	unsigned int i, nb_segs = 1 + (unsigned int)model_draw(m, model_draw(m, 4) == 0 ? 50 : 3);
	uint16_t n, room;
	void *p;

	for (i = 0; i < nb_segs; i++) {
		seg = rte_pktmbuf_alloc(model_draw(m, 3) == 0 ? m->conf.mbufs : m->conf.tiny);
		if (seg == NULL)
			break;
		room = rte_pktmbuf_tailroom(seg);
		n = (uint16_t)RTE_MIN(model_size(m), room);
		p = rte_pktmbuf_append(seg, n);
		unit_fill(p, m->pos, n);
		bytes_append(bytes, p, n);
		m->pos += n;
		if (head == NULL)
			head = seg;
		else if (rte_pktmbuf_chain(head, seg) != 0)
			abort();
	}
	return head;
}

/* Append a chain, or a clone of it, whose original goes before or after. */
void
op_append_mbuf(struct model *m, struct slot *s)
{
	unsigned int kind = (unsigned int)model_draw(m, 8);
	size_t len = s->all.len;
	struct bytes bytes = { 0 };
	struct rte_mbuf *chain = some_mbufs(m, &bytes), *clone = NULL;
	int ret;

	if (chain == NULL)
		return;
	if (kind < 2)
		clone = rte_pktmbuf_clone(chain, m->conf.tiny);
	if (kind == 0 && clone != NULL)
		RTE_SWAP(chain, clone);
	ret = lbuf_append_mbuf(&s->b, chain);
	if (ret != 0)
		rte_pktmbuf_free(chain);
	if (done(m, ret, write_error(s)))
		bytes_append(&s->all, bytes_at(&bytes, 0), bytes.len);
	model_check(m, ret == 0 || s->all.len == len);
	rte_pktmbuf_free(clone);
	free(bytes.mem);
}

/* Two buffers get a reference each of the same mbuf. */
void
op_append_mbuf_twice(struct model *m, struct slot *s)
{
	struct slot *other = model_any_slot(m);
	struct bytes bytes = { 0 };
	struct rte_mbuf *mbuf = unit_mbuf(m->conf.mbufs, m->pos, 100);

	bytes_append(&bytes, rte_pktmbuf_mtod(mbuf, void *), 100);
	m->pos += 100;
	rte_mbuf_refcnt_update(mbuf, 1);
	if (!done(m, lbuf_append_mbuf(&s->b, mbuf), write_error(s)))
		rte_pktmbuf_free(mbuf);
	else
		bytes_append(&s->all, bytes_at(&bytes, 0), 100);
	if (!done(m, lbuf_append_mbuf(&other->b, mbuf), write_error(other)))
		rte_pktmbuf_free(mbuf);
	else
		bytes_append(&other->all, bytes_at(&bytes, 0), 100);
	free(bytes.mem);
}

/*
 * A chain that the model goes on holding, or an own header in front of it as for one of
 * many receivers. Now and then the model lets it go.
 */
void
op_append_shared(struct model *m, struct slot *s)
{
	struct chain *c = &m->chain[model_draw(m, CHAINS)];
	struct rte_mbuf *head, *seg;
	unsigned int i = 0;
	struct bytes bytes = { 0 };

	if (c->head != NULL && model_draw(m, 4) == 0) {
		chain_free(m, c);
		return;
	}
	if (c->head == NULL) {
		c->head = some_mbufs(m, &c->bytes);
		for (seg = c->head; seg != NULL; seg = seg->next)
			c->was[i++] = *seg;
	}
	head = c->head;
	if (head == NULL)
		return;
	rte_pktmbuf_refcnt_update(head, 1);
	if (model_draw(m, 2) == 0) {
		seg = unit_mbuf(m->conf.tiny, m->pos, 40);
		bytes_append(&bytes, rte_pktmbuf_mtod(seg, void *), 40);
		m->pos += 40;
		seg->next = head;
		seg->nb_segs = (uint16_t)(head->nb_segs + 1);
		seg->pkt_len += head->pkt_len;
		head = seg;
	}
	if (!done(m, lbuf_append_mbuf(&s->b, head), write_error(s))) {
		rte_pktmbuf_free(head);
	} else {
		bytes_append(&s->all, bytes_at(&bytes, 0), bytes.len);
		bytes_append(&s->all, bytes_at(&c->bytes, 0), c->bytes.len);
	}
	free(bytes.mem);
	chain_check(m, c);
}

/* Nobody views the memory of `arg` any more: use it again, and other buffers. */
static void
loud_done(struct lbuf_ext *ext, void *arg)
{
	struct loud *l = arg;

	model_check(l->m, l->out && ext->mem.refcnt == 0);
	l->out = false;
	model_reenter(l->m);
}

void
op_write_loud(struct model *m, struct slot *s)
{
	struct loud *l = &m->loud[model_draw(m, LOUDS)];
	uint64_t n = 1 + model_draw(m, sizeof(l->mem));
	int ret;

	if (!l->out) {
		l->m = m;
		lbuf_ext_init(&l->ext, loud_done, l);
		lbuf_ext_set_size(&l->ext, sizeof(l->mem) * model_draw(m, 2));
		unit_fill(l->mem, m->pos, sizeof(l->mem));
		m->pos += sizeof(l->mem);
	}
	ret = lbuf_write_ext(&s->b, &l->ext, l->mem, n);
	if (!done(m, ret, write_error(s)))
		return;
	l->out = true;
	bytes_append(&s->all, l->mem, n);
}

void
op_prepend(struct model *m, struct slot *s)
{
	uint64_t n = model_draw(m, 4) == 0 ? model_size(m) : model_draw(m, 60);
	uint8_t *p = lbuf_prepend(&s->b, n);

	if (nothing(s, n) || !done_ptr(m, p, write_error(s)) || n == 0)
		return;
	unit_fill(p, m->pos, n);
	memcpy(bytes_insert(&s->all, 0, n), p, n);
	m->pos += n;
	s->len += n;
}

void
op_ack(struct model *m, struct slot *s)
{
	uint64_t pend = s->all.len - s->len, n = model_part(m, pend);
	int want = write_error(s);

	slot_fill_late(m, s);
	if (want == 0 && n > pend)
		want = -ERANGE;
	if (want == 0)
		s->all.len = s->len + n;
	slot_set_busy(m, s, false);
	done(m, lbuf_ack(&s->b, n), want);
}

void
op_flush(struct model *m, struct slot *s)
{
	slot_fill_late(m, s);
	if (done(m, lbuf_flush(&s->b), write_error(s)))
		s->len = s->all.len;
}
