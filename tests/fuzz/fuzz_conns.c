/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Hostile packets into a table of connections: frames of any bytes, and segments that fit
 * together well enough to get far.
 *
 * An input is flags of the table, a policy, and steps: a frame, a segment of one of a few
 * connections, time, memory that fails; each may say what is to be done with what it
 * brings. Each byte of a direction is told by its sequence number, so what comes out can be
 * checked, unless a frame of any bytes may have brought it.
 */

#include <conn.h>
#include <chunk.h>

#include "fuzz.h"
#include "unit_tcp.h"

/* Limits of the table. */
#define CONNS 6
#define BYTES 65536
#define PIECES 30
/* Where sequence numbers begin. */
#define ISN 100000
/* Of a frame. */
#define FRAME_MAX 1600

/* Bits of what is to be done with bytes that come. */
#define DO_PART 0x01  /* consume but a part */
#define DO_SLICE 0x02 /* keep a slice */
#define DO_DROP 0x04
#define DO_IGNORE 0x08
#define DO_NOTHING 0x10

struct input {
	const uint8_t *data;
	size_t left;
};

static struct lbuf_conn_table *table;
static struct lbuf kept;
static uint8_t todo;
static bool tainted;
static uint64_t now;

static unsigned int
take(struct input *in, unsigned int bytes)
{
	unsigned int value = 0;

	for (; bytes > 0 && in->left > 0; bytes--, in->left--)
		value = value << 8 | *in->data++;
	return value;
}

/* Bytes are those of their sequence numbers. */
static void
check_bytes(const struct lbuf_conn *c, unsigned int dir, const struct lbuf *b)
{
	const struct lbuf_stream *s = &c->stream[dir];
	uint64_t off = 0, bytes, at = s->base + s->next - lbuf_len(b);
	struct iovec iov;

	if (tainted)
		return;
	while (off < lbuf_len(b)) {
		fuzz_check(lbuf_iovec(b, off, &iov, 1, &bytes) > 0);
		fuzz_check(unit_same(iov.iov_base, (uint32_t)(at + off), bytes));
		off += bytes;
	}
}

static void
on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
{
	uint64_t n = lbuf_len(b);

	(void)arg;
	fuzz_check(n != 0);
	check_bytes(c, dir, b);
	if ((todo & DO_PART) != 0)
		n = n / 2 + 1;
	if ((todo & DO_SLICE) != 0) {
		lbuf_close(&kept);
		fuzz_check(lbuf_slice(b, n, &kept) == 0 || fuzz.pool_no_cache != NULL);
	} else if ((todo & DO_NOTHING) == 0) {
		lbuf_skip(b, n);
	}
	if ((todo & DO_DROP) != 0)
		lbuf_conn_drop(c);
	if ((todo & DO_IGNORE) != 0)
		lbuf_conn_ignore(c, dir);
}

static void
on_gap(struct lbuf_conn *c, unsigned int dir, uint64_t missing, struct lbuf *b, void *arg)
{
	(void)arg;
	(void)missing;
	if (b != NULL)
		check_bytes(c, dir, b);
}

static void
on_end(struct lbuf_conn *c, unsigned int dir, enum lbuf_conn_why why, struct lbuf *b, void *arg)
{
	(void)why;
	on_gap(c, dir, 0, b, arg);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct lbuf_conn_params params = {
		.ops = { .data = on_data, .gap = on_gap, .end = on_end },
		.conns = CONNS,
		.stream = { .stream_pieces = PIECES,
				.stream_bytes = BYTES / 2,
				.all_bytes = BYTES,
				.all_mbufs = 8 },
		.datagrams = 4,
		.syn_ms = 1000,
		.idle_ms = 5000,
		.gap_ms = 2000,
	};

	(void)argc;
	(void)argv;
	fuzz_open();
	params.stream.pool = fuzz.pool_no_cache;
	table = lbuf_conn_table_create(&params);
	fuzz_check(table != NULL);
	return 0;
}

/* Have the table look at a packet of these bytes. */
static void
feed(const uint8_t *mem, size_t n, size_t part)
{
	/* No more mbufs than a chain may have. */
	struct rte_mbuf *m = unit_tcp_chain(mem, n, RTE_MAX(part, n / 32 + 1));

	if (m == NULL)
		return;
	lbuf_conn_input(table, &m, 1, now);
	rte_pktmbuf_free(m);
}

static void
step_frame(struct input *in)
{
	size_t n = RTE_MIN((size_t)take(in, 1) * 8, in->left), part = take(in, 1);

	n = RTE_MIN(RTE_MIN(n, in->left), (size_t)FRAME_MAX);
	tainted = true;
	feed(in->data, n, part == 0 ? n : part);
	in->data += n;
	in->left -= n;
}

/* A segment of one of few connections, near what is expected next. */
static void
step_segment(struct input *in)
{
	static const uint8_t options[] = { 1, 3, 3, 4, 2, 4, 5, 0xb4, 8, 10, 1, 1 };
	unsigned int kind = take(in, 1), dir = kind & 1, twist = take(in, 1);
	uint8_t mem[UNIT_TCP_MAX];
	struct unit_tcp t = {
		.from = dir == 0 ? 1 : 2,
		.to = dir == 0 ? 2 : 1,
		.sport = dir == 0 ? 1000 + (kind >> 1 & 7) : 80,
		.dport = dir == 0 ? 80 : 1000 + (kind >> 1 & 7),
		.ipv6 = (kind & 0x10) != 0,
		.flags = (uint8_t)take(in, 1),
		.window = 4000,
		.seq = ISN + take(in, 2) % 4096,
		.ack = ISN + take(in, 2) % 4096,
		.len = (uint16_t)(take(in, 1) * 8 % 1500),
		.options = options,
		.nb_options = (twist & 1) != 0 ? sizeof(options) : 0,
		.padding = (twist & 2) != 0 ? 6 : 0,
		.ip_more = (twist & 4) != 0 ? -3 : 0,
		.tcp_more = (twist & 8) != 0 ? -1 : 0,
		.vlan = { (twist & 0x10) != 0 ? 5 : 0 },
	};
	size_t n;

	todo = (uint8_t)take(in, 1);
	/* Options that are read as payload are other bytes. */
	if ((twist & 8) != 0)
		tainted = true;
	t.pos = t.seq + ((t.flags & SYN) != 0);
	n = unit_tcp_write(&t, mem);
	feed(mem, n, (twist & 0x20) != 0 ? 50 : n);
}

static void
check_limits(void)
{
	struct lbuf_conn_table_stats stats;

	lbuf_conn_table_stats_get(table, &stats);
	fuzz_check(stats.conns <= CONNS);
	fuzz_check(stats.stream.bytes <= BYTES + 4096);
	fuzz_check(stats.stream.pieces <= (uint64_t)PIECES * 2 * CONNS);
}

static void
step(struct input *in)
{
	unsigned int kind = take(in, 1);

	switch (kind % 8) {
	case 0:
		step_frame(in);
		break;
	case 1:
		now += (uint64_t)take(in, 1) * (table->gap / 64);
		lbuf_conn_expire(table, now);
		break;
	case 2:
		lbuf_pool_inject(fuzz.pool_no_cache, 1 + (int)(kind >> 3 & 3));
		step_segment(in);
		lbuf_pool_inject(fuzz.pool_no_cache, 0);
		break;
	default:
		step_segment(in);
		break;
	}
	check_limits();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int how = take(&in, 1);

	if (size < 2)
		return 0;
	table->flags = how & 0x1f;
	table->all.p.policy = (how >> 5) % (LBUF_STREAM_LINUX + 1);
	tainted = false;
	todo = 0;
	while (in.left > 0)
		step(&in);
	lbuf_conn_flush(table);
	/* Fragments that wait for others go. */
	now += 10 * table->gap;
	lbuf_conn_expire(table, now);
	lbuf_close(&kept);
	/* It may keep memory to be used again: one chunk to write to, one vector of segments. */
	lbuf_close(&table->all.scratch);
	lbuf_init(&table->all.scratch, fuzz.pool_no_cache);
	fuzz_check(table->stats.conns == 0 && table->all.stats.bytes == 0 &&
			table->all.stats.pieces == 0 && table->all.stats.mbufs == 0);
	fuzz_check_idle();
	return 0;
}
