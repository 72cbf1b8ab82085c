/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_ANSWER_H
#define LBUF_MEM_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compat.h"

/* A dictionary that grows, and about how many bytes it will be printed to. */
struct dict {
	struct rte_tel_data *data;
	size_t bytes;
};

/* The part of an answer that is wanted. */
struct page {
	struct rte_tel_data *data;
	uint64_t first; /* entry */
	uint64_t n;     /* entries up to now */
	uint64_t next;  /* first one that did not fit; UINT64_MAX: all did */
	size_t bytes;
};

struct dict
dict_new(void);
void
dict_add(struct dict *d, const char *name, uint64_t value);
void
dict_add_text(struct dict *d, const char *name, const char *text);
/* Sockets of external heaps, too, have ids of their own. */
void
dict_add_int(struct dict *d, const char *name, int value);
/* The inner one goes to the outer one; it is printed as [] if it is empty. */
void
dict_add_dict(struct dict *d, const char *name, const struct dict *inner);

/*
 * A page of a dictionary, from the entry on that the parameter of the command names: "", NULL or
 * a number; 0 or -EINVAL.
 */
int
page_begin(struct page *page, const char *params, struct rte_tel_data *data);
/* Whether the next entry is on the page. */
bool
page_wants(struct page *page);
/* Put the entry on the page if it fits; `inner` is a dictionary that it has, or NULL. */
void
page_add(struct page *page, const char *name, const struct dict *entry, const struct dict *inner);
void
page_end(const struct page *page);

#endif /* LBUF_MEM_ANSWER_H */
