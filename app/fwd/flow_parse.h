/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef FWD_FLOW_PARSE_H
#define FWD_FLOW_PARSE_H

struct fwd_flow;

/*
 * A rule in testpmd's words: [group N] [priority N] [ingress] [egress] [transfer]
 * pattern ITEM / ... / end actions ACTION / ... / end
 *
 * Returns a rule to be freed with free(), or NULL if the words are wrong.
 */
struct fwd_flow *
fwd_flow_parse(const char *text);

#endif /* FWD_FLOW_PARSE_H */
