/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * set: what txonly and flowgen make.
 */

#include "cmd.h"
#include "fwd.h"
#include "set_list.h"
#include "split.h"

#define SECTION "config"
#define TX_PKT_LEN_MIN 42 /* Ethernet, IPv4 and UDP headers */
#define TXONLY_FLOWS_MAX 64

/* A segment longer than the ring of a queue takes segments cannot be sent. */
static bool
rings_take(struct fwd *fwd, unsigned int nb)
{
	struct rte_eth_txq_info info;
	uint16_t id;
	uint32_t q;

	for (id = 0; id < RTE_MAX_ETHPORTS; id++) {
		for (q = 0; fwd->ports[id].found && q < fwd->args.txq; q++) {
			if (rte_eth_tx_queue_info_get(id, (uint16_t)q, &info) != 0 ||
					info.nb_desc >= nb)
				continue;
			printf("nb segments per TX packets=%u >= TX queue(%u) ring_size=%u - "
			       "txpkts ignored\n",
					nb, q, info.nb_desc);
			fprintf(stderr, "Tx segment size(%u) is not supported - txpkts ignored\n",
					nb);
			return false;
		}
	}
	return true;
}

static void
run_set_txpkts(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	unsigned int list[FWD_TX_SEGS_MAX], i, n, sum = 0;

	n = fwd_list_parse(in->tok[2].str, "segment lengths", FWD_TX_SEGS_MAX, list, false);
	if (n == 0 || (n > 1 && !rings_take(fwd, n)))
		return;
	for (i = 0; i < n; i++) {
		if (list[i] > fwd->args.mbuf_size) {
			fprintf(stderr, "length[%u]=%u > mbuf_data_size=%u - give up\n", i, list[i],
					fwd->args.mbuf_size);
			return;
		}
		sum += list[i];
	}
	if (sum < TX_PKT_LEN_MIN || sum > UINT16_MAX) {
		fprintf(stderr, "total packet length=%u < %d - give up\n", sum, TX_PKT_LEN_MIN);
		return;
	}
	for (i = 0; i < n; i++)
		fwd->args.tx_segs[i] = (uint16_t)list[i];
	fwd->args.nb_tx_segs = n;
	fwd->args.tx_pkt_len = sum;
}

static void
run_set_flows(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint64_t n = in->tok[2].num;

	if (n == 0 || n > TXONLY_FLOWS_MAX)
		fprintf(stderr, "txonly-flows must be >= 1 and <= %d\n", TXONLY_FLOWS_MAX);
	else
		fwd->args.txonly_flows = (uint32_t)n;
}

static void
run_set_txtimes(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	unsigned int times[2];

	if (fwd_list_parse(in->tok[2].str, "tx times", RTE_DIM(times), times, false) !=
			RTE_DIM(times))
		return;
	fwd->args.tx_inter = times[0];
	fwd->args.tx_intra = times[1];
}

static void
run_set_txsplit(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	unsigned int i;

	for (i = 0; i < FWD_SPLIT_NUM; i++) {
		if (fwd_cmd_is(in, 2, fwd_split_names[i])) {
			fwd->args.tx_split = (enum fwd_split)i;
			return;
		}
	}
	fprintf(stderr, "unknown value: \"%s\"\n", in->tok[2].str);
}

const struct fwd_cmd fwd_cmds_txonly[] = {
	{ SECTION, "set txpkts <lengths:str>",
			"Lengths of the segments of frames made here, as 64 or 64,128, bytes.",
			run_set_txpkts },
	{ SECTION, "set txsplit <mode:str>",
			"off, on or rand: whether packets of csum go out in such segments, rand in "
			"the first ones by chance, those of txonly, too, from the next start on.",
			run_set_txsplit },
	{ SECTION, "set txtimes <times:str>",
			"Times from burst to burst, and from packet to packet, at which the device "
			"sends what txonly makes, as 20000,0, in units of its clock; 0,0: at once.",
			run_set_txtimes },
	{ SECTION, "set txonly-flows <flows:u16>",
			"Flows of --txonly-multi-flow, which differ by source port then, from now "
			"on.",
			run_set_flows },
	{ NULL },
};
