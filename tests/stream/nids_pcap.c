/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Time that libnids takes for the frames of a file: what scripts/bench_stream.py compares
 * with. Each burst of frames is copied to where it is looked at before its time begins, as a
 * device puts it into the cache.
 *
 *     nids_pcap FILE CONNECTIONS [checksums]
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pcap.h>

#include <nids.h>

#include "pcap_file.h"

#define BURST 32
#define FRAME_MAX 2048

static uint8_t frames[BURST][FRAME_MAX];
static uint64_t bytes;

static void
on_tcp(struct tcp_stream *tcp, void **arg)
{
	(void)arg;
	if (tcp->nids_state == NIDS_JUST_EST) {
		tcp->client.collect++;
		tcp->server.collect++;
	} else if (tcp->nids_state == NIDS_DATA) {
		bytes += (uint64_t)(tcp->client.count_new + tcp->server.count_new);
	}
}

static void
no_log(int type, int error, struct ip *ip, void *data)
{
	(void)type;
	(void)error;
	(void)ip;
	(void)data;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t
run_burst(const struct frame *f, size_t nb)
{
	struct pcap_pkthdr h[BURST];
	uint64_t start;
	size_t i;

	for (i = 0; i < nb; i++) {
		h[i].caplen = h[i].len = f[i].len;
		h[i].ts.tv_sec = f[i].sec;
		h[i].ts.tv_usec = f[i].usec;
		memcpy(frames[i], f[i].data, f[i].len);
	}
	start = now_ns();
	for (i = 0; i < nb; i++)
		nids_pcap_handler(NULL, &h[i], frames[i]);
	return now_ns() - start;
}

static int
set_up(int connections, bool checksums)
{
	static struct nids_chksum_ctl no_checksums = {
		.netaddr = 0, .mask = 0, .action = NIDS_DONT_CHKSUM
	};

	nids_params.pcap_desc = pcap_open_dead(DLT_EN10MB, FRAME_MAX);
	nids_params.n_tcp_streams = connections * 2;
	nids_params.n_hosts = connections / 16 + 256;
	nids_params.scan_num_hosts = 0;
	nids_params.syslog = no_log;
	if (!nids_init()) {
		fprintf(stderr, "libnids: %s\n", nids_errbuf);
		return -1;
	}
	if (!checksums)
		nids_register_chksum_ctl(&no_checksums, 1);
	nids_register_tcp(on_tcp);
	return 0;
}

int
main(int argc, char **argv)
{
	struct pcap_file file;
	struct timing time = { 0 };
	size_t i, n;

	if (argc < 3 || pcap_file_read(&file, argv[1]) != 0)
		return EXIT_FAILURE;
	if (set_up(atoi(argv[2]), argc > 3) != 0)
		return EXIT_FAILURE;
	for (i = 0; i < file.nb; i += n) {
		n = file.nb - i < BURST ? file.nb - i : BURST;
		timing_add(&time, run_burst(&file.frames[i], n), n);
	}
	printf("packets %zu bytes %" PRIu64 " ns %.1f\n", file.nb, bytes, timing_mean(&time));
	pcap_file_free(&file);
	return EXIT_SUCCESS;
}
