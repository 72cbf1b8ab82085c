/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the verbs do to the byte strings: model_write.c, model_read.c, model_edge.c,
 * model_look.c, model_port.c and model_hold.c.
 */

#ifndef MODEL_OPS_H
#define MODEL_OPS_H

#include <errno.h>

#include "model_priv.h"

/* Whether a verb did what it should; else it failed, and changed nothing. */
static inline bool
done(const struct model *m, int64_t ret, int64_t want)
{
	if (ret == want)
		return want >= 0;
	if (ret != -ENOMEM || !m->armed)
		model_fail(m, "%jd, not %jd", (intmax_t)ret, (intmax_t)want);
	return false;
}

/* The same for pointers. */
static inline bool
done_ptr(const struct model *m, const void *p, int want)
{
	return done(m, p == NULL ? -rte_errno : 0, want);
}

static inline int
write_error(const struct slot *s)
{
	return s->state == SLOT_CLOSED ? -EPIPE : s->state == SLOT_SLICE ? -EROFS : 0;
}

static inline int
read_error(const struct slot *s, uint64_t n)
{
	return s->state == SLOT_CLOSED ? -EPIPE : n > s->len ? -ENODATA : 0;
}

static inline void
consume(struct slot *s, uint64_t n)
{
	bytes_drop_front(&s->all, n);
	s->len -= n;
}

/* Where nothing is asked for errors do not matter, only that nothing changes. */
static inline bool
nothing(const struct slot *s, uint64_t n)
{
	return n == 0 && s->state != SLOT_BUFFER;
}

/* An mbuf chain of any segments, and its bytes behind those in `bytes`. */
struct rte_mbuf *
some_mbufs(struct model *m, struct bytes *bytes);

/* A piece of external memory, and a part of it. */
struct piece *
some_ext(struct model *m, uint64_t *off, uint64_t *n);

void
op_open(struct model *m, struct slot *s);
void
op_close(struct model *m, struct slot *s);
void
op_reserve(struct model *m, struct slot *s);
void
op_write(struct model *m, struct slot *s);
void
op_write_ext(struct model *m, struct slot *s);
void
op_insert_ext(struct model *m, struct slot *s);
void
op_append(struct model *m, struct slot *s);
void
op_append_mbuf(struct model *m, struct slot *s);
void
op_append_mbuf_twice(struct model *m, struct slot *s);
void
op_append_shared(struct model *m, struct slot *s);
void
op_write_loud(struct model *m, struct slot *s);
void
op_prepend(struct model *m, struct slot *s);
void
op_ack(struct model *m, struct slot *s);
void
op_flush(struct model *m, struct slot *s);
void
op_peek(struct model *m, struct slot *s);
void
op_next(struct model *m, struct slot *s);
void
op_skip(struct model *m, struct slot *s);
void
op_read(struct model *m, struct slot *s);
void
op_edit(struct model *m, struct slot *s);
void
op_slice(struct model *m, struct slot *s);
void
op_clone(struct model *m, struct slot *s);
void
op_until(struct model *m, struct slot *s);
void
op_find(struct model *m, struct slot *s);
void
op_release(struct model *m, struct slot *s);
void
op_sums(struct model *m, struct slot *s);
void
op_numbers(struct model *m, struct slot *s);
void
op_splice(struct model *m, struct slot *s);
void
op_splice_ext(struct model *m, struct slot *s);
void
op_chunk(struct model *m, struct slot *s);
void
op_trim(struct model *m, struct slot *s);
void
op_move(struct model *m, struct slot *s);
void
op_reserve_some(struct model *m, struct slot *s);
void
op_compact(struct model *m, struct slot *s);
void
op_cursor(struct model *m, struct slot *s);
void
op_compare(struct model *m, struct slot *s);
void
op_memory(struct model *m, struct slot *s);
void
op_write_number(struct model *m, struct slot *s);
void
op_read_number(struct model *m, struct slot *s);
void
op_export(struct model *m, struct slot *s);
void
op_import(struct model *m, struct slot *s);
void
op_arrive(struct model *m, struct slot *s);
void
op_receive(struct model *m, struct slot *s);
void
op_send(struct model *m, struct slot *s);
void
op_forward(struct model *m, struct slot *s);
void
op_keep(struct model *m, struct slot *s);
void
op_bound(struct model *m, struct slot *s);
void
op_scribble(struct model *m, struct slot *s);

#endif /* MODEL_OPS_H */
