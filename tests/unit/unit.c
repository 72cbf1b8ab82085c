/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include "unit.h"

/* Bytes around external memory that nobody may write. */
#define GUARD 16
#define GUARD_BYTE 0xee

struct unit unit;

/* External memory of unit_ext(). */
struct piece {
	struct lbuf_ext ext;
	uint64_t pos;
	size_t n;
	unsigned int calls;
	uint8_t mem[];
};

/* The eight bytes of the endless string at 8 * word. */
static uint64_t
fill_word(uint64_t word)
{
	word = (word + 1) * UINT64_C(0x9e3779b97f4a7c15);
	word = (word ^ (word >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	return word ^ (word >> 32);
}

void
unit_fill(void *dst, uint64_t pos, size_t n)
{
	uint8_t *d = dst;
	uint64_t word;
	size_t skip = pos % 8, run;

	while (n > 0) {
		word = fill_word(pos / 8);
		run = RTE_MIN(n, 8 - skip);
		memcpy(d, (uint8_t *)&word + skip, run);
		d += run;
		pos += run;
		n -= run;
		skip = 0;
	}
}

bool
unit_same(const void *src, uint64_t pos, size_t n)
{
	const uint8_t *s = src;
	uint64_t word;
	size_t skip = pos % 8, run;

	while (n > 0) {
		word = fill_word(pos / 8);
		run = RTE_MIN(n, 8 - skip);
		if (memcmp(s, (uint8_t *)&word + skip, run) != 0)
			return false;
		s += run;
		pos += run;
		n -= run;
		skip = 0;
	}
	return true;
}

uint64_t
unit_rand(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void
unit_check_mem(const struct lbuf *b, const void *mem, size_t n, const char *file, int line)
{
	const uint8_t *want = mem;
	struct iovec iov;
	uint64_t off = 0, bytes;

	_assert_int_equal(lbuf_len(b), n, file, line);
	while (off < n) {
		_assert_true(lbuf_iovec(b, off, &iov, 1, &bytes) > 0, "a piece", file, line);
		_assert_true(bytes > 0 && bytes == iov.iov_len, "its length", file, line);
		_assert_true(bytes <= n - off, "not too long", file, line);
		_assert_memory_equal(iov.iov_base, want + off, bytes, file, line);
		off += bytes;
	}
}

void
unit_check_same(const void *mem, uint64_t pos, uint64_t n, const char *file, int line)
{
	_assert_true(mem != NULL, "an address", file, line);
	_assert_true(unit_same(mem, pos, n), "content", file, line);
}

void
unit_check_fill(const struct lbuf *b, uint64_t pos, uint64_t n, const char *file, int line)
{
	struct iovec iov[64];
	uint64_t off = 0, bytes, sum;
	int64_t left, i;

	_assert_int_equal(lbuf_len(b), n, file, line);
	while (off < n) {
		left = lbuf_iovec(b, off, iov, RTE_DIM(iov), &bytes);
		_assert_true(left > 0 && bytes > 0, "pieces", file, line);
		for (i = 0, sum = 0; i < RTE_MIN(left, (int64_t)RTE_DIM(iov)); i++) {
			_assert_true(unit_same(iov[i].iov_base, pos + off + sum, iov[i].iov_len),
					"content", file, line);
			sum += iov[i].iov_len;
		}
		_assert_int_equal(sum, bytes, file, line);
		off += bytes;
	}
	_assert_int_equal(off, n, file, line);
}

static bool
guarded(const uint8_t *mem)
{
	unsigned int i;

	for (i = 0; i < GUARD; i++)
		if (mem[i] != GUARD_BYTE)
			return false;
	return true;
}

static void
piece_free(struct lbuf_ext *ext, void *arg)
{
	struct piece *piece = arg;

	/* A second call would find freed memory: AddressSanitizer tells. */
	if (&piece->ext != ext || piece->calls++ != 0 || !guarded(piece->mem) ||
			!guarded(piece->mem + GUARD + piece->n) ||
			!unit_same(piece->mem + GUARD, piece->pos, piece->n))
		__atomic_fetch_add(&unit.errors, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&unit.exts, 1, __ATOMIC_RELAXED);
	free(piece);
}

struct lbuf_ext *
unit_ext(uint64_t pos, size_t n, const uint8_t **addr)
{
	struct piece *piece = malloc(sizeof(*piece) + n + 2 * GUARD);

	assert_non_null(piece);
	lbuf_ext_init(&piece->ext, piece_free, piece);
	piece->pos = pos;
	piece->n = n;
	piece->calls = 0;
	memset(piece->mem, GUARD_BYTE, GUARD);
	unit_fill(piece->mem + GUARD, pos, n);
	memset(piece->mem + GUARD + n, GUARD_BYTE, GUARD);
	__atomic_fetch_add(&unit.exts, 1, __ATOMIC_RELAXED);
	*addr = piece->mem + GUARD;
	return &piece->ext;
}

struct rte_mbuf *
unit_mbuf(struct rte_mempool *mp, uint64_t pos, size_t n)
{
	size_t room = rte_pktmbuf_data_room_size(mp) - RTE_PKTMBUF_HEADROOM, part, done = 0;
	struct rte_mbuf *head = NULL, *m;

	do {
		m = rte_pktmbuf_alloc(mp);
		assert_non_null(m);
		part = RTE_MIN(n - done, room);
		unit_fill(rte_pktmbuf_append(m, (uint16_t)part), pos + done, part);
		done += part;
		if (head == NULL)
			head = m;
		else
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
	} while (done < n);
	return head;
}

void
unit_open(struct lbuf *b, struct lbuf **bufs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		lbuf_init(&b[i], unit.pool);
		bufs[i] = &b[i];
	}
}

void
unit_close(struct lbuf *b, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		lbuf_close(&b[i]);
}

void
unit_put(struct lbuf *b, uint64_t pos, size_t n)
{
	void *p = lbuf_reserve(b, n);

	assert_non_null(p);
	unit_fill(p, pos, n);
	assert_int_equal(lbuf_flush(b), 0);
}

void
unit_add(struct lbuf *b, enum unit_kind kind, uint64_t pos, size_t n)
{
	const uint8_t *addr;
	struct lbuf_ext *ext;
	struct lbuf donor;

	if (kind == UNIT_EXT) {
		ext = unit_ext(pos, n, &addr);
		assert_int_equal(lbuf_write_ext(b, ext, addr, n), 0);
	} else if (kind == UNIT_MBUF) {
		assert_int_equal(lbuf_append_mbuf(b, unit_mbuf(unit.mbufs, pos, n)), 0);
	} else {
		lbuf_init(&donor, unit.pool);
		unit_put(&donor, pos, n);
		assert_int_equal(lbuf_append(b, &donor), 0);
		lbuf_close(&donor);
	}
	assert_int_equal(lbuf_flush(b), 0);
}

void
unit_drain(struct lbuf *b, uint64_t pos, uint64_t n)
{
	static uint8_t part[65536];
	uint64_t run;

	assert_int_equal(lbuf_len(b), n);
	for (; n > 0; n -= run, pos += run) {
		run = RTE_MIN(n, sizeof(part));
		assert_int_equal(lbuf_read(b, part, run), 0);
		assert_same(part, pos, run);
	}
	assert_int_equal(lbuf_len(b), 0);
}

struct lbuf_pool_stats
unit_stats_of(const struct lbuf_pool *pool, enum lbuf_tier tier, size_t size)
{
	struct lbuf_pool_stats stats;

	memset(&stats, 0xff, sizeof(stats)); /* all of it must be written */
	assert_int_equal(lbuf_pool_stats_get(pool, tier, SOCKET_ID_ANY, size, &stats), 0);
	return stats;
}

struct lbuf_pool_stats
unit_stats(const struct lbuf_pool *pool)
{
	return unit_stats_of(pool, LBUF_TIER_NUM, 0);
}

static void
scribble_class(enum lbuf_tier tier, size_t size)
{
	struct lbuf_pool_stats stats = unit_stats_of(unit.pool, tier, size);
	static struct lbuf_chunk *chunk[4096];
	uint64_t i, n;

	n = RTE_MIN(stats.chunks - stats.out, RTE_DIM(chunk));
	for (i = 0; i < n; i++) {
		chunk[i] = lbuf_chunk_alloc(unit.pool, size);
		assert_non_null(chunk[i]);
		memset(chunk[i]->data, 0xa5, chunk[i]->size);
	}
	while (i > 0)
		lbuf_chunk_put(chunk[--i]);
}

static void
scribble_mbufs(struct rte_mempool *mp)
{
	static struct rte_mbuf *m[UNIT_MBUF_NUM + UNIT_TINY_NUM];
	unsigned int i, n = rte_mempool_avail_count(mp);

	for (i = 0; i < n; i++) {
		m[i] = rte_pktmbuf_alloc(mp);
		if (m[i] == NULL)
			break; /* the others are in the caches of other lcores */
		memset(m[i]->buf_addr, 0xa5, m[i]->buf_len);
	}
	while (i > 0)
		rte_pktmbuf_free(m[--i]);
}

void
unit_scribble(void)
{
	uint32_t i;
	size_t size;

	for (i = 0; i < LBUF_CLASS_NUM; i++) {
		size = lbuf_class_size(i);
		if (size < LBUF_MIDDLE_MIN)
			scribble_class(LBUF_TIER_SMALL, size);
		else if (size <= LBUF_MIDDLE_MAX)
			scribble_class(LBUF_TIER_MIDDLE, size);
	}
	scribble_mbufs(unit.mbufs);
	scribble_mbufs(unit.tiny);
}

uint64_t
unit_out(enum lbuf_tier tier)
{
	return unit_stats_of(unit.pool, tier, 0).out;
}

uint64_t
unit_allocs(enum lbuf_tier tier)
{
	return unit_stats_of(unit.pool, tier, 0).allocs;
}

unsigned int
unit_lcores(int (*func)(void *arg), void *arg, size_t size)
{
	unsigned int lcore, failed = 0;

	RTE_LCORE_FOREACH_WORKER(lcore)
		if (rte_eal_remote_launch(func,
				    (uint8_t *)arg + (size_t)rte_lcore_index(lcore) * size,
				    lcore) != 0)
			failed++;
	RTE_LCORE_FOREACH_WORKER(lcore)
		if (rte_eal_wait_lcore(lcore) != 0)
			failed++;
	return failed;
}
