/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Devices of --vdev that EAL could not make: it goes on without one whose driver
 * refuses it, and does not start for one that has no driver.
 */

#ifndef FWD_VDEV_H
#define FWD_VDEV_H

/* Each returns 0, or -ENODEV after one line that names the first such --vdev. */

/* After EAL has started. */
int
fwd_vdev_check_probed(int argc, char **argv);

/* Also if EAL has not started. */
int
fwd_vdev_check_drivers(int argc, char **argv);

#endif /* FWD_VDEV_H */
