/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Answers for rte_telemetry.
 *
 * EAL has a buffer of 16 KiB for an answer, and leaves out without a word what does
 * not fit. So long answers come in pages: dictionaries of entries, in which "entries"
 * tells how many there are, and "next" which one the next page begins with. Names in
 * dictionaries have letters, digits and underscores alone.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

/* Bytes of a page's entries. */
#define PAGE_BYTES ((size_t)15 << 10)

struct dict
dict_new(void)
{
	struct dict d = { .data = rte_tel_data_alloc(), .bytes = 2 };

	if (d.data != NULL)
		rte_tel_data_start_dict(d.data);
	return d;
}

void
dict_add(struct dict *d, const char *name, uint64_t value)
{
	d->bytes += (size_t)snprintf(NULL, 0, "\"%s\":%" PRIu64 ",", name, value);
	rte_tel_data_add_dict_uint(d->data, name, value);
}

void
dict_add_text(struct dict *d, const char *name, const char *text)
{
	d->bytes += (size_t)snprintf(NULL, 0, "\"%s\":\"%s\",", name, text);
	rte_tel_data_add_dict_string(d->data, name, text);
}

void
dict_add_int(struct dict *d, const char *name, int value)
{
	d->bytes += (size_t)snprintf(NULL, 0, "\"%s\":%d,", name, value);
	rte_tel_data_add_dict_int(d->data, name, value);
}

void
dict_add_dict(struct dict *d, const char *name, const struct dict *inner)
{
	if (inner->data == NULL)
		return;
	d->bytes += inner->bytes + strlen(name) + 4;
	if (rte_tel_data_add_dict_container(d->data, name, inner->data, 0) != 0)
		rte_tel_data_free(inner->data);
}

int
page_begin(struct page *page, const char *params, struct rte_tel_data *data)
{
	char *end;

	*page = (struct page){ .data = data, .next = UINT64_MAX };
	if (params != NULL && params[0] != '\0') {
		errno = 0;
		page->first = strtoull(params, &end, 10);
		if (params[0] < '0' || params[0] > '9' || *end != '\0' || errno != 0)
			return -EINVAL;
	}
	rte_tel_data_start_dict(data);
	return 0;
}

bool
page_wants(struct page *page)
{
	uint64_t i = page->n++;

	return i >= page->first && page->next == UINT64_MAX;
}

void
page_add(struct page *page, const char *name, const struct dict *entry, const struct dict *inner)
{
	size_t bytes = entry->bytes + strlen(name) + 4;

	if (entry->data == NULL)
		return;
	if (page->bytes + bytes <= PAGE_BYTES &&
			rte_tel_data_add_dict_container(page->data, name, entry->data, 0) == 0) {
		page->bytes += bytes;
		return;
	}
	page->next = page->n - 1;
	if (inner != NULL)
		rte_tel_data_free(inner->data);
	rte_tel_data_free(entry->data);
}

void
page_end(const struct page *page)
{
	rte_tel_data_add_dict_uint(page->data, "entries", page->n);
	if (page->next != UINT64_MAX)
		rte_tel_data_add_dict_uint(page->data, "next", page->next);
}
