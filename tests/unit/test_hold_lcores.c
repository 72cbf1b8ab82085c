/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The governor with holders on several lcores: two receive, all hold, keep, pass buffers on and
 * release in random order, while the bound is lowered and raised. LBUF_SEED and LBUF_HOLD_S in
 * the environment set the seed, and how many seconds.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#include "unit_hold.h"

#define BOUND 256
#define SLOTS 400
#define RING 1024
#define PKT 48

static struct {
	uint64_t seed;
	uint64_t end_tsc;
	struct rte_ring *ring; /* of buffers on their way to another lcore */
	rte_spinlock_t lock;   /* of the ring, for ThreadSanitizer's sake */
} all;

struct worker {
	unsigned int index;
	uint64_t seed;
	struct lbuf *slot[SLOTS]; /* NULL: none */
	struct lbuf_burst burst;
	uint64_t taken;
	uint64_t bad;
};

static struct worker workers[RTE_MAX_LCORE];

static uint64_t
draw(struct worker *w, uint64_t n)
{
	return unit_rand(&w->seed) % n;
}

static bool
is_over(void)
{
	return rte_rdtsc() > __atomic_load_n(&all.end_tsc, __ATOMIC_RELAXED);
}

/* Buffers are only ever allocated here, and freed as they are closed. */
static struct lbuf *
new_buf(void)
{
	struct lbuf *b = malloc(sizeof(*b));

	if (b != NULL)
		lbuf_init(b, unit.pool);
	return b;
}

/* Each packet says at each byte what it is; so one that was overwritten is noticed. */
static bool
is_sound(struct lbuf *b)
{
	struct lbuf_cursor c;
	uint8_t mem[PKT];

	lbuf_cursor_init(&c, b);
	while (lbuf_cursor_left(&c) != 0)
		if (lbuf_cursor_read(&c, mem, PKT) != 0 || memcmp(mem, mem + 1, PKT - 1) != 0)
			return false;
	return true;
}

static void
end_buf(struct worker *w, struct lbuf *b)
{
	w->bad += !is_sound(b);
	lbuf_close(b);
	free(b);
}

static void
put_slot(struct worker *w, struct lbuf *b)
{
	struct lbuf **slot = &w->slot[draw(w, SLOTS)];

	if (*slot != NULL)
		end_buf(w, *slot);
	*slot = b;
}

/* Packets for a queue that receives what it is sent. */
static void
make_packets(struct worker *w, uint16_t queue)
{
	struct rte_mbuf *m[8];
	unsigned int i, n;

	if (rte_pktmbuf_alloc_bulk(unit.tiny, m, RTE_DIM(m)) != 0)
		return;
	for (i = 0; i < RTE_DIM(m); i++)
		memset(rte_pktmbuf_append(m[i], PKT), (int)draw(w, 256), PKT);
	n = rte_eth_tx_burst(port.ring, queue, m, RTE_DIM(m));
	if (n < RTE_DIM(m))
		rte_pktmbuf_free_bulk(&m[n], (unsigned int)RTE_DIM(m) - n);
}

static void
receive_some(struct worker *w, uint16_t queue)
{
	unsigned int i, n;
	struct lbuf *b;

	make_packets(w, queue);
	n = lbuf_burst_rx(&w->burst, port.bridge, queue, 32);
	if (n == 0)
		return;
	b = new_buf();
	switch (b == NULL ? 2 : draw(w, 3)) {
	case 0:
		lbuf_burst_append(&w->burst, b);
		put_slot(w, b);
		break;
	case 1:
		for (i = 0; i < w->burst.n; i++)
			if (lbuf_burst_take(&w->burst, (uint16_t)i, b) == 0 && draw(w, 2) == 0) {
				put_slot(w, b);
				b = new_buf();
				if (b == NULL)
					break;
			}
		if (b != NULL)
			put_slot(w, b);
		break;
	default:
		free(b);
		lbuf_burst_tx(&w->burst, port.bridge, queue);
		break;
	}
	w->taken += n;
	lbuf_burst_drop(&w->burst);
}

/* To another lcore, or from one. */
static void
pass(struct worker *w)
{
	struct lbuf **slot = &w->slot[draw(w, SLOTS)];
	struct lbuf *b = *slot;
	void *obj;
	int ret;

	if (draw(w, 2) == 0) {
		rte_spinlock_lock(&all.lock);
		ret = rte_ring_dequeue(all.ring, &obj);
		rte_spinlock_unlock(&all.lock);
		if (ret == 0)
			put_slot(w, obj);
		return;
	}
	if (b == NULL)
		return;
	lbuf_handoff(b);
	*slot = NULL;
	rte_spinlock_lock(&all.lock);
	ret = rte_ring_enqueue(all.ring, b);
	rte_spinlock_unlock(&all.lock);
	if (ret != 0)
		end_buf(w, b);
}

static void
use(struct worker *w)
{
	struct lbuf **slot = &w->slot[draw(w, SLOTS)];
	struct lbuf *b = *slot, *part;
	const void *p;

	if (b == NULL || lbuf_len(b) < PKT)
		return;
	switch (draw(w, 6)) {
	case 0:
		lbuf_keep(b);
		break;
	case 1:
		p = lbuf_next(b, PKT);
		w->bad += p == NULL || memcmp(p, (const uint8_t *)p + 1, PKT - 1) != 0;
		break;
	case 2:
		lbuf_release(b);
		break;
	case 3:
		part = malloc(sizeof(*part));
		if (part != NULL && lbuf_slice(b, PKT, part) == 0)
			put_slot(w, part);
		else
			free(part);
		break;
	case 4:
		part = malloc(sizeof(*part));
		if (part != NULL && lbuf_clone(b, 0, lbuf_len(b), part) == 0)
			put_slot(w, part);
		else
			free(part);
		break;
	default:
		*slot = NULL;
		end_buf(w, b);
		break;
	}
}

static void
set_bound(struct worker *w)
{
	static const uint32_t bounds[] = { 0, 1, 40, BOUND / 2, BOUND };

	lbuf_port_hold_set(port.bridge, (uint16_t)draw(w, 2), bounds[draw(w, RTE_DIM(bounds))]);
	rte_delay_us_sleep(500);
}

static int
work(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	lbuf_burst_init(&w->burst);
	while (!is_over()) {
		if (w->index < PORT_QUEUES)
			receive_some(w, (uint16_t)w->index);
		pass(w);
		for (i = 0; i < 4; i++)
			use(w);
	}
	for (i = 0; i < SLOTS; i++)
		if (w->slot[i] != NULL)
			end_buf(w, w->slot[i]);
	memset(w->slot, 0, sizeof(w->slot));
	return w->bad == 0 ? 0 : -1;
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : strtoull(value, NULL, 0);
}

/* The main lcore holds, too, and sets bounds; and looks whether they are kept. */
static void
watch(struct worker *w)
{
	uint16_t q;

	for (q = 0; q < PORT_QUEUES; q++) {
		struct lbuf_hold_stats stats;

		if (lbuf_port_hold_get(port.bridge, q, &stats) == 0 && stats.high > BOUND)
			w->bad++;
	}
	set_bound(w);
}

static void
holders_on_four_lcores(void **state)
{
	uint64_t seed = number("LBUF_SEED", (uint64_t)time(NULL)), taken = 0, copied = 0;
	unsigned int id, n = 0;
	struct worker *w;
	void *obj;

	(void)state;
	printf("LBUF_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	open_bound(BOUND);
	all.ring = rte_ring_create("hold", RING, SOCKET_ID_ANY, 0);
	assert_non_null(all.ring);
	all.end_tsc = rte_rdtsc() + number("LBUF_HOLD_S", 3) * rte_get_tsc_hz();
	memset(workers, 0, sizeof(workers));
	RTE_LCORE_FOREACH_WORKER(id) {
		workers[n].index = n;
		workers[n].seed = seed + n;
		assert_int_equal(rte_eal_remote_launch(work, &workers[n], id), 0);
		n++;
	}
	w = &workers[n];
	w->seed = seed + n;
	while (!is_over()) {
		unsigned int i;

		watch(w);
		pass(w);
		for (i = 0; i < 16; i++)
			use(w);
	}
	for (id = 0; id < SLOTS; id++)
		if (w->slot[id] != NULL)
			end_buf(w, w->slot[id]);
	RTE_LCORE_FOREACH_WORKER(id)
		assert_int_equal(rte_eal_wait_lcore(id), 0);
	while (rte_ring_dequeue(all.ring, &obj) == 0)
		end_buf(w, obj);
	for (id = 0; id <= n; id++) {
		assert_int_equal(workers[id].bad, 0);
		taken += workers[id].taken;
	}
	for (id = 0; id < PORT_QUEUES; id++) {
		assert_int_equal(hold_stats((uint16_t)id).held, 0);
		assert_in_range(hold_stats((uint16_t)id).high, 1, BOUND);
		copied += hold_stats((uint16_t)id).copied;
	}
	port_empty();
	rte_ring_free(all.ring);
	printf("%" PRIu64 " packets, %" PRIu64 " mbufs copied\n", taken, copied);
	assert_true(taken > 1000);
	assert_true(copied != 0);
	check_back();
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(holders_on_four_lcores),
};

UNIT_MAIN(tests)
