/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef FWD_REPORT_H
#define FWD_REPORT_H

#include <stdio.h>

/* The one form of an error: a line that says what was given and what may be. */
#define FWD_ERR(fmt, ...) fprintf(stderr, "lbuf-fwd: " fmt "\n", ##__VA_ARGS__)

/* What is no error, and told in a line. */
#define FWD_NOTE(fmt, ...) printf("lbuf-fwd: " fmt "\n", ##__VA_ARGS__)

#endif /* FWD_REPORT_H */
