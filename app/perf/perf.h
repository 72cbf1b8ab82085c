/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the parts of lbuf-perf share: cases, engines, figures.
 *
 * A case is something to do (allocate and free, cut messages from a stream). An
 * engine is who does it. For each case and size the runner opens all engines and
 * measures them in turn, A B A B, so that what disturbs the machine disturbs all
 * of them.
 */

#ifndef PERF_H
#define PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>

#include "clock.h"

/* Allocations, segments or packets that are handled together. */
#define PERF_BURST 32

/* Keep the compiler from knowing, or moving, or leaving out what it is about. */
#define PERF_HIDE(value) asm volatile("" : "+r"(value) : : "memory")

struct perf_case;

/* How one engine does one case. */
struct perf_op {
	const char *engine;
	/* Get ready; NULL if it cannot, and *why says why not in a few words. */
	void *(*open)(const struct perf_case *c, const struct perf_op *op, size_t size,
			const char **why);
	/*
	 * Do n operations or somewhat more, timing what counts of it; returns
	 * how many, or 0 if it failed, which is for want of memory.
	 */
	uint64_t (*run)(void *ctx, uint64_t n, struct watch *w);
	void (*close)(void *ctx);
	const void *arg; /* for open */
};

/* Flags of a case. */
#define PERF_WALL 0x1   /* on several lcores: wall time */
#define PERF_ONCE 0x2   /* one operation a run, and few runs */
#define PERF_VALUE 0x4  /* the figure is watch::value; alone: one run */
#define PERF_CYCLES 0x8 /* TSC cycles, not ns */
#define PERF_SIZES 0x10 /* not engines, but all sizes take turns */

struct perf_case {
	const char *name;
	const char *unit;
	const char *help;
	unsigned int flags;        /* PERF_* */
	unsigned int lcores;       /* that it needs; 0 and 1: the main one */
	unsigned int variant;      /* for open */
	const size_t *sizes;       /* usual ones, up to a 0; NULL if it has none */
	const struct perf_op *ops; /* up to one without an engine */
};

/* One line of results. */
struct figure {
	const struct perf_case *c;
	const char *engine;
	size_t size;
	const char *lacks; /* why there is no figure, or NULL */
	double median;
	double min;
	double max;
	unsigned int runs;
	unsigned int discarded; /* disturbed, and repeated */
	unsigned int disturbed; /* disturbed, and kept for want of better ones */
	/* Beside the first engine, round by round. */
	const char *ratio_to; /* its name; NULL where there is no ratio */
	double ratio;         /* median of the ratios of rounds */
	double ratio_q1;      /* quartiles */
	double ratio_q3;
	unsigned int pairs; /* rounds that have a ratio */
};

/* Most engines of a case. */
#define PERF_ENGINES_MAX 16
/* Most sizes of one run. */
#define PERF_SIZES_MAX 256

struct perf_args {
	const char *cases;   /* names with commas between, or NULL for the usual */
	const char *engines; /* or NULL for all */
	size_t sizes[PERF_SIZES_MAX];
	unsigned int nb_sizes; /* 0: the usual ones of each case */
	unsigned int runs;
	unsigned int time_ms;
	unsigned int passes;
	const char *json;
	const char *csv;
	const char *write;
	bool list;
	bool tune;
	bool help;
	char *command; /* all of it, for the record */
};

/* args.c */
int
args_parse(struct perf_args *args, int argc, char **argv);
void
args_usage(FILE *f);
bool
args_listed(const char *list, const char *name);

/* cases.c: all cases, up to one without a name. */
const struct perf_case *const *
cases_all(void);
void
cases_list(FILE *f);

/* runner.c */
int
runner_run(const struct perf_args *args);
/* All engines of a case at one size; returns how many figures there are. */
unsigned int
runner_compare(const struct perf_case *c, size_t size, const struct perf_args *args,
		struct figure *figs);

/* output.c */
int
output_open(const struct perf_args *args);
void
output_case(const struct perf_case *c);
void
output_figure(const struct figure *fig);
/* How often the cases have been gone through, and what is being measured, on a
 * terminal; NULL: nothing any more. */
void
output_progress(const char *what, const char *engine, size_t size);
void
output_pass(unsigned int pass);
void
output_note(const char *format, ...) __rte_format_printf(1, 2);
void
output_close(void);
/* Room for a size with a unit behind, as --size takes it. */
#define SIZE_TEXT 24
const char *
size_text(size_t size, char *buf, size_t room);

/* machine.c */
void
machine_json(FILE *f, const struct perf_args *args);
void
machine_print(FILE *f);
/* Bytes in free hugepages of all sizes. */
uint64_t
machine_free_hugepages(void);

/* tune.c */
int
tune_run(const struct perf_args *args);

#endif /* PERF_H */
