#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# DPDK's own test suite (DTS), unchanged, against lbuf-fwd in testpmd's place, and against
# testpmd. DTS is taken from DPDK for the purpose and is no part of this tree.
#
#   DTS, in a Debian 13 root (distro.sh) ---- SSH ---- a guest in QEMU: four e1000e NICs,
#                                                      joined in pairs; the machine under
#                                                      test and the traffic generator in one

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

WORK=${LBUF_DTS_WORK:-$ROOT/build-dts-upstream}
DTS=${LBUF_DTS:-https://dpdk.org/git/dpdk}
TAG=v26.07
LIMIT=3600       # seconds of a run
ANSWER=120       # seconds that DTS waits for an answer; emulation is slow
BOOT_SECONDS=300
MEMORY_MB=6144
HUGE_PAGES=1100
TESTPMD_MBUFS=20000 # DTS gives a start 5 s of silence: a small pool is made in time
# Verbose output that DTS cannot read ends a run: such suites are last.
SUITES=("smoke_tests device_bound_to_driver devices_listed_in_testpmd" hello_world promisc_support
	dynamic_config port_control buffer_scatter mac_filter blocklist l2fwd vlan dual_vlan qinq
	port_restart_config_persistency mtu)

PROGRAMS=()
CHOSEN=()
PORT=
QEMU_PID=

usage() {
	cat <<-END
		usage: $0 [OPTION]... [SUITE]...

		Runs suites of DPDK's test suite against programs in testpmd's place, and shows what
		became of each case. The exit code is 0 only if every case that dpdk-testpmd passes
		passes with the other programs, too. A SUITE may be 'suite case case'; without, these
		run, which an emulated e1000e can do:
		$(printf '  %s\n' "${SUITES[@]}")

		The first time some ten minutes, then one for each program, and 10 to 20 s a case.
		Needs root, and 6 GiB of memory.

		  --dts SOURCE      where DTS is: a folder with dts/ and usertools/ of DPDK, or a git
		                    repository of DPDK (default $DTS)
		  --tag TAG         of that repository (default $TAG)
		  --program PROGRAM lbuf-fwd, dpdk-testpmd, or the path of a program for Debian 13;
		                    may come more than once (default: dpdk-testpmd, then lbuf-fwd)
		  --limit SECONDS   of a program's run (default $LIMIT)
		  --remake          makes the guest anew

		LBUF_DTS in the environment is as --dts; LBUF_DTS_WORK is the folder to work in
		(default $WORK).
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--dts) value "$@" && DTS=$2 && shift ;;
		--tag) value "$@" && TAG=$2 && shift ;;
		--program) value "$@" && PROGRAMS+=("$2") && shift ;;
		--limit) value "$@" && LIMIT=$2 && shift ;;
		--remake) rm -f "$WORK/guest.ok" ;;
		-h | --help) usage && exit 0 ;;
		-*) die "unknown argument '$1': see --help" ;;
		*) CHOSEN+=("$1") ;;
		esac
		shift
	done
	[[ $LIMIT =~ ^[1-9][0-9]{0,4}$ ]] || die "--limit '$LIMIT': must be 1 to 99999 seconds"
	((${#PROGRAMS[@]})) || PROGRAMS=(dpdk-testpmd lbuf-fwd)
	((${#CHOSEN[@]})) || CHOSEN=("${SUITES[@]}")
}

# --- what is needed ----------------------------------------------------------

# get_dts: into WORK/dts.
get_dts() {
	local parts=(dts usertools VERSION)
	rm -rf "$WORK/dts"
	mkdir -p "$WORK/dts"
	if [[ -f $DTS/dts/main.py ]]; then
		cp -r "${parts[@]/#/$DTS/}" "$WORK/dts/"
	elif [[ -d $DTS ]]; then
		git -C "$DTS" archive "$TAG" "${parts[@]}" | tar -C "$WORK/dts" -xf - ||
			die "--dts $DTS: no folder with dts/main.py, nor a repository with the tag $TAG"
	else
		quietly "$SCRATCH/git" git clone -q --depth 1 --branch "$TAG" "$DTS" "$SCRATCH/dpdk" ||
			die "--dts $DTS: cannot get $TAG from there; give a folder or another repository"
		cp -r "${parts[@]/#/$SCRATCH/dpdk/}" "$WORK/dts/"
		rm -rf "$SCRATCH/dpdk"
	fi
	echo "DTS of DPDK $(<"$WORK/dts/VERSION")"
}

# in_root SYSTEM COMMAND...
in_root() {
	"$ROOT/scripts/distro.sh" "$@"
}

# make_guest: WORK/disk.img, vmlinux and initrd.img; kept for the next time.
make_guest() {
	[[ ! -f $WORK/guest.ok ]] || return 0
	[[ -f $WORK/key ]] || ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	in_root trixie-guest true
	echo "making the guest"
	in_root trixie-guest dts/rig/upstream/guest.sh "$(<"$WORK/key.pub")" 2>"$SCRATCH/guest" |
		zstd -dcq | tar -C "$WORK" -xf - ||
		{ tail -n 20 "$SCRATCH/guest" >&2; die "no guest, see above"; }
	touch "$WORK/guest.ok"
}

# Built in the system that the guest has.
build_program() {
	# shellcheck disable=SC2016
	local build='. scripts/common.sh; scratch_dir
		quietly "$SCRATCH/b" configure build -Dapps=true -Dtests=false &&
		quietly "$SCRATCH/b" compile build app/fwd/lbuf-fwd && cat build/app/fwd/lbuf-fwd'
	in_root trixie-dts bash -euc "$build" >"$WORK/lbuf-fwd" || die "the build failed, see above"
}

# put_program PROGRAM: into the folder that the guest sees, for testpmd's place.
put_program() {
	rm -rf "$WORK/share"
	mkdir -p "$WORK/share"
	case $1 in
	lbuf-fwd)
		build_program
		cp "$WORK/lbuf-fwd" "$WORK/share/program"
		;;
	dpdk-testpmd)
		# shellcheck disable=SC2016
		printf '#!/bin/sh\nexec /usr/bin/dpdk-testpmd "$@" --total-num-mbufs=%d\n' \
			"$TESTPMD_MBUFS" >"$WORK/share/program"
		;;
	*) cp "$1" "$WORK/share/program" || die "--program $1: cannot read it" ;;
	esac
}

# --- the guest -----------------------------------------------------------------

free_port() {
	/usr/bin/python3 -c '
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

# nic NUMBER ROLE: ROLE 0 is under test, 1 makes the traffic; a hub joins the two of a NUMBER.
nic() {
	local id=nic$2$1 address=0x1$((2 * $2 + $1)) mac=52:54:00:00:00:$2$(($1 + 1))
	echo "-netdev hubport,hubid=$(($1 + 1)),id=$id" \
		"-device e1000e,bus=pcie.0,addr=$address,netdev=$id,mac=$mac,romfile="
}

boot() {
	local nics
	PORT=$(free_port)
	read -ra nics <<<"$(nic 0 0) $(nic 1 0) $(nic 0 1) $(nic 1 1)"
	rm -f "$WORK/console"
	qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -monitor none \
		-chardev "file,id=console,path=$WORK/console" -serial chardev:console \
		-machine q35 -accel tcg,thread=multi,tb-size=1024 -cpu max,la57=off \
		-smp 4,sockets=1,cores=4,threads=1 -m "$MEMORY_MB" \
		-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48 \
		-drive "file=$WORK/disk.img,format=raw,if=none,id=disk,snapshot=on,cache=unsafe" \
		-device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk \
		-netdev "user,id=ssh,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:22" \
		-device virtio-net-pci,bus=pcie.0,addr=0x5,netdev=ssh,romfile= \
		-fsdev "local,id=share,path=$WORK/share,security_model=none" \
		-device virtio-9p-pci,bus=pcie.0,addr=0x6,fsdev=share,mount_tag=share \
		-device virtio-rng-pci,bus=pcie.0,addr=0x7 "${nics[@]}" \
		-kernel "$WORK/vmlinux" -initrd "$WORK/initrd.img" -append "$(kernel_arguments)" \
		</dev/null >"$SCRATCH/qemu" 2>&1 &
	QEMU_PID=$!
	at_exit stop "$QEMU_PID"
	wait_until "$BOOT_SECONDS" booted || true
	grep '^RIG: ' "$WORK/console" | tr -d '\r' || true
	grep -q '^RIG: up' "$WORK/console" && return
	tail -n 20 "$WORK/console" "$SCRATCH/qemu" >&2
	die "the guest does not boot, see above"
}

kernel_arguments() {
	echo "console=ttyS0 quiet panic=-1 nokaslr mitigations=off audit=0 apparmor=0 tsc=reliable" \
		"no_timer_check intel_iommu=on net.ifnames=0 default_hugepagesz=2M hugepagesz=2M" \
		"hugepages=$HUGE_PAGES root=/dev/vda rw init=/sbin/dts-init"
}

# It is up, or has ended.
booted() {
	grep -q '^RIG: up' "$WORK/console" 2>/dev/null || ! kill -0 "$QEMU_PID" 2>/dev/null
}

# --- DTS -----------------------------------------------------------------------

node() {
	cat <<-END
		- name: $1
		  hostname: 127.0.0.1:$PORT
		  user: root
		  os: linux
		  ports:
		    - {name: port-0, pci: "0000:00:1$2.0", os_driver_for_dpdk: $4, os_driver: e1000e}
		    - {name: port-1, pci: "0000:00:1$3.0", os_driver_for_dpdk: $4, os_driver: e1000e}
	END
}

test_run() {
	cat <<-END
		dpdk:
		  lcores: "0-3"
		  memory_channels: 4
		  build:
		    dpdk_location:
		      dpdk_tree: /opt/dpdk
		      remote: true
		    precompiled_build_dir: build
		func_traffic_generator:
		  type: SCAPY
		perf: false
		func: true
		crypto: false
		use_virtual_functions: false
		skip_smoke_tests: true
		test_suites:
		  - hello_world
		system_under_test_node: SUT
		traffic_generator_node: TG
		port_topology:
		  - sut.port-0 <-> tg.port-0
		  - sut.port-1 <-> tg.port-1
	END
}

# run_dts NAME: in a root of its own, which gets what it needs as an archive.
run_dts() {
	local words=() suite cases code=0 started=$SECONDS
	for suite in "${CHOSEN[@]}"; do
		read -ra cases <<<"$suite"
		words+=(--test-suite "${cases[@]}")
	done
	mkdir -p "$WORK/config"
	node SUT 0 1 vfio-pci >"$WORK/config/nodes.yaml"
	node TG 2 3 e1000e >>"$WORK/config/nodes.yaml"
	test_run >"$WORK/config/test_run.yaml"
	echo '{}' >"$WORK/config/tests.yaml"
	# shellcheck disable=SC2016
	tar -C "$WORK" -cf - dts config key | in_root trixie-dts bash -uc '
		mkdir -p /run-dts /root/.ssh && tar -C /run-dts --no-same-owner -xf - && cd /run-dts || exit 99
		install -m 600 key /root/.ssh/id_ed25519
		printf "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n" >/root/.ssh/config
		export DTS_TIMEOUT=$1 PYTHONDONTWRITEBYTECODE=1
		limit=$2
		shift 2
		timeout -k 5 "$limit" python3 dts/dts/main.py --test-run-config-file config/test_run.yaml \
			--nodes-config-file config/nodes.yaml --tests-config-file config/tests.yaml \
			--output-dir /run-dts/output -v "$@" </dev/null >&2
		echo "exit code $?"
		cat output/results_summary.txt' dts "$ANSWER" "$LIMIT" "${words[@]}" \
		>"$WORK/$1.summary" 2>"$WORK/$1.log" || code=$?
	((code != 99)) || die "the root of DTS cannot be filled"
	echo "$1: $((SECONDS - started)) s, $(head -n 1 "$WORK/$1.summary"), log in $WORK/$1.log"
}

# name_of PROGRAM: what its files are called.
name_of() {
	basename -- "$1"
}

# run PROGRAM: in a guest of its own.
run() {
	put_program "$1"
	boot
	run_dts "$(name_of "$1")"
	stop "$QEMU_PID" || true
}

main() {
	local program results=()
	parse_arguments "$@"
	need_root
	install_packages qemu-system-x86 openssh-client zstd git python3
	scratch_dir
	mkdir -p "$WORK"
	get_dts
	make_guest
	in_root trixie-dts true
	for program in "${PROGRAMS[@]}"; do
		run "$program"
		results+=("$(name_of "$program")=$WORK/$(name_of "$program").summary")
	done
	/usr/bin/python3 "$ROOT/scripts/dts_report.py" "${results[@]}"
}

main "$@"
