#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Which lines and branches of the library the tests reach.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

BUILD=build-coverage
LINES=95    # per cent
BRANCHES=85 # per cent
SUITES=(--suite unit-nohuge --suite unit-huge)
FEW=1000000 # operations of the model tests, which take ten times as long here

usage() {
	cat <<-END
		usage: $0 [--no-test]

		Builds with gcc's coverage, runs the unit and model tests with and without
		hugepages, and shows what they reach of lib/: of each file lines and branches, and
		the lines that are not reached. $BUILD/coverage.html has them marked. The exit code
		is not 0 under $LINES % of the lines or $BRANCHES % of the branches.

		Lines that no test can reach have a comment with GCOV_EXCL, which says why.

		  --no-test  shows what the last run has reached
	END
}

run_tests() {
	find "$ROOT/$BUILD" -name '*.gcda' -delete 2>/dev/null || true
	# Lcores that count at a time must not lose counts, let alone go below 0.
	quietly "$SCRATCH/build" configure "$BUILD" -Dtests=true -Dapps=false -Db_coverage=true \
		-Doptimization=0 -Dc_args=-fprofile-update=atomic || die "cannot set $BUILD up, see above"
	quietly "$SCRATCH/build" compile "$BUILD" || die "cannot build, see above"
	reserve_hugepages 1024
	LBUF_OPS=$FEW LBUF_SEGMENTS=$FEW meson test -C "$ROOT/$BUILD" "${SUITES[@]}" \
		--print-errorlogs --timeout-multiplier 5 ||
		die "tests failed, see above: coverage of a run that fails says nothing"
}

# covered OPTION...: what was reached, as gcovr tells it. What the compiler adds for errors that
# cannot be is no branch of ours.
covered() {
	(cd "$ROOT" && gcovr --root . --object-directory "$BUILD" --filter 'lib/' \
		--exclude-unreachable-branches --exclude-throw-branches "$@")
}

main() {
	local test=1
	case ${1:-} in
	'') ;;
	--no-test) test= ;;
	-h | --help) usage && exit 0 ;;
	*) die "unknown argument '$1': see --help" ;;
	esac
	[[ -z $test ]] || need_root
	install_packages "${BUILD_PACKAGES[@]}" gcovr
	scratch_dir
	[[ -z $test ]] || run_tests
	covered --html-details "$BUILD/coverage.html"
	covered --branches
	covered --print-summary --fail-under-line "$LINES" --fail-under-branch "$BRANCHES"
}

main "$@"
