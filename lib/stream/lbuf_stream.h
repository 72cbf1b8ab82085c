/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Streams: bytes put into the order of their sequence numbers, by reference, from pieces that
 * come in any order. One direction of a TCP connection, as lbuf_conn.h makes them out of
 * packets; or what else numbers its bytes in 32 bits.
 *
 *     struct lbuf_streams *all = lbuf_streams_create(&params);
 *     struct lbuf_stream s;
 *
 *     lbuf_stream_init(&s, all);
 *     lbuf_stream_start(&s, first_seq);
 *     ret = lbuf_stream_insert(&s, seq, mbuf, offset, n); // takes a reference
 *     while ((b = lbuf_stream_buf(&s)) != NULL && whole_message(b))
 *             lbuf_slice(b, n, &message);
 *     lbuf_stream_release(&s);
 *
 * What comes in order is readable at once: a comparison, no copy and, as long as the reader
 * consumes what he is shown, no allocation. What comes early is held: by reference, or
 * copied if it is a small part of the memory that it would keep. When what is before it has
 * come it is moved to the buffer, descriptors only. Where to put a piece is found in a balanced
 * tree: O(log n) of the pieces held.
 *
 * **Overlaps.** What has become readable stays as it is, whatever the policy: bytes that come
 * again are dropped. Of bytes that are held and come again, with other contents maybe:
 *   - LBUF_STREAM_FIRST: those that came first stay;
 *   - LBUF_STREAM_LAST: those that came last stay;
 *   - LBUF_STREAM_LINUX: as Linux does it, see doc/streams.md: of two segments that overlap, the
 *     one that begins earlier in the stream has the bytes that both have; of two that begin
 *     at the same byte the longer one; of two equal ones that which came first; and one
 *     that closes the gap has all its bytes.
 *
 * **Limits** (struct lbuf_stream_params). What is over one is given up and counted: of what is
 * held in the stream, or comes, the bytes that are farthest from being in order.
 *
 * Threads: streams that share a struct lbuf_streams belong to one thread at a time.
 */

#ifndef LBUF_STREAM_H
#define LBUF_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <lbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which bytes stay where held ones come again. */
enum lbuf_stream_policy {
	LBUF_STREAM_FIRST, /**< Those that came first. */
	LBUF_STREAM_LAST,  /**< Those that came last. */
	LBUF_STREAM_LINUX, /**< Those that a Linux receiver would hand to its application. */
};

/** Default of lbuf_stream_params::stream_bytes: the largest window of Linux's usual settings,
 *  6 MB, and what its packets take beside their payload.
 */
#define LBUF_STREAM_BYTES ((uint64_t)16 << 20)
/** Default of lbuf_stream_params::stream_pieces. */
#define LBUF_STREAM_PIECES 8192
/** Largest lbuf_stream_params::stream_pieces. */
#define LBUF_STREAM_PIECES_MAX 65536
/** Default of lbuf_stream_params::all_bytes. */
#define LBUF_STREAMS_BYTES ((uint64_t)256 << 20)
/** Default of lbuf_stream_params::all_mbufs. */
#define LBUF_STREAMS_MBUFS 2048
/** Largest lbuf_stream_params::stream_bytes. */
#define LBUF_STREAM_BYTES_MAX ((uint64_t)1 << 31)
/** How far ahead of the next byte in order a piece may begin, bytes: the largest TCP window. */
#define LBUF_STREAM_AHEAD ((uint32_t)1 << 30)

/** Settings of streams that belong together. All zero but for the pool is the default. */
struct lbuf_stream_params {
	/** Memory for all of it; must outlive the streams, and slices of their buffers. */
	struct lbuf_pool *pool;
	/** Which bytes stay. */
	enum lbuf_stream_policy policy;
	/** Most pieces that one stream holds. 0: LBUF_STREAM_PIECES. */
	uint32_t stream_pieces;
	/** Most memory of one stream, bytes: what it holds counts with the memory that this
	 *  keeps (chunks, data rooms of mbufs), what is readable and not consumed with its
	 *  length. 0: LBUF_STREAM_BYTES.
	 */
	uint64_t stream_bytes;
	/** Most memory of all, in the same way. 0: LBUF_STREAMS_BYTES. */
	uint64_t all_bytes;
	/** Most mbufs that all keep, held or readable: beyond that bytes are copied, so that
	 *  packets can still be received. UINT32_MAX: no limit. 0: LBUF_STREAMS_MBUFS.
	 */
	uint32_t all_mbufs;
};

/** Figures of streams that belong together, since they were created. */
struct lbuf_streams_stats {
	uint64_t inserted;       /**< Pieces that came, with at least one byte. */
	uint64_t in_order;       /**< Of these, those that were readable at once. */
	uint64_t held;           /**< Those of which bytes were held. */
	uint64_t copied;         /**< Bytes that were copied, of small pieces or for all_mbufs. */
	uint64_t again_bytes;    /**< Bytes that came again, and were dropped or replaced others. */
	uint64_t far;            /**< Pieces refused: over LBUF_STREAM_AHEAD ahead. */
	uint64_t gaps;           /**< Gaps that were given up. */
	uint64_t missing_bytes;  /**< Bytes in these. */
	uint64_t full_bytes;     /**< Bytes given up for a limit of the stream. */
	uint64_t all_full_bytes; /**< Bytes given up for a limit of all. */
	uint64_t nomem_bytes;    /**< Bytes given up as there was no memory for them. */
	uint64_t bytes;          /**< Memory now: see lbuf_stream_params::stream_bytes. */
	uint64_t bytes_max;      /**< Most memory there was. */
	uint64_t pieces;         /**< Pieces held now. */
	uint64_t mbufs;          /**< mbufs kept now. */
};

/** What streams of one thread share: memory, limits, figures. */
struct lbuf_streams;

/** @cond parts of struct lbuf_stream. */
struct lbuf_early;
/** @endcond */

/**
 * A stream, to be embedded where it is needed: one cache line. The fields are for the library
 * only.
 */
struct lbuf_stream {
	uint64_t next;            /**< Bytes before the next one in order. */
	uint32_t base;            /**< Sequence number of the first byte. */
	uint32_t flags;           /**< What has happened to it. */
	struct lbuf *buf;         /**< Readable bytes, or NULL. */
	struct lbuf_chunk *chunk; /**< Where buf lies, or NULL. */
	struct lbuf_early *early; /**< What is held, or NULL. */
	struct lbuf_streams *all; /**< Memory, limits, figures. */
	uint64_t end;             /**< Bytes before its end, if that is known. */
	uint32_t unread;          /**< Bytes of buf that are accounted for. */
	uint32_t mbufs;           /**< Segments of it that are. */
};

/**
 * Create what streams of one thread share.
 *
 * @param params
 *   Settings.
 * @return
 *   It, to be freed by lbuf_streams_free(); NULL with rte_errno EINVAL for settings that
 *   cannot be, ENOMEM.
 */
struct lbuf_streams *
lbuf_streams_create(const struct lbuf_stream_params *params);

/**
 * Free it.
 *
 * @param all
 *   It; NULL is fine.
 * @return
 *   0; -EBUSY while streams hold something: close them first.
 */
int
lbuf_streams_free(struct lbuf_streams *all);

/**
 * Read figures. From another thread than that of the streams they may be of different
 * moments.
 */
void
lbuf_streams_stats_get(const struct lbuf_streams *all, struct lbuf_streams_stats *stats);

/**
 * Open a stream.
 *
 * @param s
 *   Memory of unknown content. To be closed by lbuf_stream_close(); must not be moved.
 * @param all
 *   What it shares with others.
 */
void
lbuf_stream_init(struct lbuf_stream *s, struct lbuf_streams *all);

/**
 * Give up all that a stream holds or has readable.
 *
 * @param s
 *   The stream; closing it again, NULL, or memory of zeros does nothing.
 */
void
lbuf_stream_close(struct lbuf_stream *s);

/**
 * Tell which byte is the first one. Pieces are refused before that.
 *
 * @param s
 *   A stream that was not started.
 * @param seq
 *   Sequence number of its first byte: with TCP that of the SYN and one.
 */
void
lbuf_stream_start(struct lbuf_stream *s, uint32_t seq);

/** Whether a stream was started. */
bool
lbuf_stream_is_started(const struct lbuf_stream *s);

/**
 * Put a piece into its place, out of a packet that the caller keeps.
 *
 * @param s
 *   The stream.
 * @param seq
 *   Sequence number of the piece's first byte.
 * @param m
 *   The packet: a chain of mbufs, of which those with held bytes get a further reference (see
 *   rte_mbuf_refcnt_update()). So it stays the caller's, who may send or free it; but must not
 *   write to the bytes of the piece any more. A device that it is sent by must not be used
 *   with RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE.
 * @param off
 *   Where in the packet the piece begins.
 * @param n
 *   Bytes.
 * @return
 *   How many bytes became readable by it, of the piece and of what was held; 0 if none, as
 *   there is a gap before them, or they have all been there; or, and nothing was
 *   taken:
 *   - -EINVAL: not started, or the packet has no such bytes
 *   - -ERANGE: over LBUF_STREAM_AHEAD ahead of the next byte in order
 *   - -ESHUTDOWN: behind the stream's end
 *   - -ENOBUFS: given up for a limit
 *   - -ENOMEM: given up for want of memory
 *
 * Cost: in order none but a reference, which is counted by an atomic instruction if the packet
 * has several. Out of order O(log n) of the pieces held, and amortised over all pieces O(1)
 * for those that it covers.
 */
int64_t
lbuf_stream_insert(struct lbuf_stream *s, uint32_t seq, struct rte_mbuf *m, uint32_t off,
		uint32_t n);

/**
 * Put a piece into its place that lies in a linked buffer.
 *
 * @param s
 *   The stream.
 * @param seq
 *   Sequence number of its first byte.
 * @param b
 *   The readable bytes, at most 1 GiB, a slice's too. They are consumed whatever is returned,
 *   but for -EINVAL and -EPIPE.
 * @return
 *   As lbuf_stream_insert(); -EPIPE if b is closed.
 */
int64_t
lbuf_stream_insert_lbuf(struct lbuf_stream *s, uint32_t seq, struct lbuf *b);

/**
 * Tell where the stream ends: a FIN. If further bytes come to be there, it was none.
 *
 * @param s
 *   The stream.
 * @param seq
 *   Sequence number behind its last byte.
 * @return
 *   0; -EINVAL: not started; -ERANGE: over LBUF_STREAM_AHEAD ahead, or before bytes that are
 *   in order. Of several ends the earliest counts.
 */
int
lbuf_stream_fin(struct lbuf_stream *s, uint32_t seq);

/** Whether all bytes up to the end are in order. What comes after that is refused. */
bool
lbuf_stream_is_over(const struct lbuf_stream *s);

/**
 * The bytes in order that were not consumed, to be read, sliced and consumed by the verbs of
 * lbuf_read.h; not to be closed or written.
 *
 * @param s
 *   The stream.
 * @return
 *   The buffer; NULL if there are no bytes. Valid until the next verb on a stream of the
 *   same struct lbuf_streams, lbuf_stream_buf() excepted.
 */
LBUF_INLINE struct lbuf *
lbuf_stream_buf(const struct lbuf_stream *s)
{
	return s->buf;
}

/**
 * Give back what was consumed of lbuf_stream_buf(), and account for what was not. Verbs on
 * this stream do that, too; but to have memory back, and others not be limited by it, a
 * reader calls this when he has read.
 *
 * @param s
 *   The stream.
 * @return
 *   0; -ENOBUFS: what was not consumed is over a limit; -ENOMEM: no memory to keep it. The
 *   bytes stay readable: read or close the stream, or pieces are given up: of this one, and
 *   with -ENOMEM of others, too.
 */
int
lbuf_stream_release(struct lbuf_stream *s);

/** Bytes in order so far, gaps that were given up included: the offset of the next one. */
LBUF_INLINE uint64_t
lbuf_stream_next(const struct lbuf_stream *s)
{
	return s->next;
}

/** Sequence number of the next byte in order. */
LBUF_INLINE uint32_t
lbuf_stream_next_seq(const struct lbuf_stream *s)
{
	return s->base + (uint32_t)s->next;
}

/**
 * Bytes of the gap before what is held first.
 *
 * @return
 *   Bytes; 0: nothing is held, so there is no gap.
 */
uint64_t
lbuf_stream_gap(const struct lbuf_stream *s);

/** Bytes that are held, behind a gap. */
uint64_t
lbuf_stream_held(const struct lbuf_stream *s);

/** Pieces that are held, and runs of adjacent ones: as many as there are gaps. */
uint32_t
lbuf_stream_pieces(const struct lbuf_stream *s, uint32_t *runs);

/**
 * Give up the gap before what is held: those bytes that did not come never will. What is held
 * behind it, up to the next gap, becomes readable. Bytes that were readable before
 * are dropped, since nobody could tell where the gap was: read them first.
 *
 * @param s
 *   The stream.
 * @return
 *   Bytes that became readable; 0 if there was no gap; -ENOMEM as lbuf_stream_release().
 */
int64_t
lbuf_stream_skip_gap(struct lbuf_stream *s);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_STREAM_H */
