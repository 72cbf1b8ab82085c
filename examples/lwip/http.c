/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <stdio.h>

#include "http.h"
#include "request.h"

#define HEAD_END "\r\n\r\n"
#define SPARSE 4 /* what waits for the rest of a head keeps no memory that is mostly not its own */
#define FIGURES 1024 /* bytes of JSON, at most */

/* A response, but for its body if that is of /bytes. */
struct response {
	int status;
	const char *type;
	const char *text; /* the body; NULL: of /bytes */
	uint64_t length;  /* of the body, bytes */
};

struct page {
	const char *path;
	const char *type;
	const char *text;
};

static const struct page pages[] = {
	{ "/", "text/html",
			"<!DOCTYPE html>\n<title>lbuf and lwIP</title>\n"
			"<p><a href=\"/hello\">hello</a> <a href=\"/figures\">figures</a> "
			"<a href=\"/bytes/1048576\">a mebibyte</a>\n" },
	{ "/hello", "text/plain", "Hello from a linked buffer.\n" },
	{ "/empty", "text/plain", "" },
};

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 413, "Content Too Large" },
	{ 431, "Request Header Fields Too Large" },
	{ 501, "Not Implemented" },
	{ 505, "HTTP Version Not Supported" },
};

int
http_site_init(struct http_site *site, struct lbuf_pool *pool)
{
	uint8_t *bytes;
	uint32_t i;

	memset(site, 0, sizeof(*site));
	site->pool = pool;
	lbuf_init(&site->block, pool);
	bytes = lbuf_reserve(&site->block, HTTP_BLOCK);
	if (bytes == NULL)
		return -1;
	for (i = 0; i < HTTP_BLOCK; i++)
		bytes[i] = (uint8_t)(i * UINT32_C(2654435761) >> 24);
	lbuf_flush(&site->block);
	return 0;
}

void
http_site_free(struct http_site *site)
{
	lbuf_close(&site->block);
}

void
http_init(struct http *h, struct http_site *site)
{
	memset(h, 0, sizeof(*h));
	h->site = site;
	lbuf_init(&h->in, site->pool);
	lbuf_init(&h->out, site->pool);
}

void
http_close(struct http *h)
{
	lbuf_close(&h->in);
	lbuf_close(&h->out);
}

static const char *
reason_of(int status)
{
	size_t i;

	for (i = 0; i < RTE_DIM(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/* The time, as heads have it. */
static const char *
date(struct http_site *site)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now != site->second && gmtime_r(&now, &tm) != NULL) {
		site->second = now;
		strftime(site->date, sizeof(site->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	}
	return site->date;
}

/* What becomes of the connection, if that is not what the version says. */
static const char *
connection(const struct http *h, const struct request *request)
{
	if (h->closing)
		return "Connection: close\r\n";
	return request->minor ? "" : "Connection: keep-alive\r\n";
}

/* Put a response behind what is to be sent. */
static int
respond(struct http *h, const struct request *request, const struct response *r)
{
	struct http_site *site = h->site;
	bool body = !request->head && r->length != 0;
	char head[512];
	int n;

	n = snprintf(head, sizeof(head),
			"HTTP/1.1 %d %s\r\nServer: lbuf\r\nDate: %s\r\n"
			"Content-Type: %s\r\nContent-Length: %" PRIu64 "\r\n%s%s\r\n",
			r->status, reason_of(r->status), date(site), r->type, r->length,
			r->status == 405 ? "Allow: GET, HEAD\r\n" : "", connection(h, request));
	if (n < 0 || (size_t)n >= sizeof(head) || lbuf_write(&h->out, head, (size_t)n) != 0)
		return -1;
	if (body && r->text != NULL && lbuf_write(&h->out, r->text, r->length) != 0)
		return -1;
	if (body && r->text == NULL) {
		h->body_at = 0;
		h->body_left = r->length;
	}
	site->requests++;
	site->refused += r->status >= 400;
	site->bytes += (uint64_t)n + (body ? r->length : 0);
	return lbuf_flush(&h->out);
}

static int
respond_text(struct http *h, const struct request *request, int status, const char *type,
		const char *text)
{
	const struct response r = { status, type, text, strlen(text) };

	return respond(h, request, &r);
}

/* Say no. The connection ends if where the next request begins is not known. */
static int
refuse(struct http *h, const struct request *request, int status, bool closing)
{
	char text[64];

	h->closing |= closing;
	snprintf(text, sizeof(text), "%d %s\n", status, reason_of(status));
	return respond_text(h, request, status, "text/plain", text);
}

static int
respond_figures(struct http *h, const struct request *request)
{
	char text[FIGURES] = "{}";

	if (h->site->figures != NULL)
		h->site->figures(text, sizeof(text), h->site->arg);
	return respond_text(h, request, 200, "application/json", text);
}

static int
respond_bytes(struct http *h, const struct request *request)
{
	static const char folder[] = "/bytes/";
	struct response r = { 200, "application/octet-stream", NULL, 0 };
	struct text number = request->target;

	if (number.n <= strlen(folder) || memcmp(number.p, folder, strlen(folder)) != 0)
		return refuse(h, request, 404, false);
	number.p += strlen(folder);
	number.n -= strlen(folder);
	if (text_number(&number, HTTP_BYTES_MAX, &r.length) != 0)
		return refuse(h, request, 404, false);
	return respond(h, request, &r);
}

static int
answer(struct http *h, const struct request *request)
{
	size_t i;

	h->closing = !request->keep;
	if (request->body > HTTP_BODY_MAX)
		return refuse(h, request, 413, true);
	h->drop = request->body;
	if (!request->get)
		return refuse(h, request, 405, false);
	for (i = 0; i < RTE_DIM(pages); i++)
		if (text_is(&request->target, pages[i].path))
			return respond_text(h, request, 200, pages[i].type, pages[i].text);
	if (text_is(&request->target, "/figures"))
		return respond_figures(h, request);
	return respond_bytes(h, request);
}

/* What is not answered is of no interest. */
static void
drop(struct http *h)
{
	uint64_t n = h->closing ? lbuf_len(&h->in) : RTE_MIN(h->drop, lbuf_len(&h->in));

	lbuf_skip(&h->in, n);
	lbuf_release(&h->in);
	h->drop -= RTE_MIN(h->drop, n);
	h->searched = 0;
}

/* An empty line in front of a request is none (RFC 9112, section 2.2). */
static void
drop_empty_lines(struct http *h)
{
	char line[2];

	while (h->searched == 0 && lbuf_peek_copy(&h->in, line, sizeof(line)) == 0 &&
			memcmp(line, "\r\n", sizeof(line)) == 0)
		lbuf_skip(&h->in, sizeof(line));
}

/* The head is not there as a whole: 0, or if it is too long already, what next() returns. */
static int
wait_for_more(struct http *h)
{
	const struct request unknown = { .minor = true };

	if (lbuf_len(&h->in) >= HTTP_HEAD_MAX)
		return refuse(h, &unknown, 431, true) == 0 ? 1 : -1;
	lbuf_release(&h->in);
	lbuf_compact(&h->in, SPARSE, NULL);
	return 0;
}

/* Answer the next request. 1; 0 if it is not there as a whole; -1. */
static int
next(struct http *h)
{
	struct request request;
	struct lbuf slice;
	const char *head;
	int64_t n;
	int ret;

	drop_empty_lines(h);
	n = lbuf_until_str(&h->in, HEAD_END, strlen(HEAD_END), &h->searched, &slice);
	if (n == -ENOENT)
		return wait_for_more(h);
	if (n < 0)
		return -1;
	head = lbuf_peek(&slice, (uint64_t)n);
	if (head == NULL)
		ret = -1;
	else if (n > HTTP_HEAD_MAX)
		ret = refuse(h, &(struct request){ .minor = true }, 431, true);
	else if ((ret = request_parse(head, (size_t)n, &request)) != 0)
		ret = refuse(h, &request, ret, true);
	else
		ret = answer(h, &request);
	lbuf_close(&slice);
	return ret == 0 ? 1 : -1;
}

/* Make the next bytes of the body ready: a reference to a part of the block. */
static int
add_body(struct http *h)
{
	uint64_t from = h->body_at % HTTP_BLOCK;
	uint64_t n = RTE_MIN(h->body_left, HTTP_BLOCK - from);
	struct lbuf part;

	if (lbuf_clone(&h->site->block, from, n, &part) != 0)
		return -1;
	if (lbuf_append(&h->out, &part) != 0) {
		lbuf_close(&part);
		return -1;
	}
	lbuf_close(&part);
	lbuf_flush(&h->out);
	h->body_at += n;
	h->body_left -= n;
	return 0;
}

int
http_work(struct http *h)
{
	int ret = 1;

	while (ret > 0 && lbuf_len(&h->out) < HTTP_READY) {
		if (h->body_left != 0) {
			ret = add_body(h) == 0 ? 1 : -1;
			continue;
		}
		if (h->drop != 0 || h->closing)
			drop(h);
		if (h->drop != 0 || h->closing || lbuf_len(&h->in) == 0)
			break;
		ret = next(h);
	}
	lbuf_release(&h->in);
	return RTE_MIN(ret, 0);
}
