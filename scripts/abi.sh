#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The ABI of the shared library, beside that of the last version with the same major number.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

BUILD=build-abi
RECORD=

usage() {
	cat <<-END
		usage: $0 [--build DIR] [--record]

		Builds the library with debugging information, and compares what its public headers
		and symbols promise with lib/abi/lbuf-MAJOR.abi.xz, the dump of the last version: what
		was there must still be there, and be the same. What was added is shown. The exit
		code is 1 if programs that were built with the last version would not run.

		  --build DIR  where the library is built ($BUILD)
		  --record     writes the dump anew: for a release, see release.sh
	END
}

version() {
	sed -n "s/^[[:blank:]]*version: '\(.*\)',$/\1/p" "$ROOT/meson.build" | head -n 1
}

# dump FILE: what users of the library can see of it: DPDK's own types are DPDK's affair.
dump() {
	local lib
	lib=$(readlink -f "$ROOT/$BUILD/lib/liblbuf.so")
	abidw --no-corpus-path --no-comp-dir-path --no-show-locs --drop-private-types \
		--headers-dir "$SCRATCH/headers" --out-file "$1" "$lib"
}

collect_headers() {
	local header
	mkdir "$SCRATCH/headers"
	for header in "$ROOT"/lib/*/lbuf*.h; do
		[[ $header == *_priv.h ]] || cp "$header" "$SCRATCH/headers"
	done
}

# compare OLD NEW: abidiff's exit code has a bit for errors, one for changes, and one for
# such as break programs.
compare() {
	local code=0
	abidiff --no-added-syms "$1" "$2" || code=$?
	((code == 0)) || die "the ABI of $(basename "$1" .abi) has changed, see above: undo it, \
or raise the major version in meson.build and start a new map"
	abidiff --added-fns --added-vars "$1" "$2" || true
	echo "abi: programs built with $(basename "$1" .abi) run with this one"
}

while (($#)); do
	case $1 in
	--build) value "$@" && BUILD=$2 && shift ;;
	--record) RECORD=1 ;;
	-h | --help) usage && exit 0 ;;
	*) die "unknown argument '$1': see --help" ;;
	esac
	shift
done
major=$(version)
last=$ROOT/lib/abi/lbuf-${major%%.*}.abi.xz
install_packages "${BUILD_PACKAGES[@]}" "abigail-tools" xz-utils
scratch_dir
if [[ ! -f $ROOT/$BUILD/build.ninja ]]; then
	quietly "$SCRATCH/build" configure "$BUILD" -Dtests=false -Dapps=false ||
		die "cannot set $BUILD up, see above"
fi
quietly "$SCRATCH/build" compile "$BUILD" "lib/liblbuf.so.$major" || die "cannot build, see above"
collect_headers
dump "$SCRATCH/new.abi"
if [[ -n $RECORD ]]; then
	xz -9 -c "$SCRATCH/new.abi" >"$last"
	echo "abi: $last: $(stat -c %s "$last") bytes"
elif [[ -f $last ]]; then
	xz -dc "$last" >"$SCRATCH/$(basename "$last" .xz)"
	compare "$SCRATCH/$(basename "$last" .xz)" "$SCRATCH/new.abi"
else
	echo "abi: no version ${major%%.*} was released yet: there is nothing to compare with"
fi
