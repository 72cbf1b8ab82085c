/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "cases.h"

/* In the order in which they run. */
static const struct perf_case *const cases[] = {
	&case_alloc_pair,
	&case_alloc_pair_byte,
	&case_alloc_pair_page,
	&case_alloc_burst,
	&case_alloc_burst_byte,
	&case_alloc_burst_page,
	&case_alloc_bulk,
	&case_alloc_bulk_byte,
	&case_alloc_bulk_page,
	&case_alloc_raw,
	&case_alloc_classes,
	&case_alloc_turn_2,
	&case_alloc_random_2,
	&case_alloc_held_2,
	&case_alloc_turn_4,
	&case_alloc_random_4,
	&case_alloc_held_4,
	&case_alloc_turn_8,
	&case_alloc_random_8,
	&case_alloc_held_8,
	&case_xcore,
	&case_xcore_bulk,
	&case_scale_1,
	&case_scale_2,
	&case_scale_3,
	&case_scale_4,
	&case_scale_6,
	&case_scale_8,
	&case_scale_12,
	&case_scale_16,
	&case_stream_zc,
	&case_stream_mbuf,
	&case_stream_copy,
	&case_attach,
	&case_slice45,
	&case_clone45,
	&case_iovec45,
	&case_u32,
	&case_u32_border,
	&case_lines,
	&case_walk,
	&case_read,
	&case_checksum,
	&case_crc32c,
	&case_first,
	&case_grow,
	&case_fit,
	&case_overhead,
	&case_footprint,
	&case_give_back,
	&case_rxtx_null,
	&case_rxtx_ring,
	&case_copy_break,
	&case_stream_few,
	&case_stream_many,
	&case_stream_idle,
	&case_stream_flood,
	&case_stream_flood_memory,
	&case_hold_append,
	&case_hold_take,
	&case_hold_break,
	NULL,
};

const struct perf_case *const *
cases_all(void)
{
	return cases;
}

/* Add an engine's name to a list of them, unless it is there. */
static void
note_engine(const char **names, const char *name)
{
	unsigned int i;

	for (i = 0; i < PERF_ENGINES_MAX && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return;
	if (i < PERF_ENGINES_MAX)
		names[i] = name;
}

static void
list_case(FILE *f, const struct perf_case *c)
{
	const struct perf_op *op;
	char text[SIZE_TEXT];
	unsigned int i;

	fprintf(f, "  %-19s %s\n", c->name, c->help);
	fprintf(f, "  %-19s unit %s", "", c->unit);
	if (c->sizes != NULL)
		fprintf(f, "; sizes");
	for (i = 0; c->sizes != NULL && c->sizes[i] != 0; i++)
		fprintf(f, " %s", size_text(c->sizes[i], text, sizeof(text)));
	fprintf(f, "; engines");
	for (op = c->ops; op->engine != NULL; op++)
		fprintf(f, " %s", op->engine);
	fputc('\n', f);
}

void
cases_list(FILE *f)
{
	const char *names[PERF_ENGINES_MAX] = { NULL };
	const struct perf_case *const *c;
	const struct perf_op *op;
	unsigned int i;

	fprintf(f, "cases:\n");
	for (c = cases; *c != NULL; c++) {
		list_case(f, *c);
		for (op = (*c)->ops; op->engine != NULL; op++)
			note_engine(names, op->engine);
	}
	fprintf(f, "engines:");
	for (i = 0; i < PERF_ENGINES_MAX && names[i] != NULL; i++)
		fprintf(f, " %s", names[i]);
	fputc('\n', f);
}
