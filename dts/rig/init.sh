#!/bin/busybox sh
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
#
# Process 1 of the guest: gives the NICs to vfio-pci, runs /job, and turns the machine off.
# /job's output is the console; a line on the second serial port asks it to stop.

say() {
	echo "RIG: $*"
}

prepare() {
	/bin/busybox mkdir -p /bin
	/bin/busybox --install -s /bin
	export PATH=/bin
	chmod 755 /	# EAL loads no drivers from below a folder that all may write to
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev
	mkdir -p /dev/hugepages /dev/shm
	mount -t tmpfs shm /dev/shm
	mount -t hugetlbfs -o pagesize=2M huge /dev/hugepages
	ip link set lo up
}

load_modules() {
	while read -r module; do
		insmod "/modules/$module" || say "cannot load $module"
	done < /modules/order
}

show_nodes() {
	for kind in has_cpu has_memory; do
		say "$kind $(cat "/sys/devices/system/node/$kind")"
	done
}

# A device is usable only when the rest of its IOMMU group has no driver, port drivers aside.
free_group() {
	for member in "$1"/iommu_group/devices/*; do
		driver=$(basename "$(readlink "$member/driver")")
		case $driver in
		'' | pcieport | vfio-pci) ;;
		*) echo "${member##*/}" > "$member/driver/unbind" ;;
		esac
	done
}

bind_nics() {
	for device in /sys/bus/pci/devices/*; do
		[ "$(cat "$device/class")" = 0x020000 ] || continue
		free_group "$device"
		echo vfio-pci > "$device/driver_override"
		echo "${device##*/}" > /sys/bus/pci/drivers_probe
		say "NIC ${device##*/} id $(cat "$device/vendor"):$(cat "$device/device")" \
			"node $(cat "$device/numa_node")" \
			"driver $(basename "$(readlink "$device/driver")")"
	done
}

run_job() {
	/bin/sh /job < /dev/null &
	job=$!
	(read -r _ < /dev/ttyS1; kill -INT $job) &
	wait $job
	say "exit code $?"
}

prepare
load_modules
show_nodes
bind_nics
run_job
dmesg | grep -E 'DMAR: .*([Ff]ault|Request device)'
say "end"
poweroff -f
