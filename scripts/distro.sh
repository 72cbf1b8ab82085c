#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Runs a command in a copy of the tree on another Debian, whose root is made once:
#
#   CACHE/trixie        the root, as it was made: it is only read
#   CACHE/run.XXXXXX    what a run adds and changes; goes with the run
#   CACHE/ccache.trixie what ccache has compiled in runs there: all that stays of them
#
# All that is mounted is in a mount namespace of the run alone, and all processes of
# the run are in a PID namespace: they end with it.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

CACHE=${LBUF_DISTRO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lbuf}
LOCK_SECONDS=1800 # that a run waits for another one that makes the root
MAKE_SECONDS=1500
STAMP=etc/lbuf-root

declare -A SUITE=([bookworm]=bookworm [bookworm-bare]=bookworm [trixie]=trixie
	[trixie-arm64]=trixie [trixie-bare]=trixie [trixie-dts]=trixie [trixie-guest]=trixie
	[sid]=sid) # of each system

SYSTEM=
REMAKE=
KEEP=()
WITH=()
COMMAND=()

usage() {
	cat <<-END
		usage: $0 [--remake] [--keep PATH]... [--with PATH]... SYSTEM COMMAND...

		Runs COMMAND in a copy of the tree on another Debian, as root of it, and passes
		its exit code on. SYSTEM is one of
		  trixie         Debian 13, with gcc, clang, and what examples and their smoke test need
		  trixie-arm64   the same, to build for arm64 (meson setup --cross-file
		                 scripts/arm64.ini) and run that under QEMU
		  trixie-dts     the same, with what DPDK's own test suite needs to run
		  trixie-guest   what the machine that it drives is made of (dts-upstream.sh)
		  bookworm       Debian 12, with gcc and clang
		  bookworm-bare, trixie-bare   as they are at first (packages.sh)
		  sid            Debian unstable

		The root is made on first use, from the mirror that apt uses on this machine:
		two minutes and 1 GB, in $CACHE (LBUF_DISTRO_CACHE in the
		environment: elsewhere). What COMMAND changes, packages too, is gone with it, but
		for what ccache keeps.

		  --remake      makes the root anew, with the newest packages
		  --keep PATH   copies a file or folder of the tree back here in the end
		  --with PATH   copies one that git ignores there, too
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--remake) REMAKE=1 ;;
		--keep)
			value "$@" && KEEP+=("$2") && shift
			[[ $1 != /* && /$1/ != */../* ]] || die "--keep: '$1' is not a path within the tree"
			;;
		--with)
			value "$@" && WITH+=("$2") && shift
			[[ -e $ROOT/$1 && $1 != /* && /$1/ != */../* ]] ||
				die "--with: '$1' is not there, or not a path within the tree"
			;;
		-h | --help) usage && exit 0 ;;
		-*) die "unknown option '$1': see --help" ;;
		*) break ;;
		esac
		shift
	done
	(($# > 1)) || die "say what to run, and where: one of ${!SUITE[*]}, then the command; see --help"
	[[ -n ${SUITE[$1]:-} ]] || die "'$1': must be one of ${!SUITE[*]}; see --help"
	SYSTEM=$1
	COMMAND=("${@:2}")
}

# architectures: those of the root, the first being the one that it runs on.
architectures() {
	local native
	native=$(dpkg --print-architecture)
	[[ $SYSTEM == *-arm64 && $native != arm64 ]] && echo "$native,arm64" || echo "$native"
}

# packages: those of the root.
packages() {
	local arm64=(libdpdk-dev:arm64 libnuma-dev:arm64 libcmocka-dev:arm64)
	case $SYSTEM in
	*-arm64)
		printf '%s\n' ccache crossbuild-essential-arm64 meson ninja-build pkg-config \
			qemu-user-static "${arm64[@]}"
		;;
	*-dts)
		printf '%s\n' "${BUILD_PACKAGES[@]}" dpdk-dev libpcap-dev openssh-client \
			python3-{aenum,fabric,pydantic,scapy,typing-extensions,yaml}
		;;
	*-guest)
		printf '%s\n' busybox-static dpdk dpdk-dev e2fsprogs ethtool initramfs-tools \
			iproute2 kmod linux-image-amd64 lshw lsof openssh-server pciutils procps \
			python3 python3-scapy sudo tcpdump zstd
		;;
	*-bare) echo ca-certificates ;;
	trixie)
		printf '%s\n' "${BUILD_PACKAGES[@]}" ccache clang curl ethtool iproute2 liblwip-dev \
			liburing-dev python3-pexpect python3-pytest
		;;
	*) printf '%s\n' "${BUILD_PACKAGES[@]}" ccache clang iproute2 ;;
	esac
}

# --- where apt gets packages from ------------------------------------------

# apt_targets: of each package list that apt uses here: where it is from, its suite, who
# made it, and its entry in apt's sources: the file, and its number there.
apt_targets() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN) $(SOURCESENTRY)' \
		'Created-By: Packages' 'Component: main'
}

# sources_of KIND: the first of these that is Debian's main archive, or its security
# archive: its URI, and its entry in apt's sources.
sources_of() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt_targets | awk -v kind="$1" -v codename="$codename" '
		/^cdrom:/ { next }
		{ debian = $3 == "Debian" || $2 == codename || index($2, codename "-") == 1 ||
			index($2, codename "/") == 1
		  security = $2 ~ /-security$/ || $2 ~ /\/updates$/ }
		debian && kind == "security" && security { print $1, $NF; exit }
		debian && kind == "main" && $2 !~ /[-\/]/ { print $1, $NF; exit }'
}

# trust_of FILE:NUMBER: whom that entry of apt's sources trusts, as fields of a
# stanza. Stanzas are counted, and lines of the other format.
trust_of() {
	local file=${1%:*} number=${1##*:}
	if [[ $file == *.sources ]]; then
		awk -v RS= -v n="$number" '{ sub(/^(#[^\n]*\n)+/, "") } /^[^#]/ && ++i == n' "$file" |
			awk '/^[^ \t]/ { on = tolower($1) ~ /^(signed-by|trusted):$/ } on && !/^#/'
		return
	fi
	sed -n "${number}s/^[^[]*\[\([^]]*\)\].*/\1/p" "$file" | tr ' ' '\n' |
		sed -n 's/^signed-by=/Signed-By: /p; s/^trusted=/Trusted: /p'
}

# stanza URI SUITES ENTRY
stanza() {
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$1" "$2"
	trust_of "$3"
	echo
}

# sources: those of the root, on the mirror of this machine.
sources() {
	local suite=${SUITE[$SYSTEM]} uri entry
	read -r uri entry < <(sources_of main) ||
		die "apt's sources on this machine name no Debian mirror: add one to /etc/apt/sources.list.d"
	if [[ $suite == sid ]]; then
		stanza "$uri" sid "$entry"
		return
	fi
	stanza "$uri" "$suite $suite-updates" "$entry"
	if read -r uri entry < <(sources_of security); then
		stanza "$uri" "$suite-security" "$entry"
	fi
}

# apt_settings: how apt reaches a mirror here: proxies and the like.
apt_settings() {
	apt-config dump | grep -iE '^Acquire::(https?|Retries|ForceIPv|Check-|Allow)' || true
	[[ ${SUITE[$SYSTEM]} != sid ]] || echo 'Acquire::Check-Valid-Until "false";'
}

# --- the root --------------------------------------------------------------

# recipe: what a root is made from. One that was made from something else is made anew.
recipe() {
	echo "$SYSTEM $(architectures)"
	packages
	sources
}

root_is_made() {
	[[ -f $CACHE/$SYSTEM/$STAMP && $(<"$CACHE/$SYSTEM/$STAMP") == "$RECIPE" ]]
}

# keys_of SOURCES: the key files that they name.
keys_of() {
	awk 'tolower($1) == "signed-by:" { for (i = 2; i <= NF; i++) if ($i ~ /^\//) print $i }' "$1" |
		sort -u
}

# make_root: not in its place before it is whole. Keys that the root's own packages do
# not bring are copied.
make_root() {
	local part=$CACHE/$SYSTEM.part key hooks=() list
	list=$(packages | sort -u | paste -sd ,)
	scratch_dir
	echo "$RECIPE" >"$SCRATCH/stamp"
	sources >"$SCRATCH/lbuf.sources"
	apt_settings >"$SCRATCH/apt.conf"
	for key in $(keys_of "$SCRATCH/lbuf.sources"); do
		hooks+=("--customize-hook=[ -e \"\$1$key\" ] || install -D -m 644 '$key' \"\$1$key\"")
	done
	echo "making $CACHE/$SYSTEM: $(df -h --output=avail "$CACHE" | tail -n 1 | xargs) free there" >&2
	rm -rf --one-file-system "${part:?}"
	quietly "$SCRATCH/make" timeout -k 30 "$MAKE_SECONDS" mmdebstrap --mode=root --variant=apt \
		--format=directory --architectures="$(architectures)" --include="$list" \
		--aptopt="$SCRATCH/apt.conf" --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		"${hooks[@]}" "${SUITE[$SYSTEM]}" "$part" "$SCRATCH/lbuf.sources" ||
		die "mmdebstrap could not make $SYSTEM, see above"
	cp "$SCRATCH/stamp" "$part/$STAMP"
	rm -rf --one-file-system "${CACHE:?}/$SYSTEM"
	mv "$part" "$CACHE/$SYSTEM"
	echo "made in $SECONDS s, $(du -sh "$CACHE/$SYSTEM" | cut -f 1)" >&2
}

# hold_root: makes it if need be, and keeps others from making it anew meanwhile.
hold_root() {
	mkdir -p "$CACHE" || die "cannot make $CACHE: set LBUF_DISTRO_CACHE to another folder"
	CACHE=$(realpath "$CACHE")
	exec 9>"$CACHE/$SYSTEM.lock"
	lock -s
	[[ -n $REMAKE ]] || ! root_is_made || return 0
	flock -u 9
	lock -x
	if [[ -n $REMAKE ]] || ! root_is_made; then
		make_root
	fi
	flock -s 9
}

lock() {
	flock -n "$1" 9 && return
	echo "another run makes or uses $CACHE/$SYSTEM: waiting" >&2
	flock "$1" -w "$LOCK_SECONDS" 9 ||
		die "another run has had $CACHE/$SYSTEM for $LOCK_SECONDS s: end it, or set LBUF_DISTRO_CACHE"
}

# --- a run -----------------------------------------------------------------

# tree_files: names of our own files, without what a build made.
tree_files() {
	local file
	if git -C "$ROOT" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git -C "$ROOT" ls-files -z --cached --others --exclude-standard
	else
		find "$ROOT" \( -name .git -o -path "$ROOT/build*" -o -name __pycache__ \) -prune -o \
			-type f -printf '%P\0'
	fi | while IFS= read -r -d '' file; do
		[[ ! -e $ROOT/$file ]] || printf '%s\0' "$file"
	done
}

# run_in_root: everything lies in a folder that goes with the run.
run_in_root() {
	local run pid code=0
	# Of runs that were killed.
	find "$CACHE" -maxdepth 1 -name 'run.*' -mtime +0 -exec rm -rf --one-file-system {} +
	run=$(mktemp -d "$CACHE/run.XXXXXX")
	at_exit rm -rf --one-file-system "$run"
	mkdir "$run/tree" "$run/upper" "$run/work" "$run/root"
	mkdir -p "$CACHE/ccache.$SYSTEM"
	tree_files | tar -C "$ROOT" --null --no-recursion -T - -cf - | tar -C "$run/tree" -xf -
	((${#WITH[@]} == 0)) || tar -C "$ROOT" -cf - "${WITH[@]}" | tar -C "$run/tree" -xf -
	unshare --mount --propagation private --pid --fork --kill-child \
		"$ROOT/scripts/distro.sh" --inside "$CACHE" "$SYSTEM" "$run" "${COMMAND[@]}" <&0 &
	pid=$!
	at_exit stop_run "$pid"
	wait "$pid" || code=$?
	bring_back "$run/tree"
	return "$code"
}

# bring_back TREE: what is to be kept of a run.
bring_back() {
	local path
	for path in "${KEEP[@]}"; do
		if [[ -e $1/$path ]]; then
			mkdir -p "$ROOT/$(dirname -- "$path")"
			cp -rT "$1/$path" "$ROOT/$path"
		else
			echo "warning: --keep: the run has no $path" >&2
		fi
	done
}

# stop_run PID: unshare takes no signals while its child runs: the child gets them.
stop_run() {
	local child=
	# No line: its end is missing.
	{ read -r child _ <"/proc/$1/task/$1/children"; } 2>/dev/null || true
	if [[ -n $child ]]; then
		kill -s TERM "$child" 2>/dev/null || true
		wait_until 20 run_ended "$1" || true
	fi
	kill -s KILL "$1" 2>/dev/null || true
}

run_ended() {
	! kill -0 "$1" 2>/dev/null
}

# --- inside of the namespaces ----------------------------------------------

# mount_root BASE RUN: BASE with what the run changes on top; a copy where the kernel
# has no overlays, or not there.
mount_root() {
	local base=$1 run=$2
	mount -t overlay -o "lowerdir=$base,upperdir=$run/upper,workdir=$run/work" overlay \
		"$run/root" 2>/dev/null || cp -a "$base/." "$run/root/"
}

# mount_system ROOT: what programs need of the kernel. Hugepages are mounted apart: the
# files of two EALs must not meet, that keep no account of each other in /run.
mount_system() {
	local root=$1
	mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	[[ ! -d /dev/hugepages ]] || mount -t hugetlbfs nodev "$root/dev/hugepages" 2>/dev/null || true
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
}

# enter CACHE SYSTEM RUN COMMAND...: this is the namespace's first process: when it ends, all do.
enter() {
	local cache=$1 system=$2 run=$3 root=$3/root file pid code=0
	shift 3
	mount_root "$cache/$system" "$run"
	mount_system "$root"
	mkdir -p "$root/lbuf" "$root/root/.cache/ccache"
	mount --bind "$run/tree" "$root/lbuf"
	mount --bind "$cache/ccache.$system" "$root/root/.cache/ccache"
	for file in /etc/resolv.conf /etc/hosts; do
		[[ ! -e $file ]] || cp --remove-destination -L "$file" "$root$file"
	done
	env -u TMPDIR -u XDG_CACHE_HOME -u XDG_RUNTIME_DIR HOME=/root LC_ALL=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$root" sh -c 'cd /lbuf && exec "$@"' sh "$@" <&0 &
	pid=$!
	at_exit stop "$pid"
	wait "$pid" || code=$?
	return "$code"
}

main() {
	parse_arguments "$@"
	need_root
	install_packages mmdebstrap util-linux tar
	RECIPE=$(recipe)
	hold_root
	run_in_root
}

if [[ ${1:-} == --inside ]]; then
	enter "${@:2}"
else
	main "$@"
fi
