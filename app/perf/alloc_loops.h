/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The loops of the cases that allocate. A template: an engine defines
 *
 *   ENGINE                       its prefix
 *   ENGINE_ctx                   a struct
 *   ENGINE_get(ctx, size)        returns void *, NULL if out of memory
 *   ENGINE_put(ctx, obj)
 *   ENGINE_addr(obj)             the object's first byte
 *
 * and, where it has bulk calls, ENGINE_BULK and
 *
 *   ENGINE_get_bulk(ctx, size, objs, n)   returns 0 if it succeeds
 *   ENGINE_put_bulk(ctx, objs, n)
 *
 * and, where it has one that trusts the caller to know what they are, ENGINE_RAW and
 *
 *   ENGINE_put_raw(ctx, size, objs, n)
 *
 * and includes this file, once per .c file. All of them are to be inlined.
 */

#include <rte_branch_prediction.h>
#include <rte_pause.h>

#include "alloc.h"

#define FN_CAT2(a, b) a##_##b
#define FN_CAT(a, b) FN_CAT2(a, b)
#define FN(name) FN_CAT(ENGINE, name)
#define CTX struct FN(ctx)

static __rte_always_inline void
touch_memory(void *obj, size_t size, enum alloc_touch touch)
{
	volatile uint8_t *p;
	size_t at;

	if (touch == TOUCH_NONE)
		return;
	p = FN(addr)(obj);
	*p = 1;
	if (touch == TOUCH_PAGE)
		for (at = 4096; at < size; at += 4096)
			p[at] = 1;
}

/*
 * Sizes and numbers are hidden from the compiler, as those of messages would be. The
 * context is copied, so that pools are where a program has them: in registers.
 */
static __rte_always_inline bool
loop_pair(const CTX *ctx, size_t size, uint64_t n, enum alloc_touch touch)
{
	CTX local = *ctx, *e = &local;
	void *obj;

	while (n-- != 0) {
		size_t ask = size;

		PERF_HIDE(ask);
		obj = FN(get)(e, ask);
		if (unlikely(obj == NULL))
			return false;
		touch_memory(obj, size, touch);
		PERF_HIDE(obj);
		FN(put)(e, obj);
	}
	return true;
}

static __rte_always_inline bool
loop_burst(const CTX *ctx, size_t size, uint64_t n, enum alloc_touch touch)
{
	CTX local = *ctx, *e = &local;
	void *objs[PERF_BURST];
	unsigned int i;

	for (; n != 0; n -= PERF_BURST) {
		for (i = 0; i < PERF_BURST; i++) {
			size_t ask = size;

			PERF_HIDE(ask);
			objs[i] = FN(get)(e, ask);
			if (unlikely(objs[i] == NULL))
				goto fail;
			touch_memory(objs[i], size, touch);
		}
		for (i = 0; i < PERF_BURST; i++) {
			void *obj = objs[i];

			PERF_HIDE(obj);
			FN(put)(e, obj);
		}
	}
	return true;
fail:
	while (i-- > 0)
		FN(put)(e, objs[i]);
	return false;
}

#ifdef ENGINE_BULK
static __rte_always_inline void
put_objs(CTX *e, size_t size, void **objs, unsigned int n, bool raw)
{
#ifdef ENGINE_RAW
	if (raw) {
		FN(put_raw)(e, size, objs, n);
		return;
	}
#endif
	(void)size;
	(void)raw;
	FN(put_bulk)(e, objs, n);
}

static __rte_always_inline bool
loop_many(const CTX *ctx, size_t size, uint64_t n, enum alloc_touch touch, bool raw)
{
	CTX local = *ctx, *e = &local;
	void *objs[PERF_BURST];
	void **p;
	unsigned int nb = PERF_BURST, i;

	for (; n != 0; n -= PERF_BURST) {
		p = objs;
		PERF_HIDE(size);
		PERF_HIDE(nb);
		if (unlikely(FN(get_bulk)(e, size, p, nb) != 0))
			return false;
		PERF_HIDE(p);
		if (touch != TOUCH_NONE)
			for (i = 0; i < nb; i++)
				touch_memory(p[i], size, touch);
		PERF_HIDE(size);
		put_objs(e, size, p, nb, raw);
	}
	return true;
}

static __rte_always_inline bool
loop_bulk(const CTX *ctx, size_t size, uint64_t n, enum alloc_touch touch)
{
	return loop_many(ctx, size, n, touch, false);
}

static __rte_always_inline bool
loop_raw(const CTX *ctx, size_t size, uint64_t n, enum alloc_touch touch)
{
	return loop_many(ctx, size, n, touch, true);
}
#endif

#define LOOP(kind, suffix, touch) \
	static bool FN(kind##_##suffix)(void *ctx, size_t size, uint64_t n) \
	{ \
		return loop_##kind(ctx, size, n, touch); \
	}
#define LOOPS(kind) \
	LOOP(kind, none, TOUCH_NONE) \
	LOOP(kind, byte, TOUCH_BYTE) \
	LOOP(kind, page, TOUCH_PAGE)
#define LOOP_NAMES(kind) \
	{ \
		FN(kind##_none), FN(kind##_byte), FN(kind##_page) \
	}

LOOPS(pair)
LOOPS(burst)
#ifdef ENGINE_BULK
LOOPS(bulk)
LOOPS(raw)
#endif

/* Pass a burst on; spins while the ring is full. */
static inline void
ring_put(struct rte_ring *ring, void **objs)
{
	unsigned int done = 0;

	while (done < PERF_BURST) {
		done += rte_ring_sp_enqueue_burst(ring, &objs[done], PERF_BURST - done, NULL);
		if (done < PERF_BURST)
			rte_pause();
	}
}

static __rte_always_inline unsigned int
produce_burst(CTX *e, const struct alloc_xcore *x, void **objs, bool bulk)
{
	size_t size = x->size;
	unsigned int i;

#ifdef ENGINE_BULK
	if (bulk && unlikely(FN(get_bulk)(e, size, objs, PERF_BURST) != 0))
		return 0;
#endif
	for (i = 0; i < PERF_BURST; i++) {
		if (!bulk) {
			PERF_HIDE(size);
			objs[i] = FN(get)(e, size);
			if (unlikely(objs[i] == NULL))
				break;
		}
		*(volatile uint8_t *)FN(addr)(objs[i]) = (uint8_t)i;
	}
	return i;
}

static __rte_always_inline void
produce(CTX *e, struct alloc_xcore *x, bool bulk)
{
	void *objs[PERF_BURST];
	unsigned int i;
	uint64_t n;

	for (n = x->n; n != 0; n -= PERF_BURST) {
		i = produce_burst(e, x, objs, bulk);
		if (unlikely(i < PERF_BURST)) {
			while (i-- > 0)
				FN(put)(e, objs[i]);
			__atomic_store_n(&x->failed, true, __ATOMIC_RELEASE);
			return;
		}
		ring_put(x->ring, objs);
	}
}

static __rte_always_inline void
consume(CTX *e, struct alloc_xcore *x, bool bulk)
{
	void *objs[PERF_BURST];
	uint64_t left = x->n;
	unsigned int got, i;

	while (left != 0) {
		got = rte_ring_sc_dequeue_burst(x->ring, objs, PERF_BURST, NULL);
		if (got == 0) {
			if (__atomic_load_n(&x->failed, __ATOMIC_ACQUIRE) &&
					rte_ring_empty(x->ring))
				return;
			rte_pause();
			continue;
		}
		left -= got;
		for (i = 0; i < got; i++) {
			(void)*(volatile uint8_t *)FN(addr)(objs[i]);
			if (!bulk)
				FN(put)(e, objs[i]);
		}
#ifdef ENGINE_BULK
		if (bulk)
			FN(put_bulk)(e, objs, got);
#endif
	}
}

static void
FN(produce)(void *ctx, struct alloc_xcore *x)
{
	if (x->bulk)
		produce(ctx, x, true);
	else
		produce(ctx, x, false);
}

static void
FN(consume)(void *ctx, struct alloc_xcore *x)
{
	if (x->bulk)
		consume(ctx, x, true);
	else
		consume(ctx, x, false);
}

/* Allocate n objects and touch all of their pages; returns how many there were. */
static uint64_t
FN(fill)(void *ctx, size_t size, void **objs, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++) {
		objs[i] = FN(get)(ctx, size);
		if (unlikely(objs[i] == NULL))
			break;
		touch_memory(objs[i], size, TOUCH_PAGE);
	}
	return i;
}

static void
FN(drain)(void *ctx, void **objs, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		FN(put)(ctx, objs[i]);
}

/* The loops, for the initializer of a struct alloc_engine. */
#ifdef ENGINE_BULK
#define BULK_NAMES LOOP_NAMES(bulk), LOOP_NAMES(raw)
#else
#define BULK_NAMES \
	{ \
		NULL \
	}
#endif
#define ENGINE_LOOPS \
	.loop = { LOOP_NAMES(pair), LOOP_NAMES(burst), BULK_NAMES }, .produce = FN(produce), \
	.consume = FN(consume), .fill = FN(fill), .drain = FN(drain)
