/* SPDX-License-Identifier: BSD-3-Clause */

/* What telemetry tells of received mbufs that are held. */

#include <lbuf_debug.h>
#include <lbuf_priv.h>

#include "ask.h"
#include "unit_hold.h"

#define BOUND 16
#define N 4

static void
queues(void **state)
{
	const char *answer;
	struct lbuf b;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&b, unit.pool);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	answer = ask("/lbuf/mbufs", "", 0);
	assert_int_equal(number(answer, "entries"), 1);
	assert_int_equal(number(answer, "port"), port.ring);
	assert_int_equal(number(answer, "queue"), 0);
	assert_int_equal(number(answer, "bound"), BOUND);
	assert_int_equal(number(answer, "held"), N);
	assert_int_equal(number(answer, "copied"), 0);
	answer = ask("/lbuf/mbufs%s,%ju", "", 1);
	assert_int_equal(number(answer, "entries"), 1);
	assert_int_equal(occurrences(answer, "held"), 0);
	lbuf_close(&b);
	assert_int_equal(number(ask("/lbuf/mbufs", "", 0), "held"), 0);
	check_back();
}

/* Those that keep them by tag and place, the others in one entry. */
static void
holders(void **state)
{
	const char *before, *answer;
	struct lbuf kept, b;

	(void)state;
	open_bound(BOUND);
	lbuf_init(&kept, unit.pool);
	lbuf_init(&b, unit.pool);
	receive(N);
	assert_int_equal(lbuf_burst_append(&burst, &kept), 0);
	receive(1);
	assert_int_equal(lbuf_burst_append(&burst, &b), 0);
	before = lbuf_tag_set("keeper");
	assert_int_equal(lbuf_keep(&kept), 0);
	lbuf_tag_set(before);
	answer = ask("/lbuf/mbuf_holders", "", 0);
	assert_int_equal(number(answer, "entries"), 2);
	assert_non_null(strstr(answer, "\"tag\":\"keeper\""));
	assert_int_equal(occurrences(answer, "\"at\":\"not kept\""), 1);
	assert_int_equal(occurrences(answer, "\"mbufs\":4"), 1);
	assert_int_equal(occurrences(answer, "\"mbufs\":1"), 1);
	answer = ask("/lbuf/mbuf_holders%s,%ju", "", 1);
	assert_int_equal(occurrences(answer, "\"mbufs\":"), 1);
	lbuf_close(&kept);
	lbuf_close(&b);
	assert_int_equal(number(ask("/lbuf/mbuf_holders", "", 0), "entries"), 0);
	check_back();
}

static void
bad_parameters(void **state)
{
	static const char *const command[] = { "/lbuf/mbufs", "/lbuf/mbuf_holders" };
	static const char *const params[] = { ",x", ",-1", ",1x", ",0,0" };
	char format[64], want[64];
	unsigned int i, k;

	(void)state;
	for (i = 0; i < RTE_DIM(command); i++) {
		snprintf(want, sizeof(want), "{\"%s\":null}", command[i]);
		for (k = 0; k < RTE_DIM(params); k++) {
			snprintf(format, sizeof(format), "%s%s", command[i], params[k]);
			assert_string_equal(ask(format, "", 0), want);
		}
	}
}

static const struct CMUnitTest tests[] = {
	PORT_TEST(queues),
	PORT_TEST(holders),
	PORT_TEST(bad_parameters),
};

UNIT_MAIN(tests)
