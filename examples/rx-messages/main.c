/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Cuts the TCP streams that a port sees into messages, each with its length in front of it, as
 * 4 bytes in network order:
 *
 *     rx-messages -l 0 --vdev net_af_packet0,iface=eth0
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include <lbuf_burst.h>
#include <lbuf_conn.h>
#include <lbuf_frame.h>

#include "../common/example.h"

static const struct lbuf_frame_params framing = {
	.kind = LBUF_FRAME_LENGTH,
	.length_bytes = 4,
	.strip_front = 4,
};

/* A connection has a framer for each direction. */
static void
on_open(struct lbuf_conn *c, void *arg)
{
	struct lbuf_frame *frames = calloc(LBUF_CONN_DIRS, sizeof(*frames));

	(void)arg;
	if (frames == NULL) {
		lbuf_conn_drop(c);
		return;
	}
	lbuf_frame_init(&frames[LBUF_CONN_CLIENT], &framing);
	lbuf_frame_init(&frames[LBUF_CONN_SERVER], &framing);
	lbuf_conn_user_set(c, frames);
}

static void
on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	struct lbuf_frame *frames = lbuf_conn_user_get(c);
	struct lbuf message;
	uint32_t crc;
	int ret = -1;

	(void)arg;
	while (frames != NULL && (ret = lbuf_frame_next(&frames[dir], b, &message)) == 1) {
		crc = 0;
		lbuf_crc32c(&message, 0, lbuf_len(&message), &crc);
		printf("from %s: %" PRIu64 " bytes, crc32c %08x\n", dir ? "server" : "client",
				lbuf_len(&message), crc);
		lbuf_close(&message); /* no copy was made of it, however long it is */
	}
	if (ret < 0)
		lbuf_conn_ignore(c, dir); /* these are no such messages */
}

static void
on_close(struct lbuf_conn *c, enum lbuf_conn_why why, void *arg)
{
	(void)arg;
	printf("connection closed: %s\n", lbuf_conn_why_name(why));
	free(lbuf_conn_user_get(c));
}

int
main(int argc, char **argv)
{
	struct lbuf_conn_params params = { .ops = { on_open, on_data, NULL, NULL, on_close } };
	struct lbuf_conn_table *table = NULL;
	struct lbuf_port *port = NULL;
	struct lbuf_burst burst;

	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	begin();
	params.stream.pool = lbuf_pool_create("messages", NULL);
	if (params.stream.pool != NULL)
		port = port_start(0, params.stream.pool);
	if (port != NULL)
		table = lbuf_conn_table_create(&params);
	for (lbuf_burst_init(&burst); table != NULL && !stop; lbuf_burst_drop(&burst)) {
		lbuf_burst_rx(&burst, port, 0, 32);
		lbuf_conn_input(table, burst.pkts, burst.n, rte_rdtsc());
	}
	lbuf_conn_table_free(table);
	port_stop(0, port);
	lbuf_pool_free(params.stream.pool);
	rte_eal_cleanup();
	return stop ? EXIT_SUCCESS : EXIT_FAILURE;
}
