/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef MODEL_PRIV_H
#define MODEL_PRIV_H

#include <rte_ethdev.h>

#include "model.h"
#include "unit.h"

#define SLOTS 10
#define HELD_MAX 24
#define OUTS 8
#define EXTS 4
#define LOUDS 6
#define CHAINS 4
/* Most segments of a chain by some_mbufs(). */
#define CHAIN_SEGS 50
/* Most packets that a port holds. */
#define LINE 16
#define TRAIL 16
/* Bytes that a buffer may come to hold, large ones apart. */
#define SLOT_BYTES ((uint64_t)256 << 10)

/* Bytes as they should be; they are taken off at the front. */
struct bytes {
	uint8_t *mem;
	size_t off;
	size_t len;
	size_t cap;
};

/* A pointer that peek or next handed out, and what must be there until release. */
struct held {
	const uint8_t *p;
	uint64_t n;
	uint8_t *copy;
};

enum slot_state {
	SLOT_CLOSED,
	SLOT_BUFFER,
	SLOT_SLICE,
};

/* A linked buffer and its model. */
struct slot {
	struct lbuf b;
	enum slot_state state;
	struct bytes all; /* readable bytes, then pending ones */
	uint64_t len;     /* of these, readable */
	struct held held[HELD_MAX];
	unsigned int nb_held;
	uint8_t *late;     /* reserved bytes that are yet to be written */
	uint64_t late_off; /* where they are in the pending ones */
	uint64_t late_n;
};

/* An exported packet and its bytes. */
struct out {
	struct rte_mbuf *m;
	struct bytes bytes;
};

/* External memory; a hidden buffer keeps a reference while the model uses it. */
struct piece {
	struct lbuf keeper;
	struct lbuf_ext *ext;
	const uint8_t *addr;
	uint64_t n;
};

/* External memory whose free callback calls verbs. */
struct loud {
	struct lbuf_ext ext;
	struct model *m;
	bool out; /* some buffer views it */
	uint8_t mem[100];
};

/* A chain that the model holds, too, and what it was. */
struct chain {
	struct rte_mbuf *head; /* NULL: none */
	struct bytes bytes;
	struct rte_mbuf was[CHAIN_SEGS];
};

struct model {
	struct model_conf conf;
	uint64_t seed;
	uint64_t rand;
	const uint8_t *data; /* input of a fuzzer, or NULL */
	size_t left;
	uint64_t steps;
	uint64_t step;
	unsigned int nb_ops;  /* of model_ops */
	unsigned int weights; /* of these */
	uint64_t with_bytes;  /* steps on a buffer with readable bytes */
	uint64_t pos;         /* in the endless string: the next bytes to write */
	uint64_t sample;      /* random numbers that are no part of the steps */
	struct slot slot[SLOTS];
	struct out out[OUTS];
	struct piece piece[EXTS];
	struct loud loud[LOUDS];
	struct chain chain[CHAINS];
	uint64_t busy;      /* slots that an operation is at work on */
	unsigned int depth; /* of callbacks in callbacks */
	bool over;          /* callbacks do no more than count */
	const char *trail[TRAIL];
	bool armed; /* an allocation may have been made to fail */
	/* Packets that were sent and are yet to be received. */
	struct out line[LINE];
	unsigned int line_head;
	unsigned int nb_line;
	uint16_t room; /* packets that the port takes */
	const struct rte_eth_rxtx_callback *refuse;
};

struct op {
	const char *name;
	void (*run)(struct model *m, struct slot *s);
	unsigned int weight;
	bool port; /* only with a port */
};

/* Those that need a port come last. */
extern const struct op model_ops[];
extern const unsigned int model_nb_ops;

/* Give up: the library differs from the model. */
#define model_fail(m, ...) model_failed(m, __FILE__, __LINE__, __VA_ARGS__)
#define model_check(m, cond) \
	do { \
		if (!(cond)) \
			model_fail(m, "%s", #cond); \
	} while (0)
__attribute__((format(printf, 4, 5), noreturn)) void
model_failed(const struct model *m, const char *file, int line, const char *fmt, ...);

/* A number under n, at least 1. */
uint64_t
model_draw(struct model *m, uint64_t n);
/* A size to write, mostly small, often around a boundary. */
uint64_t
model_size(struct model *m);
/* A size to read out of so many bytes, now and then more than there are. */
uint64_t
model_part(struct model *m, uint64_t len);

/* A closed slot, other than one, by closing it if need be. */
struct slot *
model_free_slot(struct model *m, const struct slot *other);
struct slot *
model_any_slot(struct model *m);

void
bytes_append(struct bytes *b, const void *mem, size_t n);
/* Make room for n bytes at a place, and return where they are. */
uint8_t *
bytes_insert(struct bytes *b, size_t at, size_t n);
void
bytes_drop_front(struct bytes *b, size_t n);
static inline uint8_t *
bytes_at(const struct bytes *b, size_t at)
{
	return b->mem == NULL ? NULL : b->mem + b->off + at;
}

/* The reserved bytes that are not yet written. */
void
slot_fill_late(struct model *m, struct slot *s);
/* Remember what a pointer shows. */
void
slot_hold(struct model *m, struct slot *s, const void *p, uint64_t n);
/* Bytes of the buffer changed in place: its own pointers see that. */
void
slot_edited(struct slot *s, const uint8_t *p, uint64_t n);
void
slot_check_held(const struct model *m, const struct slot *s);
/* Compare a slot with its model: all of it, or if it is long a part. */
void
slot_check(struct model *m, struct slot *s, bool all);
void
slot_forget_held(struct slot *s);
void
slot_close(struct model *m, struct slot *s);

void
out_check(const struct model *m, const struct out *out);
/* A chain that the model holds is what it was. */
void
chain_check(const struct model *m, const struct chain *c);
void
chain_free(struct model *m, struct chain *c);

/* Have a callback do an operation or some, on slots that none is at work on. */
void
model_reenter(struct model *m);
/* While an operation calls a verb after which nothing more is to be done with a slot. */
void
slot_set_busy(struct model *m, const struct slot *s, bool busy);

/* Make the port refuse packets now and then; and empty it in the end. */
void
model_port_open(struct model *m);
void
model_port_close(struct model *m);

#endif /* MODEL_PRIV_H */
