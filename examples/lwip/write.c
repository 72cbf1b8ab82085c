/* SPDX-License-Identifier: BSD-3-Clause */

#include <lwip/priv/memp_priv.h>
#include <lwip/priv/tcp_priv.h>

#include <lbuf_memsum.h>

#include "pbufs.h"
#include "write.h"

/*
 * The sizes tell of other options, and where they are found of LWIP_DEBUG, with which descriptors
 * of pools begin with a name, and a segment has a field more.
 */
bool
write_fits(void)
{
	return memp_pools[MEMP_TCP_PCB]->size == LWIP_MEM_ALIGN_SIZE(sizeof(struct tcp_pcb)) &&
			memp_pools[MEMP_TCP_SEG]->size ==
			LWIP_MEM_ALIGN_SIZE(sizeof(struct tcp_seg));
}

#if TCP_CHECKSUM_ON_COPY
/* The sum of the payload, which lwIP adds to that of the headers each time it sends them. */
static void
sum_up(struct tcp_seg *seg, const struct pbuf *payload)
{
	uint64_t sum = 0, done = 0;

	for (; payload != NULL; payload = payload->next) {
		sum = lbuf_memsum_add(sum, done, lbuf_memsum(payload->payload, payload->len));
		done += payload->len;
	}
	seg->chksum = lbuf_memsum_fold(sum);
	seg->chksum_swapped = 0;
	seg->flags |= TF_SEG_DATA_CHECKSUMMED;
}
#else
static void
sum_up(struct tcp_seg *seg, const struct pbuf *payload)
{
	(void)seg;
	(void)payload;
}
#endif

/* A segment without payload, behind all that is queued. */
static struct tcp_seg *
segment_new(const struct tcp_pcb *pcb)
{
	struct pbuf *headers = pbuf_alloc(PBUF_TRANSPORT, 0, PBUF_RAM);
	struct tcp_seg *seg = memp_malloc(MEMP_TCP_SEG);

	if (headers == NULL || seg == NULL || pbuf_add_header(headers, TCP_HLEN) != 0) {
		if (headers != NULL)
			pbuf_free(headers);
		memp_free(MEMP_TCP_SEG, seg);
		return NULL;
	}
	memset(seg, 0, sizeof(*seg));
	seg->p = headers;
	seg->tcphdr = headers->payload;
	seg->tcphdr->src = lwip_htons(pcb->local_port);
	seg->tcphdr->dest = lwip_htons(pcb->remote_port);
	seg->tcphdr->seqno = lwip_htonl(pcb->snd_lbb);
	seg->tcphdr->urgp = 0;
	TCPH_HDRLEN_FLAGS_SET(seg->tcphdr, TCP_HLEN / 4, TCP_PSH);
	return seg;
}

/* Give a segment up to so many bytes of a buffer. */
static bool
segment_fill(struct tcp_seg *seg, struct lbuf *b, uint32_t n)
{
	struct pbuf *payload = pbufs_cut(b, (uint16_t)n, PBUF_ROM);

	if (payload == NULL)
		return false;
	seg->len = payload->tot_len;
	sum_up(seg, payload);
	pbuf_cat(seg->p, payload);
	return true;
}

/* Behind all others. No bytes are to be added to it, as tcp_write() would to a pbuf of its own. */
static void
enqueue(struct tcp_pcb *pcb, struct tcp_seg *seg)
{
	struct tcp_seg **last = &pcb->unsent;

	while (*last != NULL)
		last = &(*last)->next;
	*last = seg;
	pcb->unsent_oversize = 0;
	pcb->snd_lbb += seg->len;
	pcb->snd_buf -= seg->len;
	pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen + pbuf_clen(seg->p));
}

/* Most bytes of a segment: no more than half of the largest window there was. */
static uint32_t
segment_max(const struct tcp_pcb *pcb)
{
	uint32_t half = pcb->snd_wnd_max / 2;

	return half != 0 ? RTE_MIN(half, (uint32_t)pcb->mss) : pcb->mss;
}

/*
 * Whether there is memory for a segment more. However many connections are slow to take theirs, no
 * one of them has more queued than half of what is left for all; and each has two segments, of
 * two pbufs, as a receiver may be slow to acknowledge a single one.
 */
static bool
may_queue(const struct tcp_pcb *pcb)
{
	return pcb->snd_queuelen <= 2 || pcb->snd_queuelen < pbufs_left();
}

/* Bytes for the next segment, of so many; 0: not now. */
static uint32_t
segment_bytes(const struct tcp_pcb *pcb, uint64_t bytes)
{
	uint32_t max = segment_max(pcb), n = (uint32_t)RTE_MIN(bytes, (uint64_t)max);

	if (pcb->snd_queuelen + PBUFS_PIECES + 1 > TCP_SND_QUEUELEN || !may_queue(pcb))
		return 0;
	if (n <= pcb->snd_buf)
		return n;
	/* No small segment where there soon will be room for a large one. */
	return pcb->snd_queuelen != 0 ? 0 : pcb->snd_buf;
}

uint32_t
write_ref(struct tcp_pcb *pcb, struct lbuf *b)
{
	struct tcp_seg *seg;
	uint32_t n, done = 0;

	if (pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT)
		return 0;
	while ((n = segment_bytes(pcb, lbuf_len(b))) != 0) {
		seg = segment_new(pcb);
		if (seg == NULL)
			break;
		if (!segment_fill(seg, b, n)) {
			tcp_seg_free(seg);
			break;
		}
		done += seg->len;
		enqueue(pcb, seg);
	}
	lbuf_release(b);
	return done;
}

uint32_t
write_copy(struct tcp_pcb *pcb, struct lbuf *b)
{
	struct iovec piece;
	uint32_t n, done = 0;

	while (tcp_sndbuf(pcb) != 0 && lbuf_iovec(b, 0, &piece, 1, NULL) > 0) {
		n = (uint32_t)RTE_MIN(piece.iov_len, (size_t)RTE_MIN(tcp_sndbuf(pcb), UINT16_MAX));
		if (tcp_write(pcb, piece.iov_base, (uint16_t)n, TCP_WRITE_FLAG_COPY) != ERR_OK)
			break;
		lbuf_skip(b, n);
		done += n;
	}
	lbuf_release(b);
	return done;
}
