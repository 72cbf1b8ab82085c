#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Builds the examples as users do, and runs them with traffic.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

BUILD=build-installed
SYSTEM=
WHAT=()
ALL=(hello retransmit storage)
MESSAGES=20000
LOSS=10           # per cent
FILE_BYTES=9999999 # no multiple of anything
EAL=(--no-huge -m 512 --no-pci --no-shconf --no-telemetry --lcores=0)

usage() {
	cat <<-END
		usage: $0 [--build DIR | --system] [EXAMPLE...]

		Builds the examples, each by its own meson.build and lbuf.pc alone, and runs them
		with traffic: those that are named, or all of ${ALL[*]}. All but hello take root, for a
		pair of interfaces in a network namespace of its own.

		  --build DIR  against the library, which is built alone in DIR ($BUILD)
		  --system     against the library that is installed
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--build) value "$@" && BUILD=$2 && shift ;;
		--system) SYSTEM=1 ;;
		-h | --help) usage && exit 0 ;;
		-*) die "unknown option '$1': see --help" ;;
		*)
			[[ " ${ALL[*]} " == *" $1 "* ]] || die "'$1': must be one of ${ALL[*]}"
			WHAT+=("$1")
			;;
		esac
		shift
	done
	((${#WHAT[@]})) || WHAT=("${ALL[@]}")
}

# build_example NAME
build_example() {
	quietly "$SCRATCH/log-$1" meson setup "$SCRATCH/$1" "$ROOT/examples/$1" --werror &&
		quietly "$SCRATCH/log-$1" ninja -C "$SCRATCH/$1"
}

run_hello() {
	timeout 60 "$SCRATCH/hello/hello" "${EAL[@]}" | tee "$SCRATCH/hello.out" &&
		grep -qx 'hello, world' "$SCRATCH/hello.out"
}

# connect_left_right: two interfaces that are one another's other end.
connect_left_right() {
	ip link add left type veth peer name right
	ip link set left up
	ip link set right up
}

retransmit_in_namespace() {
	connect_left_right
	"$SCRATCH/retransmit/retransmit" "${EAL[@]}" --vdev=net_af_packet0,iface=left \
		--vdev=net_af_packet1,iface=right -- "$MESSAGES" "$LOSS"
}

run_retransmit() {
	timeout 180 unshare --net "$0" --inside "$SCRATCH" retransmit_in_namespace |
		tee "$SCRATCH/retransmit.out" || return 1
	grep -qE "^$MESSAGES of $MESSAGES messages arrived, 0 wrong; [1-9][0-9]* packets lost, \
[1-9][0-9]* sent again; 0 chunks out$" "$SCRATCH/retransmit.out"
}

# receive_file INTERFACE FILE READY: takes packets until the last; their bytes must be those of
# the file. READY is made when it listens.
receive_file() {
	/usr/bin/python3 - "$@" <<-'END'
		import socket
		import struct
		import sys

		TYPE, HEADERS, SO_RCVBUFFORCE = 0x88b5, 22, 33
		interface, path, ready = sys.argv[1:]
		with open(path, "rb") as file:
		    want = file.read()
		got, packets, place = bytearray(len(want)), 0, -1
		link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(TYPE))
		link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 28)
		link.bind((interface, TYPE))
		link.settimeout(60)
		open(ready, "w", encoding="ascii").close()
		while place != len(want):
		    packet = link.recv(65536)
		    place, = struct.unpack_from(">Q", packet, HEADERS - 8)
		    if place < len(want):
		        got[place:place + len(packet) - HEADERS] = packet[HEADERS:]
		    packets += 1
		if got != want:
		    sys.exit("storage: the bytes that came are not those of the file")
		print(f"{packets} packets brought the {len(want)} bytes of the file")
	END
}

# storage_in_namespace FILE: in a network namespace, with two interfaces.
storage_in_namespace() {
	local receiver
	connect_left_right
	receive_file right "$1" "$SCRATCH/ready" &
	receiver=$!
	wait_until 30 test -e "$SCRATCH/ready"
	"$SCRATCH/storage/storage" "${EAL[@]}" --vdev=net_af_packet0,iface=left -- "$1" &&
		wait "$receiver"
}

run_storage() {
	local file=$SCRATCH/file
	head -c "$FILE_BYTES" /dev/urandom >"$file"
	timeout 180 unshare --net "$0" --inside "$SCRATCH" storage_in_namespace "$file" |
		tee "$SCRATCH/storage.out" || return 1
	grep -qE '[1-9][0-9]* segments by reference, .* 0 packets copied$' "$SCRATCH/storage.out"
}

# The script calls itself in a namespace, with the scratch folder of the first call.
if [[ ${1:-} == --inside ]]; then
	SCRATCH=$2
	case $3 in
	retransmit_in_namespace) retransmit_in_namespace ;;
	storage_in_namespace) storage_in_namespace "$4" ;;
	esac
	exit
fi
parse_arguments "$@"
packages=("${BUILD_PACKAGES[@]}")
for what in "${WHAT[@]}"; do
	case $what in
	retransmit) need_root && packages+=(iproute2 util-linux) ;;
	storage) need_root && packages+=(iproute2 liburing-dev python3 util-linux) ;;
	esac
done
install_packages "${packages[@]}"
scratch_dir
[[ -n $SYSTEM ]] || use_installed "$BUILD"
failed=0
for what in "${WHAT[@]}"; do
	echo "== $what"
	build_example "$what" && case $what in
	hello) run_hello ;;
	retransmit) run_retransmit ;;
	storage) run_storage ;;
	esac && continue
	echo "$what: FAILED"
	failed=1
done
exit "$failed"
