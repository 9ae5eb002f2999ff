/** What the gateway and the people behind it may do in the cluster: RBAC, as `docs/kubernetes.md` has it. */
export const RIGHTS: object = {
  ...{ apiVersion: 'v1', kind: 'List' },
  items: [
    {
      ...rbac('ClusterRole', 'sallyport-gateway'),
      rules: [
        { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ],
    },
    bind('sallyport-gateway', [{ kind: 'User', name: 'gateway' }]),
    bind('cluster-admin', [
      { kind: 'Group', name: 'sallyport:analysts' },
      { kind: 'Group', name: 'sallyport:privacy-officers' },
    ]),
  ],
};

function bind(
  role: string,
  subjects: readonly { readonly kind: string; readonly name: string }[],
): object {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    ...rbac('ClusterRoleBinding', `sallyport-${role}`),
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: subjects.map((subject) => ({ ...subject, apiGroup })),
  };
}

function rbac(kind: string, name: string): object {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name } };
}
