/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Every mempool of the program for rte_telemetry, whoever made it. DPDK's own command for
 * one of them does not tell in all releases how many objects are in use.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_mempool.h>

#include "answer.h"
#include "mempools.h"

static void
tell_mempool(struct rte_mempool *mp, void *arg)
{
	struct page *page = arg;
	unsigned int available;
	struct dict entry;
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, page->n);
	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	available = rte_mempool_avail_count(mp);
	dict_add_text(&entry, "name", mp->name);
	dict_add_int(&entry, "socket", mp->socket_id);
	dict_add(&entry, "size", mp->size);
	dict_add(&entry, "available", available);
	dict_add(&entry, "in_use", mp->size - available);
	dict_add(&entry, "element_bytes", mp->elt_size);
	page_add(page, number, &entry, NULL);
}

/* The entry that an answer begins with: "" or a number. */
static int
first_entry(const char *params, uint64_t *first)
{
	char *end;

	*first = 0;
	if (params == NULL || params[0] == '\0')
		return 0;
	errno = 0;
	*first = strtoull(params, &end, 10);
	return params[0] < '0' || params[0] > '9' || *end != '\0' || errno != 0 ? -EINVAL : 0;
}

static int
handle_mempools(const char *cmd, const char *params, struct rte_tel_data *data)
{
	struct page page = { .data = data, .next = UINT64_MAX };

	RTE_SET_USED(cmd);
	if (first_entry(params, &page.first) != 0)
		return -EINVAL;
	rte_tel_data_start_dict(data);
	rte_mempool_walk(tell_mempool, &page);
	page_end(&page);
	return 0;
}

void
mempools_register(void)
{
	rte_telemetry_register_cmd("/lbuf/mempools", handle_mempools,
			"Every mempool: name, size, in use. Parameters: [first entry]");
}
