/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The model test (tests/unit/model.h), whose decisions are the bytes of the
 * input: the first one says what the buffers are used with.
 */

#include "fuzz.h"
#include "model.h"

/* Longer inputs only take longer. */
#define INPUT_MAX 8192

static struct model_conf conf[2 + FUZZ_PORTS];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	unsigned int i;

	(void)argc;
	(void)argv;
	fuzz_open();
	conf[0].pool = fuzz.pool;
	conf[1].pool = fuzz.pool_no_cache;
	for (i = 0; i < FUZZ_PORTS; i++) {
		const struct fuzz_port *p = &fuzz.port[i];

		conf[2 + i] = (struct model_conf){
			.pool = p->pool,
			.port = p->bridge,
			.port_id = p->id,
			.seg_max = p->seg_max,
		};
	}
	for (i = 0; i < RTE_DIM(conf); i++) {
		conf[i].mbufs = unit.mbufs;
		conf[i].tiny = unit.tiny;
		conf[i].inject = conf[i].pool == fuzz.pool_no_cache;
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	model_run_input(&conf[data[0] % RTE_DIM(conf)], data + 1,
			RTE_MIN(size - 1, (size_t)INPUT_MAX));
	fuzz_check_idle();
	return 0;
}
