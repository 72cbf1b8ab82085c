#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Prepares a machine with dedicated NICs: hugepages on each NUMA node, and the
# NICs in the hands of vfio-pci. On top of dpdk-hugepages.py and dpdk-devbind.py.
# Unlike the other scripts, what this one sets up stays until the next boot.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

PCI=/sys/bus/pci
NODES=/sys/devices/system/node

DRY_RUN=
FORCE=
NO_IOMMU=
DRIVER=vfio-pci
NODE=
PAGE=
ARGS=()

usage() {
	cat <<-END
		usage: $0 status
		       $0 hugepages [--node N] [--page SIZE] SIZE
		       $0 bind [--driver NAME] [--no-iommu] [--force] DEVICE...
		       $0 unbind [--force] DEVICE DRIVER

		status      shows the IOMMU, the hugepages of each node, and the NICs
		hugepages   reserves SIZE (as 512M or 4G) on each NUMA node, or on node N alone,
		            in pages of the kernel's default size or of --page SIZE (2M, 1G);
		            0 gives them back
		bind        loads vfio-pci, or the driver NAME, and hands the NICs to it;
		            DEVICE is a PCI address (0000:17:00.0 or 17:00.0) or an interface
		unbind      hands a NIC back to its kernel DRIVER: 'status' shows it as unused=

		  --force      also a NIC that carries a route
		  --no-iommu   vfio-pci without an IOMMU: memory is unprotected
		  --dry-run    checks everything, shows the commands, runs none

		Works on what the kernel shows in /sys; lasts until the next boot.
	END
}

parse_arguments() {
	while (($#)); do
		case $1 in
		--node) value "$@" && NODE=$2 && shift ;;
		--page) value "$@" && PAGE=$2 && shift ;;
		--driver) value "$@" && DRIVER=$2 && shift ;;
		--no-iommu) NO_IOMMU=1 ;;
		--force) FORCE=1 ;;
		--dry-run) DRY_RUN=1 ;;
		-h | --help) usage && exit 0 ;;
		-*) die "unknown option '$1': see --help" ;;
		*) ARGS+=("$1") ;;
		esac
		shift
	done
	((${#ARGS[@]})) || die "say what to do: status, hugepages, bind or unbind; see --help"
}

# run COMMAND...: the one place from where this script changes the machine.
run() {
	if [[ -n $DRY_RUN ]]; then
		echo "would run: $*"
	else
		"$@"
	fi
}

store() {
	if [[ -n $DRY_RUN ]]; then
		echo "would write: $1 to $2"
	else
		{ echo "$1" >"$2"; } 2>/dev/null
	fi
}

prepare() {
	[[ -n $DRY_RUN ]] && return
	need_root
	install_packages dpdk pciutils iproute2 kmod
}

# --- hugepages -------------------------------------------------------------

# in_kb SIZE: 2M is 2048.
in_kb() {
	local number=${1%[KMG]}
	[[ $1 =~ ^[0-9]{1,9}[KMG]$ ]] || return 1
	number=$((10#$number))
	case $1 in
	*K) echo "$number" ;;
	*M) echo $((number << 10)) ;;
	*G) echo $((number << 20)) ;;
	esac
}

nodes() {
	local dir
	for dir in "$NODES"/node[0-9]*; do
		echo "${dir##*/node}"
	done
}

page_sizes() {
	local dir
	for dir in /sys/kernel/mm/hugepages/hugepages-*; do
		dir=${dir##*-}
		printf '%s ' "$((${dir%kB} / 1024))M"
	done
}

do_hugepages() {
	local size=${1:-} page_kb size_kb node
	(($# == 1)) || die "hugepages needs one SIZE, such as 1G"
	[[ $size != 0 ]] || size=0K
	size_kb=$(in_kb "$size") || die "hugepages '$size': must be a number with K, M or G, such as 1G"
	PAGE=${PAGE:-$(hugepage_kb)K}
	page_kb=$(in_kb "$PAGE") || die "--page '$PAGE': must be a number with K, M or G, such as 2M"
	[[ -d /sys/kernel/mm/hugepages/hugepages-${page_kb}kB ]] ||
		die "--page $PAGE: the kernel knows only pages of $(page_sizes)"
	((size_kb % page_kb == 0)) || die "hugepages $size: must be a multiple of the page size, $PAGE"
	[[ -z $NODE || -d $NODES/node$NODE ]] || die "--node $NODE: the nodes here are $(nodes | xargs)"
	for node in ${NODE:-$(nodes)}; do
		has_memory "$node" "$page_kb" "$size_kb" ||
			die "node $node has not $size to spare: take less"
	done
	for node in ${NODE:-$(nodes)}; do
		reserve_on "$node" "$page_kb" "$size"
	done
	((size_kb == 0)) || mount_pages "$page_kb"
}

# has_memory NODE PAGE_KB SIZE_KB: free or in the page cache, beyond what is reserved.
has_memory() {
	local dir=$NODES/node$1 reserved
	reserved=$(($(<"$dir/hugepages/hugepages-$2kB/nr_hugepages") * $2))
	awk -v need=$(($3 - reserved)) '/MemFree:|FilePages:/ { have += $4 } END { exit need > have }' \
		"$dir/meminfo"
}

# reserve_on NODE PAGE_KB SIZE: all of it, or the node stays as it was.
reserve_on() {
	local file=$NODES/node$1/hugepages/hugepages-$2kB/nr_hugepages before
	before=$(<"$file")
	run dpdk-hugepages.py --node "$1" --pagesize "$2K" --reserve "$3" && return
	store "$before" "$file"
	die "node $1 has not $3 in pages of $2K: take less, or reserve at boot (hugepagesz= hugepages= on the kernel's command line)"
}

mount_pages() {
	local dir=/dev/hugepages
	(($1 == $(hugepage_kb))) || dir=/dev/hugepages-$1kB
	run mkdir -p "$dir"
	run dpdk-hugepages.py --pagesize "$1K" --directory "$dir" --mount
}

# --- NICs ------------------------------------------------------------------

# address DEVICE: its full PCI address.
address() {
	local name=$1
	[[ ! -e /sys/class/net/$name/device ]] || name=$(pci_of "$name")
	[[ $name =~ ^[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]$ ]] && name=0000:$name
	name=${name,,}
	[[ $name == *:*:*.* && -d $PCI/devices/$name ]] || die "no PCI device '$1': see '$0 status'"
	[[ $(<"$PCI/devices/$name/class") == 0x02* ]] || die "$1 is no NIC: see '$0 status'"
	echo "$name"
}

# pci_of INTERFACE: virtio interfaces lie one step below their PCI device.
pci_of() {
	local path
	path=$(readlink -f "/sys/class/net/$1/device")
	[[ $path != */virtio[0-9]* ]] || path=${path%/*}
	echo "${path##*/}"
}

# interfaces ADDRESS: those of the NIC, and those stacked on them (bridge, bond, VLAN).
interfaces() {
	local link name queue=()
	for link in "$PCI/devices/$1"/net/* "$PCI/devices/$1"/virtio*/net/*; do
		[[ ! -e $link ]] || queue+=("${link##*/}")
	done
	while ((${#queue[@]})); do
		name=${queue[0]}
		queue=("${queue[@]:1}")
		echo "$name"
		for link in "/sys/class/net/$name"/upper_*; do
			[[ ! -e $link ]] || queue+=("${link##*/upper_}")
		done
	done
}

# route_over INTERFACE: the destination of one, the default route if it is there.
route_over() {
	{ ip -4 route show dev "$1"; ip -6 route show dev "$1"; } 2>/dev/null |
		awk '/^fe80/ { next } !to || /^default/ { to = $1 } END { print to }'
}

# refuse_routes ADDRESS: the machine may be reached over it.
refuse_routes() {
	local name route
	[[ -z $FORCE ]] || return 0
	for name in $(interfaces "$1"); do
		route=$(route_over "$name")
		[[ -z $route ]] || die "$1 carries a route ($route over $name): take another NIC, or add --force"
	done
}

# load_driver NAME
load_driver() {
	[[ -d $PCI/drivers/$1 ]] && return
	run modprobe "$1" || die "this kernel has no driver '$1': install the full kernel package (linux-image-amd64)"
}

# need_iommu ADDRESS: vfio-pci wants one, or to be told to go without.
need_iommu() {
	local knob=/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
	[[ $DRIVER == vfio-pci && ! -e $PCI/devices/$1/iommu_group ]] || return 0
	[[ -n $NO_IOMMU ]] || die "$1 has no IOMMU: turn VT-d or AMD-Vi on in the firmware and boot with intel_iommu=on, or add --no-iommu or --driver uio_pci_generic (memory is unprotected)"
	[[ -n $DRY_RUN || -e $knob ]] ||
		die "this kernel's vfio does not work without an IOMMU: --driver uio_pci_generic, and --iova-mode=pa for lbuf-fwd"
	store Y "$knob" || die "cannot write $knob"
}

# hand_over ADDRESS DRIVER: whether it did, only /sys tells.
hand_over() {
	local said
	if [[ -n $DRY_RUN ]]; then
		echo "would run: dpdk-devbind.py ${FORCE:+--force }--bind=$2 $1"
		return
	fi
	said=$(dpdk-devbind.py ${FORCE:+--force} --bind="$2" "$1" 2>&1) || true
	if [[ $(basename "$(readlink -f "$PCI/devices/$1/driver")") != "$2" ]]; then
		echo "$said" >&2
		die "$1 does not go to $2, see above"
	fi
	echo "$1 is with $2, NUMA node $(<"$PCI/devices/$1/numa_node")"
}

do_bind() {
	local device list=()
	(($#)) || die "bind needs a DEVICE: a PCI address such as 0000:17:00.0, see '$0 status'"
	for device in "$@"; do
		device=$(address "$device")
		refuse_routes "$device"
		list+=("$device")
	done
	load_driver "$DRIVER"
	for device in "${list[@]}"; do
		need_iommu "$device"
		hand_over "$device" "$DRIVER"
	done
}

do_unbind() {
	local device
	(($# == 2)) || die "unbind needs a DEVICE and its kernel DRIVER: see '$0 status'"
	device=$(address "$1")
	refuse_routes "$device"
	load_driver "$2"
	hand_over "$device" "$2"
}

# --- status ----------------------------------------------------------------

do_status() {
	local device groups=(/sys/kernel/iommu_groups/[0-9]*)
	(($# == 0)) || die "status takes no argument"
	[[ -e ${groups[0]} ]] && echo "IOMMU: on, ${#groups[@]} groups" ||
		echo "IOMMU: off; vfio-pci needs it, see --no-iommu in --help"
	printf '\nHugepages:\n'
	dpdk-hugepages.py --show
	printf '\nNUMA nodes of NICs (-1: not known):\n'
	for device in "$PCI"/devices/*; do
		[[ $(<"$device/class") != 0x02* ]] || echo "${device##*/} node $(<"$device/numa_node")"
	done
	dpdk-devbind.py --status-dev net 2>/dev/null
}

parse_arguments "$@"
case ${ARGS[0]} in
status | hugepages | bind | unbind)
	prepare
	"do_${ARGS[0]}" "${ARGS[@]:1}"
	;;
*) die "'${ARGS[0]}': must be status, hugepages, bind or unbind; see --help" ;;
esac
