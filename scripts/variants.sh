#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The ways in which users build: levels of optimisation, link-time optimisation, processors.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

BUILD=build-variants # within the tree; a folder of it for each
ALL=(O0 O1 O2 O3 lto v2 v3 v4 native)
FEW=200000 # operations of the model tests
WANTED=()
BUILD_ONLY=
FAILED=0

usage() {
	cat <<-END
		usage: $0 [--build-only] [VARIANT...]

		Builds the library, the programs and the unit tests, and runs those that need no
		hugepages, with fewer operations of the models. Warnings are errors. All of them
		take 40 minutes on 2 cores. The exit code is 0 if all passed.

		  --build-only  runs no tests

		  O0 O1 O2 O3   levels of optimisation, for the processor that DPDK is built for
		  lto           link-time optimisation
		  v2 v3 v4      -O3 for x86-64-v2, -v3, -v4; tests are run where the processor can
		  native        -O3 for this processor
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--build-only) BUILD_ONLY=1 ;;
		O[0-3] | lto | v[234] | native) WANTED+=("$1") ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	((${#WANTED[@]})) || WANTED=("${ALL[@]}")
}

# options VARIANT: meson's, a line each.
options() {
	case $1 in
	O?) echo "-Doptimization=${1#O}" ;;
	lto) printf '%s\n' -Doptimization=3 -Db_lto=true -Db_lto_threads=2 ;;
	v?) printf '%s\n' -Doptimization=3 "-Dc_args=-march=x86-64-$1" ;;
	native) printf '%s\n' -Doptimization=3 -Dc_args=-march=native ;;
	esac
}

# runs_here VARIANT: the dynamic linker knows what the processor can.
runs_here() {
	[[ $1 == v? ]] || return 0
	/lib64/ld-linux-x86-64.so.2 --help | grep -q "x86-64-$1 (supported"
}

# took VARIANT: DPDK's own -march stands behind ours on no command line: the last one counts.
took() {
	local march commands=$ROOT/$BUILD/$1/compile_commands.json
	march=$(sed -n 's/^-Dc_args=-march=//p' < <(options "$1"))
	[[ -z $march ]] || ! sed -n 's/.* -march=\([^ "]*\).*/\1/p' "$commands" | grep -qvx "$march" ||
		die "$1: another -march comes behind ours: see $commands"
}

build() {
	local options
	mapfile -t options < <(options "$1")
	quietly "$SCRATCH/$1" configure "$BUILD/$1" -Dtests=true -Dapps=true -Dwerror=true \
		"${options[@]}" && took "$1" && quietly "$SCRATCH/$1" compile "$BUILD/$1"
}

run_tests() {
	LBUF_OPS=$FEW LBUF_SEGMENTS=$FEW quietly "$SCRATCH/$1" meson test -C "$ROOT/$BUILD/$1" \
		--suite unit-nohuge --no-rebuild --print-errorlogs --timeout-multiplier 5
}

# tell VERDICT VARIANT TEXT
tell() {
	printf '%-6s %-7s %5d s   %s\n' "$1" "$2" "$SECONDS" "$3"
	[[ $1 == ok ]] || FAILED=1
}

check() {
	SECONDS=0
	if ! build "$1"; then
		tell FAILED "$1" "does not build, see above"
	elif [[ -n $BUILD_ONLY ]]; then
		tell ok "$1" "built"
	elif ! runs_here "$1"; then
		tell ok "$1" "built; this processor cannot run it"
	elif run_tests "$1"; then
		tell ok "$1" "$(awk '/^Ok: / { ok = $2 } END { print ok }' "$SCRATCH/$1") tests passed"
	else
		tell FAILED "$1" "tests failed, see above"
	fi
}

main() {
	local variant
	parse_arguments "$@"
	[[ $(uname -m) == x86_64 ]] || die "these are variants for x86-64; see arm64.ini for others"
	install_packages "${BUILD_PACKAGES[@]}"
	scratch_dir
	for variant in "${WANTED[@]}"; do
		check "$variant"
	done
	return "$FAILED"
}

main "$@"
