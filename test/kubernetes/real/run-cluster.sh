#!/bin/sh
# Runs the cluster that build-cluster.sh built until its standard input ends:
#   run-cluster.sh <directory> <state>
# As root, on loopback, in name spaces of processes and mounts of its own, so that nothing outlives it. Writes
# `ready` to standard output once a node is ready. <state> takes keys, logs and, in admin.conf, what kubectl needs.
set -eu

tree="$1/tree"
state="$2"
mkdir -p "$state"
here=$(dirname "$(readlink -f "$0")")
cp "$here/start-cluster.sh" "$here/make_image.py" "$tree/kubernetes/"
mkdir -p "$tree/state"
ip addr add 10.99.0.1/32 dev lo
# The kubelet changes these for all of the machine.
settings="vm.overcommit_memory kernel.panic kernel.panic_on_oops"
before=$(sysctl -n $settings | tr '\n' ' ')
restore() {
  ip addr del 10.99.0.1/32 dev lo || true
  set -- $before
  for setting in $settings; do
    sysctl -q -w "$setting=$1"
    shift
  done
}
trap restore EXIT
export TREE="$tree" STATE="$state"
unshare --mount --propagation private --pid --fork --kill-child sh -eu -c '
  mount --rbind "$TREE" "$TREE"
  mount --bind "$STATE" "$TREE/state"
  mount -t proc proc "$TREE/proc"
  mount --rbind /dev "$TREE/dev"
  mount --rbind /sys "$TREE/sys"
  mount -t tmpfs tmpfs "$TREE/run"
  mkdir -p "$TREE/var/lib/kubelet"
  mount -t tmpfs tmpfs "$TREE/var/lib/kubelet"
  mount --make-shared "$TREE/var/lib/kubelet"
  cd "$TREE"
  mkdir -p before
  # runc needs the root to be a mount.
  pivot_root . before
  cd /
  umount -l /before
  exec sh -eu /kubernetes/start-cluster.sh
'
