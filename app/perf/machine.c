/* SPDX-License-Identifier: BSD-3-Clause */

/* What the figures were measured on, and with. */

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "alloc.h"
#include "perf.h"

#define HUGEPAGES "/sys/kernel/mm/hugepages"

#ifdef __clang__
#define COMPILER "clang"
#define COMPILER_VERSION __clang_version__
#else
#define COMPILER "gcc"
#define COMPILER_VERSION __VERSION__
#endif

/* The value of a line "name : value" of a file in /proc. */
static void
proc_value(const char *file, const char *name, char *value, size_t room)
{
	FILE *f = fopen(file, "r");
	char line[512], *p;

	snprintf(value, room, "unknown");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		p = strchr(line, ':');
		if (p == NULL || strncmp(line, name, strlen(name)) != 0)
			continue;
		p += 1 + strspn(p + 1, " \t");
		snprintf(value, room, "%.*s", (int)strcspn(p, "\n\"\\"), p);
		break;
	}
	fclose(f);
}

/* By the name alone CPUs of several years cannot be told apart. */
static void
cpu_name(char *name, size_t room)
{
	char brand[96], family[16], model[16];

	proc_value("/proc/cpuinfo", "model name", brand, sizeof(brand));
	proc_value("/proc/cpuinfo", "cpu family", family, sizeof(family));
	proc_value("/proc/cpuinfo", "model\t", model, sizeof(model));
	snprintf(name, room, "%s (family %s, model %s)", brand, family, model);
}

static uint64_t
file_number(const char *dir, const char *file)
{
	char path[512], line[32] = "0";
	FILE *f;

	snprintf(path, sizeof(path), HUGEPAGES "/%s/%s", dir, file);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	return strtoull(line, NULL, 10);
}

/* Call a function for each size of hugepages; kB is how the kernel names it. */
static void
walk_hugepages(void (*func)(const char *dir, uint64_t kb, void *arg), void *arg)
{
	static const char prefix[] = "hugepages-";
	DIR *d = opendir(HUGEPAGES);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, prefix, strlen(prefix)) == 0)
			func(e->d_name, strtoull(e->d_name + strlen(prefix), NULL, 10), arg);
	closedir(d);
}

static void
add_free(const char *dir, uint64_t kb, void *arg)
{
	*(uint64_t *)arg += file_number(dir, "free_hugepages") * kb * 1024;
}

uint64_t
machine_free_hugepages(void)
{
	uint64_t bytes = 0;

	walk_hugepages(add_free, &bytes);
	return bytes;
}

static void
print_total(const char *dir, uint64_t kb, void *arg)
{
	uint64_t total = file_number(dir, "nr_hugepages");
	char *text = arg;

	if (total != 0)
		snprintf(text + strlen(text), 64, "%s%" PRIu64 " x %" PRIu64 " MiB",
				*text == '\0' ? "" : ", ", total, kb / 1024);
}

static const char *
iova_mode(void)
{
	return rte_eal_iova_mode() == RTE_IOVA_PA ? "PA" : "VA";
}

/* A string, with what JSON wants escaped. */
static void
print_escaped(FILE *f, const char *p)
{
	for (; p != NULL && *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', f);
		fputc(*p, f);
	}
}

void
machine_json(FILE *f, const struct perf_args *args)
{
	char cpu[160], memory[64], pages[256] = "";
	struct utsname uts;

	cpu_name(cpu, sizeof(cpu));
	proc_value("/proc/meminfo", "MemTotal", memory, sizeof(memory));
	walk_hugepages(print_total, pages);
	uname(&uts);
	fprintf(f, "{\"machine\":{\"cpu\":\"%s\",\"cores\":%ld,\"sockets\":%u,", cpu,
			sysconf(_SC_NPROCESSORS_ONLN), rte_socket_count());
	fprintf(f, "\"memory_mib\":%llu,\"kernel\":\"%s %s %s\",\"hugepages\":\"%s\",",
			strtoull(memory, NULL, 10) / 1024, uts.sysname, uts.release, uts.machine,
			pages);
	fprintf(f, "\"iova\":\"%s\",\"tsc_mhz\":%.0f,\"lcores\":%u},", iova_mode(),
			(double)rte_get_tsc_hz() / 1e6, rte_lcore_count());
	fprintf(f, "\"versions\":{\"dpdk\":\"%s\",\"lbuf\":\"%s\",\"%s\":\"%s\"",
			strchr(rte_version(), ' ') + 1, LBUF_VERSION, COMPILER, COMPILER_VERSION);
	malloc_versions(f);
	fprintf(f, "},\"command\":\"");
	print_escaped(f, args->command);
	fprintf(f, "\"}\n");
}

void
machine_print(FILE *f)
{
	char cpu[160], pages[256] = "";

	cpu_name(cpu, sizeof(cpu));
	walk_hugepages(print_total, pages);
	fprintf(f, "%s, %ld cores, %u lcores, hugepages %s, IOVA as %s, %s\n", cpu,
			sysconf(_SC_NPROCESSORS_ONLN), rte_lcore_count(),
			*pages == '\0' ? "none" : pages, iova_mode(), rte_version());
}
