/* SPDX-License-Identifier: BSD-3-Clause */

#include <lbuf_priv.h>

#include <lbuf_frame.h>

/* Of a length and its adjustment: so that no sum of them overflows. */
#define LENGTH_LIMIT ((int64_t)1 << 60)

static bool
is_length_valid(const struct lbuf_frame_params *p)
{
	uint8_t n = p->length_bytes;

	return (n == 1 || n == 2 || n == 4 || n == 8) && p->length_adjust >= -LENGTH_LIMIT &&
			p->length_adjust <= LENGTH_LIMIT;
}

/* Whether the settings of a kind can be. */
static bool
is_valid(const struct lbuf_frame_params *p)
{
	switch (p->kind) {
	case LBUF_FRAME_FIXED:
		return p->size != 0 && p->strip_front <= p->size;
	case LBUF_FRAME_LENGTH:
		return is_length_valid(p);
	case LBUF_FRAME_LINE:
		return p->strip_front == 0;
	case LBUF_FRAME_DELIMITER:
		return p->strip_front == 0 && p->delimiter_bytes != 0 &&
				p->delimiter_bytes <= LBUF_FIND_MAX;
	case LBUF_FRAME_CALLBACK:
		return p->cb != NULL;
	default:
		return false;
	}
}

void
lbuf_frame_reset(struct lbuf_frame *f)
{
	f->from = 0;
	f->need = 0;
	f->error = 0;
}

int
lbuf_frame_init(struct lbuf_frame *f, const struct lbuf_frame_params *params)
{
	if (params == NULL || !is_valid(params))
		return -EINVAL;
	f->params = params;
	lbuf_frame_reset(f);
	return 0;
}

static uint64_t
longest(const struct lbuf_frame_params *p)
{
	return p->max == 0 ? LBUF_FRAME_MAX : p->max;
}

/* The number in a record, which is there. */
static uint64_t
read_number(const struct lbuf_frame_params *p, const struct lbuf *b)
{
	unsigned int i, n = p->length_bytes;
	struct lbuf_cursor c;
	uint64_t value = 0;
	uint8_t byte[8];

	lbuf_cursor_init(&c, b);
	lbuf_cursor_skip(&c, p->length_offset);
	lbuf_cursor_read(&c, byte, n);
	for (i = 0; i < n; i++)
		value = value << 8 | byte[p->little_endian ? n - 1 - i : i];
	return value;
}

/*
 * How long the first record is, in each of the ways to tell that: bytes; 0: not known yet; or a
 * negative errno.
 */
static int64_t
find_length(const struct lbuf_frame_params *p, const struct lbuf *b)
{
	int64_t head = (int64_t)p->length_offset + p->length_bytes, n;
	uint64_t number;

	if (lbuf_len(b) < (uint64_t)head)
		return (uint64_t)head > longest(p) ? -EMSGSIZE : 0;
	number = read_number(p, b);
	if (number > (uint64_t)LENGTH_LIMIT)
		return -EMSGSIZE;
	n = head + (int64_t)number + p->length_adjust;
	return n < head || n < (int64_t)p->strip_front ? -EBADMSG : n;
}

static int64_t
find_end(struct lbuf_frame *f, const struct lbuf *b, const uint8_t *end, size_t n)
{
	uint64_t len = lbuf_len(b);
	int64_t at;

	at = n == 1 ? lbuf_find(b, end[0], f->from) : lbuf_find_str(b, end, n, f->from);
	if (at >= 0)
		return at + (int64_t)n;
	if (at != -ENOENT)
		return at;
	f->from = len < n ? 0 : len - (n - 1);
	return len >= longest(f->params) ? -EMSGSIZE : 0;
}

static int64_t
find_record(struct lbuf_frame *f, struct lbuf *b)
{
	static const uint8_t newline = '\n';
	const struct lbuf_frame_params *p = f->params;
	int64_t n;

	switch (p->kind) {
	case LBUF_FRAME_FIXED:
		return (int64_t)RTE_MIN(p->size, (uint64_t)INT64_MAX);
	case LBUF_FRAME_LENGTH:
		return find_length(p, b);
	case LBUF_FRAME_LINE:
		return find_end(f, b, &newline, 1);
	case LBUF_FRAME_DELIMITER:
		return find_end(f, b, p->delimiter, p->delimiter_bytes);
	default:
		n = p->cb(b, &f->from, p->arg);
		return n > 0 && (uint64_t)n < p->strip_front ? -EBADMSG : n;
	}
}

/* Bytes of the end of a record that is whole, if they are to be cut off. */
static uint64_t
end_of(const struct lbuf_frame *f, const struct lbuf *b)
{
	const struct lbuf_frame_params *p = f->params;

	if (!p->strip_end)
		return 0;
	if (p->kind == LBUF_FRAME_DELIMITER)
		return p->delimiter_bytes;
	if (p->kind != LBUF_FRAME_LINE)
		return 0;
	return f->need >= 2 && lbuf_equal_mem(b, f->need - 2, "\r\n", 2) ? 2 : 1;
}

/* Cut the record off whose length is known, and of it what is to be stripped. */
static int
cut(struct lbuf_frame *f, struct lbuf *b, struct lbuf *record, uint64_t end)
{
	int ret = lbuf_slice(b, f->need, record);

	if (ret != 0)
		return ret;
	lbuf_frame_reset(f);
	lbuf_skip(record, f->params->strip_front);
	lbuf_trim(record, end);
	return 1;
}

/* Whether an error tells of the bytes, and not of the buffer. */
static int
stop(struct lbuf_frame *f, int64_t error)
{
	if (error != -EPIPE)
		f->error = (int)error;
	return (int)error;
}

int
lbuf_frame_next(struct lbuf_frame *f, struct lbuf *b, struct lbuf *record)
{
	int64_t n;

	if (f->error != 0)
		return f->error;
	if (f->need == 0) {
		if (lbuf_len(b) == 0)
			return (b->flags & LBUF_F_OPEN) == 0 ? -EPIPE : 0;
		n = find_record(f, b);
		if (n < 0)
			return stop(f, n);
		if ((uint64_t)n > longest(f->params))
			return stop(f, -EMSGSIZE);
		f->need = (uint64_t)n;
	}
	if (f->need == 0 || lbuf_len(b) < f->need)
		return 0;
	return cut(f, b, record, end_of(f, b));
}

int
lbuf_frame_last(struct lbuf_frame *f, struct lbuf *b, struct lbuf *record)
{
	enum lbuf_frame_kind kind = f->params->kind;
	int ret = lbuf_frame_next(f, b, record);

	if (ret != 0 || lbuf_len(b) == 0)
		return ret;
	if (kind != LBUF_FRAME_LINE && kind != LBUF_FRAME_DELIMITER)
		return -ENODATA;
	f->need = lbuf_len(b);
	return cut(f, b, record, 0);
}
