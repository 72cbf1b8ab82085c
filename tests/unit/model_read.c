/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include "model_ops.h"

void
op_peek(struct model *m, struct slot *s)
{
	uint64_t n = model_part(m, s->len);
	const void *p = lbuf_peek(&s->b, n);

	if (nothing(s, n) || !done_ptr(m, p, read_error(s, n)) || n == 0)
		return;
	model_check(m, memcmp(p, bytes_at(&s->all, 0), n) == 0);
	slot_hold(m, s, p, n);
	/* At once again: the same address. */
	model_check(m, lbuf_peek(&s->b, n) == p);
}

void
op_next(struct model *m, struct slot *s)
{
	uint64_t n = model_part(m, s->len);
	const void *p = lbuf_next(&s->b, n);

	if (nothing(s, n) || !done_ptr(m, p, read_error(s, n)) || n == 0)
		return;
	model_check(m, memcmp(p, bytes_at(&s->all, 0), n) == 0);
	slot_hold(m, s, p, n);
	consume(s, n);
}

void
op_skip(struct model *m, struct slot *s)
{
	uint64_t n = model_part(m, s->len);
	int ret = lbuf_skip(&s->b, n);

	if (!nothing(s, n) && done(m, ret, read_error(s, n)))
		consume(s, n);
}

void
op_read(struct model *m, struct slot *s)
{
	uint64_t n = model_part(m, s->len);
	uint8_t *mem = malloc(n + 1);
	uint16_t sum;
	int ret;

	model_check(m, mem != NULL);
	switch (model_draw(m, 3)) {
	case 0:
		ret = lbuf_peek_copy(&s->b, mem, n);
		if (!nothing(s, n) && done(m, ret, read_error(s, n)))
			model_check(m, n == 0 || memcmp(mem, bytes_at(&s->all, 0), n) == 0);
		free(mem);
		return;
	case 1:
		ret = lbuf_read(&s->b, mem, n);
		break;
	default:
		ret = lbuf_read_cksum(&s->b, mem, n, &sum);
		break;
	}
	if (!nothing(s, n) && done(m, ret, read_error(s, n))) {
		model_check(m, n == 0 || memcmp(mem, bytes_at(&s->all, 0), n) == 0);
		consume(s, n);
	}
	free(mem);
}

void
op_edit(struct model *m, struct slot *s)
{
	uint64_t n = model_part(m, s->len);
	struct lbuf *b = &s->b;
	void *p;

	if (model_draw(m, 3) == 0)
		lbuf_array_edit(&b, 1, (uint32_t)n, &p);
	else
		p = lbuf_edit(b, n);
	if (nothing(s, n) || !done_ptr(m, p, read_error(s, n)) || n == 0)
		return;
	model_check(m, memcmp(p, bytes_at(&s->all, 0), n) == 0);
	unit_fill(p, m->pos, n);
	unit_fill(bytes_at(&s->all, 0), m->pos, n);
	m->pos += n;
	slot_edited(s, p, n);
}

/* The first n bytes of a slot have become a slice. */
static void
now_slice(struct slot *s, struct slot *out, uint64_t n)
{
	bytes_append(&out->all, bytes_at(&s->all, 0), n);
	consume(s, n);
	out->state = SLOT_SLICE;
	out->len = n;
}

void
op_slice(struct model *m, struct slot *s)
{
	struct slot *out = model_free_slot(m, s);
	uint64_t n = model_part(m, s->len);
	int ret = lbuf_slice(&s->b, n, &out->b);

	if (nothing(s, n) && ret != 0)
		return;
	if (done(m, ret, read_error(s, n)))
		now_slice(s, out, n);
}

void
op_clone(struct model *m, struct slot *s)
{
	struct slot *out = model_free_slot(m, s);
	uint64_t from = s->len == 0 ? 0 : model_draw(m, s->len), n = model_part(m, s->len - from);
	int ret = lbuf_clone(&s->b, from, n, &out->b);

	if (!done(m, ret, read_error(s, from + n)))
		return;
	bytes_append(&out->all, bytes_at(&s->all, from), n);
	out->state = SLOT_SLICE;
	out->len = n;
	if (model_draw(m, 8) == 0)
		lbuf_handoff(&out->b);
}

void
op_until(struct model *m, struct slot *s)
{
	struct slot *out = model_free_slot(m, s);
	uint64_t at = s->len == 0 ? 0 : model_draw(m, s->len), n, from = 0;
	const uint8_t *mem = s->len == 0 ? NULL : bytes_at(&s->all, 0), *hit = NULL;
	uint8_t str[LBUF_FIND_MAX];
	int64_t ret, want;

	n = s->len == 0 ? 1 : 1 + model_draw(m, RTE_MIN(s->len - at, (uint64_t)LBUF_FIND_MAX));
	memset(str, 0, sizeof(str));
	if (mem != NULL)
		memcpy(str, mem + at, n);
	if (n == 1 && model_draw(m, 2) == 0)
		ret = lbuf_until(&s->b, str[0], &out->b);
	else
		ret = lbuf_until_str(&s->b, str, n, model_draw(m, 2) == 0 ? &from : NULL, &out->b);
	if (mem != NULL)
		hit = memmem(mem, s->len, str, n);
	want = hit == NULL ? -ENOENT : hit - mem + (int64_t)n;
	if (done(m, ret, s->state == SLOT_CLOSED ? -EPIPE : want))
		now_slice(s, out, (uint64_t)want);
}

void
op_find(struct model *m, struct slot *s)
{
	uint64_t from = s->len == 0 ? 0 : model_draw(m, s->len), at = from, n = 1;
	const uint8_t *mem = s->len == 0 ? NULL : bytes_at(&s->all, 0), *hit = NULL;
	uint8_t str[LBUF_FIND_MAX] = { 0 };
	int64_t want;

	if (mem != NULL) {
		at += model_draw(m, s->len - from);
		n += model_draw(m, RTE_MIN(s->len - at, (uint64_t)LBUF_FIND_MAX));
		memcpy(str, mem + at, n);
		str[n - 1] ^= model_draw(m, 4) == 0; /* mostly not there, then */
		hit = memmem(mem + from, s->len - from, str, n);
	}
	want = s->state == SLOT_CLOSED ? -EPIPE : hit == NULL ? -ENOENT : hit - mem;
	model_check(m, lbuf_find_str(&s->b, str, n, from) == want);
	if (mem != NULL)
		hit = memchr(mem + from, str[0], s->len - from);
	want = s->state == SLOT_CLOSED ? -EPIPE : hit == NULL ? -ENOENT : hit - mem;
	model_check(m, lbuf_find(&s->b, str[0], from) == want);
}

void
op_release(struct model *m, struct slot *s)
{
	struct lbuf *b = &s->b;
	int want = s->state == SLOT_CLOSED ? -EPIPE : 0; /* callbacks may close it */

	slot_check_held(m, s);
	slot_forget_held(s);
	if (model_draw(m, 16) == 0) {
		consume(s, s->len);
		slot_set_busy(m, s, false);
		lbuf_array_drop(&b, 1);
		return;
	}
	slot_set_busy(m, s, false);
	done(m, lbuf_release(&s->b), want);
}

static uint32_t
crc32c(const uint8_t *p, uint64_t n)
{
	static uint32_t table[256];
	uint32_t crc, i, bit;

	for (i = 0; table[255] == 0 && i < 256; i++)
		for (bit = 0, table[i] = i; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (0x82f63b78 & -(table[i] & 1));
	for (crc = UINT32_MAX; n > 0; n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

void
op_sums(struct model *m, struct slot *s)
{
	uint64_t from = s->len == 0 ? 0 : model_draw(m, s->len), i;
	uint64_t n = model_part(m, RTE_MIN(s->len - from, (uint64_t)2000)), sum = 0;
	bool there = n <= s->len - from;
	int want = s->state == SLOT_CLOSED ? -EPIPE : there ? 0 : -ENODATA;
	const uint8_t *p = bytes_at(&s->all, from);
	uint16_t cksum = 0;
	uint32_t crc = 0;

	if (nothing(s, n))
		return;
	model_check(m, lbuf_cksum(&s->b, from, n, &cksum) == want);
	model_check(m, lbuf_crc32c(&s->b, from, n, &crc) == want);
	if (want != 0)
		return;
	for (i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint64_t)p[i] << 8 : p[i];
	model_check(m, rte_be_to_cpu_16(cksum) % 0xffff == sum % 0xffff);
	model_check(m, crc == crc32c(p, n));
}

void
op_numbers(struct model *m, struct slot *s)
{
	const uint8_t *p = s->len == 0 ? NULL : bytes_at(&s->all, 0);
	uint64_t value = 0, v64 = 0, i;
	uint32_t v32 = 0;
	uint16_t v16 = 0;

	model_check(m, lbuf_peek_be16(&s->b, &v16) == read_error(s, 2));
	model_check(m, lbuf_peek_be32(&s->b, &v32) == read_error(s, 4));
	model_check(m, lbuf_peek_be64(&s->b, &v64) == read_error(s, 8));
	for (i = 0; i < 8 && i < s->len; i++) {
		value = value << 8 | p[i];
		model_check(m, i != 1 || v16 == value);
		model_check(m, i != 3 || v32 == value);
		model_check(m, i != 7 || v64 == value);
	}
	lbuf_handoff(&s->b);
}
