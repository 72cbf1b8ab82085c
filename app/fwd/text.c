/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdarg.h>
#include <stdio.h>

#include "text.h"

void
fwd_text_add(struct fwd_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start() is what sets it */
	n = vsnprintf(&t->buf[t->len], sizeof(t->buf) - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len = RTE_MIN(t->len + (size_t)n, sizeof(t->buf) - 1);
}
