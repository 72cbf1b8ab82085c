#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Style and static checks, one line for each; what is wrong follows its line.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

LIMIT=100 # columns of a line
BUILD='build-lint'
TIDY_CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lbuf/tidy
TIDY_DAYS=30 # that a source is remembered
QUICK=
PASSED=0
FAILED=0

usage() {
	cat <<-END
		usage: $0 [--fix | --quick]

		Checks the C sources (clang-format, clang-tidy, line length), the scripts
		(shellcheck), the Python files (flake8), the SPDX line of every file, that no
		source of the library uses what one listed after it defines (floors), and that the
		map of symbols is as the headers have it (exports).
		The exit code is 0 only if all checks pass. Sources that clang-tidy has passed are
		remembered in $TIDY_CACHE, by all that it depends on: it sees them again
		when that has changed, or when the folder is gone.

		  --fix     lets clang-format rewrite the C sources first
		  --quick   all but clang-tidy, which takes minutes: the rest takes seconds
	END
}

# files PATTERN...: our files whose names match, without what a build made.
files() {
	local name names=()
	for name in "$@"; do
		names+=(-o -name "$name")
	done
	find . -name '.git' -prune -o -path './build*' -prune -o -name __pycache__ -prune -o \
		-type f \( "${names[@]:1}" \) -print | sort
}

scripts() {
	files '*.sh'
	[[ ! -f .ci/run ]] || echo ./.ci/run
}

# check NAME COUNT COMMAND...: runs COMMAND, says how it went.
check() {
	local name=$1 count=$2
	shift 2
	if "$@" >"$SCRATCH/out" 2>&1; then
		printf 'ok    %-14s %s files\n' "$name" "$count"
		PASSED=$((PASSED + 1))
	else
		printf 'FAIL  %-14s %s files\n' "$name" "$count"
		sed 's/^/      /' "$SCRATCH/out"
		FAILED=$((FAILED + 1))
	fi
}

# --- the checks ------------------------------------------------------------

# Shows what clang-format would change.
check_format() {
	local file code=0
	for file in "${SOURCES[@]}"; do
		clang-format "$file" | diff -u --label "$file" --label "clang-format" "$file" - || code=1
	done
	return "$code"
}

# Meson has to know the sources: a setup with clang, whose flags clang-tidy knows.
check_tidy() {
	((${#UNITS[@]} == 0)) && return
	CC=clang quietly "$SCRATCH/setup" configure "$BUILD" -Dtests=true -Dapps=true || return 1
	mkdir -p "$TIDY_CACHE"
	find "$TIDY_CACHE" -type f -mtime "+$TIDY_DAYS" -delete
	tidy_base >"$SCRATCH/tidy-base" && tidy_sources >"$SCRATCH/tidy-sources" || return 1
	printf '%s\0' "${UNITS[@]}" | xargs -0 -P "$(nproc)" -n 1 "$0" --tidy-new "$SCRATCH"
}

# tidy_base: what clang-tidy's verdict on all sources depends on: itself and its rules, how they
# are compiled, and the packages that we build on.
tidy_base() {
	clang-tidy --version
	dpkg-query -W -f '${db:Status-Status} ${binary:Package} ${Version}\n' '*-dev' '*-dev:*' |
		grep '^installed ' | sort -u
	sha256sum .clang-tidy scripts/lint.sh
	files meson.build meson_options.txt | xargs -d '\n' sha256sum
}

# tidy_sources: for each source its name, and the sums of itself and of those of our files that it
# includes, or might include: all that have such a name.
tidy_sources() {
	files '*.c' '*.h' | xargs -d '\n' sha256sum >"$SCRATCH/sums"
	files '*.c' '*.h' | xargs -d '\n' grep -E '^[[:blank:]]*#[[:blank:]]*include[[:blank:]]' |
		sed -E 's/^([^:]*):[^"<]*["<]([^">]*\/)?([^">]*).*/\1 \3/' >"$SCRATCH/includes"
	awk '
		function add(path, i, j, names, paths, n, m) {
			if (path in seen)
				return
			seen[path]
			line = line " " sum[path]
			n = split(includes[path], names, " ")
			for (i = 1; i <= n; i++) {
				m = split(homes[names[i]], paths, " ")
				for (j = 1; j <= m; j++)
					add(paths[j])
			}
		}
		NR == FNR {
			sum[$2] = $1
			name = $2
			sub(".*/", "", name)
			homes[name] = homes[name] " " $2
			next
		}
		{ includes[$1] = includes[$1] " " $2 }
		END {
			for (path in sum) {
				split("", seen)
				line = path
				add(path)
				print line
			}
		}' "$SCRATCH/sums" "$SCRATCH/includes"
}

# tidy_new FOLDER FILE: no more than a look if that, as it is, has passed already.
tidy_new() {
	local key
	key=$(awk -v file="$2" '$1 == file' "$1/tidy-sources" | cat "$1/tidy-base" - |
		sha256sum | cut -d ' ' -f 1)
	if [[ -f $TIDY_CACHE/$key ]]; then
		touch "$TIDY_CACHE/$key"
	else
		tidy_one "$2" && touch "$TIDY_CACHE/$key"
	fi
}

# tidy_one FILE: only what concerns our own files is shown. No build that it knows has the examples,
# one of which uses lwIP, nor what is compiled in many ways (tests/headers).
tidy_one() {
	local out dir more=(--extra-arg=-isystem"$(pkg-config --variable=includedir lwip)")
	for dir in "$ROOT"/lib/*/; do
		more+=(--extra-arg=-I"$dir")
	done
	out=$(clang-tidy -p "$BUILD" "${more[@]}" --quiet "$1" 2>&1) && return
	grep -vE '^[0-9]+ warnings?( and [0-9]+ errors?)? generated|^(Suppressed|Error while) ' <<<"$out"
	return 1
}

check_shell() {
	shellcheck -x "${SCRIPTS[@]}"
}

check_python() {
	((${#PYTHON[@]} == 0)) || /usr/bin/python3 -m flake8 --max-line-length="$LIMIT" "${PYTHON[@]}"
}

# On the first line, or on the second after '#!'.
check_spdx() {
	awk -v tag='SPDX-License-Identifier: BSD-3-Clause' '
		FNR == 1 { told = 0; script = /^#!/ }
		FNR == 1 || (FNR == 2 && script) { if (index($0, tag)) told = 1 }
		FNR == 2 && !told { bad = bad FILENAME ": no SPDX line\n" }
		END { printf "%s", bad; exit bad != "" }' "${ALL[@]}"
}

check_columns() {
	local file
	for file in "${SOURCES[@]}"; do
		expand -t 8 "$file" | awk -v file="$file" -v limit="$LIMIT" '
			length > limit { print file ":" FNR ": " length " columns, at most " limit }'
	done >"$SCRATCH/columns"
	cat "$SCRATCH/columns"
	[[ ! -s $SCRATCH/columns ]]
}

# library_sources: LAYER/FILE of the library, in the order in which meson.build lists them.
library_sources() {
	local layer
	while read -r layer; do
		awk -v layer="$layer" -v RS="'" '/\.c$/ { print layer "/" $0 }' "lib/$layer/meson.build"
	done < <(sed -n "s/^subdir('\(.*\)')$/\1/p" lib/meson.build)
}

# library_symbols DIR: "SOURCE TYPE SYMBOL" for each source of the library, built in DIR.
library_symbols() {
	local source object
	while read -r source; do
		object=$(find "$1/lib" -path '*/liblbuf.*' -name "${source/\//_}.o" -print -quit)
		nm -g "$object" | awk -v source="$source" '{ print source, $(NF - 1), $NF }' || return 1
	done < <(library_sources)
}

# Sources stand on one another: none uses a symbol of one that is listed after it.
check_floors() {
	local build=build
	[[ -f $build/build.ninja ]] || build=$BUILD
	quietly "$SCRATCH/setup" configure "$build" || return 1
	quietly "$SCRATCH/compile" compile "$build" lib/liblbuf.a || return 1
	library_symbols "$build" >"$SCRATCH/symbols" || return 1
	awk '
		!($1 in floor) { floor[$1] = ++floors }
		$2 == "U" { used[$1, $3] = $1 " " $3; next }
		{ home[$3] = $1 }
		END {
			for (i in used) {
				split(used[i], u, " ")
				if (u[2] in home && floor[home[u[2]]] > floor[u[1]]) {
					print u[1] " uses " u[2] " of " home[u[2]] ", which is listed after it"
					bad = 1
				}
			}
			exit bad
		}' "$SCRATCH/symbols"
}

# The map of symbols lists what the public headers declare.
check_exports() {
	scripts/exports.py
}

check_blanks() {
	! grep -nE '[[:blank:]]+$' "${ALL[@]}" /dev/null
}

# --- all of them -----------------------------------------------------------

run_checks() {
	mapfile -t SOURCES < <(files '*.c' '*.h')
	mapfile -t UNITS < <(files '*.c')
	mapfile -t SCRIPTS < <(scripts)
	mapfile -t PYTHON < <(files '*.py')
	ALL=("${SOURCES[@]}" "${SCRIPTS[@]}" "${PYTHON[@]}")
	mapfile -t -O "${#ALL[@]}" ALL < <(files meson.build)
	check clang-format "${#SOURCES[@]}" check_format
	[[ -n $QUICK ]] || check clang-tidy "${#UNITS[@]}" check_tidy
	check columns "${#SOURCES[@]}" check_columns
	check floors "$(library_sources | wc -l)" check_floors
	check exports "$(files 'lbuf*.h' | wc -l)" check_exports
	check shellcheck "${#SCRIPTS[@]}" check_shell
	check flake8 "${#PYTHON[@]}" check_python
	check spdx "${#ALL[@]}" check_spdx
	check blanks "${#ALL[@]}" check_blanks
}

main() {
	local fix=
	case ${1:-} in
	'') ;;
	--fix) fix=1 ;;
	--quick) QUICK=1 ;;
	-h | --help) usage && exit 0 ;;
	*) die "unknown argument '$1': see --help" ;;
	esac
	install_packages clang-format shellcheck python3-flake8
	install_packages "${BUILD_PACKAGES[@]}"
	[[ -n $QUICK ]] || install_packages clang clang-tidy liblwip-dev
	scratch_dir
	cd "$ROOT"
	[[ -z $fix ]] || files '*.c' '*.h' | xargs -r -d '\n' clang-format -i
	run_checks
	echo "lint: $PASSED passed, $FAILED failed"
	((FAILED == 0))
}

case ${1:-} in
--tidy-one) tidy_one "$2" ;;
--tidy-new) tidy_new "$2" "$3" ;;
*) main "$@" ;;
esac
