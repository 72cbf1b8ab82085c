/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef FWD_PRINT_ENGINE_H
#define FWD_PRINT_ENGINE_H

#include "sample.h"

struct fwd;

/* The engine's table of a period: queues, memory, cycles. */
void
fwd_print_engine(const struct fwd *fwd, const struct fwd_sample *sample);

#endif /* FWD_PRINT_ENGINE_H */
