# SPDX-License-Identifier: BSD-3-Clause
"""Commands to testpmd and lbuf-fwd, and how their answers are held against each other.

What depends on the run or on the program is masked in both: numbers, addresses, names of drivers
and pools. `help` is left out, for its words are lbuf-fwd's own, and so is what a command of one
program alone would say.
"""

import re

MASKS = (
    (r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", "MAC"),
    # Wide columns: a number of another length must not move what follows it.
    (r" *\b0x[0-9A-Fa-f]+\b *", " N "),
    (r" *\b\d+(?:\.\d+)?\b *", " N "),
    (r"\b(?:testpmd|fwd|lbuf-fwd): ", "PROGRAM: "),
    # testpmd 22.11 puts the name of a function before some of its complaints.
    (r"^\w+: Error: ", "Error: "),
    (r"mb_pool_\w+", "POOL"),
    (r"\b(?:nic_stats|nic_xstats)_\w+: ", ""),
    # How many sizes of bursts there were is a matter of time: three, two, one, or others.
    (r"\[(?: N % of N pkts \+)* N % of (?:N pkts|other)\]", "[SHARES]"),
)
# Lines that a program has to itself: what EAL and drivers log comes when it comes.
IGNORED = (r"^lbuf-fwd: ", r"^lbuf: ", r"^EAL: ", r"^TELEMETRY: ", r"^ETHDEV: ", r"^rte_\w+\(\): ",
           r"^\w+\(\): (?!Caught)", r"^Device with port_id=")

DISPLAY = """\
show port info 0
show port info all
show port info 9
show port info x
show port summary 0
show port summary all
show port stats 0
show port stats all
show port stats 9
show port xstats 0
show port xstats all
clear port stats 0
clear port stats all
clear port stats 9
clear port xstats 0
clear port xstats all
show fwd stats all
clear fwd stats all
show config rxtx
show config cores
show config fwd
show config txpkts
show rxq info 0 0
show txq info 0 0
show rxq info 9 0
show txq info 0 9
show device info all
show device info net_nosuch
show port 0 macs
show port 0 mcast_macs
show port 0 ptypes
show port 0 rxq 0 desc 0 status
show port 0 txq 0 desc 0 status
show port 9 txq 0 desc 0 status
show port 0 rxq 0 desc used count
show port 0 rx_offload capabilities
show port 0 tx_offload capabilities
show port 9 tx_offload capabilities
show port 0 rx_offload configuration
show port 0 tx_offload configuration
show port 0 rss-hash
show port 0 rss-hash key
show port 0 rss reta 128 (0xf,0x1)
show port 0 rss reta 999 (0xf)
show port 0 flow_ctrl
show nosuch
show
nosuch
dump_struct_sizes
dump_socket_mem
dump_mempool nosuch
dump_ring nosuch
"""

CONFIG = """\
set fwd mac
set fwd rxonly
set fwd macswap
set fwd nosuch
set fwd io
set burst 64
set burst 999
set nbport 1
show config fwd
set nbport 9
set nbport 2
set nbcore 1
set nbcore 2
set nbcore 9
show config fwd
set corelist 2,1
show config cores
set corelist 0
set corelist 1,1
set corelist 1,x
set corelist ,
set corelist 99
set coremask 2
set coremask 0
set portlist 1,0
show config fwd
set portlist 0,9
set portlist 0
show config fwd
set portmask 3
set portmask 0
set portlist 0,1
set verbose 1
set verbose 0
set txpkts 64,128
show config txpkts
set txpkts 1
set txpkts 99999
set txpkts 64
set txsplit on
show config txpkts
set txsplit rand
show config txpkts
set txsplit nosuch
set txsplit off
set txtimes 2000,10
show config txtimes
set txtimes 5
set txtimes 1,2,3
set txtimes 1,x
show config txtimes
set txtimes 0,0
set fwd mac retry
set burst tx delay 5 retry 8
show config fwd
set fwd io retry
show config rxtx
set fwd io
set promisc 0 off
set promisc all on
set promisc 9 on
set allmulti 0 off
set allmulti all on
set eth-peer 0 02:00:00:00:00:11
set eth-peer 9 02:00:00:00:00:11
set eth-peer 0 nonsense
show config fwd
set stat_qmap rx 0 0 1
set stat_qmap tx 0 9 1
set stat_qmap tx 0 0 99
set flush_rx off
set flush_rx on
set link_check off
set link_check on
set xstats-hide-zero on
show port xstats 0
set xstats-hide-zero off
set record-core-cycles off
set record-burst-stats on
set record-burst-stats off
set link-up port 0
set link-down port 1
set link-up port 1
set log global 7
set log lib.eal 7
set nosuch 1
set default
"""

PORTS = """\
port config mtu 0 1400
port config mtu 0 10
port config mtu 9 1400
port config all rxq 2
port config 0 tx_offload multi_segs on
port 0 rxq 0 deferred_start on
port 0 rxq 9 start
port 9 rxq 0 start
port 0 rxq 0 stop
port 0 txq 0 stop
port 0 rxq 0 setup
port stop 0
port stop 0
start
port stop all
port start 9
port stop 9
port config all rxq 2
port config all txq 2
port config all rxq 9999
port config all txq 9999
port config all rxd 256
port config all txd 256
port config all burst 16
port config all burst 9999
port config all txfreet 0
port config all rxpt 0
port config all max-pkt-len 1400
port config all max-pkt-len 1
port config all drop-en off
port config all nosuch 1
port config 0 rxq 0 ring_size 512
port config 0 txq 9 ring_size 512
port config 0 rxq 0 ring_size 256
port config 0 rx_offload nosuch on
port config 9 tx_offload multi_segs on
port 0 txq 0 tx_offload multi_segs on
port 0 txq 9 tx_offload multi_segs on
port config 0 speed 1000 duplex half
port config 0 speed auto duplex auto
port 0 rxq 0 deferred_start on
port 0 rxq 0 deferred_start off
port reset 9
port start all
port start 0
port stop all
port config 0 tx_offload multi_segs off
port 0 txq 0 tx_offload multi_segs off
port start all
show port info 0
show config rxtx
show config fwd
show rxq info 0 1
port config all rss all
port config all rss none
port config all rss nosuch
port config all rss udp
port config all rss default
port config 0 rss reta (0,1),(1,0)
port config 0 rss reta (9999,1)
port config 0 rss reta nonsense
port config 0 rss-hash-key ipv4 00
port cleanup 0 txq 0 0
port cleanup 9 txq 0 0
start
start
show fwd stats all
set nbcore 1
port stop 0
port close 0
port cleanup 0 txq 0 0
stop
stop
start tx_first
stop
start tx_first 2
stop
set fwd txonly
start
stop
set fwd io
set record-burst-stats on
start
show fwd stats all
stop
set record-burst-stats off
"""

FILTERS = """\
vlan set strip on 0
vlan set strip off 0
vlan set filter on 0
vlan set extend on 0
vlan set qinq_strip on 0
vlan set filter on 9
vlan set stripq on 0
vlan set stripq on 0,0
vlan set nosuch on 0
vlan set inner tpid 0x8100 0
vlan set outer tpid 0x88a8 9
rx_vlan add 1 0
rx_vlan add 5000 0
rx_vlan rm 1 9
rx_vlan add all 0
tx_vlan set 0 1
tx_vlan set 9 1
tx_vlan reset 0
tx_vlan set pvid 0 1 on
mac_addr add 0 02:00:00:00:00:21
mac_addr remove 0 02:00:00:00:00:21
mac_addr set 0 02:00:00:00:00:22
mac_addr add 9 02:00:00:00:00:21
mac_addr add 0 nonsense
mac_addr add 0 00:00:00:00:00:00
mcast_addr add 0 01:00:5E:00:00:01
mcast_addr add 0 02:00:00:00:00:01
mcast_addr remove 0 01:00:5E:00:00:02
mcast_addr add 9 01:00:5E:00:00:01
show port 0 mcast_macs
csum show 0
csum set ip hw 0
csum parse-tunnel on 0
csum mac-swap off 0
csum mac-swap on 9
port stop all
csum set ip hw 0
csum set udp hw 0
csum set tcp hw 0
csum set sctp hw 0
csum set outer-ip hw 0
csum set outer-udp sw 0
csum set nosuch sw 0
csum show 0
csum show 9
tx_vlan set 0 5000
tx_vlan set 0 1 2
tx_vlan reset 0
port config 0 tx_offload ipv4_cksum off
port start all
set flow_ctrl rx on tx on 1 1 1 1 mac_ctrl_frame_fwd off autoneg on 0
set flow_ctrl rx on 0
set flow_ctrl high_water 1 0
set flow_ctrl autoneg off 0
flow list 0
flow list 9
flow flush 0
flow validate 0 ingress pattern eth / ipv4 src is 192.0.2.1 / end actions queue index 0 / end
flow create 0 ingress pattern eth / end actions drop / end
flow create 0 nonsense
flow create 9 ingress pattern eth / end actions drop / end
flow destroy 0 rule 0
"""

DEVICES = """\
load /nosuch/file
port attach net_null8
show port summary all
show config fwd
port attach net_null8
port attach net_nosuch8
port detach 0
port stop 2
port start 2
start
stop
port detach 2
port stop 2
port detach 2
port detach 9
show port summary all
port attach net_null9
port stop all
port close 2
port close 2
port detach 2
device detach net_null9
show port summary all
port close all
show port info all
start
"""

# What later versions of testpmd have: the one at hand may not know all of them.
NEWER = """\
mcast_addr add 0 01:00:5E:00:00:01
mcast_addr add 0 01:00:5E:00:00:02
show port 0 mcast_macs
mcast_addr flush 0
show port 0 mcast_macs
mcast_addr remove 0 01:00:5E:00:00:01
mcast_addr flush 9
port config all tx_offload all on
port stop all
port config 0 tx_offload all off
port config 0 rx_offload all off
port config all tx_offload all off
port config all rx_offload all off
port config all rx_offload tcp_lro on
port config all rx_offload tcp_lro off
port config 0 tx_offload qinq_insert on
port config 0 tx_offload qinq_insert off
port config 9 tx_offload all on
port 0 txq 0 tx_offload all off
port 0 rxq 0 rx_offload all off
port 0 rxq 0 rx_offload tcp_lro on
port 0 rxq 0 rx_offload tcp_lro off
port config 0 speed 2500 duplex half
port config all speed 400000 duplex half
port start all
show port 0 tx_offload configuration
show port 0 rx_offload configuration
port config 0 rss-hash-algo toeplitz
port config 0 rss-hash-algo default
port config 9 rss-hash-algo toeplitz
show port 0 rss-hash algorithm
show port 9 rss-hash algorithm
dump_lcores
dump_trace
dump lcores
dump trace
dump struct_sizes
dump ring nosuch
dump mempool nosuch
set txonly-flows 0
set txonly-flows 65
set txonly-flows 8
set xstats-show-state on
show port xstats 0
set xstats-show-state off
set xstats-hide-disabled on
show port xstats 0
set xstats-hide-disabled off
"""

FILES = {"display": DISPLAY, "config": CONFIG, "ports": PORTS, "filters": FILTERS,
         "devices": DEVICES}


def masked(text):
    """An answer's lines, less what differs from run to run."""
    lines = []
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if any(re.search(pattern, line) for pattern in IGNORED):
            continue
        for pattern, mask in MASKS:
            line = re.sub(pattern, mask, line)
        lines.append(line.strip())
    return lines


def unknown(answer):
    """Whether an answer says that there is no such command, in the program at hand."""
    return any(word in line for line in answer for word in ("Command not found", "Bad arguments"))


def differences(commands, theirs, ours):
    """The commands that testpmd and lbuf-fwd have answered differently, with both answers."""
    different = []
    for command, their, our in zip(commands, theirs, ours):
        if their != our:
            different.append("\n".join([command, *(f"    testpmd: {line}" for line in their),
                                        *(f"    lbuf-fwd: {line}" for line in our)]))
    return different
