/* SPDX-License-Identifier: BSD-3-Clause */

/* Streams, beyond what their users may do. */

#ifndef STREAM_H
#define STREAM_H

#include "streams.h"

/* lbuf_stream_is_started() without a call. */
static inline bool
stream_is_started(const struct lbuf_stream *s)
{
	return (s->flags & STREAM_STARTED) != 0;
}

/* Whether so many bytes more, readable ones, are over a limit. */
bool
stream_is_full(const struct lbuf_stream *s, uint64_t more);

/* Drop what is readable and was not consumed; its bytes. */
uint64_t
stream_drop_unread(struct lbuf_stream *s);

/* Keep no bytes from here on, and drop those that are there. */
void
stream_ignore(struct lbuf_stream *s);

/* Begin again at another byte, if nothing has come yet. */
bool
stream_restart(struct lbuf_stream *s, uint32_t seq);

#endif /* STREAM_H */
