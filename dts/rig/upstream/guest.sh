#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# guest.sh KEY: makes the guest's disk, kernel and initial file system out of the Debian that it
# runs in, for scripts/dts-upstream.sh; what it changes there is gone with the run. KEY is the
# public key that may log in. The three files come out of it as a compressed tar archive.

set -euo pipefail

TREE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
OUT=/run/out # a mount of its own: not part of the disk
DISK_MB=1700
MODULES=(virtio_pci virtio_blk ext4)

# What DTS takes for a tree of DPDK that is built.
make_dpdk_tree() {
	local tool
	mkdir -p /opt/dpdk/build/app /opt/dpdk/usertools
	ln -sfn /usr/bin/dpdk-devbind.py /opt/dpdk/usertools/dpdk-devbind.py
	for tool in meson ninja; do
		# shellcheck disable=SC2016
		printf '#!/bin/sh\necho "nothing to do: $0 $*"\n' >"/usr/local/bin/$tool"
		chmod 755 "/usr/local/bin/$tool"
	done
	dpkg-query -W -f '${source:Upstream-Version}\n' dpdk >/opt/dpdk/VERSION
}

# The prompt of Python 3.13 draws with escape sequences, which DTS cannot read.
make_ssh() {
	mkdir -p /root/.ssh
	chmod 700 /root/.ssh
	echo "$1" >/root/.ssh/authorized_keys
	chmod 600 /root/.ssh/authorized_keys
	printf '%s\n' 'PermitRootLogin prohibit-password' 'SetEnv PYTHON_BASIC_REPL=1' \
		'UseDNS no' 'UsePAM no' 'MaxSessions 100' >/etc/ssh/sshd_config.d/dts.conf
	printf '%s\n' 'Defaults env_keep += "PYTHON_BASIC_REPL"' 'Defaults !fqdn' >/etc/sudoers.d/dts
	chmod 440 /etc/sudoers.d/dts
	ssh-keygen -A
	echo sut >/etc/hostname
	rm -f /etc/hosts
	echo '127.0.0.1 localhost sut' >/etc/hosts
}

make_initrd() {
	local kernel
	kernel=$(basename /lib/modules/*)
	printf 'MODULES=list\nCOMPRESS=gzip\n' >/etc/initramfs-tools/conf.d/dts
	printf '%s\n' "${MODULES[@]}" >>/etc/initramfs-tools/modules
	mkinitramfs -o "$OUT/initrd.img" "$kernel"
	PYTHONPATH=$TREE/dts python3 -B -c '
import sys
from rig.kernel import unpacked_kernel
with open(sys.argv[1], "rb") as packed, open(sys.argv[2], "wb") as plain:
    plain.write(unpacked_kernel(packed.read()))' "/boot/vmlinuz-$kernel" "$OUT/vmlinux"
}

# Without what is mounted on top.
make_disk() {
	mkdir -p /mnt/root
	mount --bind / /mnt/root
	truncate -s "${DISK_MB}M" "$OUT/disk.img"
	mke2fs -q -F -t ext4 -O ^has_journal -E lazy_itable_init=1 -d /mnt/root "$OUT/disk.img"
}

main() {
	make_dpdk_tree
	make_ssh "$1"
	install -m 755 "$TREE/dts/rig/upstream/init.sh" /sbin/dts-init
	mkdir -p "$OUT"
	make_initrd
	make_disk
}

main "$@" >&2
tar -C "$OUT" -S -cf - . | zstd -q -1 -T0
