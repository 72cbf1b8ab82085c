/* SPDX-License-Identifier: BSD-3-Clause */

/* Held mbufs for rte_telemetry: by queue, and by who holds them. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../mem/answer.h"
#include "../mem/owner.h"
#include "hold_report.h"
#include "hold_tel.h"
#include "port_priv.h"

/* Holders that are told of. */
#define HOLDERS 256

static void
tell_queue(uint16_t via, struct page *page)
{
	const struct hold_queue *q = &hold_queues[via];
	struct lbuf_hold_stats st;
	struct dict entry;
	char name[24];

	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	hold_stats_of(via, &st);
	snprintf(name, sizeof(name), "p%u_q%u", q->port, q->queue);
	dict_add(&entry, "port", q->port);
	dict_add(&entry, "queue", q->queue);
	dict_add(&entry, "bound", st.bound);
	dict_add(&entry, "copy_break", st.copy_break);
	dict_add(&entry, "held", st.held);
	dict_add(&entry, "high", st.high);
	dict_add(&entry, "copied", st.copied);
	dict_add(&entry, "small", st.small);
	dict_add(&entry, "moved", st.moved);
	dict_add(&entry, "pinned", st.pinned);
	dict_add(&entry, "given_up", st.given_up);
	page_add(page, name, &entry, NULL);
}

static int
handle_queues(const char *cmd, const char *params, struct rte_tel_data *data)
{
	struct page page;
	uint16_t via;

	RTE_SET_USED(cmd);
	if (page_begin(&page, params, data) != 0)
		return -EINVAL;
	for (via = HOLD_ANY + 1; via < HOLD_QUEUES; via++)
		if (__atomic_load_n(&hold_queues[via].used, __ATOMIC_RELAXED))
			tell_queue(via, &page);
	page_end(&page);
	return 0;
}

static void
tell_holder(const struct lbuf_hold_holder *h, struct page *page)
{
	char where[64] = "not kept", name[24];
	struct dict entry;

	snprintf(name, sizeof(name), "%" PRIu64, page->n);
	if (!page_wants(page))
		return;
	entry = dict_new();
	if (entry.data == NULL)
		return;
	if (h->caller != NULL)
		caller_text(h->caller, where, sizeof(where));
	dict_add(&entry, "port", h->port);
	dict_add(&entry, "queue", h->queue);
	dict_add_text(&entry, "tag", h->tag);
	dict_add_text(&entry, "at", where);
	dict_add(&entry, "buffers", h->buffers);
	dict_add(&entry, "mbufs", h->mbufs);
	dict_add(&entry, "used_bytes", h->used);
	dict_add(&entry, "pinned_bytes", h->pinned);
	dict_add(&entry, "oldest_ms", (uint64_t)(h->oldest_s * 1000));
	page_add(page, name, &entry, NULL);
}

static int
handle_holders(const char *cmd, const char *params, struct rte_tel_data *data)
{
	struct lbuf_hold_holder *h;
	struct page page;
	int i, n;

	RTE_SET_USED(cmd);
	if (page_begin(&page, params, data) != 0)
		return -EINVAL;
	h = calloc(HOLDERS, sizeof(*h));
	if (h == NULL)
		return -ENOMEM;
	n = lbuf_hold_holders_get(h, HOLDERS);
	for (i = 0; i < n; i++)
		tell_holder(&h[i], &page);
	free(h);
	page_end(&page);
	return 0;
}

void
hold_tel_register(void)
{
	rte_telemetry_register_cmd("/lbuf/mbufs", handle_queues,
			"Received mbufs that linked buffers hold, by queue. Parameters: [first "
			"entry]");
	rte_telemetry_register_cmd("/lbuf/mbuf_holders", handle_holders,
			"Who holds received mbufs. Parameters: [first entry]");
}
