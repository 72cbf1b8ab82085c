/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * 5tswap: packets leave with source and destination exchanged: MAC addresses, those of IPv4
 * or IPv6, and ports of UDP or TCP. That leaves all checksums as they are. From the layer on
 * that is another one, or malformed, a packet stays as it came.
 */

#include <netinet/in.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "headers.h"
#include "mode.h"

/* Exchange two neighbours of n bytes each, a constant. */
static __rte_always_inline void
swap(uint8_t *p, size_t n)
{
	uint8_t a[16], b[16];

	memcpy(a, p, n);
	memcpy(b, p + n, n);
	memcpy(p, b, n);
	memcpy(p + n, a, n);
}

static void
swap_head(const struct fwd_head *h)
{
	struct fwd_ip ip;
	uint32_t at = 0;
	rte_be16_t type;
	uint8_t *ports;

	type = fwd_head_ether(h, &at);
	swap(h->data, RTE_ETHER_ADDR_LEN);
	if (!fwd_head_ip(h, at, type, &ip))
		return;
	if (ip.version == IPVERSION)
		swap(h->data + at + offsetof(struct rte_ipv4_hdr, src_addr), 4);
	else
		swap(h->data + at + offsetof(struct rte_ipv6_hdr, src_addr), 16);
	if (ip.proto != IPPROTO_UDP && ip.proto != IPPROTO_TCP)
		return;
	ports = fwd_head_l4(h, &ip, 2 * sizeof(rte_be16_t));
	if (ports != NULL)
		swap(ports, sizeof(rte_be16_t));
}

static void
five_tuple_edit(struct fwd_stream *s, struct lbuf_burst *burst)
{
	struct fwd_head h;
	uint16_t i;

	lbuf_burst_prefetch(burst);
	for (i = 0; i < burst->n; i++)
		if (likely(fwd_head_edit(s, burst, i, &h)))
			swap_head(&h);
}

static void
five_tuple_burst(struct fwd_stream *s)
{
	fwd_forward(s, five_tuple_edit);
}

const struct fwd_mode fwd_mode_5tswap = {
	.name = "5tswap",
	.burst = five_tuple_burst,
	.edit = five_tuple_edit,
	.receives = true,
	.sends = true,
};
