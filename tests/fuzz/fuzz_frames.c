/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Hostile frames through the forwarding modes of lbuf-fwd, which read and rewrite
 * headers wherever segments divide them. What must leave is told by a second
 * reader of frames, that has them in one piece; of csum and 5tswap, how long it is.
 *
 * An input is a mode, flags, two sizes of segments, how many bytes at the end lie
 * behind the frame, where nobody may read them, and the frame.
 */

#include <rte_ip.h>

#include <chunk.h>

#include "fuzz.h"
#include "mode.h"
#include "port.h"
#include "frame.h"

/* In front of the frame. */
#define INPUT_HEAD 5
#define FRAME_MAX 2048
#define SEGS_MAX 32
/* The frame, one that an echo answers, and the frame again. */
#define BURST 3

/* Flags of an input. */
#define F_SHARED 0x01 /* somebody else sees the frame's memory, too */
#define F_SINGLE 0x02 /* the port takes one segment */
#define F_SUMS 0x04   /* mend the checksums, which a fuzzer cannot guess */
#define F_FAIL 0x08   /* an allocation fails: the one that bits 4 to 6 tell */

struct frame {
	uint8_t mem[FRAME_MAX];
	size_t len;
	size_t behind; /* bytes that follow in memory, and are not part of it */
};

/* What goes in, and what must come out of it. */
struct load {
	struct frame in[BURST];
	struct frame out[BURST];
	unsigned int nb_out;
	bool unforeseen; /* which bytes become others */
	struct rte_mbuf *twin[BURST];
};

static const struct rte_ether_addr own = { { 0x02, 0, 0, 0, 0, 0x0a } };
static const struct rte_ether_addr peer = { { 0x02, 0, 0, 0, 0, 0x0b } };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_open();
	return 0;
}

static const struct fwd_mode *
mode_of(uint8_t n)
{
	switch (n % 8) {
	case 0:
		return &fwd_mode_io;
	case 1:
		return &fwd_mode_mac;
	case 2:
		return &fwd_mode_macswap;
	case 3:
		return &fwd_mode_rxonly;
	case 4:
		return &fwd_mode_csum;
	case 5:
		return &fwd_mode_5tswap;
	default:
		return &fwd_mode_icmpecho;
	}
}

/* Modes that parse more than Ethernet: what they write is checked in dts/tests. */
static bool
is_unforeseen(const struct fwd_mode *mode)
{
	return mode == &fwd_mode_csum || mode == &fwd_mode_5tswap;
}

/* What a mode must make of a frame; false: it must not be sent. */
static bool
expect(const struct fwd_mode *mode, struct frame *f)
{
	if (mode == &fwd_mode_rxonly)
		return false;
	if (mode == &fwd_mode_icmpecho)
		return frame_echo(f->mem, f->len, own.addr_bytes);
	if (mode == &fwd_mode_io)
		return true;
	if (f->len < RTE_ETHER_HDR_LEN)
		return false;
	if (is_unforeseen(mode))
		return true;
	if (mode == &fwd_mode_macswap) {
		frame_swap(f->mem, f->mem + RTE_ETHER_ADDR_LEN, RTE_ETHER_ADDR_LEN);
		return true;
	}
	memcpy(f->mem, peer.addr_bytes, RTE_ETHER_ADDR_LEN);
	memcpy(f->mem + RTE_ETHER_ADDR_LEN, own.addr_bytes, RTE_ETHER_ADDR_LEN);
	return true;
}

/* A frame as a chain: a first segment of any size, then equal ones. */
static struct rte_mbuf *
divide(const struct frame *f, size_t first, size_t others)
{
	struct rte_mbuf *head = NULL, *m;
	size_t done = 0, n = RTE_MIN(first, f->len);

	others = RTE_MAX(others, f->len / SEGS_MAX + 1);
	do {
		m = rte_pktmbuf_alloc(unit.mbufs);
		fuzz_check(m != NULL);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), f->mem + done, n);
		if (head == NULL)
			head = m;
		else
			fuzz_check(rte_pktmbuf_chain(head, m) == 0);
		done += n;
		n = RTE_MIN(others, f->len - done);
	} while (done < f->len);
	memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len), f->mem + f->len, f->behind);
	return head;
}

static bool
holds(const struct rte_mbuf *m, const struct frame *f)
{
	uint8_t mem[FRAME_MAX];

	return m->pkt_len == f->len &&
			(f->len == 0 ||
					memcmp(rte_pktmbuf_read(m, 0, m->pkt_len, mem), f->mem,
							f->len) == 0);
}

static void
put_in(struct load *load, const struct fuzz_port *p, const uint8_t *head)
{
	struct rte_mbuf *m;
	unsigned int i;

	for (i = 0; i < BURST; i++) {
		m = divide(&load->in[i], head[2], head[3]);
		if ((head[1] & F_SHARED) != 0)
			load->twin[i] = rte_pktmbuf_clone(m, unit.tiny);
		fuzz_check(rte_eth_tx_burst(p->id, 0, &m, 1) == 1);
	}
}

static bool
is_sent(const struct load *load, const struct rte_mbuf *m, const struct frame *f)
{
	return load->unforeseen ? m->pkt_len == f->len : holds(m, f);
}

/* A packet of the port, compared with what must come next; 0: there is none. */
static unsigned int
take_out(struct load *load, const struct fuzz_port *p, unsigned int *at)
{
	const char *reason;
	struct rte_mbuf *m;

	if (rte_eth_rx_burst(p->id, 1, &m, 1) == 0)
		return 0;
	if (rte_mbuf_check(m, 1, &reason) != 0)
		fuzz_fail("frames: sent: %s", reason);
	/* Without memory some are left out. */
	while (*at < load->nb_out && !is_sent(load, m, &load->out[*at]))
		(*at)++;
	if (*at == load->nb_out)
		fuzz_fail("frames: %u bytes were sent that should not have been", m->pkt_len);
	(*at)++;
	rte_pktmbuf_free(m);
	return 1;
}

static void
check(struct load *load, const struct fuzz_port *p, const struct fwd_stream *s, bool fail)
{
	unsigned int i, at = 0, got = 0;

	while (take_out(load, p, &at) != 0)
		got++;
	fuzz_check(s->rx_packets == BURST || (fail && s->rx_packets < BURST));
	fuzz_check(s->tx_packets == got);
	fuzz_check(fail || got == load->nb_out);
	fuzz_check(got <= load->nb_out && s->tx_dropped + s->bad <= BURST - got);
	for (i = 0; i < BURST; i++) {
		if (load->twin[i] == NULL)
			continue;
		if (!holds(load->twin[i], &load->in[i]))
			fuzz_fail("frames: memory of others was written");
		rte_pktmbuf_free(load->twin[i]);
	}
}

/* Serve a stream once. */
static void
serve(const struct fwd_mode *mode, const struct fuzz_port *p, struct fwd_stream *s, int fail)
{
	static const struct fwd_args args = { .vxlan_gpe_port = 4790, .geneve_port = 6081 };
	static struct fwd_port port;

	port.parse_tunnel = fail % 2 == 0;
	port.csum_mac_swap = true;
	*s = (struct fwd_stream){
		.tx_port = &port,
		.rx = p->bridge,
		.tx = p->bridge,
		.pool = p->pool,
		.rx_queue = 0,
		.tx_queue = 1,
		.burst = BURST + 1,
		.tx_addr = own,
		.tx_peer = peer,
		.args = &args,
	};
	lbuf_pool_inject(p->pool, fail);
	mode->burst(s);
	lbuf_pool_inject(p->pool, 0);
}

static void
read_input(struct frame *f, const uint8_t *data, size_t size)
{
	size_t n = RTE_MIN(size - INPUT_HEAD, (size_t)FRAME_MAX);

	memcpy(f->mem, data + INPUT_HEAD, n);
	f->behind = RTE_MIN((size_t)data[4], n);
	f->len = n - f->behind;
	if ((data[1] & F_SUMS) != 0)
		frame_mend(f->mem, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct load load;
	const struct fwd_mode *mode;
	struct fuzz_port *p;
	struct fwd_stream s;
	unsigned int i;
	bool fail;

	if (size < INPUT_HEAD)
		return 0;
	mode = mode_of(data[0]);
	p = &fuzz.port[(data[1] & F_SINGLE) != 0 ? FUZZ_PORT_SINGLE : FUZZ_PORT_FEW];
	fail = (data[1] & F_FAIL) != 0;
	load = (struct load){ .unforeseen = is_unforeseen(mode) };
	for (i = 0; i < BURST; i += 2)
		read_input(&load.in[i], data, size);
	load.in[1].len = frame_echo_request(load.in[1].mem);
	for (i = 0; i < BURST; i++) {
		load.out[load.nb_out] = load.in[i];
		if (expect(mode, &load.out[load.nb_out]))
			load.nb_out++;
	}
	put_in(&load, p, data);
	serve(mode, p, &s, fail ? 1 + (data[1] >> 4 & 7) : 0);
	check(&load, p, &s, fail);
	fuzz_check_idle();
	return 0;
}
