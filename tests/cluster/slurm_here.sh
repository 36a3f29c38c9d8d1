#!/bin/sh
# A Slurm of two nodes on one machine, each node with a network address of its own, so that linbench takes it for two
# hosts: to try `linbench run SUITE --on slurm`. As root, on a machine of your own:
#
#     apt-get install slurmctld slurmd slurm-client munge iproute2
#     tests/cluster/slurm_here.sh start FOLDER
#     export SLURM_CONF=FOLDER/slurm.conf; sinfo
#     tests/cluster/slurm_here.sh stop FOLDER
#
# No cgroups and no accounting: a job may use more than it asked for. Node "two" is in a network namespace.
set -eu
action=$1
folder=$(realpath -m "$2")
space=linbench-slurm
here=10.77.15.1
there=10.77.15.2

configuration() {
    cores=$(($(nproc) > 1 ? $(nproc) / 2 : 1))
    memory=$(awk '/MemAvailable/ { print int($2 / 1024 / 2) }' /proc/meminfo)
    host=$(hostname -s)
    cat <<EOF
ClusterName=here
SlurmctldHost=$host($here)
SlurmctldPort=17817
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=$folder/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=bf_interval=5
ReturnToService=2
KillWait=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
NodeName=one NodeHostname=$host NodeAddr=$here Port=17818 CPUs=$cores RealMemory=$memory
NodeName=two NodeHostname=$host NodeAddr=$there Port=17819 CPUs=$cores RealMemory=$memory
PartitionName=here Nodes=one,two Default=YES MaxTime=INFINITE State=UP
EOF
}

network() {
    ip netns add $space
    ip link add lb-slurm0 type veth peer name lb-slurm1 netns $space
    ip addr add $here/30 dev lb-slurm0
    ip link set lb-slurm0 up
    ip -n $space addr add $there/30 dev lb-slurm1
    ip -n $space link set lb-slurm1 up
    ip -n $space link set lo up
    ip -n $space route add default via $here
}

start() {
    mkdir -p "$folder/state" "$folder/one" "$folder/two" "$folder/munge"
    chmod 711 "$folder" "$folder/munge"
    (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
    configuration >"$folder/slurm.conf"
    network
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge.pid" \
        --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    export SLURM_CONF="$folder/slurm.conf"
    slurmctld
    slurmd -N one
    nsenter --net=/run/netns/$space slurmd -N two # not "ip netns exec", which hides /sys/fs/cgroup from it
    echo "export SLURM_CONF=$SLURM_CONF"
}

stop() {
    for each in two one slurmctld munge; do
        [ ! -s "$folder/$each.pid" ] || kill "$(cat "$folder/$each.pid")" || true
    done
    ip netns del $space
}

"$action"
