/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Ports for the tests, of real drivers: a ring, out of which comes what goes in,
 * and a null device, which receives without end and takes all that it is sent.
 */

#ifndef UNIT_PORT_H
#define UNIT_PORT_H

#include "unit.h"

#include <rte_ethdev.h>

#include <lbuf_port.h>

/* Packets that a ring takes. */
#define PORT_RING_ROOM 1023
#define PORT_QUEUES 2

struct unit_port {
	uint16_t ring;
	uint16_t null;
	struct lbuf_port *bridge;
	/* What rte_eth_dev_info_get() and rte_eth_dev_conf_get() are made to say. */
	uint16_t seg_max;
	uint32_t copy_break; /* of its bridge; usually nothing is copied */
	uint32_t rx_hold;    /* nor bounded */
	uint32_t rx_copy_break;
	uint64_t tx_offloads;
	uint64_t dev_capa;
	const char *driver; /* or NULL */
	bool dma;           /* on a bus whose devices find memory by IOVA */
	bool elsewhere;     /* on a socket where EAL has no memory */
	/* What rte_eth_tx_done_cleanup() is made to return, and was asked for. */
	bool has_cleanup;
	int cleanup_ret;
	unsigned int cleanups;
	uint16_t cleanup_queue;
	uint32_t cleanup_cnt;
	unsigned int wrapped;
};

extern struct unit_port port;

#define PORT_TEST(func) \
	{ \
#func, func, port_setup, port_teardown, NULL \
	}
#define PORT_TEST_NO_CACHE(func) \
	{ \
#func, func, port_setup_no_cache, port_teardown, NULL \
	}

int
port_setup(void **state);
int
port_setup_no_cache(void **state);
/* Empties the ring, and frees the bridge. */
int
port_teardown(void **state);

/* Start the ring with these TX offloads, and make its bridge: port.bridge. */
void
port_open(uint64_t offloads, uint32_t nb_refs);

/* Stop the ring and start it with so many queues, and these TX offloads. */
void
port_configure(uint16_t nb_queues, uint64_t offloads);

/* Take everything out of the ring and free it; packets. */
unsigned int
port_empty(void);

/* A packet out of the ring, which must hold one. */
struct rte_mbuf *
port_take(void);

/* The bytes of a packet are those of unit_fill() from pos on; it is well-formed. */
#define assert_packet(m, pos, n) port_check_packet(m, pos, n, __FILE__, __LINE__)
void
port_check_packet(const struct rte_mbuf *m, uint64_t pos, uint32_t n, const char *file, int line);

/* Figures of queue 0 of the bridge. */
struct lbuf_port_stats
port_stats(void);

#endif /* UNIT_PORT_H */
