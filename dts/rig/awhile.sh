#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
#
# awhile PATTERN COMMAND...
#
# Runs a program in the guest until what it says has had the pattern for two seconds, or until it
# ends by itself; then shows what it said. The exit code is the program's.

SAID=/tmp/awhile
PATIENCE=60	# seconds until the pattern is there

runs() {
	grep -q '^State:[[:space:]]*[^Z]' "/proc/$pid/status" 2> /dev/null
}

pattern=$1
shift
"$@" > $SAID 2>&1 &
pid=$!
waited=0
while [ $waited -lt $PATIENCE ] && runs && ! grep -q "$pattern" $SAID; do
	sleep 1
	waited=$((waited + 1))
done
sleep 2
kill -INT $pid 2> /dev/null
wait $pid
code=$?
cat $SAID
exit $code
