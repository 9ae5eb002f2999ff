import type { KubernetesObject } from './cluster-objects.ts';

/** Objects as `kubectl get` prints them. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export function formatTable(resource: string, objects: readonly KubernetesObject[]): object {
  const columns =
    resource === 'pods' ? ['Name', 'Ready', 'Status', 'Restarts', 'Age'] : ['Name', 'Age'];
  return {
    ...{ kind: 'Table', apiVersion: 'meta.k8s.io/v1' },
    columnDefinitions: columns.map((name) => ({
      name,
      type: 'string',
      format: '',
      description: '',
      priority: 0,
    })),
    rows: objects.map(({ metadata }) => ({
      cells:
        resource === 'pods' ? [metadata.name, '1/1', 'Running', '0', '1m'] : [metadata.name, '1m'],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
    })),
  };
}
