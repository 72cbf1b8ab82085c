/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Requests to the HTTP server of examples/lwip. The first byte of an input says how the others
 * are cut into pieces, the second one when memory fails.
 *
 * However the bytes come, the answer is the same, and it is made of responses. Heads are also
 * looked at in memory that ends where they do: of those that are taken for sound, others must not
 * think that they end elsewhere.
 */

#include "chunk.h"
#include "fuzz.h"
#include "http.h"
#include "request.h"

/* Longer inputs only take longer. */
#define INPUT_MAX 32768
/* Bytes of an answer that are compared: the client goes away then. */
#define ANSWER_MAX (256u << 10)
#define PIECE_MAX 64 /* the longest piece that requests are cut into, but for the whole */
#define DATE "\r\nDate: "
#define START "HTTP/1.1 "

/* What became of the bytes of a connection. */
struct answer {
	size_t n;
	uint64_t requests;
	int ret; /* of http_work() */
	bool closing;
	char bytes[ANSWER_MAX];
};

static struct lbuf_pool *pool;
static struct http_site site;
static struct answer whole, pieces, failed;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct lbuf_pool_params params = { .flags = LBUF_POOL_F_BASE_PAGES |
				LBUF_POOL_F_NO_CACHE | LBUF_POOL_F_NO_BACKGROUND };

	(void)argc;
	(void)argv;
	fuzz_open();
	pool = lbuf_pool_create("http", &params);
	fuzz_check(pool != NULL && http_site_init(&site, pool) == 0);
	return 0;
}

/* Take what is to be sent: whether anything was, and more of it is wanted. */
static bool
take(struct http *h, struct answer *a)
{
	uint64_t n = RTE_MIN(lbuf_len(&h->out), (uint64_t)(ANSWER_MAX - a->n));

	if (n == 0)
		return false;
	fuzz_check(lbuf_peek_copy(&h->out, a->bytes + a->n, n) == 0);
	fuzz_check(lbuf_skip(&h->out, n) == 0);
	lbuf_release(&h->out);
	a->n += n;
	return true;
}

/* Send the bytes in pieces, and note the answer. */
static void
converse(const uint8_t *data, size_t size, size_t piece, struct answer *a)
{
	uint64_t before = site.requests;
	struct http h;
	size_t n;

	a->n = 0;
	a->ret = 0;
	http_init(&h, &site);
	for (; size != 0 && a->ret == 0 && a->n < ANSWER_MAX; data += n, size -= n) {
		n = RTE_MIN(piece, size);
		a->ret = lbuf_write(&h.in, data, n);
		if (a->ret != 0)
			break;
		lbuf_flush(&h.in);
		do
			a->ret = http_work(&h);
		while (a->ret == 0 && take(&h, a));
		/* A head that is too long is not waited for. */
		fuzz_check(a->ret != 0 || a->n == ANSWER_MAX || lbuf_len(&h.in) < HTTP_HEAD_MAX);
	}
	a->requests = site.requests - before;
	a->closing = h.closing;
	http_close(&h);
	fuzz_check(lbuf_pool_chunks_out(pool) == 1); /* the block */
}

/* Without the date, which may be another one by now. */
static void
blank_date(struct answer *a)
{
	char *at = memmem(a->bytes, a->n, DATE, strlen(DATE));

	while (at != NULL) {
		size_t left = a->n - (size_t)(at - a->bytes);

		memset(at, ' ', RTE_MIN(left, strlen(DATE) + sizeof(site.date)));
		at = memmem(at, left, DATE, strlen(DATE));
	}
}

/* Lines of a head that was understood end as they must, and none makes the body another one. */
static void
check_lines(const char *head, size_t size)
{
	static const char field[] = "Transfer-Encoding";
	const char *end = memmem(head, size, "\r\n\r\n", 4);
	size_t i, n;

	fuzz_check(end != NULL);
	n = (size_t)(end - head) + 4;
	for (i = 0; i < n; i++) {
		fuzz_check(head[i] != '\0');
		fuzz_check((head[i] == '\r') == (i + 1 < n && head[i + 1] == '\n'));
		if (head[i] == '\n' && n - i > sizeof(field))
			fuzz_check(strncasecmp(head + i + 1, field, strlen(field)) != 0 ||
					head[i + sizeof(field)] != ':');
	}
}

/* A head, if it is one, in memory that ends with the input. */
static void
parse(const uint8_t *data, size_t size)
{
	char *head = malloc(size);
	struct request r;
	int ret;

	fuzz_check(head != NULL || size == 0);
	memcpy(head, data, size);
	ret = request_parse(head, size, &r);
	fuzz_check(ret == 0 || ret == 400 || ret == 501 || ret == 505);
	if (ret == 0)
		check_lines(head, size);
	if (ret == 0 && r.get) {
		fuzz_check(r.target.n != 0 && r.target.p[0] == '/');
		fuzz_check(memchr(r.target.p, '\r', r.target.n) == NULL);
		fuzz_check(memchr(r.target.p, '\0', r.target.n) == NULL);
		fuzz_check(memchr(r.target.p, ' ', r.target.n) == NULL);
	}
	free(head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece;

	if (size < 2 || size > INPUT_MAX)
		return 0;
	piece = 1 + data[0] % PIECE_MAX;
	parse(data + 2, size - 2);
	converse(data + 2, size - 2, size, &whole);
	fuzz_check(whole.ret == 0);
	fuzz_check(whole.n == 0 || memcmp(whole.bytes, START, strlen(START)) == 0);
	fuzz_check((whole.n == 0) == (whole.requests == 0));
	converse(data + 2, size - 2, piece, &pieces);
	fuzz_check(pieces.ret == 0);
	blank_date(&whole);
	blank_date(&pieces);
	fuzz_check(whole.n == pieces.n && memcmp(whole.bytes, pieces.bytes, whole.n) == 0);
	if (whole.n < ANSWER_MAX)
		fuzz_check(whole.requests == pieces.requests && whole.closing == pieces.closing);
	lbuf_pool_inject(pool, 1 + data[1]);
	converse(data + 2, size - 2, piece, &failed);
	lbuf_pool_inject(pool, 0);
	return 0;
}
