/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The loops of the cases that work on a stream. A template: an engine defines
 * ENGINE, its prefix, and with that prefix struct ctx, in which `feed` is the
 * feed, struct chain, and inline functions of these names:
 *
 *   init(ctx, chain)
 *   free(ctx, chain)             give all back
 *   append_ext(ctx, chain, i)    segment i of the feed, by reference
 *   append_one(ctx, chain)       segment 0, when others will not follow
 *   append_copy(ctx, chain, i)   segment i of the feed, copied
 *   append_mbuf(ctx, chain, m)   an mbuf
 *   length(chain)
 *   u32(chain)                   4 bytes as a big-endian number
 *   skip(ctx, chain, n)
 *   cut(ctx, chain, n, out)
 *   line(ctx, chain, out)        cut a line off; its length, 0 if there is none
 *   walk(ctx, chain)             find the lines that are complete, then consume them at
 *                                once; how many they were
 *   release(ctx, chain)          what has been consumed
 *   iovec(chain, iov, n)         returns how many
 *   cksum(chain), crc32c(chain)
 *   slice(ctx, chain, n, out)    the first n bytes, the memory of which has
 *                                other holders
 *   clone(ctx, chain, out), clone_free(ctx, out)
 *                                a further view of the whole chain of mbufs
 *
 * Those that may fail return 0 when they do not. Prepared for the cases:
 *
 *   mbufs                        in ctx: the feed's segments as mbufs
 *   prepare_mbufs(ctx)           fill it
 *   slice_rounds, prepare_slices(ctx, chain)
 *                                how often slice() may follow it
 */

#include <rte_branch_prediction.h>

#include "chain.h"

#define FN_CAT2(a, b) a##_##b
#define FN_CAT(a, b) FN_CAT2(a, b)
#define FN(name) FN_CAT(ENGINE, name)
#define CTX struct FN(ctx)
#define CHAIN struct FN(chain)

/* Cut off and close all messages that are complete. */
static __rte_always_inline bool
cut_messages(CTX *c, CHAIN *chain)
{
	CHAIN out;
	uint32_t len;

	while (FN(length)(chain) >= CHAIN_HEAD) {
		len = FN(u32)(chain);
		if (FN(length)(chain) < CHAIN_HEAD + (uint64_t)len)
			break;
		FN(skip)(c, chain, CHAIN_HEAD);
		if (unlikely(FN(cut)(c, chain, len, &out) != 0))
			return false;
		if (unlikely(FN(length)(&out) != len))
			return false;
		FN(free)(c, &out);
	}
	FN(release)(c, chain);
	return true;
}

/* One lap: append segment after segment, cut off what is complete. */
static __rte_always_inline bool
stream_lap(CTX *c, enum chain_case kind)
{
	CHAIN chain;
	bool ok = true;
	size_t i;
	int ret;

	FN(init)(c, &chain);
	for (i = 0; ok && i < c->feed.nb_segs; i++) {
		if (kind == CHAIN_STREAM_ZC)
			ret = FN(append_ext)(c, &chain, i);
		else if (kind == CHAIN_STREAM_COPY)
			ret = FN(append_copy)(c, &chain, i);
		else
			ret = FN(append_mbuf)(c, &chain, c->mbufs[i]);
		ok = likely(ret == 0) && cut_messages(c, &chain);
	}
	ok = ok && FN(length)(&chain) == 0;
	FN(free)(c, &chain);
	return ok;
}

static __rte_always_inline uint64_t
stream_run(CTX *c, enum chain_case kind, uint64_t n, struct watch *w)
{
	uint64_t done;
	bool ok;

	for (done = 0; done < n; done += c->feed.items) {
		if (kind == CHAIN_STREAM_MBUF && FN(prepare_mbufs)(c) != 0)
			return 0;
		watch_start(w);
		ok = stream_lap(c, kind);
		watch_stop(w);
		if (!ok)
			return 0;
	}
	return done;
}

static uint64_t
FN(stream_zc)(void *ctx, uint64_t n, struct watch *w)
{
	return stream_run(ctx, CHAIN_STREAM_ZC, n, w);
}

static uint64_t
FN(stream_mbuf)(void *ctx, uint64_t n, struct watch *w)
{
	return stream_run(ctx, CHAIN_STREAM_MBUF, n, w);
}

static uint64_t
FN(stream_copy)(void *ctx, uint64_t n, struct watch *w)
{
	return stream_run(ctx, CHAIN_STREAM_COPY, n, w);
}

/* Attach a segment, consume it, which frees it. */
static uint64_t
FN(attach)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	CHAIN chain;
	uint64_t i;

	FN(init)(c, &chain);
	watch_start(w);
	for (i = 0; i < n; i++) {
		if (unlikely(FN(append_one)(c, &chain) != 0))
			break;
		FN(skip)(c, &chain, FN(length)(&chain));
		FN(release)(c, &chain);
	}
	watch_stop(w);
	FN(free)(c, &chain);
	return i == n ? n : 0;
}

/* A slice of 45 segments, closed again. */
static uint64_t
FN(slice45)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	CHAIN chain, out;
	uint64_t done = 0;
	unsigned int i;
	bool ok = true;

	while (ok && done < n) {
		FN(init)(c, &chain);
		ok = FN(prepare_slices)(c, &chain) == 0;
		watch_start(w);
		for (i = 0; ok && i < CHAIN_SLICES; i++) {
			ok = likely(FN(slice)(c, &chain, CHAIN_SEGS * CHAIN_SEG, &out) == 0);
			if (ok)
				FN(free)(c, &out);
		}
		watch_stop(w);
		FN(free)(c, &chain);
		done += CHAIN_SLICES;
	}
	return ok ? done : 0;
}

/* A further view of 45 received mbufs, given back again. */
static uint64_t
FN(clone45)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	CHAIN chain, out;
	bool ok = FN(prepare_mbufs)(c) == 0;
	uint64_t i;

	FN(init)(c, &chain);
	for (i = 0; ok && i < c->feed.nb_segs; i++)
		ok = FN(append_mbuf)(c, &chain, c->mbufs[i]) == 0;
	watch_start(w);
	for (i = 0; ok && i < n; i++) {
		ok = likely(FN(clone)(c, &chain, &out) == 0);
		if (ok)
			FN(clone_free)(c, &out);
	}
	watch_stop(w);
	FN(free)(c, &chain);
	return ok ? n : 0;
}

/* A chain of all segments of the feed. */
static bool
whole_feed(CTX *c, CHAIN *chain)
{
	size_t i;

	FN(init)(c, chain);
	for (i = 0; i < c->feed.nb_segs; i++)
		if (FN(append_ext)(c, chain, i) != 0)
			return false;
	return true;
}

static uint64_t
FN(iovec45)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	struct iovec iov[CHAIN_SEGS], *p = iov;
	CHAIN chain;
	bool ok = whole_feed(c, &chain);
	uint64_t i;

	watch_start(w);
	for (i = 0; ok && i < n; i++) {
		PERF_HIDE(p);
		ok = likely(FN(iovec)(&chain, p, CHAIN_SEGS) == CHAIN_SEGS);
	}
	watch_stop(w);
	FN(free)(c, &chain);
	return ok ? n : 0;
}

/* The feed is one segment, or its number is divided between two. */
static uint64_t
FN(u32_loop)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	CHAIN chain, *p = &chain;
	bool ok = whole_feed(c, &chain);
	uint32_t sum = 0;
	uint64_t i;

	if (ok && c->border)
		FN(skip)(c, &chain, CHAIN_SEG - 2);
	watch_start(w);
	for (i = 0; ok && i < n; i++) {
		PERF_HIDE(p);
		sum += FN(u32)(p);
	}
	watch_stop(w);
	PERF_HIDE(sum);
	FN(free)(c, &chain);
	return ok ? n : 0;
}

static uint64_t
FN(lines)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	CHAIN chain, out;
	uint64_t done;
	bool ok = true;
	size_t i;

	for (done = 0; ok && done < n; done += c->feed.items) {
		FN(init)(c, &chain);
		watch_start(w);
		for (i = 0; ok && i < c->feed.nb_segs; i++) {
			ok = likely(FN(append_ext)(c, &chain, i) == 0);
			while (ok && FN(line)(c, &chain, &out) != 0)
				FN(free)(c, &out);
			FN(release)(c, &chain);
		}
		watch_stop(w);
		ok = ok && FN(length)(&chain) == 0;
		FN(free)(c, &chain);
	}
	return ok ? done : 0;
}

/* Lines that are looked for, and consumed together: those of a segment. */
static uint64_t
FN(walk_lines)(void *ctx, uint64_t n, struct watch *w)
{
	CTX *c = ctx;
	uint64_t done, lines;
	CHAIN chain;
	bool ok = true;
	size_t i;

	for (done = 0; ok && done < n; done += c->feed.items) {
		FN(init)(c, &chain);
		lines = 0;
		watch_start(w);
		for (i = 0; ok && i < c->feed.nb_segs; i++) {
			ok = likely(FN(append_ext)(c, &chain, i) == 0);
			lines += FN(walk)(c, &chain);
			FN(release)(c, &chain);
		}
		watch_stop(w);
		ok = ok && lines == c->feed.items && FN(length)(&chain) == 0;
		FN(free)(c, &chain);
	}
	return ok ? done : 0;
}

#define SUM_LOOP(name) \
	static uint64_t FN(name##_loop)(void *ctx, uint64_t n, struct watch *w) \
	{ \
		CTX *c = ctx; \
		CHAIN chain, *p = &chain; \
		bool ok = whole_feed(c, &chain); \
		uint32_t sum = 0; \
		uint64_t i; \
\
		watch_start(w); \
		for (i = 0; ok && i < n; i++) { \
			PERF_HIDE(p); \
			sum += FN(name)(p); \
		} \
		watch_stop(w); \
		PERF_HIDE(sum); \
		FN(free)(c, &chain); \
		return ok ? n : 0; \
	}

SUM_LOOP(cksum)
SUM_LOOP(crc32c)

/* The loops, for the initializer of a struct chain_engine. */
#define ENGINE_LOOPS \
	.run = { \
		[CHAIN_STREAM_ZC] = FN(stream_zc), \
		[CHAIN_STREAM_MBUF] = FN(stream_mbuf), \
		[CHAIN_STREAM_COPY] = FN(stream_copy), \
		[CHAIN_ATTACH] = FN(attach), \
		[CHAIN_SLICE] = FN(slice45), \
		[CHAIN_CLONE] = FN(clone45), \
		[CHAIN_IOVEC] = FN(iovec45), \
		[CHAIN_U32] = FN(u32_loop), \
		[CHAIN_U32_BORDER] = FN(u32_loop), \
		[CHAIN_LINES] = FN(lines), \
		[CHAIN_WALK] = FN(walk_lines), \
		[CHAIN_CKSUM] = FN(cksum_loop), \
		[CHAIN_CRC32C] = FN(crc32c_loop), \
	}
