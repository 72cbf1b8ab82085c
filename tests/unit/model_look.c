/* SPDX-License-Identifier: BSD-3-Clause */

/* Verbs that only look: cursors, comparisons, numbers, what memory is held. */

#include <stdlib.h>

#include "model_ops.h"

/* A cursor, and where it is. */
struct at {
	struct lbuf_cursor c;
	uint64_t off;
};

static uint64_t
number(const uint8_t *p, unsigned int n, bool little)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		value |= (uint64_t)p[i] << 8 * (little ? i : n - 1 - i);
	return value;
}

static void
read_number(struct model *m, struct slot *s, struct at *at)
{
	unsigned int n = 1u << model_draw(m, 4);
	bool little = model_draw(m, 2) == 0;
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0;
	int ret;

	if (n == 1)
		ret = lbuf_cursor_read_u8(&at->c, &u8);
	else if (n == 2)
		ret = little ? lbuf_cursor_read_le16(&at->c, &u16)
			     : lbuf_cursor_read_be16(&at->c, &u16);
	else if (n == 4)
		ret = little ? lbuf_cursor_read_le32(&at->c, &u32)
			     : lbuf_cursor_read_be32(&at->c, &u32);
	else
		ret = little ? lbuf_cursor_read_le64(&at->c, &u64)
			     : lbuf_cursor_read_be64(&at->c, &u64);
	model_check(m, ret == (n > s->len - at->off ? -ENODATA : 0));
	if (ret != 0)
		return;
	u64 += u32 + u16 + u8;
	model_check(m, u64 == number(bytes_at(&s->all, at->off), n, little));
	at->off += n;
}

static void
read_bytes(struct model *m, struct slot *s, struct at *at)
{
	uint64_t left = s->len - at->off, n = model_part(m, left), piece;
	uint8_t *mem = malloc(n + 1);
	const uint8_t *p = mem;
	int ret = 0;

	model_check(m, mem != NULL);
	switch (model_draw(m, 3)) {
	case 0:
		ret = lbuf_cursor_read(&at->c, mem, n);
		break;
	case 1:
		p = lbuf_cursor_next(&at->c, n, mem);
		ret = p == NULL ? -rte_errno : 0;
		break;
	default:
		p = lbuf_cursor_piece(&at->c, &piece);
		model_check(m, piece <= left && (piece == 0) == (left == 0));
		n = RTE_MIN(piece, n);
		model_check(m, lbuf_cursor_skip(&at->c, n) == 0);
		break;
	}
	model_check(m, ret == (n > left ? -ENODATA : 0));
	if (ret == 0 && n != 0) {
		model_check(m, memcmp(p, bytes_at(&s->all, at->off), n) == 0);
		at->off += n;
	}
	free(mem);
}

static void
go_on(struct model *m, struct slot *s, struct at *at)
{
	uint64_t left = s->len - at->off, n = model_part(m, left);
	int ret;

	if (model_draw(m, 2) == 0) {
		ret = lbuf_cursor_skip(&at->c, n);
		model_check(m, ret == (n > left ? -ENODATA : 0));
		at->off += ret == 0 ? n : 0;
		return;
	}
	n = model_part(m, s->len);
	ret = lbuf_cursor_seek(&at->c, n);
	model_check(m, ret == (n > s->len ? -ENODATA : 0));
	if (ret == 0)
		at->off = n;
}

/* How far the first byte is that is, or else the first place of a string; or -ENOENT. */
static void
search(struct model *m, struct slot *s, struct at *at)
{
	uint64_t left = s->len - at->off, n, i;
	const uint8_t *p = bytes_at(&s->all, at->off), *hit;
	uint8_t str[LBUF_FIND_MAX] = { 0 };
	struct lbuf_set set;
	int64_t want;

	n = left == 0 ? 1 : 1 + model_draw(m, RTE_MIN(left, (uint64_t)LBUF_FIND_MAX));
	if (left != 0) {
		memcpy(str, p + model_draw(m, left - n + 1), n);
		str[n - 1] ^= model_draw(m, 4) == 0;
	}
	hit = left == 0 ? NULL : memmem(p, left, str, n);
	want = hit == NULL ? -ENOENT : hit - p;
	model_check(m, lbuf_cursor_find_str(&at->c, str, n) == want);
	hit = left == 0 ? NULL : memchr(p, str[n - 1], left);
	want = hit == NULL ? -ENOENT : hit - p;
	model_check(m, lbuf_cursor_find(&at->c, str[n - 1]) == want);
	n = RTE_MIN(n, (uint64_t)3);
	lbuf_set_init(&set, str, n);
	for (i = 0; i < left && memchr(str, p[i], n) == NULL; i++)
		;
	want = i == left ? -ENOENT : (int64_t)i;
	model_check(m, lbuf_cursor_find_any(&at->c, &set) == want);
	want = want < 0 ? want : want + (int64_t)at->off;
	model_check(m, lbuf_find_any(&s->b, &set, at->off) == want);
}

void
op_cursor(struct model *m, struct slot *s)
{
	int want = s->state == SLOT_CLOSED ? -EPIPE : 0;
	struct at at = { .off = 0 };
	unsigned int n;

	model_check(m, lbuf_cursor_init(&at.c, &s->b) == want);
	if (want != 0)
		return;
	for (n = (unsigned int)model_draw(m, 12); n > 0; n--) {
		switch (model_draw(m, 5)) {
		case 0:
			go_on(m, s, &at);
			break;
		case 1:
			search(m, s, &at);
			break;
		case 2:
			read_bytes(m, s, &at);
			break;
		default:
			read_number(m, s, &at);
			break;
		}
		model_check(m, lbuf_cursor_tell(&at.c) == at.off);
		model_check(m, lbuf_cursor_left(&at.c) == s->len - at.off);
	}
}

void
op_compare(struct model *m, struct slot *s)
{
	const struct slot *other = model_any_slot(m);
	uint64_t n = RTE_MIN(s->len, other->len), from;
	const uint8_t *a = bytes_at(&s->all, 0), *b = bytes_at(&other->all, 0);
	int want = n == 0 ? 0 : memcmp(a, b, n);

	if (want == 0)
		want = (s->len > other->len) - (s->len < other->len);
	want = (want > 0) - (want < 0);
	model_check(m, lbuf_compare(&s->b, &other->b) == want);
	model_check(m, lbuf_equal(&s->b, &other->b) == (want == 0));
	model_check(m, lbuf_compare_mem(&s->b, b, other->len) == want);
	model_check(m, lbuf_compare_mem(&s->b, a, s->len) == 0);
	if (s->len == 0)
		return;
	from = model_draw(m, s->len);
	n = RTE_MIN(model_part(m, s->len - from), s->len - from);
	model_check(m, lbuf_equal_mem(&s->b, from, a + from, n));
	model_check(m, !lbuf_equal_mem(&s->b, from, a, s->len - from + 1));
}

void
op_memory(struct model *m, struct slot *s)
{
	uint64_t from = s->len == 0 ? 0 : model_draw(m, s->len), n = model_part(m, s->len - from);
	int ret = lbuf_is_shared(&s->b, from, n), want = read_error(s, from + n);
	int64_t pinned;

	model_check(m, want != 0 ? ret == want : ret == 0 || ret == 1);
	pinned = lbuf_pinned(&s->b);
	if (s->state == SLOT_CLOSED)
		model_check(m, pinned == -EPIPE);
	else
		model_check(m,
				pinned >= 0 ? (s->all.len == 0 || pinned > 0)
					    : pinned == -ENOMEM && m->armed);
}

void
op_write_number(struct model *m, struct slot *s)
{
	unsigned int n = 1u << model_draw(m, 4);
	bool little = model_draw(m, 2) == 0;
	uint8_t mem[8];
	uint64_t i;
	int ret;

	unit_fill(mem, m->pos, n);
	m->pos += n;
	i = number(mem, n, little);
	if (n == 1)
		ret = lbuf_write_u8(&s->b, (uint8_t)i);
	else if (n == 2)
		ret = little ? lbuf_write_le16(&s->b, (uint16_t)i)
			     : lbuf_write_be16(&s->b, (uint16_t)i);
	else if (n == 4)
		ret = little ? lbuf_write_le32(&s->b, (uint32_t)i)
			     : lbuf_write_be32(&s->b, (uint32_t)i);
	else
		ret = little ? lbuf_write_le64(&s->b, i) : lbuf_write_be64(&s->b, i);
	if (done(m, ret, write_error(s)))
		bytes_append(&s->all, mem, n);
}

void
op_read_number(struct model *m, struct slot *s)
{
	unsigned int n = 1u << model_draw(m, 4);
	bool little = model_draw(m, 2) == 0;
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0;
	int ret;

	if (n == 1)
		ret = lbuf_read_u8(&s->b, &u8);
	else if (n == 2)
		ret = little ? lbuf_read_le16(&s->b, &u16) : lbuf_read_be16(&s->b, &u16);
	else if (n == 4)
		ret = little ? lbuf_read_le32(&s->b, &u32) : lbuf_read_be32(&s->b, &u32);
	else
		ret = little ? lbuf_read_le64(&s->b, &u64) : lbuf_read_be64(&s->b, &u64);
	if (!done(m, ret, read_error(s, n)))
		return;
	u64 += u32 + u16 + u8;
	model_check(m, u64 == number(bytes_at(&s->all, 0), n, little));
	consume(s, n);
}
