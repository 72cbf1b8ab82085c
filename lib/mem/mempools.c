/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Every mempool of the program for rte_telemetry, whoever made it. DPDK's own command for
 * one of them does not tell in all releases how many objects are in use.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

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

static int
handle_mempools(const char *cmd, const char *params, struct rte_tel_data *data)
{
	struct page page;

	RTE_SET_USED(cmd);
	if (page_begin(&page, params, data) != 0)
		return -EINVAL;
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
