{{/* Names and parts that several files have. A context is a dict: root (the chart's), part (gateway or connector). */}}

{{- define "sallyport.name" -}}
{{- printf "%s-%s" .root.Release.Name .part | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "sallyport.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "sallyport.labels" -}}
{{ include "sallyport.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* Ports of the gateway that clients and connectors use, as JSON: name to number. Neither monitoring's nor other gateways'. */}}
{{- define "sallyport.clientPorts" -}}
{{- $ports := dict -}}
{{- range $name, $port := omit .root.Values.gateway.ports "metrics" "gateways" -}}
{{- if $port }}{{ $_ := set $ports $name $port }}{{ end -}}
{{- end -}}
{{- toJson $ports -}}
{{- end -}}

{{/* A key of a ConfigMap has no slashes. */}}
{{- define "sallyport.configurationKey" -}}
{{- replace "/" "__" . -}}
{{- end -}}

{{/* What both kinds of pods have, but for their containers' own parts. */}}
{{- define "sallyport.pod" -}}
{{- $values := index .root.Values .part -}}
serviceAccountName: {{ .root.Release.Name }}
automountServiceAccountToken: {{ .root.Values.serviceAccount.automountToken }}
{{- with .root.Values.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  # Keys and the embedded PostgreSQL are for their owner alone: nobody may change their modes at each start.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
{{- with index $values $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
volumes:
  - name: configuration
    configMap:
      name: {{ include "sallyport.name" . }}
      items:
        {{- range $path, $_ := $values.configuration }}
        - key: {{ include "sallyport.configurationKey" $path }}
          path: {{ $path }}
        {{- else }}
        []
        {{- end }}
  - name: tmp
    emptyDir: {}
  {{- with $values.secretFiles }}
  - name: secrets
    secret:
      secretName: {{ . }}
      defaultMode: 0400
  {{- end }}
  {{- with .root.Values.serviceAccount.tokenAudience }}
  - name: token
    projected:
      sources:
        - serviceAccountToken:
            audience: {{ . | quote }}
            expirationSeconds: 3600
            path: token
  {{- end }}
{{- end -}}

{{- define "sallyport.container" -}}
{{- $values := index .root.Values .part -}}
image: {{ printf "%s:%s" .root.Values.image.repository (.root.Values.image.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  - name: configuration
    mountPath: /etc/sallyport
    readOnly: true
  - name: data
    mountPath: /var/lib/sallyport
  - name: tmp
    mountPath: /tmp
  {{- if $values.secretFiles }}
  - name: secrets
    mountPath: /run/sallyport/secrets
    readOnly: true
  {{- end }}
  {{- if .root.Values.serviceAccount.tokenAudience }}
  - name: token
    mountPath: /run/sallyport/token
    readOnly: true
  {{- end }}
{{- end -}}

{{- define "sallyport.statefulSet" -}}
{{- $values := index .root.Values .part -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "sallyport.name" . }}
  labels:
    {{- include "sallyport.labels" . | nindent 4 }}
spec:
  replicas: {{ $values.replicas }}
  serviceName: {{ include "sallyport.name" . }}-pods
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      {{- include "sallyport.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "sallyport.labels" . | nindent 8 }}
    spec:
      {{- include "sallyport.pod" . | nindent 6 }}
      containers:
        - name: {{ .part }}
          {{- include "sallyport.container" . | nindent 10 }}
          {{- .own | nindent 10 }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $values.data.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ $values.data.size }}
{{- end -}}

{{- define "sallyport.configMap" -}}
{{- $values := index .root.Values .part -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "sallyport.name" . }}
  labels:
    {{- include "sallyport.labels" . | nindent 4 }}
data:
  {{- range $path, $text := $values.configuration }}
  {{ include "sallyport.configurationKey" $path }}: {{ $text | toJson }}
  {{- else }}
  {}
  {{- end }}
{{- end -}}

{{/* What gives pods of a StatefulSet names of their own. */}}
{{- define "sallyport.podNames" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "sallyport.name" . }}-pods
  labels:
    {{- include "sallyport.labels" . | nindent 4 }}
spec:
  clusterIP: None
  # Gateways look for each other before they are ready.
  publishNotReadyAddresses: true
  selector:
    {{- include "sallyport.selector" . | nindent 4 }}
{{- end -}}

{{- define "sallyport.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "sallyport.name" . }}
  labels:
    {{- include "sallyport.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "sallyport.selector" . | nindent 6 }}
{{- end -}}

{{/* What pods may reach: the values say; names and each other always. */}}
{{- define "sallyport.egress" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
- to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/name: {{ .Chart.Name }}
          app.kubernetes.io/instance: {{ .Release.Name }}
{{- with .Values.networkPolicy.egress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
