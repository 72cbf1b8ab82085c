/* SPDX-License-Identifier: BSD-3-Clause */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "request.h"

#define BAD_REQUEST 400
#define NOT_IMPLEMENTED 501
#define BAD_VERSION 505
#define BODY_MAX (UINT64_MAX / 10 - 1)
#define SCHEME "http://"

/* What has been seen of the fields so far. */
struct fields {
	unsigned int hosts;
	unsigned int lengths;
	bool expect;
	bool close;
	bool keep;
};

bool
text_is(const struct text *text, const char *string)
{
	return strlen(string) == text->n && memcmp(text->p, string, text->n) == 0;
}

static bool
text_is_nocase(const struct text *text, const char *string)
{
	return strlen(string) == text->n && strncasecmp(text->p, string, text->n) == 0;
}

int
text_number(const struct text *text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < text->n; i++) {
		if (text->p[i] < '0' || text->p[i] > '9')
			return -1;
		value = 10 * value + (uint64_t)(text->p[i] - '0');
		if (value > max)
			return -1;
	}
	*number = value;
	return text->n == 0 ? -1 : 0;
}

/* Cut off all up to a byte, and the byte; false if it is not there. */
static bool
cut(struct text *rest, char byte, struct text *part)
{
	const char *end = rest->n != 0 ? memchr(rest->p, byte, rest->n) : NULL;

	if (end == NULL)
		return false;
	part->p = rest->p;
	part->n = (size_t)(end - rest->p);
	rest->p += part->n + 1;
	rest->n -= part->n + 1;
	return true;
}

/* Cut off a line, without what ends it. */
static bool
cut_line(struct text *rest, struct text *line)
{
	if (!cut(rest, '\n', line) || line->n == 0 || line->p[line->n - 1] != '\r')
		return false;
	line->n--;
	return true;
}

/* Without the blanks around it. */
static void
strip(struct text *text)
{
	while (text->n != 0 && (text->p[0] == ' ' || text->p[0] == '\t')) {
		text->p++;
		text->n--;
	}
	while (text->n != 0 && (text->p[text->n - 1] == ' ' || text->p[text->n - 1] == '\t'))
		text->n--;
}

/* No control characters: also no CR or LF but at the ends of lines, where cut_line() takes them. */
static bool
is_clean(const struct text *line)
{
	size_t i;

	for (i = 0; i < line->n; i++)
		if (((unsigned char)line->p[i] < ' ' && line->p[i] != '\t') || line->p[i] == 127)
			return false;
	return true;
}

/* Nothing but letters, digits, and some others. */
static bool
is_made_of(const struct text *text, const char *others)
{
	size_t i;

	for (i = 0; i < text->n; i++)
		if (!isalnum((unsigned char)text->p[i]) &&
				(text->p[i] == '\0' || strchr(others, text->p[i]) == NULL))
			return false;
	return true;
}

static bool
is_token(const struct text *text)
{
	return text->n != 0 && is_made_of(text, "!#$%&'*+-.^_`|~");
}

/* A name or an address, and maybe a port; or nothing. */
static bool
is_host(const struct text *text)
{
	return is_made_of(text, "-._~!$&'()*+,;=:[]%");
}

/* Cut scheme and host off an absolute URI: false if the host is empty. */
static bool
cut_host(struct text *target)
{
	size_t n = 0;

	target->p += strlen(SCHEME);
	target->n -= strlen(SCHEME);
	while (n < target->n && target->p[n] != '/' && target->p[n] != '?')
		n++;
	target->p += n;
	target->n -= n;
	return n != 0;
}

/* A path alone: without a query, and of an absolute URI without scheme and host. */
static bool
normalise(struct text *target)
{
	static const struct text root = { "/", 1 };
	struct text rest, part;

	if (target->n >= strlen(SCHEME) && strncasecmp(target->p, SCHEME, strlen(SCHEME)) == 0) {
		if (!cut_host(target))
			return false;
		if (target->n == 0 || target->p[0] == '?')
			*target = root;
	}
	if (target->n == 0 || target->p[0] != '/')
		return false;
	rest = *target;
	if (cut(&rest, '?', &part))
		*target = part;
	return true;
}

static int
request_line(struct text line, struct request *r)
{
	struct text method;

	if (!is_clean(&line) || !cut(&line, ' ', &method) || !is_token(&method) ||
			!cut(&line, ' ', &r->target))
		return BAD_REQUEST;
	if (text_is(&line, "HTTP/1.1"))
		r->minor = true;
	else if (!text_is(&line, "HTTP/1.0"))
		return line.n > 5 && memcmp(line.p, "HTTP/", 5) == 0 ? BAD_VERSION : BAD_REQUEST;
	r->head = text_is(&method, "HEAD");
	r->get = r->head || text_is(&method, "GET");
	/* Other methods have other targets, "*" among them. */
	return normalise(&r->target) || !r->get ? 0 : BAD_REQUEST;
}

/* The words of a Connection field. */
static void
connection(struct text value, struct fields *f)
{
	struct text word;

	while (value.n != 0) {
		if (!cut(&value, ',', &word)) {
			word = value;
			value.n = 0;
		}
		strip(&word);
		f->close |= text_is_nocase(&word, "close");
		f->keep |= text_is_nocase(&word, "keep-alive");
	}
}

static int
content_length(const struct text *value, struct fields *f, struct request *r)
{
	uint64_t body;

	if (text_number(value, BODY_MAX, &body) != 0 || (f->lengths++ != 0 && body != r->body))
		return BAD_REQUEST;
	r->body = body;
	return 0;
}

static int
field(struct text line, struct fields *f, struct request *r)
{
	struct text name;

	if (!is_clean(&line) || !cut(&line, ':', &name) || !is_token(&name))
		return BAD_REQUEST;
	strip(&line);
	if (text_is_nocase(&name, "Transfer-Encoding"))
		return NOT_IMPLEMENTED;
	if (text_is_nocase(&name, "Content-Length"))
		return content_length(&line, f, r);
	if (text_is_nocase(&name, "Host"))
		return f->hosts++ == 0 && is_host(&line) ? 0 : BAD_REQUEST;
	if (text_is_nocase(&name, "Connection"))
		connection(line, f);
	f->expect |= text_is_nocase(&name, "Expect");
	return 0;
}

int
request_parse(const char *head, size_t n, struct request *request)
{
	struct text rest = { head, n }, line;
	struct fields f = { 0 };
	int ret;

	memset(request, 0, sizeof(*request));
	if (!cut_line(&rest, &line))
		return BAD_REQUEST;
	ret = request_line(line, request);
	while (ret == 0) {
		if (!cut_line(&rest, &line))
			return BAD_REQUEST;
		if (line.n == 0)
			break;
		ret = field(line, &f, request);
	}
	if (ret == 0 && request->minor && f.hosts == 0)
		ret = BAD_REQUEST;
	/* Who expects to be told to send the body may not do so once there is a response. */
	request->keep = !f.close && !(f.expect && request->body != 0) && (request->minor || f.keep);
	return ret;
}
