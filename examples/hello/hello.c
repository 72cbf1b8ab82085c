/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The shortest program: messages with their length in front are written into a stream, and
 * cut off it without a copy.
 *
 *     hello --no-huge --no-pci
 */

#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include <lbuf.h>

static void
put(struct lbuf *stream, const char *text)
{
	lbuf_write_be32(stream, (uint32_t)strlen(text));
	lbuf_write(stream, text, strlen(text));
	lbuf_flush(stream);
}

/* Cut off the next message, if all of it is there. */
static int
take(struct lbuf *stream, struct lbuf *message)
{
	uint32_t len;

	if (lbuf_peek_be32(stream, &len) != 0 || lbuf_len(stream) < sizeof(len) + (uint64_t)len)
		return -ENODATA;
	lbuf_skip(stream, sizeof(len));
	return lbuf_slice(stream, len, message);
}

int
main(int argc, char **argv)
{
	struct lbuf stream, message;
	struct lbuf_pool *pool;

	if (rte_eal_init(argc, argv) < 0)
		return 1;
	pool = lbuf_pool_create("hello", NULL);
	if (pool == NULL) {
		fprintf(stderr, "hello: no pool: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	lbuf_init(&stream, pool);
	put(&stream, "hello, world");
	put(&stream, "and goodbye");
	while (take(&stream, &message) == 0) {
		int len = (int)lbuf_len(&message);

		printf("%.*s\n", len, (const char *)lbuf_peek(&message, (uint64_t)len));
		lbuf_close(&message);
		lbuf_release(&stream);
	}
	lbuf_close(&stream);
	/* It fails while anything is still out. */
	if (lbuf_pool_free(pool) != 0)
		return 1;
	return rte_eal_cleanup() == 0 ? 0 : 1;
}
