#!/bin/sh
# What run-cluster.sh runs in the tree: etcd, the API server, its controllers, containerd and a kubelet.
set -eu

# Until who started it goes away: everything in this name space of processes ends with this shell.
trap 'exit 0' TERM
exec 4<&0
(cat <&4 >/dev/null; kill -TERM 1) &

cd /state
rm -rf etcd containerd
mkdir -p networks
make_key() { # <file> <subject> [subjectAltName]
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "$(date +%s%N)" -days 2 -out "$1.crt" \
      -extfile /dev/fd/3 3<<EXTENSIONS 2>/dev/null
subjectAltName=${3:-DNS:unused.invalid}
EXTENSIONS
}
write_configuration() { # <file> <name of the key>
  cat >"$1" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: direct
clusters: [{name: direct, cluster: {server: 'https://127.0.0.1:46443', certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: user, user: {client-certificate-data: $(base64 -w0 "$2.crt"), client-key-data: $(base64 -w0 "$2.key")}}]
contexts: [{name: direct, context: {cluster: direct, user: user}}]
KUBECONFIG
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=cluster -days 2 2>/dev/null
make_key api /CN=kube-apiserver IP:127.0.0.1,DNS:localhost
make_key admin /O=system:masters/CN=admin
make_key node /O=system:nodes/CN=system:node:ward-node
make_key gateway /CN=gateway
openssl genrsa -out service-accounts.key 2048 2>/dev/null
write_configuration admin.conf admin
write_configuration node.conf node

etcd --data-dir etcd --listen-client-urls http://127.0.0.1:42379 --advertise-client-urls http://127.0.0.1:42379 \
  --listen-peer-urls http://127.0.0.1:42380 --initial-advertise-peer-urls http://127.0.0.1:42380 \
  --initial-cluster default=http://127.0.0.1:42380 --unsafe-no-fsync >etcd.log 2>&1 &
/kubernetes/kube-apiserver --etcd-servers=http://127.0.0.1:42379 --bind-address=127.0.0.1 --secure-port=46443 \
  --tls-cert-file=api.crt --tls-private-key-file=api.key --client-ca-file=ca.crt \
  --service-account-key-file=service-accounts.key --service-account-signing-key-file=service-accounts.key \
  --service-account-issuer=https://localhost --authorization-mode=RBAC,Node --service-cluster-ip-range=10.96.0.0/16 \
  --kubelet-preferred-address-types=InternalIP --feature-gates=EphemeralContainers=true --endpoint-reconciler-type=none \
  --advertise-address=127.0.0.1 --allow-privileged=true --disable-admission-plugins=ServiceAccount >api.log 2>&1 &
/kubernetes/kube-controller-manager --kubeconfig=admin.conf --leader-elect=false --secure-port=46257 --port=0 \
  --service-account-private-key-file=service-accounts.key --root-ca-file=ca.crt \
  --controllers='namespace,serviceaccount,replicaset,deployment' >controllers.log 2>&1 &

cat >containerd.toml <<TOML
version = 2
root = "/state/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "local.test/pause:1"
  stream_server_address = "127.0.0.1"
  stream_server_port = "46010"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/state/networks"
TOML
# Pods are in the host's network; containerd wants one of its own to be there all the same.
echo '{"cniVersion": "0.4.0", "name": "none", "plugins": [{"type": "loopback"}]}' >networks/none.conflist
containerd -c containerd.toml >containerd.log 2>&1 &
for image in pause busybox; do python3 /kubernetes/make_image.py "$image" "$image.tar"; done
until ctr version >/dev/null 2>&1; do sleep 0.2; done
for image in pause busybox; do ctr -n k8s.io images import "$image.tar" >/dev/null; done

until curl -s --cacert ca.crt --cert admin.crt --key admin.key https://127.0.0.1:46443/readyz >/dev/null; do sleep 0.5; done
cat >kubelet.yaml <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 10.99.0.1
port: 46250
healthzPort: 46248
cgroupsPerQOS: false
enforceNodeAllocatable: []
makeIPTablesUtilChains: false
failSwapOn: false
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
hairpinMode: none
evictionHard: {}
imageGCHighThresholdPercent: 100
resolvConf: ""
YAML
/kubernetes/kubelet --config=kubelet.yaml --kubeconfig=node.conf --container-runtime=remote \
  --container-runtime-endpoint=unix:///run/containerd/containerd.sock --hostname-override=ward-node \
  --node-ip=10.99.0.1 --root-dir=/var/lib/kubelet --feature-gates=EphemeralContainers=true >kubelet.log 2>&1 &
is_ready() {
  curl -s --cacert ca.crt --cert admin.crt --key admin.key https://127.0.0.1:46443/api/v1/nodes/ward-node |
    jq -e '.status.conditions[]? | select(.type == "Ready" and .status == "True")' >/dev/null 2>&1
}
until is_ready; do sleep 0.5; done
echo ready
while :; do sleep 1; done
