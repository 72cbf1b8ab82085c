/* SPDX-License-Identifier: BSD-3-Clause */

/* Cutting off what ends in a byte or a string: a search, and then a slice. */

#include "lbuf_priv.h"

int64_t
lbuf_until(struct lbuf *b, uint8_t byte, struct lbuf *out)
{
	const struct lbuf_seg *s = b->rd;
	const uint8_t *hit = NULL;
	uint64_t n = 0;
	int64_t at;
	int ret;

	/* Mostly it is in the first segment. */
	if (b->len != 0)
		n = RTE_MIN(s->len, b->len);
	if (n != 0)
		hit = memchr(s->addr, byte, n);
	at = likely(hit != NULL) ? hit - s->addr : lbuf_find(b, byte, n);
	if (at < 0)
		return at;
	ret = lbuf_slice(b, (uint64_t)at + 1, out);
	return ret != 0 ? ret : at + 1;
}

int64_t
lbuf_until_str(struct lbuf *b, const void *str, size_t n, uint64_t *from, struct lbuf *out)
{
	uint64_t len, start = from == NULL ? 0 : *from;
	int64_t at = lbuf_find_str(b, str, n, start);
	int ret;

	if (at == -ENOENT && from != NULL) {
		/* The string may begin in the last n - 1 bytes. */
		len = lbuf_len(b);
		*from = RTE_MAX(start, len < n ? 0 : len - n + 1);
	}
	if (at < 0)
		return at;
	len = (uint64_t)at + n;
	ret = lbuf_slice(b, len, out);
	if (ret != 0)
		return ret;
	if (from != NULL)
		*from = 0;
	return (int64_t)len;
}
