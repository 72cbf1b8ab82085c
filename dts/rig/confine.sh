#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
#
# confine CPUS NODES COMMAND...
#
# Runs a command in the guest as in a container that has these CPUs, and memory of these nodes:
# in a control group (version 2) with a cpuset.

ROOT=/sys/fs/cgroup
GROUP=$ROOT/confined

set -e
[ -e $ROOT/cgroup.procs ] || mount -t cgroup2 cgroup $ROOT
echo +cpuset > $ROOT/cgroup.subtree_control
mkdir -p $GROUP
echo "$1" > $GROUP/cpuset.cpus
echo "$2" > $GROUP/cpuset.mems
echo $$ > $GROUP/cgroup.procs
echo "RIG: confined to CPUs $(cat $GROUP/cpuset.cpus.effective)" \
	"and nodes $(cat $GROUP/cpuset.mems.effective)"
shift 2
exec "$@"
