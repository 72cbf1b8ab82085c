/* SPDX-License-Identifier: BSD-3-Clause */

/* Frames whose bytes tell what they are, and what both ends of a link do alike. */

#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lbuf_port.h>

#define FRAME_LEN 1500
/* Of this many bytes each frame begins with an mbuf of the usual kind. */
#define FRAME_HEAD 40
/* Frames of each kind. */
#define FRAMES 8

/* What the rest of a frame, or all of it, lies in. */
enum frame_kind {
	FRAME_MBUF,    /* all in one mbuf of EAL's heap, as if it had been received */
	FRAME_CHAIN,   /* mbufs of EAL's heap */
	FRAME_FOREIGN, /* all in one mbuf with its data in memory that is not EAL's */
	FRAME_EXT,     /* external memory that is not EAL's */
	FRAME_SMALL,   /* chunks of the small tier */
	FRAME_MIDDLE,  /* a chunk of the middle tier */
	FRAME_LARGE,   /* a chunk of the large tier */
	FRAME_KINDS,
};

extern const char *const frame_name[FRAME_KINDS];

/* Fill in bytes of a frame, from the one at `from` on. */
void
frame_fill(uint8_t *to, enum frame_kind kind, unsigned int number, size_t from, size_t n);

/* Whether all bytes of a frame are right; *kind and *number are what it says it is. */
bool
frame_check(const uint8_t *frame, size_t len, unsigned int *kind, unsigned int *number);

/* End the program if something is wrong. */
void
check(bool good, const char *what);

/* What both ends begin and end with. */
struct end {
	struct rte_mempool *mbufs;
	struct lbuf_pool *pool;
	struct lbuf_port *port;
};

/* Start EAL and its only port, with one queue, and make its bridge. */
void
end_open(struct end *end, int argc, char **argv);

/* Wait for the port's link to be up, or to be down: false after so many seconds. */
bool
end_wait(bool up, unsigned int seconds);

/* Close all of it; nothing may be out. */
void
end_close(struct end *end);

#endif /* FRAME_H */
