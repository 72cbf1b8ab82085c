# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# Sourced by the other scripts: messages, cleanup, packages, hugepages, build.
# Whatever is changed or started here is registered with at_exit and undone
# when the script ends, however it ends.

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# What building needs; the scripts add what they need themselves.
# shellcheck disable=SC2034
BUILD_PACKAGES=(gcc g++ libc6-dev meson ninja-build pkg-config libdpdk-dev libnuma-dev libcmocka-dev)

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

need_root() {
	((EUID == 0)) || die "must run as root: try 'sudo $0'"
}

# value OPTION VALUE...: dies unless OPTION was given a value.
value() {
	(($# > 1)) || die "$1 needs a value, see --help"
}

# --- cleanup ---------------------------------------------------------------

EXIT_STEPS=()

# at_exit COMMAND...: run COMMAND when the script ends; the last one first.
at_exit() {
	EXIT_STEPS+=("$(printf '%q ' "$@")")
}

run_exit_steps() {
	local code=$? i
	trap '' INT TERM HUP
	trap - EXIT
	set +e
	for ((i = ${#EXIT_STEPS[@]} - 1; i >= 0; i--)); do
		eval "${EXIT_STEPS[i]}"
	done
	exit "$code"
}

trap run_exit_steps EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# stop PID [SECONDS]: ends a child of this script, after SECONDS by force.
# Returns the exit code of the child.
stop() {
	local pid=$1 tenths=$((${2:-15} * 10))
	kill -s TERM "$pid" 2>/dev/null || true
	while ((tenths-- > 0)) && kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
	done
	kill -s KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null
}

# wait_until SECONDS COMMAND...: tries COMMAND ten times a second.
wait_until() {
	local tenths=$(($1 * 10))
	shift
	until "$@"; do
		((tenths-- > 0)) || return 1
		sleep 0.1
	done
}

SCRATCH=

# scratch_dir: makes a directory that lives as long as the script, in SCRATCH.
scratch_dir() {
	[[ -z $SCRATCH ]] || return 0
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/lbuf.XXXXXX") || die "cannot create a directory in ${TMPDIR:-/tmp}"
	at_exit rm -rf "$SCRATCH"
}

# quietly LOG COMMAND...: output goes to LOG, its end is shown on failure only.
quietly() {
	local log=$1
	shift
	"$@" </dev/null >>"$log" 2>&1 && return 0
	tail -n 40 "$log" >&2
	return 1
}

# follow LOG COMMAND...: output goes to LOG and is shown as it comes. COMMAND
# runs in the background, so that a signal ends the script at once.
follow() {
	local log=$1 pid show code=0
	shift
	: >"$log"
	"$@" </dev/null >>"$log" 2>&1 &
	pid=$!
	at_exit stop "$pid"
	tail -n +1 -s 0.2 -f --pid="$pid" "$log" &
	show=$!
	at_exit stop "$show"
	wait "$pid" || code=$?
	wait "$show"
	return "$code"
}

# forget_dpdk PREFIX: removes what a DPDK program leaves behind. Only for a prefix
# that nobody else can have: one with the process id of the script in it.
forget_dpdk() {
	local folder kind
	[[ $1 == *"$$"* ]] || die "forget_dpdk $1: others may have this prefix, too"
	rm -rf "/var/run/dpdk/$1"
	while read -r _ folder kind _; do
		[[ $kind != hugetlbfs ]] || rm -f "$folder/$1map_"*
	done </proc/mounts
}

# --- packages --------------------------------------------------------------

# first_package CHECK NAMES: of names as a|b the first that passes CHECK.
first_package() {
	local name names
	IFS='|' read -ra names <<<"$2"
	for name in "${names[@]}"; do
		"$1" "$name" && echo "$name" && return
	done
	return 1
}

is_installed() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

is_known() {
	apt-cache show "$1" >/dev/null 2>&1
}

# missing_packages NAME...: prints those that are not installed. A NAME may be several,
# as a|b, of which one does: releases of Debian call things differently.
missing_packages() {
	local names
	printf '%s\n' "$@" | sort -u | while read -r names; do
		first_package is_installed "$names" >/dev/null || echo "$names"
	done
}

# known_packages NAME...: of each of them the one that apt knows.
known_packages() {
	local names
	for names in "$@"; do
		first_package is_known "$names" || echo "${names%%|*}"
	done
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -yq -o DPkg::Lock::Timeout=300 "$@"
}

# install_packages NAME...: installs those that are missing, asks nothing.
install_packages() {
	local missing
	command -v dpkg-query >/dev/null || die "no dpkg here: install by hand: $*"
	mapfile -t missing < <(missing_packages "$@")
	((${#missing[@]})) || return 0
	((EUID == 0)) || die "packages missing, run as root or: apt-get install ${missing[*]}"
	echo "installing ${missing[*]}"
	scratch_dir
	quietly "$SCRATCH/apt" apt update || die "apt-get update failed, see above"
	mapfile -t missing < <(known_packages "${missing[@]}")
	quietly "$SCRATCH/apt" apt install --no-install-recommends "${missing[@]}" ||
		die "apt-get could not install ${missing[*]}, see above"
}

# --- hugepages -------------------------------------------------------------

# How a DPDK program gets its memory: EAL arguments, set by reserve_hugepages.
# shellcheck disable=SC2034
EAL_MEM=()

# The kernel's default hugepage size in KiB; nothing without hugepages.
hugepage_kb() {
	awk '/^Hugepagesize:/ { print $2 }' /proc/meminfo
}

numa_nodes() {
	local nodes=(/sys/devices/system/node/node[0-9]*)
	echo "${#nodes[@]}"
}

# spare_memory KB: is so much to be had, and as much again?
spare_memory() {
	(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) >= 2 * $1))
}

# add_hugepages FILE COUNT: all or nothing, taken back at the end.
add_hugepages() {
	local file=$1 count=$2 before added
	before=$(<"$file")
	{ echo $((before + count)) >"$file"; } 2>/dev/null || return 1
	added=$(($(<"$file") - before))
	if ((added < count)); then
		drop_hugepages "$file" "$added"
		return 1
	fi
	at_exit drop_hugepages "$file" "$added"
}

drop_hugepages() {
	local file=$1 count=$2 now
	now=$(<"$file")
	echo $((now > count ? now - count : 0)) >"$file"
}

mount_hugepages() {
	grep -q ' hugetlbfs ' /proc/mounts && return 0
	mkdir -p /dev/hugepages 2>/dev/null &&
		mount -t hugetlbfs nodev /dev/hugepages 2>/dev/null || return 1
	at_exit umount /dev/hugepages
}

# have_hugepages MB: makes MB free on every NUMA node; fails if it cannot.
have_hugepages() {
	local kb dir want free short
	kb=$(hugepage_kb)
	dir=/sys/kernel/mm/hugepages/hugepages-${kb:-0}kB
	[[ -d $dir ]] || return 1
	want=$(($(numa_nodes) * (($1 * 1024 + kb - 1) / kb)))
	free=$(<"$dir/free_hugepages")
	short=$((want - free))
	if ((short > 0)); then
		spare_memory $((short * kb)) && add_hugepages "$dir/nr_hugepages" "$short" || return 1
	fi
	mount_hugepages
}

# reserve_hugepages MB: hugepages if they can be had, ordinary memory otherwise.
reserve_hugepages() {
	EAL_MEM=()
	# shellcheck disable=SC2034
	have_hugepages "$1" || EAL_MEM=(--no-huge -m "$1")
}

# --- processors ------------------------------------------------------------

# The CPUs that this script may use, one a line.
usable_cpus() {
	local range
	awk '/^Cpus_allowed_list:/ { gsub(",", "\n", $2); print $2 }' /proc/self/status |
		while read -r range; do
			seq "${range%-*}" "${range#*-}"
		done
}

# lcore_map COUNT: EAL's --lcores for COUNT lcores on the CPUs there are; on a
# machine with fewer CPUs they share.
lcore_map() {
	local cpus i map=
	mapfile -t cpus < <(usable_cpus)
	for ((i = 0; i < $1; i++)); do
		map+=${map:+,}$i@${cpus[i % ${#cpus[@]}]}
	done
	echo "$map"
}

# --- build -----------------------------------------------------------------

# share_compiler_cache: what ccache has of this tree, wherever a clone of it lies, is not compiled
# again; meson finds ccache by itself. Paths in debug information may be those of another clone.
share_compiler_cache() {
	export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1
	export CCACHE_SLOPPINESS=include_file_ctime,include_file_mtime,time_macros
}

# configure DIR [MESON OPTION...]: sets DIR up; again, if options are given.
configure() {
	local dir=$ROOT/$1
	shift
	if [[ ! -f $dir/build.ninja ]]; then
		meson setup "$dir" "$ROOT" "$@"
	elif (($#)); then
		meson setup --reconfigure "$dir" "$ROOT" "$@"
	fi
}

# use_installed DIR: builds what is set up in DIR, or the library alone if nothing is, installs
# it into the scratch folder, and has pkg-config, compilers and programs find it there.
use_installed() {
	local prefix=$SCRATCH/installed pc
	if [[ ! -f $ROOT/$1/build.ninja ]]; then
		quietly "$SCRATCH/installing" configure "$1" -Dtests=false -Dapps=false ||
			die "cannot set $1 up, see above"
	fi
	quietly "$SCRATCH/installing" compile "$1" || die "cannot build in $1, see above"
	DESTDIR=$prefix quietly "$SCRATCH/installing" meson install -C "$ROOT/$1" --no-rebuild ||
		die "cannot install from $1, see above"
	pc=$(find "$prefix" -name lbuf.pc -print -quit)
	[[ -n $pc ]] || die "$1 installs no lbuf.pc"
	# It says where it is meant to be, which is not where it lies.
	sed -i "s|^prefix=|&$prefix|" "$pc"
	export PKG_CONFIG_PATH=${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
	export LD_LIBRARY_PATH=${pc%/pkgconfig/*}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

# compile DIR [TARGET...]
compile() {
	local dir=$ROOT/$1
	shift
	ninja -C "$dir" "$@"
}
