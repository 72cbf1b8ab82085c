/* SPDX-License-Identifier: BSD-3-Clause */

/* Memory of the caller's put between readable bytes. */

#include "lbuf_priv.h"

/* Put a segment in at an offset; 0 or a negative errno. */
static int
splice_seg(struct lbuf *b, uint64_t at, void *addr, size_t n, struct lbuf_mem *mem)
{
	struct lbuf_seg *s = seg_split(b, at, 1);

	if (s == NULL)
		return -rte_errno;
	lbuf_seg_fill(s, addr, n, (uintptr_t)mem);
	seg_spliced(b, s + 1, n);
	return 0;
}

int
lbuf_splice_ext(struct lbuf *b, uint64_t at, struct lbuf_ext *ext, const void *addr, size_t n)
{
	int ret = check_splice(b, at);

	if (ret != 0 || n == 0)
		return ret;
	ret = splice_seg(b, at, (void *)(uintptr_t)addr, n, &ext->mem);
	if (ret == 0)
		lbuf_mem_get(&ext->mem);
	return ret;
}

int
lbuf_splice_chunk(struct lbuf *b, uint64_t at, struct lbuf_chunk *chunk, size_t off, size_t n)
{
	int ret = check_splice(b, at);

	if (ret != 0)
		return ret;
	if (off > chunk->size || n > chunk->size - off)
		return -ERANGE;
	if (n != 0)
		return splice_seg(b, at, chunk->data + off, n, &chunk->mem);
	lbuf_chunk_put(chunk);
	return 0;
}
