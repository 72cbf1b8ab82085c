#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Builds and tests what other languages call the library by.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

SECONDS_EACH=600 # at most, for the tests of a language
CRATES=/usr/share/cargo/registry # where Debian's packages of crates lie
BUILD=build-installed
SYSTEM=
WHAT=()

usage() {
	cat <<-END
		usage: $0 [--build DIR | --system] [python] [rust]

		Builds and tests the bindings in bindings/: those for the languages that are
		named, or all. Needs no hugepages. Rust is built with Debian's compiler and
		crates, and nothing is fetched.

		  --build DIR  against the library as it is built in DIR ($BUILD, which has it
		               alone)
		  --system     against the library that is installed
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--build) value "$@" && BUILD=$2 && shift ;;
		--system) SYSTEM=1 ;;
		python | rust) WHAT+=("$1") ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	((${#WHAT[@]})) || WHAT=(python rust)
}

test_python() {
	(cd "$ROOT/bindings/python" &&
		timeout "$SECONDS_EACH" /usr/bin/python3 -m pytest -p no:cacheprovider tests)
}

# test_rust: in a folder of its own, since cargo writes beside its sources.
test_rust() {
	local home=$SCRATCH/cargo
	mkdir -p "$home"
	cat >"$home/config.toml" <<-END
		[source.crates-io]
		replace-with = "debian"
		[source.debian]
		directory = "$CRATES"
		[net]
		offline = true
	END
	cp -r "$ROOT/bindings/rust" "$SCRATCH/rust"
	(
		export CARGO_HOME=$home CARGO_TARGET_DIR=$SCRATCH/target RUSTFLAGS="-D warnings"
		export PATH=/usr/bin:$PATH # Debian's, not one of the user's own
		cd "$SCRATCH/rust" &&
			timeout "$SECONDS_EACH" cargo test --offline --workspace &&
			timeout "$SECONDS_EACH" cargo build --offline --package lbuf --no-default-features
	)
}

parse_arguments "$@"
packages=("${BUILD_PACKAGES[@]}")
for what in "${WHAT[@]}"; do
	case $what in
	python) packages+=(python3 python3-pytest) ;;
	rust) packages+=(rustc cargo librust-bytes-dev) ;;
	esac
done
install_packages "${packages[@]}"
scratch_dir
[[ -n $SYSTEM ]] || use_installed "$BUILD"
failed=0
for what in "${WHAT[@]}"; do
	echo "== $what"
	case $what in
	python) test_python || failed=1 ;;
	rust) test_rust || failed=1 ;;
	esac
done
exit "$failed"
