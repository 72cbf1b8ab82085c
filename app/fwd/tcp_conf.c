/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "args.h"
#include "opt_value.h"
#include "report.h"
#include "tcp_conf.h"

/* Framers whose names say all. */
static const struct {
	const char *name;
	struct lbuf_frame_params params;
} framers[] = {
	{ "len16", { .kind = LBUF_FRAME_LENGTH, .length_bytes = 2 } },
	{ "len32", { .kind = LBUF_FRAME_LENGTH, .length_bytes = 4 } },
	{ "len64", { .kind = LBUF_FRAME_LENGTH, .length_bytes = 8 } },
	{ "len16le", { .kind = LBUF_FRAME_LENGTH, .length_bytes = 2, .little_endian = true } },
	{ "len32le", { .kind = LBUF_FRAME_LENGTH, .length_bytes = 4, .little_endian = true } },
	{ "len64le", { .kind = LBUF_FRAME_LENGTH, .length_bytes = 8, .little_endian = true } },
	{ "line", { .kind = LBUF_FRAME_LINE } },
};

/* What a framer is told beside its kind stays. */
static void
set_framer(struct fwd_tcp_conf *conf, struct lbuf_frame_params params)
{
	params.max = conf->framer.max;
	params.length_offset = conf->framer.length_offset;
	params.length_adjust = conf->framer.length_adjust;
	conf->framer = params;
	conf->framed = true;
}

/* fixed:BYTES */
static int
parse_fixed(const char *val, struct lbuf_frame_params *params)
{
	if (fwd_value_number(val, 10, 1, UINT32_MAX, &params->size, NULL) != 0)
		return -EINVAL;
	params->kind = LBUF_FRAME_FIXED;
	return 0;
}

/* delimiter:HEX */
static int
parse_delimiter(const char *val, struct lbuf_frame_params *params)
{
	size_t len = strspn(val, "0123456789abcdefABCDEF"), i;
	char byte[3] = "";
	uint64_t n;

	if (len == 0 || len % 2 != 0 || val[len] != '\0' || len / 2 > sizeof(params->delimiter))
		return -EINVAL;
	for (i = 0; i < len / 2; i++) {
		memcpy(byte, val + 2 * i, 2);
		if (fwd_value_number(byte, 16, 0, UINT8_MAX, &n, NULL) != 0)
			return -EINVAL;
		params->delimiter[i] = (uint8_t)n;
	}
	params->delimiter_bytes = (uint8_t)(len / 2);
	params->kind = LBUF_FRAME_DELIMITER;
	return 0;
}

int
fwd_set_tcp_framer(struct fwd_args *args, const char *name, const char *val)
{
	static const char fixed[] = "fixed:", delimiter[] = "delimiter:";
	struct lbuf_frame_params params = { 0 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(framers); i++) {
		if (strcmp(framers[i].name, val) == 0) {
			set_framer(&args->tcp, framers[i].params);
			return 0;
		}
	}
	if (strcmp(val, "none") == 0) {
		args->tcp.framed = false;
		return 0;
	}
	if ((strncmp(val, fixed, strlen(fixed)) == 0 &&
			    parse_fixed(val + strlen(fixed), &params) == 0) ||
			(strncmp(val, delimiter, strlen(delimiter)) == 0 &&
					parse_delimiter(val + strlen(delimiter), &params) == 0)) {
		set_framer(&args->tcp, params);
		return 0;
	}
	FWD_ERR("--%s=%s: accepted are none, len16, len32, len64, len16le, len32le, len64le, line, "
		"fixed:BYTES, and delimiter:HEX with 1 to %zu bytes, as delimiter:0d0a0d0a",
			name, val, sizeof(params.delimiter));
	return -EINVAL;
}

int
fwd_set_tcp_policy(struct fwd_args *args, const char *name, const char *val)
{
	static const char *const names[] = {
		[LBUF_STREAM_FIRST] = "first",
		[LBUF_STREAM_LAST] = "last",
		[LBUF_STREAM_LINUX] = "linux",
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		if (strcmp(names[i], val) == 0) {
			args->tcp.policy = (enum lbuf_stream_policy)i;
			return 0;
		}
	}
	FWD_ERR("--%s=%s: accepted values are first, last, linux", name, val);
	return -EINVAL;
}

int
fwd_set_tcp_bytes(struct fwd_args *args, const char *name, const char *val)
{
	size_t n;

	if (fwd_value_bytes(val, 1, SIZE_MAX, &n) != 0) {
		FWD_ERR("--%s=%s: accepted are bytes, at least 1, as 16M", name, val);
		return -EINVAL;
	}
	if (strcmp(name, "stream-max-held") == 0)
		args->tcp.max_held = n;
	else if (strcmp(name, "stream-max-memory") == 0)
		args->tcp.max_all = n;
	else
		args->tcp.framer.max = n;
	return 0;
}

int
fwd_set_tcp_adjust(struct fwd_args *args, const char *name, const char *val)
{
	bool negative = val[0] == '-';
	uint64_t n;

	if (fwd_value_number(val + negative, 10, 0, INT32_MAX, &n, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted are numbers from -%d to %d", name, val, INT32_MAX,
				INT32_MAX);
		return -EINVAL;
	}
	args->tcp.framer.length_adjust = negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

uint32_t
fwd_tcp_holds(const struct fwd_tcp_conf *conf)
{
	return conf->max_mbufs != 0 ? conf->max_mbufs : LBUF_STREAMS_MBUFS;
}

void
fwd_tcp_params(const struct fwd_args *args, struct lbuf_conn_params *params)
{
	const struct fwd_tcp_conf *conf = &args->tcp;

	params->stream.policy = conf->policy;
	params->stream.stream_bytes = conf->max_held;
	params->stream.all_bytes = conf->max_all;
	params->stream.all_mbufs = conf->max_mbufs;
	params->conns = conf->max_conns;
	params->idle_ms = conf->timeout * MS_PER_S;
	params->syn_ms = conf->syn_timeout * MS_PER_S;
	params->gap_ms = conf->gap_timeout * MS_PER_S;
	if (conf->pick_up)
		params->flags |= LBUF_CONN_F_PICK_UP;
	/* A receiver would not take what is damaged on its way out, either. */
	if (conf->check_sums || args->impair.corrupt != 0)
		params->flags |= LBUF_CONN_F_CHECK_SUMS;
	if (conf->any_vlan)
		params->flags |= LBUF_CONN_F_ANY_VLAN;
	if (conf->acked_gaps)
		params->flags |= LBUF_CONN_F_ACKED_GAPS;
}
