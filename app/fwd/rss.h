/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Names of what RSS hashes.
 */

#ifndef FWD_RSS_H
#define FWD_RSS_H

#include <stdint.h>

/* Of what has such a name, of one bit or several; 0: nothing has. */
uint64_t
fwd_rss_by_name(const char *name);

/* As show port info has it: each bit by its name. */
void
fwd_rss_print_bits(uint64_t types);

/* As show port rss-hash has it: each name whose bits are all there. */
void
fwd_rss_print_types(uint64_t types);

#endif /* FWD_RSS_H */
