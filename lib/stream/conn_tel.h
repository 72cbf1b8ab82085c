/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef CONN_TEL_H
#define CONN_TEL_H

/* Have telemetry tell of the tables of connections. Once a process. */
void
conn_tel_register(void);

#endif /* CONN_TEL_H */
