/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <stdio.h>

#include "args.h"
#include "bursts.h"
#include "mode.h"

/* Most shares that are told, the first of which is that of bursts without packets. */
#define SHARES 3

static void
count(uint64_t *bursts, uint64_t packets)
{
	bursts[RTE_MIN(packets, (uint64_t)LBUF_BURST_MAX)]++;
}

void
fwd_bursts_count(struct fwd_stream *s, uint64_t rx_packets, uint64_t tx_packets)
{
	const struct fwd_mode *mode = s->mode;
	uint64_t received = s->rx_packets - rx_packets;

	if (mode->receives)
		count(s->bursts->rx, received);
	/* As testpmd: where nothing came, nothing was tried to be sent. */
	if (mode->sends && (received != 0 || !mode->receives))
		count(s->bursts->tx, s->tx_packets - tx_packets);
}

/* The total, and the two numbers of packets that were most frequent; 0: there is none. */
static uint64_t
rank(const uint64_t *bursts, unsigned int *top)
{
	uint64_t total = bursts[0];
	unsigned int i;

	top[0] = top[1] = top[2] = 0;
	for (i = 1; i <= LBUF_BURST_MAX; i++) {
		total += bursts[i];
		if (bursts[i] == 0)
			continue;
		if (top[1] == 0 || bursts[i] > bursts[top[1]]) {
			top[2] = top[1];
			top[1] = i;
		} else if (top[2] == 0 || bursts[i] > bursts[top[2]]) {
			top[2] = i;
		}
	}
	return total;
}

static void
print(const char *name, const uint64_t *bursts)
{
	unsigned int top[SHARES], i, percent, told = 0;
	uint64_t total = rank(bursts, top), sum = 0;

	if (total == 0)
		return;
	printf("  %s-bursts : %" PRIu64 " [", name, total);
	for (i = 0; i < SHARES; i++) {
		sum += bursts[top[i]];
		if (sum == total) {
			printf("%u%% of %u pkts]\n", 100 - told, top[i]);
			return;
		}
		percent = (unsigned int)((double)bursts[top[i]] / (double)total * 100);
		printf("%u%% of %u pkts + ", percent, top[i]);
		told += percent;
	}
	printf("%u%% of other]\n", 100 - told);
}

void
fwd_bursts_print_rx(const struct fwd_bursts *b)
{
	print("RX", b->rx);
}

void
fwd_bursts_print_tx(const struct fwd_bursts *b)
{
	print("TX", b->tx);
}
