/* SPDX-License-Identifier: BSD-3-Clause */

/* What telemetry tells of pools, through its socket as its users ask. */

#include <stdio.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_mempool.h>

#include <lbuf_debug.h>
#include <lbuf_share.h>

#include "ask.h"
#include "unit.h"

static void
lists_pools(void **state)
{
	char quoted[LBUF_POOL_NAMESIZE + 2];

	(void)state;
	snprintf(quoted, sizeof(quoted), "\"%s\"", lbuf_pool_name(unit.pool));
	assert_non_null(strstr(ask("/lbuf/list", "", 0), quoted));
}

static void
bad_parameters(void **state)
{
	static const char *const command[] = { "/lbuf/pool", "/lbuf/pool_class", "/lbuf/holders" };
	static const char *const params[] = { "", ",", ",nosuch", ",nosuch,0", ",%s,", ",%s,x",
		",%s,-1", ",%s,1x", ",%s,0,0", ",averylongnamethatnopoolcanhave,1" };
	char format[64], want[48];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < RTE_DIM(command); i++) {
		snprintf(want, sizeof(want), "{\"%s\":null}", command[i]);
		for (k = 0; k < RTE_DIM(params); k++) {
			snprintf(format, sizeof(format), "%s%s", command[i], params[k]);
			assert_string_equal(ask(format, lbuf_pool_name(unit.pool), 0), want);
		}
	}
}

static void
sums_of_pool(void **state)
{
	struct lbuf_chunk *small = lbuf_chunk_alloc(unit.pool, 100);
	struct lbuf_chunk *middle = lbuf_chunk_alloc(unit.pool, 100000);
	struct lbuf_chunk *large = lbuf_chunk_alloc(unit.pool, LBUF_MIDDLE_MAX + 1);
	const char *answer = ask("/lbuf/pool,%s", lbuf_pool_name(unit.pool), 0);

	(void)state;
	assert_true(small != NULL && middle != NULL && large != NULL);
	assert_int_equal(number(answer, "middle_min"), LBUF_MIDDLE_MIN);
	assert_int_equal(number(answer, "idle_ms"), LBUF_IDLE_MS);
	assert_int_equal(number(answer, "limit_bytes"), 0);
	assert_true(number(answer, "used_bytes") > LBUF_MIDDLE_MAX);
	assert_int_equal(number(answer, "bugs"), 0);
	assert_int_equal(number(answer, "waiters"), 0);
	assert_int_equal(occurrences(answer, "\"out\":1"), 3);
	assert_int_equal(occurrences(answer, "\"out\":3"), 1);
	lbuf_chunk_put(small);
	lbuf_chunk_put(middle);
	lbuf_chunk_put(large);
	lbuf_pool_limit_set(unit.pool, (int)rte_socket_id(), LBUF_LIMIT_MIN);
	answer = ask("/lbuf/pool,%s", lbuf_pool_name(unit.pool), 0);
	assert_int_equal(number(answer, "limit_bytes"), LBUF_LIMIT_MIN);
}

/* More than an answer has room for comes in pages. */
static void
all_classes(void **state)
{
	struct lbuf_chunk *chunk[LBUF_CLASS_NUM];
	uint64_t first = 0, entries, told = 0;
	unsigned int n = 0, pages = 0;
	const char *answer;

	(void)state;
	for (; lbuf_class_size(n) <= LBUF_MIDDLE_MAX; n++) {
		chunk[n] = lbuf_chunk_alloc(unit.pool, lbuf_class_size(n));
		assert_non_null(chunk[n]);
	}
	do {
		answer = ask("/lbuf/pool_class,%s,%ju", lbuf_pool_name(unit.pool), first);
		entries = number(answer, "entries");
		told += occurrences(answer, "\"tier\":");
		assert_int_equal(occurrences(answer, "\"stranded\":"),
				occurrences(answer, "\"tier\":"));
		assert_int_equal(occurrences(answer, "\"out\":1,"),
				occurrences(answer, "\"tier\":"));
		first = number(answer, "next");
		assert_true(first == UINT64_MAX || first == told);
		pages++;
	} while (first != UINT64_MAX);
	assert_int_equal(entries, n);
	assert_int_equal(told, entries);
	assert_true(pages > 1 && pages < 10);
	lbuf_chunk_put_bulk(chunk, n);
}

static void
class_figures(void **state)
{
	struct lbuf_chunk *chunk[2];
	const char *answer;
	char key[48];

	(void)state;
	assert_int_equal(lbuf_chunk_alloc_bulk(unit.pool, 4096, chunk, 2), 0);
	lbuf_chunk_put(chunk[1]);
	answer = ask("/lbuf/pool_class,%s", lbuf_pool_name(unit.pool), 0);
	snprintf(key, sizeof(key), "\"middle_%u_4096\":{", rte_socket_id());
	assert_non_null(strstr(answer, key));
	assert_int_equal(number(answer, "size"), 4096);
	assert_int_equal(number(answer, "out"), 1);
	assert_int_equal(number(answer, "refills"), 1);
	snprintf(key, sizeof(key), "\"cached_by_lcore\":{\"%u\":%ju}", rte_lcore_id(),
			(uintmax_t)number(answer, "cached"));
	assert_non_null(strstr(answer, key));
	assert_int_equal(number(answer, "entries"), 1);
	answer = ask("/lbuf/pool_class,%s,%ju", lbuf_pool_name(unit.pool), 7);
	assert_int_equal(number(answer, "entries"), 1);
	assert_int_equal(occurrences(answer, "size"), 0);
	lbuf_chunk_put(chunk[0]);
}

static void
holders(void **state)
{
	const char *tag = lbuf_tag_set("hoarder");
	struct lbuf_chunk *chunk = lbuf_chunk_alloc(unit.pool, LBUF_MIDDLE_MAX + 1);
	const char *answer = ask("/lbuf/holders,%s", lbuf_pool_name(unit.pool), 0);

	(void)state;
	lbuf_tag_set(tag);
	assert_non_null(chunk);
	assert_non_null(strstr(answer, "\"tag\":\"hoarder\""));
	assert_int_equal(number(answer, "chunks"), 1);
	assert_int_equal(number(answer, "entries"), 1);
	lbuf_chunk_put(chunk);
	answer = ask("/lbuf/holders,%s", lbuf_pool_name(unit.pool), 0);
	assert_int_equal(number(answer, "entries"), 0);
}

/* Each entry is a mempool; those of DPDK and of the program alike. */
static void
mempools(void **state)
{
	struct rte_mempool *mp = rte_mempool_create("asked", 63, 128, 0, 0, NULL, NULL, NULL, NULL,
			SOCKET_ID_ANY, 0);
	const char *answer, *entry;
	uint64_t entries;
	void *object;

	(void)state;
	assert_non_null(mp);
	assert_int_equal(rte_mempool_get(mp, &object), 0);
	answer = ask("/lbuf/mempools", "", 0);
	entries = number(answer, "entries");
	assert_int_equal(occurrences(answer, "\"available\":"), entries);
	entry = strstr(answer, "\"name\":\"asked\"");
	assert_non_null(entry);
	assert_int_equal(number(entry, "size"), 63);
	assert_int_equal(number(entry, "available"), 62);
	assert_int_equal(number(entry, "in_use"), 1);
	assert_int_equal(number(entry, "element_bytes"), 128);
	assert_int_equal(occurrences(ask("/lbuf/mempools%s,%ju", "", entries), "size"), 0);
	assert_string_equal(ask("/lbuf/mempools,1x", "", 0), "{\"/lbuf/mempools\":null}");
	rte_mempool_put(mp, object);
	rte_mempool_free(mp);
}

/* Limit and use of each share, and the classes of receiving by a name of their own. */
static void
shares(void **state)
{
	const uint64_t limit = 4 * LBUF_LIMIT_MIN, rx = LBUF_LIMIT_MIN;
	const int socket_id = (int)rte_socket_id();
	const char *answer, *part;
	struct lbuf_chunk *chunk;

	(void)state;
	assert_int_equal(lbuf_pool_limit_set(unit.pool, socket_id, limit), 0);
	assert_int_equal(lbuf_pool_share_set(unit.pool, socket_id, rx), 0);
	chunk = lbuf_chunk_alloc_share(unit.pool, 4096, socket_id, LBUF_SHARE_RX);
	assert_non_null(chunk);
	answer = ask("/lbuf/pool,%s", lbuf_pool_name(unit.pool), 0);
	part = strstr(answer, "\"share_rx\":");
	assert_non_null(part);
	assert_int_equal(number(part, "limit_bytes"), rx);
	assert_int_equal(number(part, "out"), 1);
	part = strstr(answer, "\"share_rest\":");
	assert_non_null(part);
	assert_int_equal(number(part, "limit_bytes"), limit - rx);
	assert_int_equal(number(part, "out"), 0);
	answer = ask("/lbuf/pool_class,%s", lbuf_pool_name(unit.pool), 0);
	assert_int_equal(occurrences(answer, "_4096_rx\":"), 1);
	lbuf_chunk_put(chunk);
}

static const struct CMUnitTest tests[] = {
	UNIT_TEST(lists_pools),
	UNIT_TEST(bad_parameters),
	UNIT_TEST_NO_BACKGROUND(sums_of_pool),
	UNIT_TEST_NO_BACKGROUND(all_classes),
	UNIT_TEST_NO_BACKGROUND(class_figures),
	UNIT_TEST(holders),
	UNIT_TEST(mempools),
	UNIT_TEST_NO_BACKGROUND(shares),
};

UNIT_MAIN(tests)
