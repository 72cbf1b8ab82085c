/* SPDX-License-Identifier: BSD-3-Clause */

/* Buffers put aside. */

#include "compact.h"
#include "holder.h"
#include "lbuf_priv.h"

/* Whether a buffer holds any mbuf that counts. */
static bool
holds_any(const struct lbuf *b)
{
	const struct lbuf_seg *s;

	for (s = b->head; s != b->tail; s++)
		if (seg_via(s) != 0)
			return true;
	return false;
}

int
lbuf_keep(struct lbuf *b)
{
	int ret = check_read(b, 0);

	if (ret != 0)
		return ret;
	/* If there is no memory for it now, it is copied out when mbufs become short. */
	compact_for(b, LBUF_KEEP_SPARSE, LBUF_SHARE_RX, NULL);
	if ((b->flags & LBUF_F_KEPT) != 0 || !holds_any(b))
		return 0;
	return holder_add(b, __builtin_return_address(0));
}

void
lbuf_unkeep(struct lbuf *b)
{
	if ((b->flags & LBUF_F_KEPT) != 0)
		holder_del(b);
}
