/* SPDX-License-Identifier: BSD-3-Clause */

/* Text of several lines that goes out in one piece, for lcores print at once. */

#ifndef FWD_TEXT_H
#define FWD_TEXT_H

#include <stddef.h>

#include <rte_common.h>

/* What has no room is left out. Begins as { .len = 0 }. */
struct fwd_text {
	char buf[2048];
	size_t len;
};

void
fwd_text_add(struct fwd_text *t, const char *fmt, ...) __rte_format_printf(2, 3);

#endif /* FWD_TEXT_H */
