/* SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>

#include <lbuf_hold.h>

#include "hold.h"

/* The bound that the options say. */
static uint32_t
bound_of(const struct fwd_args *args)
{
	if (args->rx_hold == FWD_UNSET)
		return LBUF_HOLD_AUTO;
	return args->rx_hold == FWD_HOLD_ALL ? LBUF_HOLD_ALL : args->rx_hold;
}

void
fwd_hold_apply(const struct fwd_args *args, const struct fwd_port *port)
{
	uint32_t q;

	for (q = 0; port->bridge != NULL && q < args->rxq; q++) {
		lbuf_port_hold_set(port->bridge, (uint16_t)q, bound_of(args));
		lbuf_port_hold_break_set(port->bridge, (uint16_t)q, args->copy_break);
	}
}

void
fwd_hold_apply_all(const struct fwd *fwd)
{
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		fwd_hold_apply(&fwd->args, &fwd->ports[i]);
}

/* The figures of a queue; whether there are any. */
static bool
get(const struct fwd *fwd, unsigned int port, uint32_t q, struct lbuf_hold_stats *st)
{
	const struct lbuf_port *bridge = fwd->ports[port].bridge;

	return bridge != NULL && lbuf_port_hold_get(bridge, (uint16_t)q, st) == 0;
}

void
fwd_hold_show(const struct fwd *fwd, FILE *f)
{
	struct lbuf_hold_stats st;
	char bound[16] = "all";
	unsigned int i;
	uint32_t q;

	fprintf(f, "%-5s %-5s %10s %10s %10s %10s %12s %12s %12s %10s %10s\n", "port", "queue",
			"held mbufs", "bound", "most held", "copy-break", "copied", "small",
			"moved", "left alone", "given up");
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		for (q = 0; q < fwd->args.rxq; q++) {
			if (!get(fwd, i, q, &st))
				continue;
			if (st.bound != LBUF_HOLD_ALL)
				snprintf(bound, sizeof(bound), "%u", st.bound);
			fprintf(f,
					"%-5u %-5u %10u %10s %10u %10u %12" PRIu64 " %12" PRIu64
					" %12" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
					i, q, st.held, bound, st.high, st.copy_break, st.copied,
					st.small, st.moved, st.pinned, st.given_up);
		}
	}
}

void
fwd_hold_show_used(const struct fwd *fwd, FILE *f)
{
	struct lbuf_hold_stats st;
	unsigned int i;
	uint32_t q;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		for (q = 0; q < fwd->args.rxq; q++)
			if (get(fwd, i, q, &st) && (st.high | st.copied | st.small) != 0) {
				fprintf(f, "\n");
				fwd_hold_show(fwd, f);
				return;
			}
}
