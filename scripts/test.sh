#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Everything that tests need, and all tests. A part that fails does not keep
# the others from running; the summary at the end tells of all.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

MEMORY_MB=1024
PYTEST_LIMIT=1800 # seconds
STRESS_SEEDS=20
STRESS_SECONDS=30 # each
TSAN_STRESS=10     # seconds
FUZZ_MODEL=40      # seconds
FUZZ_FRAMES=20     # seconds
MODEL_MIN=10000000 # operations
ELSEWHERE_OPS=1000000 # of the model on other systems
TSAN_TESTS=(test_stress test_lcores test_limit test_stats test_debug test_telemetry)

QUICK=
CI=
SUMMARY=()
PASSED=0
FAILED=0

usage() {
	cat <<-END
		usage: $0 [--quick | --ci]

		Installs what is missing, builds, and runs the unit tests (with and without
		hugepages; built with gcc, with clang, and under AddressSanitizer and UBSan),
		those of several lcores under ThreadSanitizer, the fuzz targets for a minute, the
		unit tests on Debian 13 and for arm64 (see distro.sh), lint, the demo, and the
		end-to-end suites. The exit code is 0 only if all passed. Needs root.

		  --quick   only the gcc build, its unit tests and the end-to-end suites
		  --ci      a part that finds no tests has failed
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--quick) QUICK=1 ;;
		--ci) CI=1 ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	[[ -z $QUICK || -z $CI ]] || die "--quick and --ci exclude each other"
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
	tests "unit tests" meson test -C "$ROOT/build" --print-errorlogs
	elastic_figures "$ROOT/build/meson-logs/testlog.txt"
}

# elastic_figures LOG: how pools grew and shrank, which meson keeps to itself.
elastic_figures() {
	[[ ! -f $1 ]] || awk '
		/^test: / { name = $NF }
		name ~ /^test_elastic/ && /^(asked for|given back|[0-9]+ (of [0-9]+ KiB|MiB in)) / {
			print name ": " $0
		}' "$1"
}

clang_tests() {
	CC=clang part "build with clang" build build-clang -Dwerror=true || return 0
	tests "unit tests, clang" meson test -C "$ROOT/build-clang" --print-errorlogs --suite unit-nohuge
}

# Not with -Werror: gcc warns of what its own instrumentation hides from it.
sanitizer_tests() {
	part "build with sanitizers" build build-asan -Db_sanitize=address,undefined -Db_lundef=false ||
		return 0
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	tests "unit tests, sanitizers" meson test -C "$ROOT/build-asan" --print-errorlogs --suite unit-nohuge
}

# run_tsan: what several lcores do at a time. Not all of test_elastic, which takes long.
run_tsan() {
	local test=(setarch -R meson test -C "$ROOT/build-tsan" --print-errorlogs)
	LBUF_STRESS_S=$TSAN_STRESS "${test[@]}" "${TSAN_TESTS[@]}" test_stress-huge &&
		UNIT_FILTER=ahead_of_demand "${test[@]}" test_elastic
}

tsan_tests() {
	CC=clang part "build with ThreadSanitizer" build_tsan "${TSAN_TESTS[@]}" test_elastic || return 0
	tests "unit tests, threads" run_tsan
}

build_tsan() {
	quietly "$SCRATCH/tsan" configure build-tsan -Dtests=true -Dapps=false \
		-Db_sanitize=thread -Db_lundef=false &&
		quietly "$SCRATCH/tsan" compile build-tsan "${@/#/tests/unit/}"
}

# model_runs: what the model test printed of its seeds and operations, in each build.
model_runs() {
	(cd "$ROOT" && awk '
		FNR == 1 { build = FILENAME; sub("/.*", "", build) }
		/^LBUF_SEED=/ { seed = $0 }
		/^model: [0-9]+ operations/ { print build, seed, $0 }
	' build*/meson-logs/testlog*.txt)
}

# enough_operations LOG: shows the runs in LOG, and whether they are enough.
enough_operations() {
	local sum
	cat "$1"
	sum=$(awk '{ sum += $4 } END { print sum + 0 }' "$1")
	echo "model: $sum operations in all, at least $MODEL_MIN are wanted"
	((sum >= MODEL_MIN))
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
	local fuzzers=(tests/fuzz/fuzz_model tests/fuzz/fuzz_frames)
	CC=clang part "build fuzz targets" build_fuzz "${fuzzers[@]}" || return 0
	part "fuzz model" fuzz model "$FUZZ_MODEL" || true
	part "fuzz frames" fuzz frames "$FUZZ_FRAMES" || true
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
		seed=$((SRANDOM))
		mem=("${EAL_MEM[@]}")
		((i % 2)) || mem=(--no-huge -m 512)
		if ! LBUF_SEED=$seed LBUF_STRESS_S=$STRESS_SECONDS quietly "$log" timeout \
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
	local setup='. scripts/common.sh; scratch_dir; make() {
		quietly "$SCRATCH/$1" configure "$@" -Dwerror=true && quietly "$SCRATCH/$1" compile "$1"
	}'
	LBUF_OPS=$ELSEWHERE_OPS "$ROOT/scripts/distro.sh" "$1" bash -euc "$setup; $2"
}

trixie_tests() {
	tests "unit tests, Debian 13" elsewhere trixie '
		make build
		meson test -C build --print-errorlogs
		CC=clang make build-clang
		meson test -C build-clang --print-errorlogs --suite unit-nohuge'
}

# Under QEMU, which is slow.
arm64_tests() {
	tests "unit tests, arm64" elsewhere trixie-arm64 '
		make build --cross-file scripts/arm64.ini
		meson test -C build --print-errorlogs --suite unit-nohuge --timeout-multiplier 3'
}

run_demo() {
	part "demo" follow "$SCRATCH/demo" "$ROOT/scripts/demo.sh" --time 2 || true
}

end_to_end() {
	if ! compgen -G "$ROOT/dts/tests/TestSuite_*.py" >/dev/null; then
		skipped "end to end" "no suite in dts/tests"
		return
	fi
	tests "end to end" timeout --foreground -k 30 "$PYTEST_LIMIT" \
		/usr/bin/python3 -m pytest "$ROOT/dts" -v
}

all_parts() {
	local built=
	forget_model_runs
	if part "build" build build -Dwerror=true; then
		built=1
		unit_tests
	fi
	if [[ -z $QUICK ]]; then
		clang_tests
		sanitizer_tests
		tsan_tests
		fuzz_tests
		trixie_tests
		arm64_tests
		[[ -z $CI || -z $built ]] || part "stress" stress_seeds || true
		tests "lint" "$ROOT/scripts/lint.sh"
		[[ -z $built ]] || run_demo
	fi
	[[ -z $built ]] || end_to_end
	[[ -z $built ]] || model_operations
}

summary() {
	printf '\n== summary, %d s\n' "$SECONDS"
	printf '%s\n' "${SUMMARY[@]}"
	echo "$PASSED passed, $FAILED failed"
	((FAILED == 0))
}

parse_arguments "$@"
need_root
mapfile -t DTS_PACKAGES < <(cat "$ROOT"/dts/packages.txt "$ROOT"/dts/rig/packages.txt 2>/dev/null | grep -v '^#')
install_packages "${BUILD_PACKAGES[@]}" clang "libclang-rt-dev|libclang-rt-14-dev" valgrind dpdk-dev iproute2 iputils-ping iperf3 ethtool \
	"${DTS_PACKAGES[@]}"
scratch_dir
reserve_hugepages "$MEMORY_MB"
all_parts
summary
