#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Measures lbuf and its rivals on this machine and shows it: figures, pictures,
# and how lbuf stands to the bars that it is held to.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

PREFIX=lbufperf$$
MODES=(io mac macswap rxonly txonly)
LINK_MODES=(io mac macswap)
BURSTS=(4 32 128)
PACKAGES=(libjemalloc2 "libtcmalloc-minimal4t64|libtcmalloc-minimal4" "libmimalloc3|libmimalloc2.0" dpdk-dev python3-matplotlib)
# What bars are about, but for the classes, which are a run of their own.
BAR_CASES='stream-*,attach,slice45,clone45,u32-border,lines,walk-lines,read,first,rx-tx-ring'
BAR_ALLOC_CASES=alloc-pair,alloc-bulk32,alloc-raw32,alloc-classes,alloc-turn4,alloc-random4,alloc-held4,xcore-bulk32
MEMORY_CASES=fit,overhead,footprint,give-back
# All whose figure is a time that many runs make.
TIMED_CASES='stream-*,attach,*45,u32*,lines,walk-lines,read,checksum*,first,rx-tx*'
ALLOC_CASES='alloc-pair,alloc-burst32,alloc-bulk32,alloc-raw32,alloc-classes,alloc-turn*,alloc-random*,alloc-held*,xcore*'
RIVALS=lbuf,mempool,mbuf,rte_malloc,memchr,linear,mmap
# Addresses differ from process to process, and with them what the caches and the
# predictors make of the same code: the median of so many processes is what counts.
PROCESSES=3

WHAT=all
FILE=
OUT=doc/performance
RUNS=18
TIME=1
MODES_RUNS=20
RECORD=
FAILED=0

usage() {
	cat <<-END
		usage: $0 [--bars [FILE] [--record] | --quick] [--out FOLDER] [--runs N] [--time MS]

		Builds, measures all cases of lbuf-perf and all modes of lbuf-fwd beside
		dpdk-testpmd, draws the pictures, renews doc/performance.md and prints the
		bars. Takes 16 minutes on 2 cores, and longer where others disturb it, for such runs
		are made again: leave the machine alone meanwhile.

		  --bars        only what the bars need, and print them: figure, bar, holds
		                or missed by
		  --bars FILE   print the bars of figures that are there, measure nothing
		  --record      with --bars: keep the figures beside those of other CPUs, in
		                doc/performance/cpus and on the page, as a full run does. For
		                those with Debian 13's DPDK: scripts/distro.sh --keep
		                doc/performance trixie scripts/bench.sh --bars --record
		  --quick       two minutes: compare with the figures in doc/performance and
		                name what became slower
		  --out FOLDER  where figures and pictures go ($OUT)
		  --runs N      runs of each figure in each of up to $PROCESSES processes ($RUNS)
		  --time MS     length of a run ($TIME)
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--bars)
			WHAT=bars
			if (($# > 1)) && [[ $2 != -* ]]; then
				FILE=$2
				shift
			fi
			;;
		--quick) WHAT=quick ;;
		--record) RECORD=1 ;;
		--out) value "$@" && OUT=$2 && shift ;;
		--runs) value "$@" && RUNS=$2 && shift ;;
		--time) value "$@" && TIME=$2 && shift ;;
		-h | --help) usage && exit 0 ;;
		*) die "unknown argument '$1': see --help" ;;
		esac
		shift
	done
	[[ $RUNS =~ ^[1-9][0-9]{0,2}$ ]] || die "--runs: '$RUNS' is not a number from 1 to 999"
	[[ $TIME =~ ^[1-9][0-9]{0,3}$ ]] || die "--time: '$TIME' is not a number from 1 to 9999"
}

# --- measuring -------------------------------------------------------------

# As many lcores as there are CPUs, but not more than a case has use for.
count_lcores() {
	local n
	n=$(usable_cpus | wc -l)
	echo $((n < 2 ? 2 : n > 16 ? 16 : n))
}

# lbuf_perf EAL-ARGUMENT... -- ARGUMENT... Of sizes that there is no memory for the figures tell.
lbuf_perf() {
	build/app/perf/lbuf-perf --lcores "$(lcore_map "$(count_lcores)")" --no-pci \
		--file-prefix "$PREFIX" --log-level '*:warning' --log-level 'lib.lbuf.mem:error' \
		"${EAL_MEM[@]}" "$@"
}

# figures NAME ARGUMENT...: as lbuf_perf, the figures go to SCRATCH/NAME.json. A
# part that fails does not keep the others from running.
figures() {
	local name=$1
	shift
	lbuf_perf "$@" --runs "$RUNS" --time "$TIME" --json "$SCRATCH/$name.json" && return
	echo "lbuf-perf failed: $name" >&2
	FAILED=1
}

# The classes of the middle tier: figures_classes NAME
figures_classes() {
	figures "$1" -- --engine lbuf,mempool --size classes \
		--case alloc-pair,alloc-burst32,alloc-bulk32,alloc-raw32
}

# What the other mode of IOVA costs.
figures_iova() {
	local other=va
	! grep -q '"iova":"VA"' "$SCRATCH/a-all.json" || other=pa
	figures c-iova "--iova-mode=$other" -- --case overhead
}

# again CASES: the figures that bars and comparisons are made of, in new processes.
again() {
	local i
	for ((i = 2; i <= PROCESSES; i++)); do
		echo
		echo "process $i of $PROCESSES"
		figures "d-alloc$i" -- --engine lbuf,mempool --case "$ALLOC_CASES" >"$SCRATCH/again.log"
		figures "e-others$i" -- --engine "$RIVALS" --case "$1" >"$SCRATCH/again.log"
		figures_classes "f-classes$i" >"$SCRATCH/again.log"
	done
}

# forward LINK BURST MODE...: lbuf-fwd beside testpmd.
forward() {
	local link=$1 burst=$2 mode
	shift 2
	for mode in "$@"; do
		echo
		echo "lbuf-fwd and dpdk-testpmd, $mode, $link, bursts of $burst"
		scripts/bench_fwd.py --mode "$mode" --link "$link" --burst "$burst" \
			--runs "$MODES_RUNS" --time 0.2 --bar 0 \
			--json "$SCRATCH/fwd-$mode-$link-$burst.result" && continue
		echo "bench_fwd.py failed: $mode, $link, $burst" >&2
		FAILED=1
	done
}

# All that lbuf-fwd is held to.
forward_all() {
	local burst
	for burst in "${BURSTS[@]}"; do
		forward null "$burst" "${MODES[@]}"
		forward memif "$burst" "${LINK_MODES[@]}"
	done
	compgen -G "$SCRATCH/fwd-*.result" >/dev/null || return 0
	scripts/perf_fwd.py "$SCRATCH"/fwd-*.result >"$SCRATCH/z-fwd.json"
}

measure() {
	case $WHAT in
	all)
		figures a-all --
		figures_classes b-classes
		figures_iova
		again "$TIMED_CASES"
		forward_all
		echo
		lbuf_perf -- --tune | tee "$SCRATCH/tune.txt" || FAILED=1
		;;
	bars)
		figures a-all -- --engine "$RIVALS,tcmalloc" \
			--case "$BAR_ALLOC_CASES,$BAR_CASES,$MEMORY_CASES"
		figures_classes b-classes
		figures_iova
		ALLOC_CASES=$BAR_ALLOC_CASES
		again "$BAR_CASES"
		forward_all
		;;
	quick)
		RUNS=12
		figures a-all -- --engine "$RIVALS" --size 64,2K,64K,1M \
			--case alloc-pair,alloc-burst32,alloc-bulk32
		figures b-stream -- --engine "$RIVALS" \
			--case 'xcore*,stream-*,attach,*45,u32*,lines,walk-lines,read,checksum,rx-tx*'
		;;
	esac
}

# record: this CPU's column, and the page made anew of the figures that it has.
record() {
	scripts/perf_cpus.py "$OUT/perf.json" doc/performance
	scripts/perf_doc.py doc/performance doc/performance.md
}

# --- showing ---------------------------------------------------------------

show() {
	[[ $WHAT == all ]] || OUT=build/bench
	mkdir -p "$OUT"
	cat "$SCRATCH"/*.json >"$OUT/perf.json"
	case $WHAT in
	all)
		cp "$SCRATCH/tune.txt" "$OUT/tune.txt"
		scripts/plot-perf.py "$OUT/perf.json" --out "$OUT"
		scripts/perf_cpus.py "$OUT/perf.json" "$OUT"
		[[ $OUT != doc/performance ]] || scripts/perf_doc.py "$OUT" doc/performance.md
		scripts/perf_bars.py "$OUT/perf.json" || true
		;;
	bars)
		scripts/perf_bars.py "$OUT/perf.json" || true
		[[ -z $RECORD ]] || record
		;;
	quick)
		[[ -f doc/performance/perf.json ]] || return 0
		scripts/perf-check.py doc/performance/perf.json "$OUT/perf.json" --noise 0.2 ||
			echo "warning: see above; lbuf may have become slower than in doc/performance"
		;;
	esac
}

# Hugepages: what is needed at most, or what can be had.
find_memory() {
	local mb
	for mb in 2048 1024 512; do
		! have_hugepages "$mb" || return 0
	done
	EAL_MEM=(--no-huge -m 1024)
}

parse_arguments "$@"
cd "$ROOT"
if [[ -n $FILE ]]; then
	exec scripts/perf_bars.py "$FILE"
fi
need_root
install_packages "${BUILD_PACKAGES[@]}" "${PACKAGES[@]}"
scratch_dir
quietly "$SCRATCH/build.log" configure build -Dapps=true || die "the build cannot be set up"
quietly "$SCRATCH/build.log" compile build || die "the build fails"
find_memory
at_exit forget_dpdk "$PREFIX"
measure
echo
show
echo "took $((SECONDS / 60)) min $((SECONDS % 60)) s"
exit "$FAILED"
