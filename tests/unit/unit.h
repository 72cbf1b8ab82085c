/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the unit tests share: the EAL, a pool that is fresh for each test, mbuf
 * pools, bytes that can be told apart, and the check behind each test that all
 * memory is back.
 */

#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <lbuf.h>

#include "unit_compat.h"

/* Data room of the mbufs of unit.mbufs and unit.tiny, without the headroom. */
#define UNIT_MBUF_ROOM 16384
#define UNIT_TINY_ROOM 64
#define UNIT_MBUF_NUM 1023
#define UNIT_TINY_NUM 2047

/* Memory that a segment may view. */
enum unit_kind {
	UNIT_OWN,
	UNIT_EXT,
	UNIT_MBUF,
	UNIT_KINDS
};

struct unit {
	struct lbuf_pool *pool;    /* fresh for each test */
	struct rte_mempool *mbufs; /* one segment takes UNIT_MBUF_ROOM */
	struct rte_mempool *tiny;  /* one segment takes UNIT_TINY_ROOM */
	unsigned int exts;         /* pieces by unit_ext() that are in use */
	unsigned int errors;       /* noticed where a test cannot be stopped */
	bool huge;                 /* the EAL has hugepages */
};

extern struct unit unit;

/* An entry of a test array, and the program around such an array. */
#define UNIT_TEST(func) \
	{ \
#func, func, unit_setup, unit_teardown, NULL \
	}
#define UNIT_TEST_NO_CACHE(func) \
	{ \
#func, func, unit_setup_no_cache, unit_teardown, NULL \
	}
/* With a pool that nobody but the test changes: for figures that must be exact. */
#define UNIT_TEST_NO_BACKGROUND(func) \
	{ \
#func, func, unit_setup_no_background, unit_teardown, NULL \
	}
#define UNIT_MAIN(tests) \
	int main(int argc, char **argv) \
	{ \
		return unit_main(argc, argv, tests, RTE_DIM(tests)); \
	}

int
unit_main(int argc, char **argv, const struct CMUnitTest *tests, size_t n);
int
unit_setup(void **state);
/* With a pool that serves every chunk from its depot, so that failures can be injected. */
int
unit_setup_no_cache(void **state);
int
unit_setup_no_background(void **state);
int
unit_teardown(void **state);

/* NULL, with this rte_errno. */
#define assert_null_errno(expr, err) \
	do { \
		rte_errno = 0; \
		assert_null(expr); \
		assert_int_equal(rte_errno, err); \
	} while (0)

/* Exactly the bytes of a string are readable. */
#define assert_str(b, str) unit_check_mem(b, str, strlen(str), __FILE__, __LINE__)
/* Exactly these bytes are readable. */
#define assert_mem(b, mem, n) unit_check_mem(b, mem, n, __FILE__, __LINE__)
/* Exactly n bytes are readable, those of unit_fill() from pos on. */
#define assert_fill(b, pos, n) unit_check_fill(b, pos, n, __FILE__, __LINE__)
/* These n bytes are those of unit_fill() from pos on. */
#define assert_same(mem, pos, n) unit_check_same(mem, pos, n, __FILE__, __LINE__)

void
unit_check_mem(const struct lbuf *b, const void *mem, size_t n, const char *file, int line);
void
unit_check_same(const void *mem, uint64_t pos, uint64_t n, const char *file, int line);
void
unit_check_fill(const struct lbuf *b, uint64_t pos, uint64_t n, const char *file, int line);

/*
 * The endless byte string that the tests cut their bytes from: a piece is named
 * by its position, and none looks like its neighbours.
 */
void
unit_fill(void *dst, uint64_t pos, size_t n);
bool
unit_same(const void *src, uint64_t pos, size_t n);

/* Random numbers: the same ones after the same seed. */
uint64_t
unit_rand(uint64_t *state);

/*
 * A piece of external memory with n bytes from pos on in it. When the last
 * reference is gone it checks that nobody wrote to it or around it, and frees
 * itself. Must be written to a linked buffer at least once.
 */
struct lbuf_ext *
unit_ext(uint64_t pos, size_t n, const uint8_t **addr);

/* An mbuf chain with n bytes from pos on, from a mempool of the unit. */
struct rte_mbuf *
unit_mbuf(struct rte_mempool *mp, uint64_t pos, size_t n);

/*
 * Add n bytes from pos on to a buffer as one segment of its own (as a chain of
 * mbufs if they are over UNIT_MBUF_ROOM), and flush.
 */
void
unit_add(struct lbuf *b, enum unit_kind kind, uint64_t pos, size_t n);

/* Make n buffers of the unit's pool, bufs[i] for that of b[i], and close them. */
void
unit_open(struct lbuf *b, struct lbuf **bufs, unsigned int n);
void
unit_close(struct lbuf *b, unsigned int n);

/* Copy n bytes from pos on to a buffer, and flush. */
void
unit_put(struct lbuf *b, uint64_t pos, size_t n);

/* Read all that is readable and compare it with the bytes from pos on. */
void
unit_drain(struct lbuf *b, uint64_t pos, uint64_t n);

/* Write over all free memory of the unit's pool and of its mbufs. */
void
unit_scribble(void);

/* Figures of a pool on all sockets, and those of a tier, of one class or (0) all. */
struct lbuf_pool_stats
unit_stats(const struct lbuf_pool *pool);
struct lbuf_pool_stats
unit_stats_of(const struct lbuf_pool *pool, enum lbuf_tier tier, size_t size);

/* Chunks of a tier that are out, and those handed out so far. */
uint64_t
unit_out(enum lbuf_tier tier);
uint64_t
unit_allocs(enum lbuf_tier tier);

/* Run on every worker lcore, arg + lcore index * size as argument; failures. */
unsigned int
unit_lcores(int (*func)(void *arg), void *arg, size_t size);

#endif /* UNIT_H */
