/* SPDX-License-Identifier: BSD-3-Clause */

/* What tests of connections share: a table, what it told, and a conversation to feed it with. */

#ifndef UNIT_CONN_H
#define UNIT_CONN_H

#include <lbuf_conn.h>

#include "unit_tcp.h"

#define CLIENT LBUF_CONN_CLIENT
#define SERVER LBUF_CONN_SERVER
/* Where the sequence numbers of both begin, those of their SYN. */
#define CLIENT_ISN 0xfffffff0u
#define SERVER_ISN 70000u
/* The byte of unit_fill() that the first one of each direction is. */
#define CLIENT_POS 0
#define SERVER_POS 1000000
/* Bytes that are remembered of each direction. */
#define GOT_MAX (1u << 18)
/* Nothing has ended. */
#define NOT_YET (-1)

struct unit_conn {
	struct lbuf_conn_params params;
	struct lbuf_conn_table *table;
	struct lbuf_conn_table_stats stats;
	uint64_t now;
	struct unit_tcp next; /* what the next packets are like, apart from what is said */
	/* What was told. */
	struct lbuf_conn *conn; /* the last one that was opened */
	unsigned int opened, closed;
	int why;
	uint8_t got[LBUF_CONN_DIRS][GOT_MAX];
	size_t len[LBUF_CONN_DIRS];
	unsigned int gaps[LBUF_CONN_DIRS];
	uint64_t missing[LBUF_CONN_DIRS];
	int ended[LBUF_CONN_DIRS];
	/* What to do then. */
	bool keep; /* consume nothing */
	void (*on_data)(struct lbuf_conn *c, unsigned int dir);
};

extern struct unit_conn uc;

/* Make a table of uc.params, which may have been set; and free it, as all is checked to be. */
int
unit_conn_setup(void **state);
int
unit_conn_teardown(void **state);
void
unit_conn_open(void);

/*
 * A segment: `off` is the place in the direction's sequence, the SYN is at 0, the first
 * byte at 1. `ack` is one in the other's.
 */
void
say(unsigned int dir, uint8_t flags, uint32_t off, uint32_t ack, uint16_t len);
/* The packet of it. */
struct rte_mbuf *
say_packet(unsigned int dir, uint8_t flags, uint32_t off, uint32_t ack, uint16_t len);
/* Feed a packet, and free it, as one who has sent it. */
void
hear(struct rte_mbuf *m);
/* Seconds pass. */
void
pass_ms(uint64_t ms);

/* The three packets that open a connection. */
void
shake_hands(void);

/* So many bytes have come in a direction, and are what was sent. */
#define assert_got(dir, n) unit_conn_check(dir, n, __FILE__, __LINE__)
void
unit_conn_check(unsigned int dir, size_t n, const char *file, int line);

/* The table's figures. */
const struct lbuf_conn_table_stats *
figures(void);

#define CONN_TEST(func) \
	{ \
#func, func, unit_conn_setup, unit_conn_teardown, NULL \
	}

#endif /* UNIT_CONN_H */
