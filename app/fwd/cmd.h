/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The tables of commands, from which rte_cmdline's parser, help and manual are made.
 */

#ifndef FWD_CMD_H
#define FWD_CMD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_string.h>
#include <rte_ether.h>

struct fwd;

#define FWD_CMD_TOKENS 24
/* Longest rest of a line with its NUL, of a token "line". */
#define FWD_CMD_LINE 4096

/* What the tokens of a pattern were, by their number from 0. */
struct fwd_cmd_in {
	union {
		char str[STR_TOKEN_SIZE];
		uint64_t num; /* FWD_ALL_PORTS: "all", where a port or all may be */
		struct rte_ether_addr mac;
	} tok[FWD_CMD_TOKENS];
	char line[FWD_CMD_LINE];
};

/*
 * A command. Words of its pattern are separated by blanks: a word, several with "|"
 * between them of which one is to be given, or <name:type> with a type of
 *
 *   u8 u16 u32 u64   a number
 *   port             a port's number
 *   ports            the same, or "all"
 *   str              any word
 *   mac              a MAC address
 *   mode             a forwarding mode
 *   line             the rest of the line; the last one
 */
struct fwd_cmd {
	const char *section;
	const char *pattern;
	const char *help;
	void (*run)(struct fwd *fwd, const struct fwd_cmd_in *in);
};

/* Whether token i is this word. */
static inline bool
fwd_cmd_is(const struct fwd_cmd_in *in, unsigned int i, const char *word)
{
	const char *s = in->tok[i].str;

	while (*s != '\0' && *s == *word) {
		s++;
		word++;
	}
	return *s == *word;
}

/* Each up to a row without a pattern. */
extern const struct fwd_cmd fwd_cmds_control[];
extern const struct fwd_cmd fwd_cmds_show[];
extern const struct fwd_cmd fwd_cmds_set[];
extern const struct fwd_cmd fwd_cmds_txonly[];
extern const struct fwd_cmd fwd_cmds_port[];
extern const struct fwd_cmd fwd_cmds_port_config[];
extern const struct fwd_cmd fwd_cmds_queue[];
extern const struct fwd_cmd fwd_cmds_offload[];
extern const struct fwd_cmd fwd_cmds_rss[];
extern const struct fwd_cmd fwd_cmds_vlan[];
extern const struct fwd_cmd fwd_cmds_mac[];
extern const struct fwd_cmd fwd_cmds_csum[];
extern const struct fwd_cmd fwd_cmds_flow_ctrl[];
extern const struct fwd_cmd fwd_cmds_dump[];
extern const struct fwd_cmd fwd_cmds_lbuf[];
extern const struct fwd_cmd fwd_cmds_flow[];

/* Row i of all tables; NULL: there are no more. */
const struct fwd_cmd *
fwd_cmd_row(unsigned int i);

/* Parser of all rows; NULL after one line. */
cmdline_parse_ctx_t *
fwd_cmd_compile(struct fwd *fwd);
void
fwd_cmd_free(cmdline_parse_ctx_t *ctx);

/* A line a row, with tabs between the columns: section, pattern, help. */
void
fwd_cmd_rows(void);

/* --- what the program's life and commands have in common ---------------------- */

/* cmd_port.c: with testpmd's lines. id may be FWD_ALL_PORTS. */
int
fwd_cmd_port_start(struct fwd *fwd, uint16_t id);
void
fwd_cmd_port_stop(struct fwd *fwd, uint16_t id);
void
fwd_cmd_port_close(struct fwd *fwd, uint16_t id);
/* Stop, close and detach a port whose device has gone. */
void
fwd_cmd_port_remove(struct fwd *fwd, uint16_t id);
/* Have the device, its queues, or both be set up anew before it starts. */
void
fwd_cmd_port_reconf(struct fwd *fwd, uint16_t id, bool device, bool queues);
/* Whether all ports have stopped, or else a line says that they shall. */
bool
fwd_cmd_ports_stopped(const struct fwd *fwd);

#endif /* FWD_CMD_H */
