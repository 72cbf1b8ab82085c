/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Heads of HTTP/1 requests (RFC 9112). Every byte of them is hostile.
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of the head. */
struct text {
	const char *p;
	size_t n;
};

struct request {
	struct text target; /* the path, without a query */
	bool get;           /* GET or HEAD */
	bool head;          /* HEAD */
	bool minor;         /* HTTP/1.1, not 1.0 */
	bool keep;          /* the connection goes on */
	uint64_t body;      /* bytes that follow the head */
};

/* Whether a text is so many characters. */
bool
text_is(const struct text *text, const char *string);

/* A number of decimal digits, and nothing else: 0, or -1 if it is none or over `max`. */
int
text_number(const struct text *text, uint64_t max, uint64_t *number);

/*
 * Understand a head, from the first byte of the request line to the empty line at the end. Returns
 * 0; or the status to answer with (400, 501, 505), and where the next request begins is not known.
 */
int
request_parse(const char *head, size_t n, struct request *request);

#endif /* REQUEST_H */
