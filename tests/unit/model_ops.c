/* SPDX-License-Identifier: BSD-3-Clause */

#include "model_ops.h"

const struct op model_ops[] = {
	{ "open", op_open, 4 },
	{ "close", op_close, 4 },
	{ "reserve", op_reserve, 30 },
	{ "write", op_write, 30 },
	{ "write_ext", op_write_ext, 20 },
	{ "insert_ext", op_insert_ext, 12 },
	{ "append", op_append, 20 },
	{ "append_mbuf", op_append_mbuf, 20 },
	{ "append_mbuf_twice", op_append_mbuf_twice, 4 },
	{ "append_shared", op_append_shared, 12 },
	{ "write_loud", op_write_loud, 16 },
	{ "prepend", op_prepend, 12 },
	{ "ack", op_ack, 8 },
	{ "flush", op_flush, 80 },
	{ "peek", op_peek, 25 },
	{ "next", op_next, 25 },
	{ "skip", op_skip, 25 },
	{ "read", op_read, 15 },
	{ "edit", op_edit, 12 },
	{ "slice", op_slice, 20 },
	{ "clone", op_clone, 12 },
	{ "until", op_until, 6 },
	{ "find", op_find, 8 },
	{ "release", op_release, 40 },
	{ "sums", op_sums, 8 },
	{ "numbers", op_numbers, 4 },
	{ "scribble", op_scribble, 12 },
	{ "export", op_export, 10, true },
	{ "import", op_import, 14, true },
	{ "arrive", op_arrive, 16, true },
	{ "receive", op_receive, 30, true },
	{ "send", op_send, 20, true },
	{ "forward", op_forward, 12, true },
};

const unsigned int model_nb_ops = RTE_DIM(model_ops);
