/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From patterns to rte_cmdline's tokens.
 */

#include <stdlib.h>
#include <string.h>

#include <cmdline_parse_etheraddr.h>
#include <cmdline_parse_num.h>

#include "cmd.h"
#include "fwd.h"

static const struct fwd_cmd *const tables[] = {
	fwd_cmds_control,
	fwd_cmds_show,
	fwd_cmds_set,
	fwd_cmds_txonly,
	fwd_cmds_port,
	fwd_cmds_port_config,
	fwd_cmds_queue,
	fwd_cmds_offload,
	fwd_cmds_rss,
	fwd_cmds_vlan,
	fwd_cmds_mac,
	fwd_cmds_csum,
	fwd_cmds_flow_ctrl,
	fwd_cmds_dump,
	fwd_cmds_lbuf,
	fwd_cmds_flow,
};

/* A number with a limit of its own, or a port with "all" as another spelling. */
struct number {
	cmdline_parse_token_hdr_t hdr;
	uint64_t max;
	bool all;
};

union token {
	cmdline_parse_token_hdr_t hdr;
	cmdline_parse_token_string_t string;
	cmdline_parse_token_etheraddr_t mac;
	struct number number;
};

/* A row with what rte_cmdline wants to have. */
struct inst {
	const struct fwd_cmd *row;
	struct fwd *fwd;
	char *words; /* of string tokens */
	union token tokens[FWD_CMD_TOKENS];
	cmdline_parse_inst_t *inst;
};

struct parser {
	cmdline_parse_ctx_t *ctx; /* what callers see */
	struct inst *insts;
	unsigned int nb;
};

static struct parser parser;

const struct fwd_cmd *
fwd_cmd_row(unsigned int i)
{
	const struct fwd_cmd *row;
	unsigned int t;

	for (t = 0; t < RTE_DIM(tables); t++)
		for (row = tables[t]; row->pattern != NULL; row++)
			if (i-- == 0)
				return row;
	return NULL;
}

static bool
is_all(const char *buf)
{
	return strncmp(buf, "all", 3) == 0 && cmdline_isendoftoken(buf[3]);
}

static int
parse_number(cmdline_parse_token_hdr_t *hdr, const char *buf, void *res, unsigned int size)
{
	const struct number *t = (const struct number *)hdr;
	cmdline_parse_token_num_t any = { .num_data.type = RTE_UINT64 };
	uint64_t n = FWD_ALL_PORTS;
	int len = 3;

	if (!t->all || !is_all(buf)) {
		len = cmdline_parse_num(&any.hdr, buf, &n, sizeof(n));
		if (len < 0 || n > t->max)
			return -1;
	}
	if (res != NULL) {
		if (size < sizeof(n))
			return -1;
		memcpy(res, &n, sizeof(n));
	}
	return len;
}

static int
number_words(cmdline_parse_token_hdr_t *hdr)
{
	return ((const struct number *)hdr)->all;
}

static int
number_word(cmdline_parse_token_hdr_t *hdr, int i, char *dst, unsigned int size)
{
	if (i >= number_words(hdr) || size < sizeof("all"))
		return -1;
	memcpy(dst, "all", sizeof("all"));
	return 0;
}

static int
number_help(cmdline_parse_token_hdr_t *hdr, char *dst, unsigned int size)
{
	const struct number *t = (const struct number *)hdr;

	snprintf(dst, size, t->all ? "port, or all" : "number");
	return 0;
}

static struct cmdline_token_ops number_ops = {
	.parse = parse_number,
	.complete_get_nb = number_words,
	.complete_get_elt = number_word,
	.get_help = number_help,
};

static void
set_number(union token *t, uint64_t max, bool all)
{
	t->number.hdr.ops = &number_ops;
	t->number.max = max;
	t->number.all = all;
}

static void
set_string(union token *t, const char *words)
{
	t->string.hdr.ops = &cmdline_token_string_ops;
	t->string.string_data.str = words;
}

/* Names of the modes, as a string token wants them: "io#mac". */
static const char *
mode_words(void)
{
	static char words[256];
	unsigned int i;
	size_t len = 0;

	for (i = 0; fwd_modes[i] != NULL && len < sizeof(words); i++)
		len += (size_t)snprintf(&words[len], sizeof(words) - len, "%s%s", i != 0 ? "#" : "",
				fwd_modes[i]->name);
	return words;
}

/* <name:type>; the word ends with the ">". */
static int
set_typed(union token *t, const char *word)
{
	static const struct {
		const char *name;
		uint64_t max;
	} numbers[] = {
		{ ":u8>", UINT8_MAX },
		{ ":u16>", UINT16_MAX },
		{ ":u32>", UINT32_MAX },
		{ ":u64>", UINT64_MAX },
		{ ":port>", UINT16_MAX },
		{ ":ports>", UINT16_MAX },
	};
	const char *type = strchr(word, ':');
	unsigned int i;

	for (i = 0; type != NULL && i < RTE_DIM(numbers); i++) {
		if (strcmp(type, numbers[i].name) == 0) {
			set_number(t, numbers[i].max, strcmp(type, ":ports>") == 0);
			return 0;
		}
	}
	if (type == NULL)
		return -1;
	if (strcmp(type, ":str>") == 0)
		set_string(t, NULL);
	else if (strcmp(type, ":line>") == 0)
		set_string(t, TOKEN_STRING_MULTI);
	else if (strcmp(type, ":mode>") == 0)
		set_string(t, mode_words());
	else if (strcmp(type, ":mac>") == 0)
		t->mac.hdr.ops = &cmdline_token_etheraddr_ops;
	else
		return -1;
	return 0;
}

/* The word of a pattern as a token of number i. */
static int
set_token(union token *t, char *word, unsigned int i)
{
	char *c;

	if (word[0] != '<') {
		for (c = word; *c != '\0'; c++)
			if (*c == '|')
				*c = '#';
		set_string(t, word);
	} else if (set_typed(t, word) != 0) {
		FWD_ERR("a pattern of the table of commands is wrong: %s", word);
		return -1;
	}
	t->hdr.offset = (unsigned int)offsetof(struct fwd_cmd_in, tok[i]);
	if (strstr(word, ":line>") != NULL)
		t->hdr.offset = (unsigned int)offsetof(struct fwd_cmd_in, line);
	return 0;
}

static void
dispatch(void *res, struct cmdline *cl, void *data)
{
	const struct inst *in = data;

	RTE_SET_USED(cl);
	in->row->run(in->fwd, res);
	fflush(stdout);
}

static int
compile(struct inst *in)
{
	char *word, *save = NULL;
	unsigned int n = 0;

	in->words = strdup(in->row->pattern);
	in->inst = calloc(1, sizeof(*in->inst) + (FWD_CMD_TOKENS + 1) * sizeof(*in->inst->tokens));
	if (in->words == NULL || in->inst == NULL)
		return -1;
	in->inst->f = dispatch;
	in->inst->data = in;
	in->inst->help_str = in->row->help;
	for (word = strtok_r(in->words, " ", &save); word != NULL;
			word = strtok_r(NULL, " ", &save)) {
		if (n == FWD_CMD_TOKENS || set_token(&in->tokens[n], word, n) != 0)
			return -1;
		in->inst->tokens[n] = &in->tokens[n].hdr;
		n++;
	}
	return 0;
}

cmdline_parse_ctx_t *
fwd_cmd_compile(struct fwd *fwd)
{
	unsigned int i;

	RTE_BUILD_BUG_ON(sizeof(struct fwd_cmd_in) > CMDLINE_PARSE_RESULT_BUFSIZE);
	while (fwd_cmd_row(parser.nb) != NULL)
		parser.nb++;
	parser.insts = calloc(parser.nb, sizeof(*parser.insts));
	parser.ctx = calloc(parser.nb + 1, sizeof(*parser.ctx));
	for (i = 0; parser.insts != NULL && parser.ctx != NULL && i < parser.nb; i++) {
		parser.insts[i].row = fwd_cmd_row(i);
		parser.insts[i].fwd = fwd;
		if (compile(&parser.insts[i]) != 0)
			break;
		parser.ctx[i] = parser.insts[i].inst;
	}
	if (parser.insts != NULL && parser.ctx != NULL && i == parser.nb)
		return parser.ctx;
	FWD_ERR("no memory for the table of commands");
	fwd_cmd_free(parser.ctx);
	return NULL;
}

void
fwd_cmd_free(cmdline_parse_ctx_t *ctx)
{
	unsigned int i;

	for (i = 0; parser.insts != NULL && i < parser.nb; i++) {
		free(parser.insts[i].words);
		free(parser.insts[i].inst);
	}
	free(parser.insts);
	free(ctx);
	memset(&parser, 0, sizeof(parser));
}

void
fwd_cmd_rows(void)
{
	const struct fwd_cmd *row;
	unsigned int i;

	for (i = 0; (row = fwd_cmd_row(i)) != NULL; i++)
		printf("%s\t%s\t%s\n", row->section, row->pattern, row->help);
}
