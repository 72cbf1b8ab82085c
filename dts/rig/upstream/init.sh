#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Process 1 of the guest that DPDK's own test suite drives: it mounts what is needed, loads the
# NICs' drivers, puts the program to test in testpmd's place, and serves SSH.

say() {
	echo "RIG: $*"
}

mount_all() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev 2>/dev/null
	mkdir -p /dev/pts /dev/shm /dev/hugepages /share
	mount -t devpts devpts /dev/pts
	for folder in /dev/shm /run /tmp; do
		mount -t tmpfs tmpfs "$folder"
	done
	mkdir -p /run/sshd
	mount -t hugetlbfs -o pagesize=2M huge /dev/hugepages
}

load_modules() {
	for module in virtio_net e1000e vfio-pci vfio_iommu_type1 9pnet_virtio 9p; do
		modprobe "$module" || say "cannot load $module"
	done
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none share /share ||
		say "no share"
}

bring_up() {
	hostname sut
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip link set lo up
	for path in /sys/class/net/*; do
		name=${path##*/}
		driver=$(basename "$(readlink "$path/device/driver")")
		case $driver in
		virtio_net)
			ip addr add 10.0.2.15/24 dev "$name"
			ip link set "$name" up
			;;
		e1000e)
			ip link set "$name" up
			say "NIC $name $(basename "$(readlink "$path/device")")"
			;;
		esac
	done
}

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount_all
load_modules
bring_up
cp /share/program /opt/dpdk/build/app/dpdk-testpmd
chmod 755 /opt/dpdk/build/app/dpdk-testpmd
# DTS waits 5 s for the second time, which is enough.
python3 -c 'from scapy.all import *'
say "up after $(cut -d' ' -f1 /proc/uptime) s"
/usr/sbin/sshd -D -e
poweroff -f
