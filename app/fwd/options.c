/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include <rte_geneve.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_version.h>
#include <rte_vxlan.h>

#include <lbuf_port.h>

#include "events.h"
#include "mode.h"
#include "opt_hold.h"
#include "opt_set.h"
#include "options.h"

#define BURST_DEFAULT 32
#define TX_PKT_LEN_DEFAULT 64
#define MBUF_SIZE_MIN (RTE_PKTMBUF_HEADROOM + 64)
#define PKT_LEN_MAX 65535 /* of an mbuf, of an IPv4 packet */
#define STATS_PERIOD_MAX 86400
/* As testpmd's. */
#define MBCACHE_DEFAULT 250
#define FLOWS_DEFAULT 1024
#define TX_RETRY_US 1
#define TX_RETRIES 64
#define HOLD_BYTES_DEFAULT ((size_t)64 << 10)
#define TX_IP_SRC RTE_IPV4(198u, 18, 0, 1)
#define TX_IP_DST RTE_IPV4(198u, 18, 0, 2)
#define TX_UDP_PORT 9
/* Since then flows differ by their port, not by their address. */
#if RTE_VERSION >= RTE_VERSION_NUM(26, 7, 0, 0)
#define TXONLY_FLOWS_DEFAULT 64
#else
#define TXONLY_FLOWS_DEFAULT 0
#endif

#define AT(field) offsetof(struct fwd_args, field)
#define FLAG(name, field, help) \
	{ \
		name, NULL, help, FWD_OPT_FLAG, .where = AT(field) \
	}
#define NUMBER(name, field, least, most, help) \
	{ \
		name, "N", help, FWD_OPT_NUMBER, .where = AT(field), .min = (least), .max = (most) \
	}
#define OFFLOAD(name, bits, help) \
	{ \
		name, NULL, help, FWD_OPT_BITS, .where = AT(rx_offloads), .min = (bits) \
	}
#define SET(name, value, func, help) \
	{ \
		name, value, help, FWD_OPT_SET, .set = (func) \
	}
#define NONE(name, value, why) \
	{ \
		name, value, why, FWD_OPT_NONE \
	}

static const struct fwd_option running[] = {
	{ "interactive", NULL, "take commands at a prompt", FWD_OPT_FLAG, 'i',
			.where = AT(interactive) },
	{ "auto-start", NULL, "start forwarding before the first command (always without -i)",
			FWD_OPT_FLAG, 'a', .where = AT(auto_start) },
	FLAG("tx-first", tx_first, "send a burst from each stream first (not with -i)"),
	SET("cmdline-file", "FILE", fwd_set_cmdline_file, "run the commands of a file first"),
	SET("cmdline-file-noecho", "FILE", fwd_set_cmdline_file,
			"the same, and do not print the commands"),
	{ "prompt", "TEXT", "prompt of -i [lbuf-fwd> ; testpmd> if TEXT is left out]", FWD_OPT_SET,
			.optional = true, .set = fwd_set_prompt },
	{ "stats-period", "SEC", "show figures every so many seconds (not with -i) [0: never]",
			FWD_OPT_NUMBER, .where = AT(stats_period), .min = 0,
			.max = STATS_PERIOD_MAX },
	{ "stats-json", "FILE",
			"with --stats-period: a JSON object a period to a file, or to - for stdout",
			FWD_OPT_STRING, .where = AT(stats_json) },
	SET("display-xstats", "NAME[,NAME]", fwd_set_xstats,
			"extended statistics to show with those of a port"),
	FLAG("record-core-cycles", record_core_cycles, "count CPU cycles a packet"),
	FLAG("record-burst-stats", record_burst_stats, "count bursts by their packets"),
	SET("print-event", "EVENT", fwd_set_events, "print events of this kind, or all"),
	SET("mask-event", "EVENT", fwd_set_events, "do not print events of this kind, or all"),
	FLAG("mlockall", mlockall, "lock all memory [hugepages only]"),
	SET("no-mlockall", NULL, fwd_set_no_mlockall, "lock no memory, as is usual"),
#ifdef RTE_LIB_BITRATESTATS
	NUMBER("bitrate-stats", bitrate_lcore, 0, RTE_MAX_LCORE - 1,
			"forwarding lcore that computes bit rates of ports, for metrics [none]"),
#else
	NONE("bitrate-stats", "N", "this DPDK has no librte_bitratestats"),
#endif
#ifdef RTE_LIB_LATENCYSTATS
	NUMBER("latencystats", latency_lcore, 0, RTE_MAX_LCORE - 1,
			"forwarding lcore that tells how long packets stayed, for metrics [none]"),
#else
	NONE("latencystats", "N", "this DPDK has no librte_latencystats"),
#endif
	NONE("num-procs", "N", "only a primary process forwards"),
	NONE("proc-id", "N", "only a primary process forwards"),
	{ "rows", "WHAT", "print the rows of options or of commands, with tabs", FWD_OPT_STRING,
			.where = AT(rows) },
	{ "help", NULL, "show this text", FWD_OPT_FLAG, 'h', .where = AT(help) },
	FLAG("version", version, "show the version, and which options have no meaning"),
};

static const struct fwd_option forwarding[] = {
	SET("forward-mode", "MODE", fwd_set_mode, "what is done with packets [io]"),
	NUMBER("nb-cores", nb_cores, 1, RTE_MAX_LCORE - 1,
			"forwarding lcores; the main one never forwards [1]"),
	NUMBER("nb-ports", nb_ports, 1, RTE_MAX_ETHPORTS, "forwarding ports [all]"),
	SET("coremask", "HEX", fwd_set_cores, "forwarding lcores, as bits"),
	SET("portmask", "HEX", fwd_set_ports, "forwarding ports, as bits"),
	SET("portlist", "LIST", fwd_set_ports, "forwarding ports in order, as in 0,2-3"),
	SET("port-topology", "KIND", fwd_set_topology, "paired, chained or loop [paired]"),
	NUMBER("burst", burst, 1, LBUF_BURST_MAX, "most packets in a burst [32]"),
	FLAG("no-flush-rx", no_flush_rx,
			"keep what lies in RX queues when a command starts forwarding"),
	SET("eth-peer", "PORT,MAC", fwd_set_peer, "who is behind a port, for mac and txonly"),
	SET("eth-peers-configfile", "FILE", fwd_set_peers_file, "the same, a MAC a line"),
	SET("txpkts", "LEN[,LEN]", fwd_set_txpkts,
			"lengths of the segments of frames made here, bytes [64]"),
	FLAG("txonly-multi-flow", txonly_multi_flow,
			"many flows in txonly, which differ by source address"),
	NUMBER("txonly-nb-flows", txonly_flows, 1, 64,
			"how many, which differ by source port instead"),
	NUMBER("txonly-flows", txonly_flows, 1, 64, "as --txonly-nb-flows"),
	SET("tx-ip", "SRC,DST", fwd_set_tx_ip, "IPv4 addresses of txonly [198.18.0.1,198.18.0.2]"),
	SET("tx-udp", "SRC[,DST]", fwd_set_tx_udp, "UDP ports of txonly [9,9]"),
	NUMBER("flowgen-flows", flowgen_flows, 1, INT32_MAX, "flows of flowgen [1024]"),
	NUMBER("flowgen-clones", flowgen_clones, 0, LBUF_BURST_MAX,
			"copies of each packet of flowgen [0]"),
	SET("noisy-forward-mode", "MODE", fwd_set_noisy_mode, "what noisy forwards as [io]"),
	NUMBER("noisy-tx-sw-buffer-size", noisy_buffer, 0, UINT16_MAX,
			"packets that noisy holds back [0]"),
	NUMBER("noisy-tx-sw-buffer-flushtime", noisy_flush, 0, INT32_MAX,
			"time after which noisy lets them go, ms [0]"),
	NUMBER("noisy-lkup-memory", noisy_memory, 0, UINT16_MAX, "memory that noisy uses, MB [0]"),
	NUMBER("noisy-lkup-num-writes", noisy_writes, 0, INT32_MAX, "its writes a packet [0]"),
	NUMBER("noisy-lkup-num-reads", noisy_reads, 0, INT32_MAX, "its reads a packet [0]"),
	NUMBER("noisy-lkup-num-reads-writes", noisy_reads_writes, 0, INT32_MAX,
			"its reads with a write, a packet [0]"),
	SET("impair", "SPEC", fwd_set_impair,
			"what becomes of packets that are sent, as in "
			"loss:1%,duplicate:1%,reorder:2%,corrupt:0.1%,delay:5ms,seed:7 [off]"),
};

static const struct fwd_option streams[] = {
	SET("stream-framer", "KIND", fwd_set_tcp_framer,
			"how records are told: none, len16, len32, len64, the same with le behind "
			"them, line, fixed:BYTES, delimiter:HEX [none]"),
	NUMBER("stream-frame-offset", tcp.framer.length_offset, 0, INT32_MAX,
			"bytes of a record before its length [0]"),
	SET("stream-frame-adjust", "N", fwd_set_tcp_adjust,
			"bytes that follow a length, beside those that it counts; may be negative "
			"[0]"),
	SET("stream-frame-max", "BYTES", fwd_set_tcp_bytes, "longest record [16M]"),
	SET("stream-policy", "KIND", fwd_set_tcp_policy,
			"whose bytes stay where segments that wait overlap: first, last or linux "
			"[first]"),
	{ "stream-dump", "FOLDER", "write each direction to a file there, as tcpflow does",
			FWD_OPT_STRING, .where = AT(tcp.dump) },
	NUMBER("stream-max-conns", tcp.max_conns, 1, LBUF_CONN_CONNS_MAX,
			"connections of an lcore [65536]"),
	SET("stream-max-held", "BYTES", fwd_set_tcp_bytes,
			"memory for what waits of a direction [16M]"),
	SET("stream-max-memory", "BYTES", fwd_set_tcp_bytes,
			"memory for what waits, of an lcore [256M]"),
	NUMBER("stream-max-mbufs", tcp.max_mbufs, 1, INT32_MAX,
			"mbufs that wait, of an lcore; beyond that bytes are copied [2048]"),
	NUMBER("stream-timeout", tcp.timeout, 1, LBUF_CONN_MS_MAX / 1000,
			"time after which a silent connection is given up, s [600]"),
	NUMBER("stream-syn-timeout", tcp.syn_timeout, 1, LBUF_CONN_MS_MAX / 1000,
			"the same of one that is not open yet, s [30]"),
	NUMBER("stream-gap-timeout", tcp.gap_timeout, 1, LBUF_CONN_MS_MAX / 1000,
			"time after which a gap is given up, s [120]"),
	FLAG("stream-pick-up", tcp.pick_up, "take up connections whose SYN was not seen"),
	FLAG("stream-check-cksum", tcp.check_sums,
			"leave out segments with wrong checksums (always with --impair=corrupt)"),
	FLAG("stream-any-vlan", tcp.any_vlan, "VLAN tags do not tell connections apart"),
	FLAG("stream-acked-gaps", tcp.acked_gaps,
			"give a gap up when its receiver has acknowledged what is behind it"),
	NUMBER("stream-rows", tcp.rows, 1, FWD_TCP_ROWS_MAX,
			"connections that are shown while packets are forwarded [20]"),
};

static const struct fwd_option ports[] = {
	NUMBER("rxq", rxq, 1, RTE_MAX_QUEUES_PER_PORT, "RX queues of a port [1]"),
	NUMBER("txq", txq, 1, RTE_MAX_QUEUES_PER_PORT, "TX queues of a port [1]"),
	NUMBER("rxd", rxd, 1, UINT16_MAX, "descriptors of an RX queue [the driver's preference]"),
	NUMBER("txd", txd, 1, UINT16_MAX, "descriptors of a TX queue [the driver's preference]"),
	NUMBER("rxpt", rx_thresh[0], 0, UINT8_MAX, "prefetch threshold of RX rings"),
	NUMBER("rxht", rx_thresh[1], 0, UINT8_MAX, "host threshold of RX rings"),
	NUMBER("rxwt", rx_thresh[2], 0, UINT8_MAX, "write-back threshold of RX rings"),
	NUMBER("rxfreet", rx_thresh[3], 0, UINT16_MAX, "free threshold of RX rings"),
	NUMBER("txpt", tx_thresh[0], 0, UINT8_MAX, "prefetch threshold of TX rings"),
	NUMBER("txht", tx_thresh[1], 0, UINT8_MAX, "host threshold of TX rings"),
	NUMBER("txwt", tx_thresh[2], 0, UINT8_MAX, "write-back threshold of TX rings"),
	NUMBER("txfreet", tx_thresh[3], 0, UINT16_MAX, "free threshold of TX rings"),
	NUMBER("txrst", tx_thresh[4], 0, UINT16_MAX, "RS bit threshold of TX rings"),
	FLAG("enable-drop-en", rx_drop, "drop packets that find no descriptor"),
	NUMBER("max-pkt-len", max_pkt_len, RTE_ETHER_MIN_LEN, PKT_LEN_MAX,
			"longest frame with its CRC, bytes [1518]"),
	NUMBER("max-lro-pkt-size", max_lro_pkt_size, 0, UINT32_MAX,
			"longest packet of LRO, bytes [the driver's]"),
	OFFLOAD("enable-scatter", RTE_ETH_RX_OFFLOAD_SCATTER,
			"scattered RX (on by itself where frames are longer than mbufs)"),
	OFFLOAD("enable-rx-cksum", RTE_ETH_RX_OFFLOAD_CHECKSUM, "RX checksums by the device"),
	OFFLOAD("enable-rx-timestamp", RTE_ETH_RX_OFFLOAD_TIMESTAMP, "RX time by the device"),
	OFFLOAD("enable-lro", RTE_ETH_RX_OFFLOAD_TCP_LRO, "large receive offload"),
	OFFLOAD("disable-crc-strip", RTE_ETH_RX_OFFLOAD_KEEP_CRC, "keep the CRC of frames"),
	OFFLOAD("enable-hw-vlan", RTE_ETH_RX_OFFLOAD_VLAN, "all VLAN offloads of RX"),
	OFFLOAD("enable-hw-vlan-filter", RTE_ETH_RX_OFFLOAD_VLAN_FILTER, "VLAN filter"),
	OFFLOAD("enable-hw-vlan-strip", RTE_ETH_RX_OFFLOAD_VLAN_STRIP, "VLAN strip"),
	OFFLOAD("enable-hw-vlan-extend", RTE_ETH_RX_OFFLOAD_VLAN_EXTEND, "VLAN extend"),
	OFFLOAD("enable-hw-qinq-strip", RTE_ETH_RX_OFFLOAD_QINQ_STRIP, "QinQ strip"),
	{ "rx-offloads", "HEX", "RX offloads, as bits of RTE_ETH_RX_OFFLOAD_*", FWD_OPT_HEX,
			.where = AT(rx_offloads), .max = UINT64_MAX },
	SET("tx-offloads", "HEX", fwd_set_tx_offloads,
			"TX offloads, as bits; mbuf_fast_free stays off [multi-segment]"),
	SET("rss-ip", NULL, fwd_set_rss, "RSS by IP addresses alone"),
	SET("rss-udp", NULL, fwd_set_rss, "RSS by IP addresses and UDP ports"),
	SET("disable-rss", NULL, fwd_set_rss, "no RSS"),
	NONE("enable-rss", NULL, "RSS is on where a port has several RX queues"),
	{ "rss-level-inner", NULL, "RSS by the innermost headers", FWD_OPT_BITS,
			.where = AT(rss_hf), .min = RTE_ETH_RSS_LEVEL_INNERMOST },
	{ "rss-level-outer", NULL, "RSS by the outermost headers", FWD_OPT_BITS,
			.where = AT(rss_hf), .min = RTE_ETH_RSS_LEVEL_OUTERMOST },
	SET("eth-link-speed", "MBPS", fwd_set_speed, "force the speed of links"),
	FLAG("disable-link-check", no_link_check, "do not wait for links"),
	FLAG("disable-device-start", no_device_start, "leave it to a command to start ports"),
	FLAG("no-lsc-interrupt", no_lsc_interrupt, "no interrupts for changes of links"),
	FLAG("no-rmv-interrupt", no_rmv_interrupt, "no interrupts for removed devices"),
	FLAG("hot-plug", hot_plug, "watch for devices that come and go"),
	NONE("hairpinq", "N", "packets do not pass by"),
	NONE("hairpin-mode", "HEX", "packets do not pass by"),
	NONE("hairpin-map", "MAP", "packets do not pass by"),
	{ "rxq-share", "N", "RX queues are not shared", FWD_OPT_NONE, .optional = true },
	NONE("rx-mq-mode", "HEX", "RX queues are filled by RSS alone"),
	NONE("flow-isolate-all", NULL, "rules of flows do not isolate"),
	NONE("disable-flow-flush", NULL, "rules of flows go with their port"),
	NUMBER("vxlan-gpe-port", vxlan_gpe_port, 0, UINT16_MAX,
			"UDP port behind which csum looks for VXLAN-GPE [4790]"),
	NUMBER("geneve-parsed-port", geneve_port, 0, UINT16_MAX,
			"UDP port behind which csum looks for Geneve [6081]"),
};

static const struct fwd_option memory[] = {
	SET("numa", NULL, fwd_set_numa, "memory on the socket of its port, as is usual"),
	FLAG("no-numa", no_numa, "all memory on one socket"),
	NUMBER("socket-num", socket_num, 0, RTE_MAX_NUMA_NODES - 1, "which one [0]"),
	SET("port-numa-config", "(PORT,SOCKET)[,...]", fwd_set_port_numa,
			"socket of the mbufs of ports"),
	SET("ring-numa-config", "(PORT,FLAG,SOCKET)[,...]", fwd_set_ring_numa,
			"socket of rings: FLAG is 1 for RX, 2 for TX, 3 for both"),
	SET("mbuf-size", "N[,N]", fwd_set_mbuf_size,
			"data room of an mbuf with its headroom, bytes [2176]"),
	SET("total-num-mbufs", "N", fwd_set_total_mbufs,
			"mbufs of each socket's pool, or auto: what the queues need [auto]"),
	NUMBER("mbcache", mbcache, 0, RTE_MEMPOOL_CACHE_MAX_SIZE,
			"mbufs that an lcore keeps of a pool [250]"),
	NONE("mp-alloc", "KIND", "mbufs lie in memory of EAL's"),
	NONE("mp-anon", NULL, "mbufs lie in memory of EAL's"),
	NONE("no-iova-contig", NULL, "mbufs lie in memory of EAL's"),
	NONE("multi-rx-mempool", NULL, "a queue has one pool"),
	NONE("rxoffs", "N[,N]", "packets are not split"),
	NONE("rxpkts", "N[,N]", "packets are not split"),
	NONE("rxhdrs", "NAME[,NAME]", "packets are not split"),
};

static const struct fwd_option engine[] = {
	SET("config", "FILE", fwd_set_config,
			"settings of the chunk pool, from lbuf-perf --tune --write FILE"),
	SET("mem-limit", "BYTES", fwd_set_mem_limit,
			"most that the chunk pool holds on a socket, as in 512M [no limit]"),
	SET("numa-policy", "KIND", fwd_set_numa_policy,
			"prefer another socket where one is full, or be strict [prefer]"),
	SET("small-max", "BYTES", fwd_set_class_size, "largest chunk of the small tier [1023]"),
	SET("middle-max", "BYTES", fwd_set_class_size, "largest chunk of the middle tier [8M]"),
	NUMBER("idle-trim", pool.idle_ms, 1, INT32_MAX,
			"time without use after which memory goes back, ms [10000]"),
	SET("rx-hold", "N", fwd_set_rx_hold,
			"mbufs of an RX queue that may be held, all, or auto [auto: half of what "
			"its pool can spare]"),
	SET("copy-break", "BYTES", fwd_set_copy_break,
			"packets up to this are copied when they are to be held; 0: none [0]"),
	SET("hold-bytes", "BYTES", fwd_set_hold_bytes,
			"what hold keeps of each flow, as in 1M, or all [64K]"),
	NUMBER("hold-every", hold_every, 1, UINT32_MAX,
			"hold keeps one packet in so many, and forwards the others [1]"),
	NUMBER("hold-record", hold_record, 0, UINT16_MAX,
			"of each it keeps so many bytes, as a record of its own [0: the packet]"),
};

#define GROUP(title, rows) \
	{ \
		title, rows, RTE_DIM(rows) \
	}

const struct fwd_option_group fwd_option_groups[] = {
	GROUP("Running", running),
	GROUP("Forwarding", forwarding),
	GROUP("Streams", streams),
	GROUP("Ports", ports),
	GROUP("Memory of packets", memory),
	GROUP("Engine", engine),
};

const unsigned int fwd_option_nb_groups = RTE_DIM(fwd_option_groups);

void
fwd_options_default(struct fwd_args *args)
{
	memset(args, 0, sizeof(*args));
	args->mode = &fwd_mode_io;
	args->noisy_mode = &fwd_mode_io;
	args->tcp.rows = FWD_TCP_ROWS;
	args->nb_cores = 1;
	args->rxq = 1;
	args->txq = 1;
	args->burst = BURST_DEFAULT;
	args->tx_retry_us = TX_RETRY_US;
	args->tx_retries = TX_RETRIES;
	args->mbuf_size = RTE_MBUF_DEFAULT_BUF_SIZE;
	args->mbcache = MBCACHE_DEFAULT;
	args->tx_pkt_len = TX_PKT_LEN_DEFAULT;
	args->nb_tx_segs = 1;
	args->tx_segs[0] = TX_PKT_LEN_DEFAULT;
	args->txonly_flows = TXONLY_FLOWS_DEFAULT;
	args->flowgen_flows = FLOWS_DEFAULT;
	args->tx_ip_src = TX_IP_SRC;
	args->tx_ip_dst = TX_IP_DST;
	args->tx_udp_src = TX_UDP_PORT;
	args->tx_udp_dst = TX_UDP_PORT;
	args->rss_hf = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
	args->vxlan_gpe_port = RTE_VXLAN_GPE_DEFAULT_PORT;
	args->geneve_port = RTE_GENEVE_DEFAULT_PORT;
	args->print_events = FWD_EVENTS_DEFAULT;
	args->socket_num = FWD_UNSET;
	args->bitrate_lcore = FWD_UNSET;
	args->latency_lcore = FWD_UNSET;
	args->rx_hold = FWD_UNSET;
	args->hold_bytes = HOLD_BYTES_DEFAULT;
	args->hold_every = 1;
	memset(args->rx_thresh, 0xff, sizeof(args->rx_thresh));
	memset(args->tx_thresh, 0xff, sizeof(args->tx_thresh));
	memset(args->port_numa, FWD_NO_SOCKET, sizeof(args->port_numa));
	memset(args->rxring_numa, FWD_NO_SOCKET, sizeof(args->rxring_numa));
	memset(args->txring_numa, FWD_NO_SOCKET, sizeof(args->txring_numa));
}
