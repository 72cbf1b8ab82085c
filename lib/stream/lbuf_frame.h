/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * Framers: a stream cut into records, by reference. A record comes out as a slice, however
 * long it is and however many packets it came in.
 *
 *     static const struct lbuf_frame_params params = {
 *             .kind = LBUF_FRAME_LENGTH, .length_bytes = 4, .max = 1 << 20,
 *     };
 *     struct lbuf_frame f; // of one stream
 *     struct lbuf record;
 *
 *     lbuf_frame_init(&f, &params);
 *     while ((ret = lbuf_frame_next(&f, stream, &record)) > 0) {
 *             ...
 *             lbuf_close(&record);
 *     }
 *     lbuf_release(stream);
 *
 * Each byte is looked at once, however often a framer is called before a record is whole.
 *
 * Threads: a framer belongs to the thread of its stream; settings may be shared.
 */

#ifndef LBUF_FRAME_H
#define LBUF_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include <lbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How records are told from each other. */
enum lbuf_frame_kind {
	LBUF_FRAME_FIXED,     /**< All have the same size. */
	LBUF_FRAME_LENGTH,    /**< A number in each tells its length. */
	LBUF_FRAME_LINE,      /**< Each ends with "\n"; "\r\n" counts as one end, too. */
	LBUF_FRAME_DELIMITER, /**< Each ends with a byte string. */
	LBUF_FRAME_CALLBACK,  /**< A function of the user's tells. */
};

/**
 * A framer of one's own: tell how long the first record is.
 *
 * @param b
 *   The stream: its readable bytes, at least one. May be looked at by lbuf_peek_copy(),
 *   lbuf_find(), a cursor and the like, not consumed.
 * @param from
 *   In: 0 for a new record, else what this function left here the last time that it found the
 *   record not to be whole. Out: what it wants to know then: how far it has searched, say.
 * @param arg
 *   lbuf_frame_params::arg.
 * @return
 *   Bytes of the record, which may be more than are there: the function is not called
 *   again before they are; 0: not known yet, more bytes are needed; a negative errno: no
 *   record can begin with these bytes.
 */
typedef int64_t (*lbuf_frame_cb_t)(struct lbuf *b, uint64_t *from, void *arg);

/** Default of lbuf_frame_params::max. */
#define LBUF_FRAME_MAX ((uint64_t)16 << 20)

/** Settings of a framer. Unused ones are 0. */
struct lbuf_frame_params {
	/** How records are told from each other. */
	enum lbuf_frame_kind kind;
	/** Longest record, bytes, all that is stripped included. 0: LBUF_FRAME_MAX; UINT64_MAX:
	 *  no limit.
	 */
	uint64_t max;
	/** LBUF_FRAME_FIXED: bytes of a record, at least 1. */
	uint64_t size;
	/** LBUF_FRAME_LENGTH: bytes of the number: 1, 2, 4 or 8. */
	uint8_t length_bytes;
	/** LBUF_FRAME_LENGTH: the number is little-endian; false: big-endian. */
	bool little_endian;
	/** LBUF_FRAME_LINE, LBUF_FRAME_DELIMITER: cut the end ("\n" or "\r\n", the byte string)
	 *  off the record.
	 */
	bool strip_end;
	/** LBUF_FRAME_LENGTH: bytes of the record before the number. */
	uint32_t length_offset;
	/** LBUF_FRAME_LENGTH: what is to be added to the number to have the bytes that follow it:
	 *  0 if these are what it counts; -(length_offset + length_bytes) if it counts the whole
	 *  record; 12 for a header of 12 bytes behind it that it does not count.
	 */
	int64_t length_adjust;
	/** Bytes to cut off the front of a record: its header. Not with LINE, DELIMITER. */
	uint32_t strip_front;
	/** LBUF_FRAME_DELIMITER: the byte string. */
	uint8_t delimiter[LBUF_FIND_MAX];
	/** LBUF_FRAME_DELIMITER: its bytes, 1 to LBUF_FIND_MAX. */
	uint8_t delimiter_bytes;
	/** LBUF_FRAME_CALLBACK: the function, and what it is passed. */
	lbuf_frame_cb_t cb;
	void *arg; /**< For cb. */
};

/** A framer of one stream, to be embedded. The fields are for the library only. */
struct lbuf_frame {
	const struct lbuf_frame_params *params; /**< Settings. */
	uint64_t from; /**< Where to go on searching; of a callback: what it left. */
	uint64_t need; /**< Bytes of the record, as far as it is known. */
	int error;     /**< Why it has stopped. */
};

/**
 * Open a framer. It holds no memory.
 *
 * @param f
 *   Memory of unknown content.
 * @param params
 *   Settings; must outlive the framer.
 * @return
 *   0; -EINVAL for settings that cannot be.
 */
int
lbuf_frame_init(struct lbuf_frame *f, const struct lbuf_frame_params *params);

/**
 * Cut the next record off a stream.
 *
 * @param f
 *   The framer.
 * @param b
 *   The stream, from which nothing else is consumed while a record is not whole.
 * @param record
 *   As the slice of lbuf_slice(): to be closed. It may be empty, of a record that consists of
 *   what is stripped.
 * @return
 *   1: a record; 0: there is none that is whole; or a negative errno:
 *   - -EMSGSIZE: a record longer than lbuf_frame_params::max
 *   - -EBADMSG: a length that cannot be: less than 0, or less than the header
 *   - what the callback returned
 *   - -EPIPE, -ENOMEM, -ENOBUFS: as lbuf_slice(). It can be tried again.
 *
 * After an error of the first three kinds all calls return it, until lbuf_frame_reset(): it
 * is not known where the next record begins.
 */
int
lbuf_frame_next(struct lbuf_frame *f, struct lbuf *b, struct lbuf *record);

/**
 * What is left when a stream has ended: the last line, though it has no end.
 *
 * @return
 *   1: a record, of LBUF_FRAME_LINE or LBUF_FRAME_DELIMITER; 0: nothing is left; -ENODATA: a
 *   part of a record is left, and stays in the stream; or as lbuf_frame_next().
 */
int
lbuf_frame_last(struct lbuf_frame *f, struct lbuf *b, struct lbuf *record);

/**
 * Begin anew, with a record that starts with the next byte: behind a gap, say, if the
 * protocol lets one find that.
 */
void
lbuf_frame_reset(struct lbuf_frame *f);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_FRAME_H */
