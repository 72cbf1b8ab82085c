/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * noisy: what a network function does beside forwarding. Packets may wait in a buffer until
 * it is full, or until it is flushed; for each some cache lines of a memory are read and
 * written at random.
 */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_random.h>
#include <rte_ring.h>

#include "fwd.h"

struct noisy {
	const struct fwd_mode *mode; /* how packets are changed */
	struct rte_ring *held;       /* mbufs; NULL: none are held back */
	uint8_t *memory;
	uint64_t nb_lines; /* of memory */
	uint64_t interval; /* between flushes, cycles; 0: none */
	uint64_t last_flush;
};

static void
noisy_stop(struct fwd_stream *s)
{
	struct noisy *n = s->state;
	void *m;

	if (n == NULL)
		return;
	while (n->held != NULL && rte_ring_sc_dequeue(n->held, &m) == 0)
		rte_pktmbuf_free(m);
	rte_free(n->held);
	rte_free(n->memory);
	rte_free(n);
	s->state = NULL;
}

static int
make_buffer(struct noisy *n, uint32_t size, int socket)
{
	const unsigned int flags = RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ;
	ssize_t bytes = rte_ring_get_memsize(rte_align32pow2(size + 1));

	n->held = rte_zmalloc_socket("fwd_noisy", (size_t)bytes, RTE_CACHE_LINE_SIZE, socket);
	if (n->held == NULL || rte_ring_init(n->held, "fwd_noisy", size, flags) != 0)
		return -ENOMEM;
	return 0;
}

static int
make_memory(struct noisy *n, uint32_t mbytes, int socket)
{
	size_t bytes = (size_t)mbytes << 20;

	n->memory = rte_zmalloc_socket("fwd_noisy", bytes, RTE_CACHE_LINE_SIZE, socket);
	n->nb_lines = bytes / RTE_CACHE_LINE_SIZE;
	return n->memory != NULL ? 0 : -ENOMEM;
}

static int
noisy_start(struct fwd_stream *s, int socket)
{
	const struct fwd_args *args = s->args;
	struct noisy *n;
	int ret = 0;

	if (args->noisy_memory == 0 &&
			(args->noisy_reads != 0 || args->noisy_writes != 0 ||
					args->noisy_reads_writes != 0)) {
		FWD_ERR("--noisy-lkup-memory=0: there is nothing for --noisy-lkup-num-reads and "
			"the like to use: accepted are 1 to %u",
				UINT16_MAX);
		return -EINVAL;
	}
	n = rte_zmalloc_socket("fwd_noisy", sizeof(*n), RTE_CACHE_LINE_SIZE, socket);
	if (n == NULL)
		return -ENOMEM;
	s->state = n;
	n->mode = args->noisy_mode;
	n->interval = args->noisy_flush * (rte_get_tsc_hz() / MS_PER_S);
	n->last_flush = rte_rdtsc();
	if (args->noisy_buffer != 0)
		ret = make_buffer(n, args->noisy_buffer, socket);
	if (ret == 0 && args->noisy_memory != 0)
		ret = make_memory(n, args->noisy_memory, socket);
	return ret;
}

static volatile uint64_t *
random_line(const struct noisy *n)
{
	return (volatile uint64_t *)(n->memory + rte_rand() % n->nb_lines * RTE_CACHE_LINE_SIZE);
}

static void
use_memory(const struct noisy *n, const struct fwd_args *args, uint16_t nb_packets)
{
	uint64_t reads = (uint64_t)args->noisy_reads + args->noisy_reads_writes;
	uint64_t writes = (uint64_t)args->noisy_writes + args->noisy_reads_writes;
	uint64_t i;

	for (i = 0; i < writes * nb_packets; i++)
		*random_line(n) = i;
	for (i = 0; i < reads * nb_packets; i++)
		(void)*random_line(n);
}

/* Send up to so many of the packets that wait. */
static void
release(struct fwd_stream *s, const struct noisy *n, unsigned int nb)
{
	struct rte_mbuf *m[LBUF_BURST_MAX];
	struct lbuf_burst burst;

	nb = rte_ring_sc_dequeue_burst(n->held, (void **)m,
			RTE_MIN(nb, (unsigned int)LBUF_BURST_MAX), NULL);
	if (nb == 0)
		return;
	lbuf_burst_init(&burst);
	lbuf_burst_add(&burst, m, (uint16_t)nb);
	fwd_send(s, &burst);
}

/* Let the packets of a burst wait, behind others, of which as many go as there is no room. */
static void
hold(struct fwd_stream *s, const struct noisy *n, struct lbuf_burst *burst)
{
	unsigned int room = rte_ring_free_count(n->held);
	uint16_t i;

	if (room < burst->n)
		release(s, n, burst->n);
	for (i = 0; i < burst->n; i++) {
		struct rte_mbuf *m = burst->pkts[i];

		if (m == NULL || rte_ring_sp_enqueue(n->held, m) == 0)
			continue;
		/* The buffer is smaller than a burst. */
		release(s, n, 1);
		rte_ring_sp_enqueue(n->held, m);
	}
}

static void
noisy_burst(struct fwd_stream *s)
{
	struct noisy *n = s->state;
	uint64_t sent = s->tx_packets;
	struct lbuf_burst burst;
	uint16_t nb;

	nb = fwd_receive(s, &burst);
	if (nb != 0) {
		n->mode->edit(s, &burst);
		if (n->held != NULL)
			hold(s, n, &burst);
		use_memory(n, s->args, nb);
		if (n->held == NULL)
			fwd_send(s, &burst);
	}
	if (n->held == NULL || n->interval == 0 || s->tx_packets != sent ||
			rte_rdtsc() - n->last_flush < n->interval)
		return;
	while (!rte_ring_empty(n->held)) {
		release(s, n, LBUF_BURST_MAX);
		n->last_flush = rte_rdtsc();
	}
}

const struct fwd_mode fwd_mode_noisy = {
	.name = "noisy",
	.burst = noisy_burst,
	.start = noisy_start,
	.stop = noisy_stop,
	.receives = true,
	.sends = true,
};
