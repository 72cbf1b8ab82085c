/* SPDX-License-Identifier: BSD-3-Clause */

/* Telemetry asked through its socket, as its users do. */

#ifndef UNIT_ASK_H
#define UNIT_ASK_H

#include <stdint.h>

/*
 * The answer to a command that a format makes of a name and a number. It is there until the next
 * question.
 */
const char *
ask(const char *format, const char *name, uint64_t first);
/* How often a text is in another one. */
unsigned int
occurrences(const char *text, const char *what);
/* The first number that a name has; UINT64_MAX: there is no such name. */
uint64_t
number(const char *text, const char *name);

#endif /* UNIT_ASK_H */
