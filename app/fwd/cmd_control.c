/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Commands that start and stop, and help.
 */

#include <string.h>

#include "cmd.h"
#include "fwd.h"
#include "prompt.h"

#define SECTION "control"

static const struct {
	const char *name;
	const char *what;
} sections[] = {
	{ "control", "start and stop, files of commands" },
	{ "display", "what ports, queues and lcores are and count" },
	{ "config", "how packets are forwarded" },
	{ "ports", "configuration of ports" },
	{ "filters", "rules of flows" },
	{ "engine", "linked buffers and their memory" },
	{ "all", "all of these" },
};

static void
run_help(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	unsigned int i;

	RTE_SET_USED(fwd);
	RTE_SET_USED(in);
	printf("\nHelp is there for these sections:\n\n");
	for (i = 0; i < RTE_DIM(sections); i++)
		printf("    help %-12s %s\n", sections[i].name, sections[i].what);
	printf("\n");
}

static void
run_help_section(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	const struct fwd_cmd *row;
	unsigned int i;

	RTE_SET_USED(fwd);
	printf("\n");
	for (i = 0; (row = fwd_cmd_row(i)) != NULL; i++)
		if (fwd_cmd_is(in, 1, "all") || fwd_cmd_is(in, 1, row->section))
			printf("%s\n    %s\n\n", row->pattern, row->help);
}

static void
run_start(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(in);
	fwd_forward_start(fwd, 0);
}

static void
run_start_tx_first(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(in);
	fwd_forward_start(fwd, 1);
}

static void
run_start_tx_first_n(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	fwd_forward_start(fwd, (uint32_t)in->tok[2].num);
}

static void
run_stop(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(in);
	fwd_forward_stop(fwd);
}

static void
run_quit(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(fwd);
	RTE_SET_USED(in);
	fwd_prompt_quit();
}

static void
run_load(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	fwd_prompt_load(fwd, in->tok[1].str, fwd_cmd_is(in, 0, "load_echo"));
}

const struct fwd_cmd fwd_cmds_control[] = {
	{ SECTION, "help", "The sections of this help.", run_help },
	{ SECTION, "help control|display|config|ports|filters|engine|all",
			"The commands of a section.", run_help_section },
	{ SECTION, "start", "Start forwarding.", run_start },
	{ SECTION, "start tx_first", "Send a burst from each stream, then start forwarding.",
			run_start_tx_first },
	{ SECTION, "start tx_first <bursts:u32>", "The same with so many bursts.",
			run_start_tx_first_n },
	{ SECTION, "stop", "Stop forwarding, and show its figures.", run_stop },
	{ SECTION, "load|load_echo <file:str>",
			"Run the commands of a file; load_echo shows them, from DPDK 25.03 on.",
			run_load },
	{ SECTION, "quit", "End the program; in a file, end the file.", run_quit },
	{ NULL },
};
