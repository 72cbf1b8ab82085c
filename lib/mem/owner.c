/* SPDX-License-Identifier: BSD-3-Clause */

/* Who has a chunk: which lcore, what it was at, where in the code, and since when. */

#include <dlfcn.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <lbuf_debug.h>

#include "owner.h"

static __thread const char *self_tag;

const char *
lbuf_tag_set(const char *tag)
{
	const char *old = self_tag;

	self_tag = tag;
	return old;
}

void
owner_set(struct owner *owner, struct lbuf_chunk *chunk, size_t size, const void *caller)
{
	owner->tsc = rte_rdtsc();
	owner->caller = caller;
	owner->size = size;
	owner->chunk = chunk;
	owner->lcore = rte_lcore_id();
	owner->tag[0] = '\0';
	if (unlikely(self_tag != NULL))
		snprintf(owner->tag, sizeof(owner->tag), "%s", self_tag);
}

double
owner_age_s(const struct owner *owner)
{
	return (double)(rte_rdtsc() - owner->tsc) / (double)rte_get_tsc_hz();
}

void
caller_text(const void *caller, char *buf, size_t len)
{
	Dl_info info;

	if (caller == NULL)
		snprintf(buf, len, "unknown place");
	else if (dladdr(caller, &info) != 0 && info.dli_sname != NULL)
		snprintf(buf, len, "%s+0x%zx", info.dli_sname,
				(size_t)((const uint8_t *)caller - (uint8_t *)info.dli_saddr));
	else
		snprintf(buf, len, "%p", caller);
}

void
owner_text(const struct owner *owner, char *buf, size_t len)
{
	char where[64], lcore[24] = "no lcore";

	caller_text(owner->caller, where, sizeof(where));
	if (owner->lcore < RTE_MAX_LCORE)
		snprintf(lcore, sizeof(lcore), "lcore %u", owner->lcore);
	snprintf(buf, len, "%s, tag %s, %s, %.3f s ago", lcore,
			owner->tag[0] == '\0' ? "none" : owner->tag, where, owner_age_s(owner));
}
