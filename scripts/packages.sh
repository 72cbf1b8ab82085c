#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Debian packages: built and checked in a root that has what building takes, and tried in
# another one that has nothing.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

OUTPUT=build-packages # within the tree; a folder of it for each system
SYSTEMS=()
ALL=(bookworm trixie)
NOCHECK=
PREFER=300 # seconds from the installation to the first example's output

usage() {
	cat <<-END
		usage: $0 [--nocheck] [bookworm] [trixie]

		Builds the packages for Debian 12 (bookworm) and 13 (trixie), or for one of them,
		as lintian wants them: no errors, no warnings. Then installs them in a bare root,
		and runs the tests of debian/tests there. The packages lie in $OUTPUT/SYSTEM
		in the end. Needs root: see distro.sh.

		  --nocheck  without the unit tests while they are built
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--nocheck) NOCHECK=1 ;;
		bookworm | trixie) SYSTEMS+=("$1") ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	((${#SYSTEMS[@]})) || SYSTEMS=("${ALL[@]}")
}

# --- in the root of a system -------------------------------------------------

version() {
	sed -n "s/^[[:blank:]]*version: '\(.*\)',$/\1/p" "$ROOT/meson.build" | head -n 1
}

# make_packages SYSTEM: in a copy of the tree beside its source's tarball.
make_packages() {
	local work output=$ROOT/$OUTPUT/$1 name
	name=lbuf-$(version)
	install_packages build-essential debhelper devscripts dpkg-dev lintian pkgconf python3
	scratch_dir
	work=$SCRATCH/$name
	mkdir -p "$work" "$output"
	tar -C "$ROOT" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$work" -xf -
	tar -C "$SCRATCH" --exclude=debian -cJf "$SCRATCH/lbuf_$(version).orig.tar.xz" "$name"
	cd "$work"
	quietly "$SCRATCH/apt" apt build-dep ./ || die "apt-get cannot install what building takes"
	[[ -z $NOCHECK ]] || export DEB_BUILD_OPTIONS=nocheck
	dpkg-buildpackage --no-sign >"$SCRATCH/built" 2>&1 || {
		tail -n 60 "$SCRATCH/built" >&2
		die "dpkg-buildpackage failed, see above"
	}
	lintian --allow-root --fail-on error,warning --display-info --tag-display-limit 0 \
		"$SCRATCH"/*.changes || die "lintian complains, see above"
	cp "$SCRATCH"/*.deb "$SCRATCH"/*.dsc "$SCRATCH"/*.tar.xz "$SCRATCH"/*.changes "$output"
}

# depends TEST: packages that a test of debian/tests/control needs.
depends() {
	awk -v test="$1" '
		/^Tests: / { on = $2 == test }
		on && /^Depends: / { sub(/^Depends: /, ""); gsub(/,/, ""); print }' \
		"$ROOT/debian/tests/control"
}

# try_packages SYSTEM: the tests, as autopkgtest has them, the example's first: what a
# newcomer does.
try_packages() {
	local debs tests test list failed=0
	debs=("$ROOT/$OUTPUT/$1"/lib*.deb "$ROOT/$OUTPUT/$1"/lbuf-tools_*.deb)
	scratch_dir
	quietly "$SCRATCH/apt" apt update || die "apt-get update failed"
	SECONDS=0
	quietly "$SCRATCH/apt" apt install --no-install-recommends "${debs[@]}" ||
		die "the packages cannot be installed, see above"
	mapfile -t tests < <(sed -n 's/^Tests: //p' "$ROOT/debian/tests/control")
	for test in "${tests[@]}"; do
		# shellcheck disable=SC2046
		mapfile -t list < <(printf '%s\n' $(depends "$test"))
		quietly "$SCRATCH/apt" apt install --no-install-recommends "${list[@]}" ||
			die "$test: its packages cannot be installed"
		if "$ROOT/debian/tests/$test"; then
			echo "ok    $1: $test, $SECONDS s after the installation began"
		else
			echo "FAIL  $1: $test"
			failed=1
		fi
		[[ $test != example ]] || ((SECONDS <= PREFER)) ||
			echo "warning: longer than $PREFER s until the first example's output"
	done
	return "$failed"
}

# --- outside -----------------------------------------------------------------

main() {
	local system nocheck=()
	parse_arguments "$@"
	need_root
	[[ -z $NOCHECK ]] || nocheck=(--nocheck)
	for system in "${SYSTEMS[@]}"; do
		"$ROOT/scripts/distro.sh" --keep "$OUTPUT/$system" "$system" \
			scripts/packages.sh --make "$system" "${nocheck[@]}"
		"$ROOT/scripts/distro.sh" --with "$OUTPUT/$system" "$system-bare" \
			scripts/packages.sh --try "$system"
	done
}

case ${1:-} in
--make)
	[[ ${3:-} != --nocheck ]] || NOCHECK=1
	make_packages "$2"
	;;
--try) try_packages "$2" ;;
*) main "$@" ;;
esac
