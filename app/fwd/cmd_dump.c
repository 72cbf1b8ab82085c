/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * dump_* and dump: what EAL has.
 */

#include <string.h>

#include <rte_devargs.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_memzone.h>
#include <rte_ring.h>
#include <rte_trace.h>

#include "cmd.h"
#include "fwd.h"

#define SECTION "display"
#define MB (1024 * 1024)

struct sums {
	size_t total;
	size_t alloc;
	size_t free;
	unsigned int n_alloc;
	unsigned int n_free;
};

static void
dump_heap(FILE *f, unsigned int socket, struct sums *sums)
{
	struct rte_malloc_socket_stats st;

	if (rte_malloc_get_socket_stats((int)socket, &st) != 0 || st.heap_totalsz_bytes == 0)
		return;
	sums->total += st.heap_totalsz_bytes;
	sums->alloc += st.heap_allocsz_bytes;
	sums->free += st.heap_freesz_bytes;
	sums->n_alloc += st.alloc_count;
	sums->n_free += st.free_count;
	fprintf(f,
			"Socket %u: size(M) total: %.6lf alloc: %.6lf(%.3lf%%) free: %.6lf "
			"\tcount alloc: %-4u free: %u\n",
			socket, (double)st.heap_totalsz_bytes / MB,
			(double)st.heap_allocsz_bytes / MB,
			(double)st.heap_allocsz_bytes * 100 / (double)st.heap_totalsz_bytes,
			(double)st.heap_freesz_bytes / MB, st.alloc_count, st.free_count);
}

static void
dump_socket_mem(FILE *f)
{
	static size_t last_allocs, last_total;
	struct sums s = { 0 };
	unsigned int i;

	for (i = 0; i < RTE_MAX_NUMA_NODES; i++)
		dump_heap(f, i, &s);
	fprintf(f,
			"Total   : size(M) total: %.6lf alloc: %.6lf(%.3lf%%) free: %.6lf "
			"\tcount alloc: %-4u free: %u\n",
			(double)s.total / MB, (double)s.alloc / MB,
			s.total != 0 ? (double)s.alloc * 100 / (double)s.total : 0,
			(double)s.free / MB, s.n_alloc, s.n_free);
	if (last_allocs != 0)
		fprintf(f, "Memory total change: %.6lf(M), allocation change: %.6lf(M)\n",
				((double)s.total - (double)last_total) / MB,
				(double)((double)s.alloc - (double)last_allocs) / MB);
	last_allocs = s.alloc;
	last_total = s.total;
}

static void
dump_struct_sizes(FILE *f)
{
	fprintf(f, "sizeof(struct rte_mbuf) = %zu\n", sizeof(struct rte_mbuf));
	fprintf(f, "sizeof(struct rte_mempool) = %zu\n", sizeof(struct rte_mempool));
	fprintf(f, "sizeof(struct rte_ring) = %zu\n", sizeof(struct rte_ring));
}

/* The trace so far goes to its folder. */
static void
save_trace(FILE *f)
{
	RTE_SET_USED(f);
	rte_trace_save();
}

/* dump WHAT, as of DPDK 25.11, or dump_WHAT. */
static const char *
object(const struct fwd_cmd_in *in)
{
	return fwd_cmd_is(in, 0, "dump") ? in->tok[1].str : in->tok[0].str + strlen("dump_");
}

static void
run_dump(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	static const struct {
		const char *name;
		void (*dump)(FILE *f);
	} what[] = {
		{ "physmem", rte_dump_physmem_layout },
		{ "memzone", rte_memzone_dump },
		{ "socket_mem", dump_socket_mem },
		{ "struct_sizes", dump_struct_sizes },
		{ "ring", rte_ring_list_dump },
		{ "mempool", rte_mempool_list_dump },
		{ "devargs", rte_devargs_dump },
		{ "lcores", rte_lcore_dump },
		{ "trace", save_trace },
		{ "log_types", rte_log_dump },
	};
	const char *name = object(in);
	unsigned int i;

	RTE_SET_USED(fwd);
	for (i = 0; i < RTE_DIM(what); i++)
		if (strcmp(name, what[i].name) == 0)
			what[i].dump(stdout);
}

static void
run_dump_one(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	const char *name = in->tok[fwd_cmd_is(in, 0, "dump") ? 2 : 1].str;
	struct rte_mempool *mp;
	struct rte_ring *r;

	RTE_SET_USED(fwd);
	if (strcmp(object(in), "ring") == 0) {
		r = rte_ring_lookup(name);
		if (r != NULL)
			rte_ring_dump(stdout, r);
		else
			printf("Cannot find ring\n");
		return;
	}
	mp = rte_mempool_lookup(name);
	if (mp != NULL)
		rte_mempool_dump(stdout, mp);
	else
		printf("Cannot find mempool\n");
}

#define HELP \
	"What EAL has of memory, rings, mempools, devices, lcores and log types; have the trace " \
	"written."

const struct fwd_cmd fwd_cmds_dump[] = {
	{ SECTION,
			"dump_physmem|dump_memzone|dump_socket_mem|dump_struct_sizes|dump_ring|"
			"dump_mempool|dump_devargs|dump_lcores|dump_trace|dump_log_types",
			HELP, run_dump },
	{ SECTION, "dump_ring|dump_mempool <name:str>", "One ring or mempool.", run_dump_one },
	{ SECTION,
			"dump physmem|memzone|socket_mem|struct_sizes|ring|mempool|devargs|lcores|"
			"trace|log_types",
			"The same, as DPDK 25.11 has it.", run_dump },
	{ SECTION, "dump ring|mempool <name:str>", "The same.", run_dump_one },
	{ NULL },
};
