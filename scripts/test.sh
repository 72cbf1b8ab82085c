#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Everything that tests need, and the tests: what a newcomer wants to see, or
# all. A part that fails does not keep the others from running; the summary at
# the end tells of all.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

MEMORY_MB=1024
STRESS_MB=128 # of what runs beside
# Seconds since the start. After the first, parts that run for as long as they are
# told are cut to what fits until the second: a slow machine fails no good work.
LATE=${LBUF_TEST_LATE:-3600}
END=${LBUF_TEST_END:-4800}
PYTEST_MIN=900 # seconds that the end-to-end tests have at least
TIMES=3        # on a slow machine a unit test may take so many times its limit
STRESS_SEEDS=20
STRESS_SECONDS=20 # each
TSAN_STRESS=10     # seconds
SOAK_MINUTES=2
FUZZ_MODEL=40      # seconds
FUZZ_FRAMES=20     # seconds
FUZZ_STREAMS=60    # seconds, of packets and of segments each
FUZZ_HTTP=10       # seconds
FUZZ_MIN=5         # seconds
MODEL_MIN=10000000 # operations, and segments
ELSEWHERE_OPS=1000000 # of the model on other systems
MODEL_FEW=1000000  # of a newcomer's run, or when it is late
TSAN_TESTS=(test_stress test_lcores test_bulk test_limit test_share test_stats test_debug test_telemetry test_wait test_steal
	test_hold_lcores)

ALL=
CI=
SUMMARY=()
CUTS=()
PASSED=0
FAILED=0

usage() {
	cat <<-END
		usage: $0 [--all | --ci]

		Installs what is missing, builds with gcc, and runs the unit tests (with and
		without hugepages), a million operations of the model test, a few cases of each
		end-to-end suite, and lint without clang-tidy: within 6 minutes on 2 cores. The
		exit code is 0 only if all passed. Needs root.

		  --all   everything, in 45 minutes on 2 cores, at first in 75: also what clang and the
		          sanitizers build, several lcores under ThreadSanitizer, the unit tests
		          on Debian 13, sid and for arm64 (see distro.sh), the fuzz targets for a
		          minute, random stress, clang-tidy, the demo, a soak at the prompt, and all
		          end-to-end cases, those in a QEMU guest too
		  --ci    as --all, and a part that finds no tests has failed

		When --all has run for LBUF_TEST_LATE seconds ($LATE), the stress seeds, model
		operations and fuzzing that are left are cut to what fits into LBUF_TEST_END
		seconds ($END), and the summary says so.
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--all) ALL=1 ;;
		--ci) ALL=1 CI=1 ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	[[ $LATE =~ ^[0-9]{1,6}$ ]] || die "LBUF_TEST_LATE: '$LATE' is not a number of seconds"
	[[ $END =~ ^[0-9]{1,6}$ ]] || die "LBUF_TEST_END: '$END' is not a number of seconds"
}

# --- what there is time for --------------------------------------------------

late() {
	((SECONDS >= LATE))
}

# fits SECONDS: is there time for so many more?
fits() {
	! late || ((SECONDS + $1 <= END))
}

# afford WANTED LEAST: prints how many seconds a part that could go on for ever gets.
afford() {
	local left=$(((END - SECONDS) / 2))
	if ! late || ((left >= $1)); then
		echo "$1"
	else
		echo $((left > $2 ? left : $2))
	fi
}

# cut_short TEXT: the summary tells what was left out.
cut_short() {
	echo "cut short: $1"
	CUTS+=("$1")
}

# The model test of what comes next: fewer operations, of which fewer are wanted.
few_operations() {
	export LBUF_OPS=$MODEL_FEW LBUF_SEGMENTS=$MODEL_FEW
	MODEL_MIN=$MODEL_FEW
}

# Before each run of unit tests.
model_in_time() {
	[[ -z ${LBUF_OPS:-} ]] && late || return 0
	cut_short "model: $MODEL_FEW operations a run from here on"
	few_operations
}

# --- parts and what became of them -----------------------------------------

# counted LOG: the tests that passed and that failed, from what meson, pytest
# and lint.sh say at their end.
counted() {
	awk '
		/^Ok: / { ok += $2 }
		/^(Fail|Unexpected Pass|Timeout): / { bad += $NF }
		/^lint: / || /^=+ .* in [0-9.]+s.* =+$/ {
			for (i = 2; i <= NF; i++) {
				if ($i ~ /^passed/) ok += $(i - 1)
				if ($i ~ /^(failed|errors?)/) bad += $(i - 1)
			}
		}
		END { print ok + 0, bad + 0 }' "$1"
}

# failed_tests LOG: their names, from what meson, pytest and lint.sh say.
failed_tests() {
	awk '
		/^ *[0-9]+\/[0-9]+ .* (FAIL|TIMEOUT|UNEXPECTEDPASS|ERROR) / {
			sub(/^ *[0-9]+\/[0-9]+ /, "")
			seen[$0]++ || list[++n] = $0
		}
		/^(FAILED|ERROR) [^ ]*::/ || /^FAIL / { list[++n] = $0 }
		END { for (i = 1; i <= n && i <= 20; i++) print substr(list[i], 1, 120) }' "$1"
}

note() {
	printf -v "SUMMARY[${#SUMMARY[@]}]" '%-8s %-22s %5d s   %s' "$@"
}

# part NAME COMMAND...: runs COMMAND, which either passes or does not.
part() {
	local name=$1 start=$SECONDS
	shift
	printf '\n== %s\n' "$name"
	if "$@"; then
		PASSED=$((PASSED + 1))
		note ok "$name" $((SECONDS - start)) ""
	else
		FAILED=$((FAILED + 1))
		note FAILED "$name" $((SECONDS - start)) ""
		return 1
	fi
}

# tests NAME COMMAND...: runs COMMAND, whose tests are counted.
tests() {
	local name=$1 start=$SECONDS log passed failed code=0
	shift
	printf '\n== %s\n' "$name"
	log=$SCRATCH/tests-${#SUMMARY[@]}
	follow "$log" "$@" || code=$?
	read -r passed failed < <(counted "$log")
	if ((code == 0 && passed == 0)); then
		echo "no test ran"
		code=1
	fi
	((code == 0 || failed > 0)) || failed=1
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
	note "$( ((failed)) && echo FAILED || echo ok)" "$name" $((SECONDS - start)) "$passed passed, $failed failed"
	((failed == 0)) || mapfile -t -O "${#SUMMARY[@]}" SUMMARY < <(failed_tests "$log" | sed 's/^/         /')
}

skipped() {
	note skipped "$1" 0 "$2"
	[[ -z $CI ]] || FAILED=$((FAILED + 1))
}

# --- the parts -------------------------------------------------------------

# build DIR [MESON OPTION...]
build() {
	local dir=$1
	shift
	quietly "$SCRATCH/$dir" configure "$dir" -Dtests=true -Dapps=true "$@" &&
		quietly "$SCRATCH/$dir" compile "$dir"
}

unit_tests() {
	if ((${#EAL_MEM[@]})); then
		echo "no hugepages to be had: tests that need them are skipped"
	fi
	model_in_time
	tests "unit tests" unit_test build --no-suite headers
	elastic_figures "$ROOT/build/meson-logs/testlog.txt"
}

# unit_test DIR ARGUMENT...
unit_test() {
	local dir=$1
	shift
	meson test -C "$ROOT/$dir" --print-errorlogs --timeout-multiplier "$TIMES" "$@"
}

# elastic_figures LOG: how pools grew and shrank, which meson keeps to itself.
elastic_figures() {
	[[ ! -f $1 ]] || awk '
		/^test: / { name = $NF }
		name ~ /^test_elastic/ && /^(asked for|given back|[0-9]+ (of [0-9]+ KiB|MiB in)) / {
			print name ": " $0
		}' "$1"
}

# With a log of its own: that of the unit tests is read in the end.
headers_test() {
	tests "headers" unit_test build --no-rebuild --suite headers --logbase headers
}

clang_build() {
	CC=clang part "build with clang" build build-clang -Dwerror=true
}

clang_tests() {
	model_in_time
	tests "unit tests, clang" unit_test build-clang --suite unit-nohuge
}

# Not with -Werror: gcc warns of what its own instrumentation hides from it.
sanitizer_build() {
	part "build with sanitizers" build build-asan -Db_sanitize=address,undefined -Db_lundef=false
}

sanitizer_tests() {
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	model_in_time
	tests "unit tests, sanitizers" unit_test build-asan --suite unit-nohuge
}

# run_tsan: what several lcores do at a time. Not all of test_elastic, which takes long.
run_tsan() {
	local test=(setarch -R meson test -C "$ROOT/build-tsan" --print-errorlogs
		--timeout-multiplier "$TIMES")
	LBUF_STRESS_S=$TSAN_STRESS "${test[@]}" "${TSAN_TESTS[@]}" test_stress-huge &&
		UNIT_FILTER=ahead_of_demand "${test[@]}" test_elastic
}

tsan_build() {
	CC=clang part "build with ThreadSanitizer" build_tsan "${TSAN_TESTS[@]}" test_elastic
}

tsan_tests() {
	tests "unit tests, threads" run_tsan
}

build_tsan() {
	quietly "$SCRATCH/build-tsan" configure build-tsan -Dtests=true -Dapps=false \
		-Db_sanitize=thread -Db_lundef=false &&
		quietly "$SCRATCH/build-tsan" compile build-tsan "${@/#/tests/unit/}"
}

# model_runs: what the model test printed of its seeds and operations, in each build.
model_runs() {
	(cd "$ROOT" && awk '
		FNR == 1 { build = FILENAME; sub("/.*", "", build) }
		/^LBUF_SEED=/ { seed = $0 }
		/^model: [0-9]+ (operations|segments)/ { print build, seed, $0 }
	' build*/meson-logs/testlog*.txt)
}

# enough_operations LOG: shows the runs in LOG, and whether they are enough.
enough_operations() {
	local sum what few=
	cat "$1"
	for what in operations segments; do
		sum=$(awk -v what="$what" 'index($5, what) { sum += $4 } END { print sum + 0 }' "$1")
		echo "model: $sum $what in all, at least $MODEL_MIN are wanted"
		((sum >= MODEL_MIN)) || few=1
	done
	[[ -z $few ]]
}

# Logs of earlier runs do not count.
forget_model_runs() {
	rm -f "$ROOT"/build*/meson-logs/testlog*.txt
}

model_operations() {
	model_runs >"$SCRATCH/model"
	part "model operations" enough_operations "$SCRATCH/model" || true
}

# fuzz NAME SECONDS: an input that fails is shown, and stays in build-fuzz.
fuzz() {
	local name=$1 seconds=$2 new=$SCRATCH/fuzz-$1 log=$SCRATCH/fuzz-$1.log
	local corpus=$ROOT/tests/fuzz/corpus/$1
	mkdir "$new"
	if quietly "$log" timeout $((seconds + 120)) "$ROOT/build-fuzz/tests/fuzz/fuzz_$name" \
		-max_total_time="$seconds" -timeout=30 -max_len=2048 -print_final_stats=1 \
		-artifact_prefix="$ROOT/build-fuzz/$name-" "$new" "$corpus"; then
		grep -E '^(INFO: Seed:|Done |stat::(number_of|new_units))' "$log"
		return
	fi
	grep -E '^(INFO: Seed:|model: |fuzz: |SUMMARY: |artifact_prefix=|Base64: )' "$log"
	return 1
}

fuzz_tests() {
	local fuzzers=(tests/fuzz/fuzz_{model,frames,segments,conns,http})
	CC=clang part "build fuzz targets" build_fuzz "${fuzzers[@]}" || return 0
	fuzz_in_time model "$FUZZ_MODEL"
	fuzz_in_time frames "$FUZZ_FRAMES"
	fuzz_in_time segments "$FUZZ_STREAMS"
	fuzz_in_time conns "$FUZZ_STREAMS"
	fuzz_in_time http "$FUZZ_HTTP"
}

# fuzz_in_time NAME SECONDS
fuzz_in_time() {
	local seconds
	seconds=$(afford "$2" "$FUZZ_MIN")
	((seconds == $2)) || cut_short "fuzz $1: $seconds of $2 s"
	part "fuzz $1" fuzz "$1" "$seconds" || true
}

build_fuzz() {
	quietly "$SCRATCH/fuzz" configure build-fuzz -Dfuzz=true -Dtests=true -Dapps=false \
		-Db_sanitize=address,undefined -Db_lundef=false &&
		quietly "$SCRATCH/fuzz" compile build-fuzz "$@"
}

# stress_seeds: random stress of the pool, split over seeds, with hugepages and without.
stress_seeds() {
	local i seed mem=() log=$SCRATCH/stress.log
	for ((i = 0; i < STRESS_SEEDS; i++)); do
		# The first one in any case.
		if ((i > 0)) && ! fits "$STRESS_SECONDS"; then
			echo $((STRESS_SEEDS - i)) >"$SCRATCH/stress.cut"
			return 0
		fi
		seed=$((SRANDOM))
		mem=("${EAL_MEM[@]}")
		((i % 2)) || mem=(--no-huge -m 512)
		if ! LBUF_SEED=$seed LBUF_STRESS_S=$STRESS_SECONDS quietly "$log" timeout --foreground \
			$((STRESS_SECONDS + 120)) "$ROOT/build/tests/unit/test_stress" --no-pci \
			--no-telemetry --lcores "(0-7)@(0-$(($(nproc) - 1)))" \
			--file-prefix "lbufstress$$" "${mem[@]}"; then
			echo "stress: LBUF_SEED=$seed failed, ${mem[*]:-with hugepages}"
			return 1
		fi
		echo "LBUF_SEED=$seed $(grep ' steps, ' "$log" | tail -n 1)"
	done
}

# elsewhere SYSTEM SCRIPT: in a copy of the tree on another Debian, see distro.sh.
elsewhere() {
	# shellcheck disable=SC2016
	local setup='. scripts/common.sh; scratch_dir; share_compiler_cache; make() {
		quietly "$SCRATCH/$1" configure "$@" -Dwerror=true && quietly "$SCRATCH/$1" compile "$1"
	}'
	LBUF_OPS=$ELSEWHERE_OPS LBUF_SEGMENTS=$ELSEWHERE_OPS "$ROOT/scripts/distro.sh" "$1" bash -euc "$setup; $2"
}

# What clang builds is run on this system, and compiled on the other one. All examples are
# built there, too, against the installed library, and the one of them that depends most on what
# it finds is run.
trixie_tests() {
	# shellcheck disable=SC2016
	tests "tests, Debian 13" elsewhere trixie '
		make build
		meson test -C build --print-errorlogs --no-suite headers
		(
			use_installed build
			for folder in examples/*/meson.build; do
				folder=${folder%/*} log=$SCRATCH/examples.log
				quietly "$log" meson setup -Dwerror=true "$SCRATCH/$folder" "$folder"
				quietly "$log" ninja -C "$SCRATCH/$folder"
			done
		)
		timeout -k 10 300 /usr/bin/python3 -m pytest dts/tests/TestSuite_lwip.py -v -m smoke
		CC=clang make build-clang'
}

# Under QEMU, which is slow. Meson does not find ccache for a compiler that a cross file names.
arm64_tests() {
	# shellcheck disable=SC2016
	tests "unit tests, arm64" elsewhere trixie-arm64 '
		PATH=/usr/lib/ccache:$PATH
		make build --cross-file scripts/arm64.ini
		meson test -C build --print-errorlogs --suite unit-nohuge --timeout-multiplier 3'
}

# With the newest DPDK and gcc that Debian has. Packages change there from day to day, so what
# fails is told, and not counted.
newest_tests() {
	local failed=$FAILED
	late && cut_short "tests, Debian sid" && return
	tests "tests, Debian sid" elsewhere sid '
		make build
		meson test -C build --print-errorlogs --suite unit-nohuge'
	((FAILED == failed)) || SUMMARY+=("         not counted: sid changes from day to day")
	FAILED=$failed
}

stress_tests() {
	part "stress" stress_seeds || true
	[[ ! -f $SCRATCH/stress.cut ]] ||
		cut_short "stress: $(<"$SCRATCH/stress.cut") of $STRESS_SEEDS seeds left out"
}

lint_tests() {
	if [[ -n $ALL ]]; then
		tests "lint" "$ROOT/scripts/lint.sh"
	else
		tests "lint, quick" "$ROOT/scripts/lint.sh" --quick
	fi
}

run_demo() {
	part "demo" follow "$SCRATCH/demo" "$ROOT/scripts/demo.sh" --time 2 || true
}

# A soak at the prompt: minutes, or what there is time for.
run_soak() {
	if ! fits $((SOAK_MINUTES * 60 + 60)); then
		cut_short "soak"
		return
	fi
	part "soak" follow "$SCRATCH/soak" "$ROOT/scripts/soak.sh" "$SOAK_MINUTES" || true
}

# end_to_end NAME ARGUMENT...: with pytest's arguments. A run that hangs ends in time.
end_to_end() {
	local name=$1 limit
	shift
	if ! compgen -G "$ROOT/dts/tests/TestSuite_*.py" >/dev/null; then
		skipped "$name" "no suite in dts/tests"
		return
	fi
	limit=$((END - SECONDS > PYTEST_MIN ? END - SECONDS : PYTEST_MIN))
	tests "$name" timeout --foreground -k 30 "$limit" \
		/usr/bin/python3 -m pytest "$ROOT/dts" -v "$@"
}

# What an installed library is used by, and what the pages say of it.
users_parts() {
	part "bindings" "$ROOT/scripts/bindings.sh" --build build || true
	part "documentation" documentation || true
}

documentation() {
	local how=()
	if late; then
		cut_short "pages: blocks of commands are not run"
		how=(--compile-only)
	fi
	(
		use_installed build
		"$ROOT/scripts/check-docs.py" "${how[@]}"
	) && "$ROOT/scripts/man_doc.py" --check "$ROOT/build/app/perf/lbuf-perf" && api_pages
}

# api_pages: doxygen says nothing only if each public symbol is documented.
api_pages() {
	quietly "$SCRATCH/api" configure build-docs -Ddocs=true -Dtests=false -Dapps=false &&
		quietly "$SCRATCH/api" compile build-docs doc/html
}

# What a newcomer wants to know first.
newcomers_parts() {
	few_operations
	if part "build" build build -Dwerror=true; then
		unit_tests
		end_to_end "end to end, smoke" -m smoke
		model_operations
	fi
	lint_tests
}

# --- what runs beside -------------------------------------------------------

# Most tests leave one of two CPUs idle. What needs no quiet has it meanwhile, and no more than
# that, in a process of its own, whose part of the summary comes when that is waited for. What
# runs for as long as it is told is the last there: so it is known what is left for it.
beside_parts() {
	clang_build && touch "$SCRATCH/clang"
	sanitizer_build && touch "$SCRATCH/asan"
	tsan_build && touch "$SCRATCH/tsan"
	headers_test
	lint_tests
	fuzz_tests
	stress_tests
}

beside_begin() {
	mkdir "$SCRATCH/beside"
	set -m # a process group of its own, to be stopped as one
	beside_run </dev/null >"$SCRATCH/beside.out" 2>&1 &
	BESIDE_PID=$!
	set +m
	at_exit stop_group "$BESIDE_PID"
}

beside_run() {
	chrt --idle --pid 0 "$BASHPID" || renice -n 19 -p "$BASHPID" >/dev/null
	SCRATCH+=/beside SUMMARY=() CUTS=() PASSED=0 FAILED=0
	beside_parts || true
	declare -p SUMMARY CUTS PASSED FAILED >"$SCRATCH/result"
}

stop_group() {
	kill -s TERM -- "-$1" 2>/dev/null || true
}

beside_end() {
	wait "$BESIDE_PID" || true
	cat "$SCRATCH/beside.out"
	beside_count || part "what runs beside" false || true
}

# beside_count: adds its part of the summary to what there is.
beside_count() {
	local all=("${SUMMARY[@]}") cuts=("${CUTS[@]}") passed=$PASSED failed=$FAILED
	[[ -f $SCRATCH/beside/result ]] || return 1
	# shellcheck source=/dev/null
	. <(sed 's/^declare \(-a \|-- \)\?//' "$SCRATCH/beside/result")
	SUMMARY=("${all[@]}" "${SUMMARY[@]}") CUTS=("${cuts[@]}" "${CUTS[@]}")
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
}

# beside_built NAME: was it built?
beside_built() {
	[[ -f $SCRATCH/beside/$1 ]]
}

all_parts() {
	local built=
	! part "build" build build -Dwerror=true || built=1
	beside_begin
	if [[ -n $built ]]; then
		unit_tests
		end_to_end "end to end"
		run_demo
		run_soak
		users_parts
	fi
	trixie_tests
	arm64_tests
	newest_tests
	beside_end
	! beside_built clang || clang_tests
	! beside_built asan || sanitizer_tests
	! beside_built tsan || tsan_tests
	model_operations
}

summary() {
	printf '\n== summary, %d s\n' "$SECONDS"
	printf '%s\n' "${SUMMARY[@]}"
	((${#CUTS[@]} == 0)) || printf "cut, for it was late (after $LATE s): %s\n" "${CUTS[@]}"
	[[ -n $ALL ]] || cat <<-END
		Not run: sanitizers, clang, fuzzing, stress, clang-tidy, the demo, and most of the
		end-to-end cases. Run them all, in 45 to 75 minutes: $0 --all
		One suite: /usr/bin/python3 -m pytest dts -k forward; one unit test: meson test -C build test_pool
	END
	echo "$PASSED passed, $FAILED failed"
	((FAILED == 0))
}

parse_arguments "$@"
need_root
packages=("${BUILD_PACKAGES[@]}" valgrind dpdk-dev iproute2 iputils-ping ethtool)
files=("$ROOT/dts/packages.txt")
if [[ -n $ALL ]]; then
	packages+=(ccache clang doxygen "libclang-rt-dev|libclang-rt-14-dev" iperf3)
	files+=("$ROOT/dts/rig/packages.txt")
fi
mapfile -t -O "${#packages[@]}" packages < <(cat "${files[@]}" 2>/dev/null | grep -v '^#')
install_packages "${packages[@]}"
scratch_dir
share_compiler_cache
reserve_hugepages $((MEMORY_MB + (${ALL:-0} * STRESS_MB)))
forget_model_runs
if [[ -n $ALL ]]; then
	all_parts
else
	newcomers_parts
fi
summary
