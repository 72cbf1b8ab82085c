/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_socket.h>
#include <rte_version.h>

#include "cmd.h"
#include "events.h"
#include "fwd.h"
#include "loop.h"
#include "prompt.h"

/* How deep files may load files. */
#define LOAD_DEPTH 8

static cmdline_parse_ctx_t *parser;
static struct cmdline *current; /* whose command runs */
static unsigned int depth;

int
fwd_prompt_init(struct fwd *fwd)
{
	parser = fwd_cmd_compile(fwd);
	return parser != NULL ? 0 : -ENOMEM;
}

void
fwd_prompt_free(void)
{
	if (parser != NULL)
		fwd_cmd_free(parser);
	parser = NULL;
}

void
fwd_prompt_quit(void)
{
	cmdline_quit(current);
}

/* The next character, with which a command may run. Whether there may be more. */
static bool
feed(struct cmdline *cl, int fd)
{
	struct cmdline *outer = current;
	ssize_t n;
	int ret;
	char c;

	do {
		n = read(fd, &c, 1);
	} while (n < 0 && errno == EINTR && !fwd_quit);
	if (n <= 0)
		return false;
	current = cl;
	ret = cmdline_in(cl, &c, 1);
	current = outer;
	return ret >= 0;
}

void
fwd_prompt_run(struct fwd *fwd)
{
	struct cmdline *cl;
	bool more = true;

	if (fwd_quit)
		return;
	cl = cmdline_stdin_new(parser, fwd->prompt);
	if (cl == NULL) {
		FWD_ERR("no memory for the prompt");
		return;
	}
	while (more && !fwd_quit) {
		if (fwd_loop_wait(STDIN_FILENO, -1))
			more = feed(cl, STDIN_FILENO);
		fwd_events_removed(fwd);
	}
	cmdline_stdin_exit(cl);
}

/* From 25.03 on testpmd shows the commands of a file, each behind the file's name. */
static struct cmdline *
open_file(const char *file, bool echo, int *fd)
{
	char prompt[32] = "";
	const char *name;

	*fd = open(file, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return NULL;
	echo = echo && RTE_VERSION >= RTE_VERSION_NUM(25, 3, 0, 0);
	if (echo) {
		name = strrchr(file, '/');
		snprintf(prompt, sizeof(prompt), "[%.28s] ", name != NULL ? name + 1 : file);
	}
	return cmdline_new(parser, prompt, *fd, echo ? STDOUT_FILENO : -1);
}

void
fwd_prompt_load(struct fwd *fwd, const char *file, bool echo)
{
	struct cmdline *cl;
	bool more = true;
	int fd;

	RTE_SET_USED(fwd);
	if (depth == LOAD_DEPTH) {
		FWD_ERR("load %s: files that load files, more than %u deep", file, LOAD_DEPTH);
		return;
	}
	cl = open_file(file, echo, &fd);
	if (cl == NULL) {
		fprintf(stderr, "Failed to create file based cmdline context: %s\n", file);
		if (fd >= 0)
			close(fd);
		return;
	}
	depth++;
	/* It may be a pipe, in which the next command is a long time coming. */
	while (more && !fwd_quit)
		if (fwd_loop_wait(fd, -1))
			more = feed(cl, fd);
	depth--;
	cmdline_free(cl);
	printf("Read CLI commands from %s\n", file);
}
