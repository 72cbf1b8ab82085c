#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Real traffic of real programs through lbuf-fwd, on any machine:
#
#   namespace A ---- veth ---- lbuf-fwd on two AF_PACKET ports ---- veth ---- namespace B
#   ping, iperf3                                                              iperf3 -s

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

TAG=lbuf$$
NS=("$TAG-a" "$TAG-b")          # the namespaces; each has a veth0
PORT=("lb$$-a" "lb$$-b")        # the other end of each veth0, for lbuf-fwd
ADDRESS=(198.18.0.1 198.18.0.2) # from the range that is kept for benchmarks
MEMORY_MB=512
PINGS=5
TCP_SECONDS=5

FWD=${LBUF_FWD:-}
FWD_PID=
FWD_CODE=0
FAULTS=()

usage() {
	cat <<-END
		usage: $0 [--time SECONDS]

		Builds lbuf-fwd, puts it between two network namespaces and runs ping and
		iperf3 across. The exit code is 0 only if the traffic passed. Needs root;
		leaves nothing behind but the build and the packages that it installed.

		  --time SECONDS   length of the iperf3 transfer, 1 to 3600 (default $TCP_SECONDS)

		LBUF_FWD=PROGRAM in the environment runs PROGRAM and builds nothing.
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--time) value "$@" && TCP_SECONDS=$2 && shift ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	if ! [[ $TCP_SECONDS =~ ^[1-9][0-9]{0,3}$ ]] || ((TCP_SECONDS > 3600)); then
		die "--time $TCP_SECONDS: must be 1 to 3600 seconds"
	fi
}

step() {
	printf '\n== %s\n' "$*"
}

# --- preparation -----------------------------------------------------------

prepare() {
	step "packages, build, memory"
	install_packages "${BUILD_PACKAGES[@]}" dpdk-dev iproute2 iputils-ping iperf3 ethtool
	scratch_dir
	[[ -n $FWD ]] || build_forwarder
	reserve_hugepages "$MEMORY_MB"
	echo "forwarder  $FWD"
	echo "memory     ${EAL_MEM[*]:-hugepages}"
}

build_forwarder() {
	FWD=$ROOT/build/app/fwd/lbuf-fwd
	quietly "$SCRATCH/build" configure build || die "meson setup failed, see above"
	quietly "$SCRATCH/build" compile build app/fwd/lbuf-fwd || die "the build failed, see above"
}

make_networks() {
	make_network 0
	make_network 1
}

make_network() {
	local ns=${NS[$1]} port=${PORT[$1]}
	ip netns add "$ns" || die "no network namespaces here: run on a host or in a privileged container"
	at_exit ip netns del "$ns"
	ip netns exec "$ns" true || die "cannot enter a network namespace here: run on a host, not in a chroot"
	ip link add "$port" type veth peer name veth0 netns "$ns"
	at_exit ip link del "$port"
	prepare_link "$port"
	ip netns exec "$ns" bash -c "$(declare -f prepare_link); prepare_link veth0"
	ip link set "$port" arp off
	ip -n "$ns" address add "${ADDRESS[$1]}/24" dev veth0
	ip -n "$ns" link set lo up
	ip -n "$ns" link set veth0 up
	ip link set "$port" up
}

# No IPv6 of the kernel's own, and only frames that are whole: AF_PACKET would
# carry unfinished checksums and super-frames of 64 KiB.
prepare_link() {
	ip link set "$1" addrgenmode none 2>/dev/null || true
	ethtool -K "$1" tx off tso off gso off gro off >/dev/null
}

# --- the forwarder ---------------------------------------------------------

start_forwarder() {
	local ring=qpairs=1,blocksz=65536,framecnt=4096
	step "lbuf-fwd between ${PORT[0]} and ${PORT[1]}"
	at_exit forget_dpdk "$TAG"
	: >"$SCRATCH/fwd"
	"$FWD" --lcores "$(lcore_map 3)" --no-pci --file-prefix "$TAG" "${EAL_MEM[@]}" \
		--vdev "net_af_packet0,iface=${PORT[0]},$ring" \
		--vdev "net_af_packet1,iface=${PORT[1]},$ring" \
		-- --forward-mode=io --nb-cores=2 --burst=32 --total-num-mbufs=16384 --stats-period 1 \
		</dev/null >"$SCRATCH/fwd" 2>&1 &
	FWD_PID=$!
	at_exit stop "$FWD_PID"
	wait_until 30 forwarder_settled || true
	grep 'packet forwarding - ports=' "$SCRATCH/fwd" && return
	tail -n 20 "$SCRATCH/fwd" >&2
	die "lbuf-fwd did not start, see above"
}

# It forwards, or has ended.
forwarder_settled() {
	grep -q 'packet forwarding - ports=' "$SCRATCH/fwd" || ! kill -0 "$FWD_PID" 2>/dev/null
}

# show_live: one line a second from what lbuf-fwd prints for each port.
show_live() {
	tail -n 0 -f --pid="$FWD_PID" "$SCRATCH/fwd" | sum_ports &
	at_exit stop $!
}

sum_ports() {
	local word rx=0 tx=0 bits=0 ports=0 count rate
	while read -r word count _ rate; do
		case $word in
		Rx-pps:) rx=$((rx + count)) bits=$((bits + rate)) ;;
		Tx-pps:) tx=$((tx + count)) ports=$((ports + 1)) ;;
		esac
		if ((ports == 2)); then
			printf 'lbuf-fwd %9d packets/s in %9d packets/s out %7d Mbit/s\n' \
				$rx $tx $((bits / 1000000))
			rx=0 tx=0 bits=0 ports=0
		fi
	done
}

stop_forwarder() {
	stop "$FWD_PID" || FWD_CODE=$?
	((FWD_CODE == 0)) || FAULTS+=("lbuf-fwd ended with exit code $FWD_CODE")
}

# --- traffic ---------------------------------------------------------------

run_ping() {
	step "ping ${ADDRESS[1]}"
	follow "$SCRATCH/ping" ip netns exec "${NS[0]}" \
		ping -c "$PINGS" -i 0.2 -W 2 -w 10 "${ADDRESS[1]}" || FAULTS+=("ping failed")
	grep -q ' 0% packet loss' "$SCRATCH/ping" || FAULTS+=("ping lost packets")
}

server_listens() {
	ip netns exec "${NS[1]}" ss -Hltn | grep -q ':5201 '
}

run_iperf() {
	step "iperf3, TCP, $TCP_SECONDS s"
	ip netns exec "${NS[1]}" iperf3 -s -1 >"$SCRATCH/server" 2>&1 &
	at_exit stop $!
	wait_until 5 server_listens || die "iperf3 -s does not listen: $(<"$SCRATCH/server")"
	follow "$SCRATCH/iperf" ip netns exec "${NS[0]}" \
		timeout --foreground -k 2 $((TCP_SECONDS + 10)) \
		iperf3 -c "${ADDRESS[1]}" -t "$TCP_SECONDS" --connect-timeout 3000 --forceflush ||
		FAULTS+=("iperf3 failed")
}

# counter LINK NAME: what the kernel counted at a veth end.
counter() {
	cat "/sys/class/net/$1/statistics/$2"
}

count_traffic() {
	IN_PACKETS=$(($(counter "${PORT[0]}" rx_packets) + $(counter "${PORT[1]}" rx_packets)))
	IN_BYTES=$(($(counter "${PORT[0]}" rx_bytes) + $(counter "${PORT[1]}" rx_bytes)))
	OUT_PACKETS=$(($(counter "${PORT[0]}" tx_packets) + $(counter "${PORT[1]}" tx_packets)))
	OUT_BYTES=$(($(counter "${PORT[0]}" tx_bytes) + $(counter "${PORT[1]}" tx_bytes)))
}

# --- report ----------------------------------------------------------------

# accumulated FIELD: from the closing forward statistics over all ports.
accumulated() {
	awk -v field="$1:" '
		/Accumulated forward statistics/ { here = 1 }
		here { for (i = 1; i < NF; i++) if ($i == field) n = $(i + 1) }
		END { print n + 0 }' "$SCRATCH/fwd"
}

iperf_rate() {
	awk '/receiver/ { for (i = 2; i <= NF; i++) if ($i ~ /bits\/sec/) rate = $(i - 1) " " $i }
		END { print rate ? rate : "none" }' "$SCRATCH/iperf"
}

row() {
	printf '%-14s %s\n' "$1" "$2"
}

report() {
	local rx tx dropped lost chunks
	rx=$(accumulated RX-packets)
	tx=$(accumulated TX-packets)
	dropped=$(($(accumulated RX-dropped) + $(accumulated TX-dropped)))
	lost=$((IN_PACKETS > OUT_PACKETS ? IN_PACKETS - OUT_PACKETS : 0))
	chunks=$(grep '^lbuf: chunks out' "$SCRATCH/fwd" || echo "lbuf: not reported")
	step "report"
	row "ping" "$(grep 'packets transmitted' "$SCRATCH/ping")"
	row "iperf3" "$(iperf_rate)"
	row "into lbuf-fwd" "$IN_PACKETS packets, $IN_BYTES bytes"
	row "out of it" "$OUT_PACKETS packets, $OUT_BYTES bytes"
	row "lost" "$lost packets"
	row "lbuf-fwd says" "received $rx, sent $tx, dropped $dropped; ${chunks#lbuf: }"
	((tx > 0)) || FAULTS+=("lbuf-fwd sent nothing")
	conclude
}

conclude() {
	local fault
	if ((${#FAULTS[@]} == 0)); then
		row "result" "traffic passed"
		return
	fi
	for fault in "${FAULTS[@]}"; do
		row "FAULT" "$fault"
	done
	tail -n 5 "$SCRATCH/fwd" >&2
	exit 1
}

parse_arguments "$@"
need_root
prepare
make_networks
start_forwarder
show_live
run_ping
run_iperf
count_traffic
stop_forwarder
report
