/* SPDX-License-Identifier: BSD-3-Clause */

/* Receive the frames of port_send, and tell of each kind how many were right. */

#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "frame.h"

#define SECONDS 15

static unsigned int right[FRAME_KINDS], wrong, late;

static void
look_at(struct lbuf *b)
{
	static uint8_t frame[FRAME_LEN];
	unsigned int kind = FRAME_KINDS, number = 0;
	size_t len = lbuf_len(b);

	if (len == FRAME_LEN && lbuf_peek_copy(b, frame, len) == 0 &&
			frame_check(frame, len, &kind, &number) && kind < FRAME_KINDS) {
		late += number != right[kind];
		right[kind]++;
	} else {
		wrong++;
	}
	check(lbuf_skip(b, len) == 0 && lbuf_release(b) == 0, "skip");
}

int
main(int argc, char **argv)
{
	unsigned int i, n = 0;
	struct lbuf *bufs[1];
	struct end end;
	struct lbuf b;
	uint64_t until;

	end_open(&end, argc, argv);
	printf("receive: ready\n");
	check(end_wait(true, SECONDS), "no link");
	lbuf_init(&b, end.pool);
	bufs[0] = &b;
	until = rte_get_timer_cycles() + SECONDS * rte_get_timer_hz();
	while (n < FRAME_KINDS * FRAMES && rte_get_timer_cycles() < until) {
		if (lbuf_port_rx(end.port, 0, bufs, 1) == 0)
			continue;
		look_at(&b);
		n++;
	}
	lbuf_close(&b);
	for (i = 0; i < FRAME_KINDS; i++)
		printf("receive: %s right %u\n", frame_name[i], right[i]);
	printf("receive: wrong %u late %u\n", wrong, late);
	/* Drivers end a program that looks at a ring which is not there any more. */
	end_wait(false, SECONDS);
	end_close(&end);
	return EXIT_SUCCESS;
}
