/* SPDX-License-Identifier: BSD-3-Clause */

/* The governor where mbufs are short: what is kept is copied out of; and memory, too. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_log.h>

#include <lbuf_debug.h>
#include <lbuf_priv.h>
#include <lbuf_share.h>
#include <relieve.h>

#include "unit_hold.h"

#define BOUND 16
#define N 8

/* An lcore copies out of what it keeps only so often. */
static void
wait_for_time(void)
{
	rte_delay_us_block(300);
}

/* Take the first packet of the next burst into a buffer, and drop none. */
static void
take_one(struct lbuf *b)
{
	receive(1);
	assert_int_equal(lbuf_burst_take(&burst, 0, b), 0);
	lbuf_burst_drop(&burst);
}

/* Little of an mbuf is copied when it is kept, so that the mbuf goes. */
static void
sparse_views(void **state)
{
	struct lbuf b, part;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	receive(2);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(lbuf_slice(&b, 10, &part), 0);
	lbuf_close(&b);
	assert_int_equal(held(), 1);
	assert_int_equal(lbuf_keep(&part), 0);
	assert_int_equal(held(), 0);
	assert_fill(&part, 0, 10);
	lbuf_close(&part);
	lbuf_close(&b);
	assert_int_equal(lbuf_keep(&b), -EPIPE);
	lbuf_unkeep(&b);
	check_back();
}

/* What is kept longest goes first; who peeked sees the same bytes at the same place. */
static void
oldest_first(void **state)
{
	struct lbuf kept[3], b;
	const void *p;
	unsigned int i;

	(void)state;
	open_bound(BOUND);
	for (i = 0; i < 3; i++) {
		lbuf_init(&kept[i], unit.pool);
		receive(4);
		assert_int_equal(lbuf_burst_append(&burst, &kept[i]), 0);
	}
	p = lbuf_peek(&kept[0], LEN);
	assert_non_null(p);
	for (i = 0; i < 3; i++)
		assert_int_equal(lbuf_keep(&kept[i]), 0);
	assert_int_equal(held(), 12);
	lbuf_init(&b, unit.pool);
	receive(4);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(held(), 16);
	wait_for_time();
	take_one(&b);
	/* All of the first buffer but what was peeked at; there is time for the others, too. */
	assert_true(hold_stats(0).moved >= 3);
	assert_true(hold_stats(0).pinned >= 1);
	assert_int_equal(hold_stats(0).copied, 0);
	unit_scribble();
	assert_same(p, 0, LEN);
	for (i = 0; i < 3; i++) {
		unsigned int k;

		for (k = 0; k < 4; k++)
			assert_same(lbuf_next(&kept[i], LEN), 100 * k, LEN);
	}
	assert_same(p, 0, LEN);
	for (i = 0; i < 3; i++)
		lbuf_close(&kept[i]);
	lbuf_close(&b);
	assert_int_equal(held(), 0);
	check_back();
}

/* What is being released is copied out of, too, whether or not it is kept. */
static void
on_release(void **state)
{
	struct lbuf b, other;
	unsigned int i;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	lbuf_init(&other, unit.pool);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	for (i = 0; i < 3; i++)
		assert_same(lbuf_next(&b, LEN), 100 * i, LEN);
	lbuf_release(&b);
	assert_int_equal(held(), N - 3);
	/* Now they become short. */
	for (i = 0; i < 3; i++) {
		receive(N);
		assert_int_equal(lbuf_burst_append(&burst, &other), 0);
	}
	assert_int_equal(held(), BOUND);
	assert_same(lbuf_next(&b, LEN), 300, LEN);
	assert_same(lbuf_next(&b, LEN), 400, LEN);
	wait_for_time();
	lbuf_release(&b);
	assert_int_equal(hold_stats(0).moved, N - 5);
	assert_int_equal(held(), BOUND - (N - 3));
	unit_scribble();
	for (i = 5; i < N; i++)
		assert_same(lbuf_next(&b, LEN), 100 * i, LEN);
	lbuf_close(&b);
	lbuf_close(&other);
	assert_int_equal(held(), 0);
	check_back();
}

/* A kept buffer may do all that others may, and moves with its place in the list. */
static void
verbs_on_kept_buffers(void **state)
{
	struct lbuf_hold_holder h[4];
	struct lbuf b, to, part;
	const char *tag;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	receive(4);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(lbuf_hold_holders_get(h, RTE_DIM(h)), 1);
	assert_null(h[0].caller);
	assert_int_equal(h[0].mbufs, 4);
	tag = lbuf_tag_set("keeper");
	assert_int_equal(lbuf_keep(&b), 0);
	lbuf_tag_set(tag);
	assert_int_equal(lbuf_keep(&b), 0);
	assert_int_equal(lbuf_hold_holders_get(h, RTE_DIM(h)), 1);
	assert_int_equal(h[0].port, port.ring);
	assert_int_equal(h[0].queue, 0);
	assert_string_equal(h[0].tag, "keeper");
	assert_non_null(h[0].caller);
	assert_int_equal(h[0].buffers, 1);
	assert_int_equal(h[0].mbufs, 4);
	assert_int_equal(h[0].used, 4 * LEN);
	assert_in_range(h[0].pinned, 4 * UNIT_TINY_ROOM, 4 * 1024);
	lbuf_hold_holders_dump(stdout);
	lbuf_hold_holders_dump(NULL);
	assert_int_equal(lbuf_hold_holders_get(NULL, 1), -EINVAL);
	assert_int_equal(lbuf_hold_holders_get(h, 0), 0);
	lbuf_move(&to, &b);
	assert_int_equal(lbuf_len(&to), 4 * LEN);
	lbuf_swap(&to, &b);
	assert_int_equal(lbuf_slice(&b, LEN + 10, &part), 0);
	assert_same(lbuf_next(&b, LEN - 10), 110, LEN - 10);
	lbuf_release(&b);
	unit_put(&b, 0, 10);
	assert_int_equal(lbuf_keep(&part), 0);
	lbuf_handoff(&part);
	assert_int_equal(lbuf_keep(&part), 0);
	lbuf_unkeep(&part);
	lbuf_unkeep(&part);
	assert_int_equal(lbuf_keep(&part), 0);
	lbuf_close(&part);
	assert_int_equal(lbuf_len(&b), 2 * LEN + 10);
	assert_same(lbuf_peek(&b, LEN), 200, LEN);
	lbuf_close(&b);
	assert_int_equal(lbuf_hold_holders_get(h, RTE_DIM(h)), 0);
	assert_int_equal(held(), 0);
	check_back();
}

/* More buffers than the list begins with. */
static void
many_kept(void **state)
{
	enum {
		MANY = 300
	};
	static struct lbuf b[MANY];
	struct lbuf_hold_holder h;
	unsigned int i;

	(void)state;
	open_bound(0);
	for (i = 0; i < MANY; i++) {
		lbuf_init(&b[i], unit.pool);
		take_one(&b[i]);
		assert_int_equal(lbuf_keep(&b[i]), 0);
	}
	assert_int_equal(held(), MANY);
	assert_int_equal(lbuf_port_hold_set(port.bridge, 0, 1), 0);
	assert_int_equal(lbuf_hold_holders_get(&h, 1), 1);
	assert_int_equal(h.buffers, MANY);
	for (i = 0; i < MANY; i += 2)
		lbuf_close(&b[i]);
	for (i = 0; held() > 1 && i < 100; i++) {
		struct lbuf one;

		wait_for_time();
		lbuf_init(&one, unit.pool);
		take_one(&one);
		lbuf_close(&one);
	}
	assert_in_range(held(), 0, 1);
	for (i = 1; i < MANY; i += 2) {
		assert_fill(&b[i], 0, LEN);
		lbuf_close(&b[i]);
	}
	assert_int_equal(held(), 0);
	check_back();
}

/* All that receiving may have, but some bytes. */
static struct lbuf_chunk *taken[4096];
static unsigned int nb_taken;

static void
take_all_memory(void)
{
	size_t size;

	for (size = 1 << 20; size >= 64; size /= 2)
		while (nb_taken < RTE_DIM(taken)) {
			taken[nb_taken] = lbuf_chunk_alloc_share(unit.pool, size, SOCKET_ID_ANY,
					LBUF_SHARE_RX);
			if (taken[nb_taken] == NULL)
				break;
			nb_taken++;
		}
	assert_true(nb_taken < RTE_DIM(taken));
}

static void
give_all_memory(void)
{
	while (nb_taken != 0)
		lbuf_chunk_put(taken[--nb_taken]);
}

static unsigned int asked;
static struct lbuf *victim;

static int
give_up_victim(uint16_t port_id, uint16_t queue, uint32_t bytes, void *arg)
{
	assert_int_equal(port_id, port.ring);
	assert_int_equal(queue, 0);
	assert_int_equal(bytes, LEN);
	assert_ptr_equal(arg, &asked);
	asked++;
	if (victim == NULL)
		return 0;
	lbuf_close(victim);
	victim = NULL;
	return 1;
}

static int
say_yes(uint16_t port_id, uint16_t queue, uint32_t bytes, void *arg)
{
	(void)port_id;
	(void)queue;
	(void)bytes;
	(void)arg;
	asked++;
	return 1;
}

/* Neither credit nor memory: the packet stays where it is, or a callback finds a place. */
static void
no_memory(void **state)
{
	struct lbuf b, old;
	unsigned int i;

	(void)state;
	assert_int_equal(lbuf_pool_share_set(unit.pool, (int)rte_socket_id(), LBUF_LIMIT_MIN), 0);
	open_bound(N);
	lbuf_init(&b, unit.pool);
	lbuf_init(&old, unit.pool);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &old), 0);
	take_all_memory();
	receive(2);
	for (i = 0; i < 2; i++)
		assert_int_equal(lbuf_burst_take(&burst, 0, &b), -ENOBUFS);
	assert_int_equal(lbuf_burst_append(&burst, &b), -ENOBUFS);
	assert_int_equal(burst.n, 2);
	assert_int_equal(hold_stats(0).given_up, 3);
	assert_int_equal(lbuf_len(&b), 0);
	/* The forward path takes them all the same. */
	assert_int_equal(lbuf_burst_tx(&burst, port.bridge, 0), 2);
	assert_int_equal(lbuf_port_rx_append(port.bridge, 0, &b, 2), 0);
	assert_int_equal(port_stats().rx_nombuf, 2);
	/* A callback that gives up nothing, and one that does. */
	victim = NULL;
	asked = 0;
	lbuf_port_hold_cb_set(port.bridge, give_up_victim, &asked);
	receive(2);
	assert_int_equal(lbuf_burst_append(&burst, &b), -ENOBUFS);
	assert_int_equal(asked, 1);
	victim = &old;
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	assert_int_equal(asked, 2);
	assert_int_equal(held(), 2);
	/* One that says so and does not. */
	receive(N);
	lbuf_port_hold_cb_set(port.bridge, say_yes, NULL);
	assert_int_equal(lbuf_burst_append(&burst, &b), -ENOBUFS);
	assert_int_equal(burst.n, 2);
	assert_int_equal(asked, 2 + 16);
	lbuf_burst_drop(&burst);
	give_all_memory();
	lbuf_close(&b);
	lbuf_close(&old);
	assert_int_equal(held(), 0);
	check_back();
}

/* Take all memory; what the log says meanwhile. */
static char *
log_of_shortage(void)
{
	char *text = NULL;
	size_t len;
	FILE *log = open_memstream(&text, &len);

	assert_non_null(log);
	/* The pool may have told of an earlier test just now. */
	rte_delay_ms(1100);
	rte_openlog_stream(log);
	take_all_memory();
	rte_openlog_stream(NULL);
	fclose(log);
	return text;
}

/* When memory runs out the log tells what is held of which queue, and who took chunks for it. */
static void
the_log_tells_of_queues(void **state)
{
	struct lbuf b;
	char line[80], *text;

	(void)state;
	assert_int_equal(lbuf_pool_share_set(unit.pool, (int)rte_socket_id(), LBUF_LIMIT_MIN), 0);
	open_bound(N);
	lbuf_init(&b, unit.pool);
	receive(N - 2);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	snprintf(line, sizeof(line), "\n  mbufs held: port %u queue 0: %u of at most %u\n",
			port.ring, N - 2, N);
	text = log_of_shortage();
	assert_non_null(strstr(text, line));
	free(text);
	give_all_memory();
	receive(4);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	snprintf(line, sizeof(line), "\n  mbufs held: port %u queue 0: %u of at most %u, 2 more ",
			port.ring, N, N);
	text = log_of_shortage();
	assert_non_null(strstr(text, line));
	free(text);
	give_all_memory();
	lbuf_close(&b);
	check_back();
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(sparse_views),
	PORT_TEST(oldest_first),
	PORT_TEST(on_release),
	PORT_TEST(verbs_on_kept_buffers),
	PORT_TEST(many_kept),
	PORT_TEST(no_memory),
	PORT_TEST(the_log_tells_of_queues),
};

UNIT_MAIN(tests)
