/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Frames of a pcap file, in memory.
 */

#ifndef PCAP_FILE_H
#define PCAP_FILE_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	const uint8_t *data;
	uint32_t len;
	uint32_t sec;
	uint32_t usec;
};

struct pcap_file {
	void *map;
	size_t size;
	struct frame *frames;
	size_t nb;
};

/* Time of packets in bursts. One that takes longer than that lost the CPU meanwhile. */
#define INTERRUPTED_NS 200000

struct timing {
	uint64_t ns;
	size_t packets;
};

static inline void
timing_add(struct timing *t, uint64_t ns, size_t packets)
{
	if (ns >= INTERRUPTED_NS)
		return;
	t->ns += ns;
	t->packets += packets;
}

/* ns a packet. */
static inline double
timing_mean(const struct timing *t)
{
	return t->packets != 0 ? (double)t->ns / (double)t->packets : 0;
}

/* Read a file of Ethernet frames, in the byte order of this machine. 0, or -1 after one line. */
int
pcap_file_read(struct pcap_file *file, const char *name);

void
pcap_file_free(struct pcap_file *file);

#endif /* PCAP_FILE_H */
