#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Makes a release: checks that the tree is one, tags it, and packs it.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

OUTPUT=$ROOT/build-release
DRY=
VERSION=

usage() {
	cat <<-END
		usage: $0 [--dry-run] VERSION

		VERSION is MAJOR.MINOR.PATCH, by semantic versions: a new MAJOR where programs have
		to be built anew or changed, a new MINOR where something was added.

		Checks that the tree is clean, and that meson.build, CHANGELOG.md, debian/changelog
		and the bindings name this version; that the ABI is that of the last version with
		the same MAJOR, or has no such dump yet. Then it records the ABI in a commit, tags
		that v$VERSION, and packs it: a tarball and its checksum in build-release/. Nothing
		is pushed.

		  --dry-run  checks, and packs the last commit, but commits and tags nothing
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--dry-run) DRY=1 ;;
		-h | --help) usage && exit 0 ;;
		-*) die "unknown option '$1': see --help" ;;
		*) VERSION=$1 ;;
		esac
		shift
	done
	[[ $VERSION =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]] ||
		die "'$VERSION' is not MAJOR.MINOR.PATCH: see --help"
}

# named FILE PATTERN: the file says what the version is.
named() {
	grep -qE -- "$2" "$ROOT/$1" || die "$1 does not say that the version is $VERSION"
}

check_tree() {
	local exact=${VERSION//./\\.}
	[[ -z $(git -C "$ROOT" status --porcelain) ]] ||
		die "the tree has changes that are not committed"
	! git -C "$ROOT" rev-parse -q --verify "refs/tags/v$VERSION" >/dev/null ||
		die "there is a tag v$VERSION already"
	named meson.build "^[[:blank:]]*version: '$exact',$"
	named CHANGELOG.md "^## $exact\$"
	named debian/changelog "^lbuf \($exact-1\) "
	named bindings/python/pyproject.toml "^version = \"$exact\"\$"
	named bindings/rust/lbuf/Cargo.toml "^version = \"$exact\"\$"
	named bindings/rust/lbuf-sys/Cargo.toml "^version = \"$exact\"\$"
	head -n 1 "$ROOT/debian/changelog" | grep -qE "^lbuf \($exact-1\) " ||
		die "debian/changelog: the first entry is not that of $VERSION"
}

# record: the ABI that later versions are compared with.
record() {
	"$ROOT/scripts/abi.sh" --record
	git -C "$ROOT" add lib/abi
	git -C "$ROOT" diff --cached --quiet ||
		git -C "$ROOT" commit -q -m "lib: ABI of version $VERSION"
	git -C "$ROOT" tag -a -m "lbuf $VERSION" "v$VERSION"
}

# pack COMMIT: the same commit makes the same bytes.
pack() {
	local name=lbuf-$VERSION
	mkdir -p "$OUTPUT"
	git -C "$ROOT" archive --format=tar --prefix="$name/" "$1" | xz -9 -T 1 >"$OUTPUT/$name.tar.xz"
	(cd "$OUTPUT" && sha256sum "$name.tar.xz" >"$name.tar.xz.sha256" && cat "$name.tar.xz.sha256")
}

parse_arguments "$@"
install_packages git xz-utils
check_tree
"$ROOT/scripts/abi.sh"
if [[ -n $DRY ]]; then
	pack HEAD
	echo "release: a dry run: nothing was committed or tagged"
else
	record
	pack "v$VERSION"
	echo "release: v$VERSION is tagged; push it by: git push origin HEAD v$VERSION"
fi
