/* SPDX-License-Identifier: BSD-3-Clause */

/* Settings and figures of the governor, by port and queue. */

#include "governor.h"
#include "hold_report.h"

static bool
has_place(const struct lbuf_port *port, uint16_t queue)
{
	return port != NULL && queue < port->head.nb_queues;
}

/* What a queue is counted as; 0: as nothing yet. */
static uint16_t
via_of(const struct lbuf_port *port, uint16_t queue)
{
	return __atomic_load_n(&port->head.queue[queue].rx.via, __ATOMIC_ACQUIRE);
}

/* Queues for which no via is left have no settings of their own. */
static int
check(struct lbuf_port *port, uint16_t queue, uint16_t *via)
{
	if (!has_place(port, queue))
		return -EINVAL;
	*via = governor_via(port, queue);
	return *via == HOLD_ANY ? -ENOSPC : 0;
}

int
lbuf_port_hold_set(struct lbuf_port *port, uint16_t queue, uint32_t mbufs)
{
	uint16_t via;
	int ret = check(port, queue, &via);

	if (ret == 0)
		governor_set(via, mbufs);
	return ret;
}

int
lbuf_port_hold_break_set(struct lbuf_port *port, uint16_t queue, uint32_t bytes)
{
	uint16_t via;
	int ret = check(port, queue, &via);

	if (ret == 0)
		hold_set_copy_break(via, bytes);
	return ret;
}

void
lbuf_port_hold_cb_set(struct lbuf_port *port, lbuf_port_hold_cb_t cb, void *arg)
{
	uint16_t i, via;

	port->hold_cb = cb;
	port->hold_arg = arg;
	for (i = 0; i < port->head.nb_queues; i++) {
		via = via_of(port, i);
		if (via <= HOLD_ANY)
			continue;
		hold_queues[via].cb_arg = arg;
		hold_queues[via].cb = cb;
	}
}

int
lbuf_port_hold_get(const struct lbuf_port *port, uint16_t queue, struct lbuf_hold_stats *stats)
{
	uint16_t via;

	if (!has_place(port, queue) || stats == NULL)
		return -EINVAL;
	via = via_of(port, queue);
	if (via == 0)
		return -EINVAL;
	hold_stats_of(via, stats);
	return 0;
}
