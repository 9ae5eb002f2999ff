#!/bin/sh
# Builds a Kubernetes cluster of one node from Debian's source package, in a Debian tree of its own:
#   build-cluster.sh <directory>
# As root, on amd64; some 12 minutes on two cores and 4 GB the first time, nothing afterwards.
set -eu

tree="$1/tree"
if [ -e "$1/built" ]; then exit 0; fi
mkdir -p "$1"
if [ ! -e "$1/bootstrapped" ]; then
  debootstrap --variant=minbase bookworm "$tree" http://deb.debian.org/debian
  echo 'deb-src http://deb.debian.org/debian bookworm main' >>"$tree/etc/apt/sources.list"
  touch "$1/bootstrapped"
fi
# Without them neither apt nor Go's compiler works there.
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount --make-rslave "$tree/dev"
trap 'umount "$tree/proc"; umount -R "$tree/dev"' EXIT

chroot "$tree" sh -eu <<'IN_TREE'
export DEBIAN_FRONTEND=noninteractive HOME=/kubernetes/home GOPATH=/kubernetes/go CGO_ENABLED=0 GOFLAGS=-mod=vendor
apt-get update -q
apt-get install -y -q --no-install-recommends \
  dpkg-dev build-essential golang-go make rsync git curl jq ca-certificates python3 iproute2 iptables procps \
  etcd-server containerd runc containernetworking-plugins openssl busybox-static golang-github-modern-go-reflect2-dev
mkdir -p /kubernetes/go/src/k8s.io "$HOME"
cd /kubernetes
if [ ! -e go/src/k8s.io/kubernetes ]; then
  apt-get source --download-only kubernetes
  tar xf kubernetes_*.orig.tar.gz
  mv kubernetes-1.*/ go/src/k8s.io/kubernetes
fi
cd go/src/k8s.io/kubernetes
# The vendored reflect2 1.0.1 crashes what Go 1.18 or later builds; Debian has a later one.
vendored=vendor/github.com/modern-go/reflect2
rm -f "$vendored"/*.go "$vendored"/*.s
cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.go /usr/share/gocode/src/github.com/modern-go/reflect2/*.s "$vendored"/
rm -f "$vendored"/*_test.go
make WHAT="cmd/kube-apiserver cmd/kube-controller-manager cmd/kubelet"
mv _output/local/bin/linux/amd64/kube* /kubernetes/
gcc -Os -static -o /kubernetes/pause build/pause/linux/pause.c
IN_TREE
touch "$1/built"
