/* SPDX-License-Identifier: BSD-3-Clause */

/* Figures for people, as JSON lines and as CSV. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "perf.h"

static FILE *json;
static FILE *csv;
static bool terminal;
static char pass_text[32]; /* which of several passes it is */

const char *
size_text(size_t size, char *buf, size_t room)
{
	static const char units[] = " KMG";
	unsigned int unit = 0;

	while (unit < 3 && size != 0 && size % 1024 == 0) {
		size /= 1024;
		unit++;
	}
	if (size == 0)
		snprintf(buf, room, "-");
	else if (unit == 0)
		snprintf(buf, room, "%zu", size);
	else
		snprintf(buf, room, "%zu%c", size, units[unit]);
	return buf;
}

static FILE *
open_file(const char *option, const char *name)
{
	FILE *f = fopen(name, "w");

	if (f == NULL)
		fprintf(stderr, "lbuf-perf: --%s: cannot write %s: %s\n", option, name,
				strerror(errno));
	return f;
}

int
output_open(const struct perf_args *args)
{
	terminal = isatty(STDERR_FILENO) == 1;
	if (args->json != NULL) {
		json = open_file("json", args->json);
		if (json == NULL)
			return -1;
		machine_json(json, args);
	}
	if (args->csv != NULL) {
		csv = open_file("csv", args->csv);
		if (csv == NULL)
			return -1;
		fprintf(csv,
				"case,engine,size,unit,median,min,max,runs,discarded,disturbed,"
				"ratio,ratio_q1,ratio_q3,ratio_rounds\n");
	}
	machine_print(stdout);
	return 0;
}

void
output_close(void)
{
	if (json != NULL)
		fclose(json);
	if (csv != NULL)
		fclose(csv);
	json = NULL;
	csv = NULL;
}

static void
clear_progress(void)
{
	if (terminal)
		fputs("\r\033[K", stderr);
}

void
output_progress(const char *what, const char *engine, size_t size)
{
	char text[SIZE_TEXT];

	if (what == NULL)
		clear_progress();
	else if (terminal)
		fprintf(stderr, "\r\033[K%s%s %s %s", pass_text, what,
				size_text(size, text, sizeof(text)), engine);
}

void
output_pass(unsigned int pass)
{
	snprintf(pass_text, sizeof(pass_text), "pass %u: ", pass);
}

void
output_case(const struct perf_case *c)
{
	clear_progress();
	printf("\n%s: %s; %s\n", c->name, c->help, c->unit);
	printf("  %6s  %-11s %12s %12s %12s %5s %9s", "size", "engine", "median", "min", "max",
			"runs", "discarded");
	if (c->ops[1].engine != NULL)
		printf("  %8s (quartiles)", "ratio");
	putchar('\n');
}

void
output_note(const char *format, ...)
{
	va_list ap;

	clear_progress();
	printf("  ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

static void
json_ratio(const struct figure *fig)
{
	fprintf(json, ",\"ratio\":{\"to\":\"%s\",\"median\":%.5g,\"q1\":%.5g,\"q3\":%.5g,",
			fig->ratio_to, fig->ratio, fig->ratio_q1, fig->ratio_q3);
	fprintf(json, "\"rounds\":%u}", fig->pairs);
}

static void
print_figure(const struct figure *fig)
{
	char size[SIZE_TEXT];

	clear_progress();
	printf("  %6s  %-11s ", size_text(fig->size, size, sizeof(size)), fig->engine);
	if (fig->lacks != NULL) {
		printf("%12s  %s\n", "-", fig->lacks);
		return;
	}
	printf("%12.2f %12.2f %12.2f %5u %9u", fig->median, fig->min, fig->max, fig->runs,
			fig->discarded);
	if (fig->ratio_to != NULL)
		printf("  %8.3g (%.3g to %.3g)", fig->ratio, fig->ratio_q1, fig->ratio_q3);
	if (fig->disturbed != 0)
		printf("  %u of the runs disturbed", fig->disturbed);
	putchar('\n');
}

static void
json_figure(const struct figure *fig)
{
	fprintf(json, "{\"case\":\"%s\",\"engine\":\"%s\",\"size\":%zu,", fig->c->name, fig->engine,
			fig->size);
	if (fig->lacks != NULL) {
		fprintf(json, "\"unit\":\"%s\",\"lacks\":\"%s\"}\n", fig->c->unit, fig->lacks);
		return;
	}
	fprintf(json, "\"unit\":\"%s\",\"median\":%.4g,\"min\":%.4g,\"max\":%.4g,\"runs\":%u,",
			fig->c->unit, fig->median, fig->min, fig->max, fig->runs);
	fprintf(json, "\"discarded\":%u", fig->discarded);
	if (fig->disturbed != 0)
		fprintf(json, ",\"disturbed\":%u", fig->disturbed);
	if (fig->ratio_to != NULL)
		json_ratio(fig);
	fprintf(json, "}\n");
}

static void
csv_figure(const struct figure *fig)
{
	fprintf(csv, "%s,%s,%zu,%s,%.4g,%.4g,%.4g,", fig->c->name, fig->engine, fig->size,
			fig->c->unit, fig->median, fig->min, fig->max);
	fprintf(csv, "%u,%u,%u,", fig->runs, fig->discarded, fig->disturbed);
	if (fig->ratio_to == NULL)
		fprintf(csv, ",,,\n");
	else
		fprintf(csv, "%.5g,%.5g,%.5g,%u\n", fig->ratio, fig->ratio_q1, fig->ratio_q3,
				fig->pairs);
}

void
output_figure(const struct figure *fig)
{
	print_figure(fig);
	fflush(stdout);
	if (json != NULL) {
		json_figure(fig);
		fflush(json);
	}
	if (csv != NULL && fig->lacks == NULL)
		csv_figure(fig);
}
