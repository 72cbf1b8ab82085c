#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Everything that a session at the prompt can change, again and again at full rate, by the
# commands that testpmd has:
#
#   0, 1   net_null: as fast as the cores go
#   2, 3   AF_PACKET on both ends of a veth pair: frames go round, the link goes down and up
#   4      memif, whose peer sends all it can, is killed and comes back
#   5      net_null, the partner of 4
#   6      net_null, attached and detached while the others forward

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

TAG=lbuf$$
NS=$TAG
MEMORY_MB=512
PROMPT='testpmd> '
FORWARD_SECONDS=2     # between start and stop
ANSWER_SECONDS=30     # that an answer may take
END_SECONDS=60        # from quit to the end
RSS_SLACK_KB=16384    # that the program may grow after the first rounds
MODES=(io mac macswap rxonly txonly csum icmpecho 5tswap flowgen noisy)
MTUS=(1500 1400 9000 576) # of net_null ports
LINK_MTUS=(1500 1400)     # of AF_PACKET ports
EVENTS=(attach detach link memif)

MINUTES=2
PROGRAM=
PID=
PEER_PID=
ANSWER=
ROUND=0
PACKETS=0
EXTRA=        # is port 6 there?
MEMIF=1       # is port 4 forwarding, and its partner?
FIRST_RSS=
FIRST_FDS=

usage() {
	cat <<-END
		usage: $0 [--program PROGRAM] [MINUTES]

		Builds lbuf-fwd and types at its prompt for MINUTES (1 to 1440, default $MINUTES), at full
		rate: mode switches, MTU changes, start and stop every $FORWARD_SECONDS s, ports that are attached
		and detached while others forward, a link that goes down and up, a memif peer
		that dies and returns. The exit code is 0 only if every command was answered as
		it must, the program ended by itself, did not grow, and had all its buffers back.
		Needs root; leaves nothing behind but the build.

		  --program PROGRAM   drives PROGRAM and builds nothing; dpdk-testpmd will do
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--program) value "$@" && PROGRAM=$2 && shift ;;
		-h | --help) usage && exit 0 ;;
		-*) die "unknown argument '$1': see --help" ;;
		*) MINUTES=$1 ;;
		esac
		shift
	done
	if ! [[ $MINUTES =~ ^[1-9][0-9]{0,3}$ ]] || ((MINUTES > 1440)); then
		die "'$MINUTES': must be 1 to 1440 minutes"
	fi
}

prepare() {
	install_packages "${BUILD_PACKAGES[@]}" dpdk-dev iproute2 ethtool bsdutils
	scratch_dir
	if [[ -z $PROGRAM ]]; then
		PROGRAM=$ROOT/build/app/fwd/lbuf-fwd
		quietly "$SCRATCH/build" configure build || die "meson setup failed, see above"
		quietly "$SCRATCH/build" compile build app/fwd/lbuf-fwd || die "the build failed, see above"
	fi
	PROGRAM=$(command -v "$PROGRAM") || die "--program: no such program"
	ln -s "$(realpath "$PROGRAM")" "$SCRATCH/dpdk-testpmd"
	reserve_hugepages "$MEMORY_MB"
	ip netns add "$NS" || die "no network namespaces here: run on a host or in a privileged container"
	at_exit ip netns del "$NS"
	ip -n "$NS" link add soak2 type veth peer name soak3
	for port in soak2 soak3; do
		ip -n "$NS" link set "$port" addrgenmode none arp off up
	done
}

# --- the programs ------------------------------------------------------------

memif() {
	echo "net_memif0,role=$1,id=0,socket=$SCRATCH/memif.sock,socket-abstract=no"
}

# The program on a terminal, for what it prints is to come in order; commands come from a
# pipe.
start_program() {
	local command
	mkfifo "$SCRATCH/commands" "$SCRATCH/nothing"
	exec 3<>"$SCRATCH/commands" 4<>"$SCRATCH/nothing"
	at_exit forget_dpdk "$TAG-a"
	command=$(printf '%q ' ip netns exec "$NS" "$SCRATCH/dpdk-testpmd" --no-pci \
		--lcores "$(lcore_map 3)" --file-prefix "$TAG-a" "${EAL_MEM[@]}" \
		--vdev net_null0 --vdev net_null1 \
		--vdev net_af_packet2,iface=soak2 --vdev net_af_packet3,iface=soak3 \
		--vdev "$(memif server)" --vdev net_null5 \
		-- -i --nb-cores=2 --total-num-mbufs=32768 --no-mlockall)
	: >"$SCRATCH/log"
	script -qfec "echo \$\$ >$SCRATCH/pid; exec $command" "$SCRATCH/log" <&3 >/dev/null 2>&1 &
	SCRIPT_PID=$!
	at_exit stop "$SCRIPT_PID"
	wait_until "$END_SECONDS" prompt_since 0 || fail "no prompt"
	PID=$(<"$SCRATCH/pid")
	at_exit end_program
}

end_program() {
	kill -s KILL "$PID" 2>/dev/null || true
}

start_peer() {
	at_exit forget_dpdk "$TAG-b$ROUND"
	"$SCRATCH/dpdk-testpmd" --no-pci --lcores "$(lcore_map 2)" --file-prefix "$TAG-b$ROUND" \
		"${EAL_MEM[@]}" --vdev "$(memif client)" -- --auto-start --forward-mode=txonly \
		--total-num-mbufs=4096 --no-mlockall <&4 >"$SCRATCH/peer" 2>&1 &
	PEER_PID=$!
	at_exit end_peer "$PEER_PID"
}

# end_peer PID: as when it crashes.
end_peer() {
	kill -s KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# --- the prompt ----------------------------------------------------------------

fail() {
	tail -n 60 "$SCRATCH/log" | tr -d '\r' >&2
	die "round $ROUND: $*"
}

# since OFFSET: what the program has printed.
since() {
	tail -c "+$(($1 + 1))" "$SCRATCH/log" | tr -d '\r'
}

# prompt_since OFFSET: is there a prompt, after the command's echo?
prompt_since() {
	since "$1" | sed 1d | grep -qF "$PROMPT"
}

# say COMMAND [PATTERN]: waits for the answer, which must match; keeps it in ANSWER.
say() {
	local at
	at=$(stat -c %s "$SCRATCH/log")
	printf '%s\n' "$1" >&3
	if ! wait_until "$ANSWER_SECONDS" prompt_since "$at"; then
		kill -0 "$PID" 2>/dev/null || fail "'$1': the program is gone"
		fail "'$1': no answer for $ANSWER_SECONDS s"
	fi
	ANSWER=$(since "$at")
	if grep -qE 'Command not found|Bad arguments|Ambiguous command' <<<"$ANSWER"; then
		fail "'$1' is refused"
	fi
	[[ -z ${2:-} ]] || grep -qE "$2" <<<"$ANSWER" || fail "'$1': no '$2' in the answer"
}

# --- what a round does ---------------------------------------------------------

# ports: those that forward.
ports() {
	echo "0,1,2,3${MEMIF:+,4,5}${EXTRA:+,6}"
}

set_mtu() {
	say "port stop $1" Done
	say "port config mtu $1 $2"
	say "port start $1" Done
	say "show port info $1" "^MTU: $2\$"
}

count_packets() {
	local received sent
	read -r received sent < <(sed -n '/Accumulated/,$p' <<<"$ANSWER" |
		awk '/RX-packets:/ { r = $2 } /TX-packets:/ { t = $2 } END { print r + 0, t + 0 }')
	PACKETS=$((PACKETS + (received > sent ? received : sent)))
	((received + sent > 0)) || fail "nothing was forwarded in $FORWARD_SECONDS s"
}

do_attach() {
	say "port attach net_null6" 'Port 6 is attached'
	say "port start 6" Done
	EXTRA=1
}

# Port 6 does not forward in this round.
do_detach() {
	say "port stop 6" Done
	say "port detach 6" 'Device is detached'
}

do_link() {
	ip -n "$NS" link set soak2 down
	sleep 0.5
	ip -n "$NS" link set soak2 up
}

# DPDK's driver does not bear it that a port is polled while its peer goes: ports 4 and 5 do
# not forward in this round.
do_memif() {
	end_peer "$PEER_PID"
	wait_until "$ANSWER_SECONDS" memif_is down || fail "the link of port 4 stays up without its peer"
	start_peer
	wait_until "$ANSWER_SECONDS" memif_is up || fail "the link of port 4 stays down with its peer back"
}

memif_is() {
	say "show port info 4"
	grep -q "^Link status: $1\$" <<<"$ANSWER"
}

round() {
	local event=${EVENTS[ROUND % ${#EVENTS[@]}]} start
	[[ $event != memif ]] && MEMIF=1 || MEMIF=
	[[ $event != detach ]] || EXTRA=
	say "set fwd ${MODES[ROUND % ${#MODES[@]}]}" "^Set ${MODES[ROUND % ${#MODES[@]}]} "
	set_mtu $((ROUND % 2)) "${MTUS[ROUND / 2 % ${#MTUS[@]}]}"
	set_mtu $((2 + ROUND % 2)) "${LINK_MTUS[ROUND / 2 % ${#LINK_MTUS[@]}]}"
	say "set portlist $(ports)"
	start=$EPOCHREALTIME
	say "start$( ((ROUND % 2)) || echo ' tx_first 1')" 'packet forwarding - ports='
	"do_$event"
	sleep "$(awk -v a="$start" -v b="$EPOCHREALTIME" -v s="$FORWARD_SECONDS" \
		'BEGIN { d = s - (b - a); print (d > 0 ? d : 0) }')"
	say stop '^Done\.$'
	count_packets
	ROUND=$((ROUND + 1))
	((ROUND != ${#EVENTS[@]} && ROUND != 2 * ${#MODES[@]})) || note_size
}

# --- figures -------------------------------------------------------------------

rss_kb() {
	awk '/^VmRSS:/ { print $2 }' "/proc/$PID/status"
}

fds() {
	local files=("/proc/$PID/fd/"*)
	echo "${#files[@]}"
}

note_size() {
	FIRST_RSS=$(rss_kb)
	FIRST_FDS=$(fds)
}

finish() {
	local rss files code=0 left
	[[ -z $EXTRA ]] || { say "port stop 6" Done && say "port detach 6" 'Device is detached'; }
	rss=$(rss_kb)
	files=$(fds)
	echo "commands answered; the program has $((rss / 1024)) MiB (after the first rounds" \
		"$((FIRST_RSS / 1024))) and $files files ($FIRST_FDS)"
	# The peer's end must not go while memif ports are closed.
	kill -s STOP "$PEER_PID"
	printf 'quit\n' >&3
	wait_until "$END_SECONDS" gone || fail "still there $END_SECONDS s after quit"
	wait "$SCRIPT_PID" || code=$?
	((code == 0)) || fail "exit code $code"
	((rss <= FIRST_RSS + RSS_SLACK_KB)) || fail "it grew from $FIRST_RSS to $rss KiB"
	((files <= FIRST_FDS)) || fail "files: $FIRST_FDS at first, $files at the end"
	left=$(tr -d '\r' <"$SCRATCH/log" | grep -E '^lbuf: chunks out [0-9]+, mbufs out [0-9]+' || true)
	[[ -z $left || $left == 'lbuf: chunks out 0, mbufs out 0' ]] || fail "$left"
	echo "soak: ok, $ROUND rounds in $SECONDS s, $PACKETS packets;" \
		"${left:-it does not tell of buffers that are out}"
}

gone() {
	! kill -0 "$PID" 2>/dev/null
}

parse_arguments "$@"
need_root
prepare
start_program
start_peer
wait_until "$ANSWER_SECONDS" memif_is up || fail "the link of port 4 does not come up"
SECONDS=0
# Four rounds at least, whose size the end is compared with.
while ((SECONDS < MINUTES * 60 || ROUND <= ${#EVENTS[@]})); do
	round
	((ROUND % 10)) || echo "$SECONDS s: $ROUND rounds, $PACKETS packets"
done
finish
