/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Sequences of segments into a stream, beside a byte string: stream_model.h, steered by an
 * input. The first byte of it says by which policy, within which limits, and whether memory
 * fails.
 */

#include "fuzz.h"
#include "stream_model.h"

/* Longer inputs only take longer. */
#define INPUT_MAX 8192

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_open();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream_model_conf conf = { .mbufs = unit.mbufs, .tiny = unit.tiny };

	if (size < 2)
		return 0;
	conf.policy = data[0] % (LBUF_STREAM_LINUX + 1);
	conf.limits = (data[0] & 0x40) != 0;
	conf.inject = (data[0] & 0x80) != 0;
	conf.pool = conf.inject ? fuzz.pool_no_cache : fuzz.pool;
	stream_model_run_input(&conf, data + 1, RTE_MIN(size - 1, (size_t)INPUT_MAX));
	fuzz_check_idle();
	return 0;
}
