/* SPDX-License-Identifier: BSD-3-Clause */

#include <rte_cycles.h>

#include "holder.h"
#include "relieve.h"

/* Of each lcore, how often it copies out of what it keeps: microseconds. */
#define PAUSE_US 100
/* Segments of a buffer that are looked at for that, at either end. */
#define WALK_MAX 4096

/* When each lcore may do so again. Each writes its own alone. */
static struct {
	uint64_t tsc;
} next_time[RTE_MAX_LCORE] __rte_cache_aligned;

bool relieve_stopped;

static bool
is_wanted(uint16_t via, bool all)
{
	return via != 0 && (all || __atomic_load_n(&hold_queues[via].is_short, __ATOMIC_RELAXED));
}

/* Whether a segment is to be copied: its mbuf is wanted, and nobody has a pointer into it. */
static bool
goes(const struct lbuf_seg *s, bool all)
{
	return is_wanted(seg_via(s), all) && (s->mem & LBUF_SEG_PIN) == 0 && !seg_is_loud(s);
}

/* Count a segment that is left alone. */
static void
note_pinned(const struct lbuf_seg *s, bool all)
{
	uint16_t via = seg_via(s);

	if (is_wanted(via, all) && (s->mem & LBUF_SEG_PIN) != 0)
		__atomic_fetch_add(&hold_queues[via].pinned, 1, __ATOMIC_RELAXED);
}

/* Bytes to be copied of some segments: whole ones, up to so many bytes or the first one. */
static uint64_t
bytes_to_copy(const struct lbuf_seg *s, const struct lbuf_seg *end, uint64_t most, bool all)
{
	uint64_t n = 0;

	for (; s != end; s++) {
		if (!goes(s, all)) {
			note_pinned(s, all);
			continue;
		}
		if (n != 0 && n + s->len > most)
			break;
		n += s->len;
	}
	return n;
}

/* Have a segment view a copy of its bytes. */
static void
copy_seg(struct lbuf_seg *s, struct lbuf_chunk *chunk, uint8_t *to)
{
	struct lbuf_seg was = *s;

	memcpy(to, s->addr, s->len);
	lbuf_chunk_get(chunk);
	lbuf_seg_fill(s, to, s->len, (uintptr_t)&chunk->mem);
	__atomic_fetch_add(&hold_queues[seg_via(&was)].moved, 1, __ATOMIC_RELAXED);
	seg_put_quietly(&was);
}

uint64_t
relieve(struct lbuf *b, uint64_t most, bool all)
{
	struct lbuf_seg *s, *end;
	struct lbuf_chunk *chunk;
	uint64_t n, done;

	settle(b);
	s = b->rd;
	end = s + RTE_MIN(b->tail - s, WALK_MAX);
	n = bytes_to_copy(s, end, most, all);
	if (n == 0 && end != b->tail) {
		/* What came first was copied before, what came last may not have been. */
		end = b->tail;
		s = end - RTE_MIN(end - s, WALK_MAX);
		n = bytes_to_copy(s, end, most, all);
	}
	if (n == 0)
		return 0;
	chunk = lbuf_chunk_alloc_share(b->pool, n, SOCKET_ID_ANY, LBUF_SHARE_RX);
	if (chunk == NULL)
		return 0;
	/* A queue may have become short, or have ceased to be, meanwhile. */
	for (done = 0; s != end && done < n; s++) {
		if (!goes(s, all) || s->len > n - done)
			continue;
		copy_seg(s, chunk, chunk->data + done);
		done += s->len;
	}
	chunk_put_quietly(chunk);
	return done;
}

/* Whether the lcore may copy again; then it is noted that it does. */
static bool
is_time(void)
{
	unsigned int lcore = rte_lcore_id();
	uint64_t now = rte_rdtsc();

	if (relieve_stopped || lcore >= RTE_MAX_LCORE || now < next_time[lcore].tsc)
		return false;
	next_time[lcore].tsc = now + rte_get_tsc_hz() / (1000000 / PAUSE_US);
	return true;
}

static bool
relieve_holder(struct holder *h, void *arg)
{
	uint64_t *done = arg, n = 0;

	if (h->mbufs != 0)
		n = relieve(h->b, RELIEVE_BYTES - *done, false);
	if (n != 0)
		holder_note(h);
	*done += n;
	return *done < RELIEVE_BYTES;
}

uint64_t
relieve_kept(void)
{
	uint64_t done = 0;

	if (is_time())
		holders_own(relieve_holder, &done);
	return done;
}

void
relieve_released(struct lbuf *b)
{
	uint64_t done;

	if (likely(__atomic_load_n(&hold_nb_short, __ATOMIC_RELAXED) == 0) || !is_time())
		return;
	done = relieve(b, RELIEVE_BYTES, false);
	if (done < RELIEVE_BYTES)
		holders_own(relieve_holder, &done);
}
