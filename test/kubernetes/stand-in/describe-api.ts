const VERBS: readonly string[] = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

const RESOURCES: readonly Resource[] = [
  { name: 'pods', kind: 'Pod', isNamespaced: true },
  { name: 'secrets', kind: 'Secret', isNamespaced: true },
  { name: 'configmaps', kind: 'ConfigMap', isNamespaced: true },
  { name: 'namespaces', kind: 'Namespace', isNamespaced: false },
];

/** What the API has, at the paths that clients ask for it; undefined for others. */
export function describeApi(path: string): object | undefined {
  switch (path) {
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: [] };
    case '/api/v1':
      return {
        kind: 'APIResourceList',
        groupVersion: 'v1',
        resources: RESOURCES.map(toApiResource),
      };
    case '/version':
      return { major: '1', minor: '32', gitVersion: 'v1.32.0-stand-in' };
    case '/openapi/v3':
      return { paths: { 'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=1' } } };
    case '/openapi/v3/api/v1':
      return OPENAPI;
    default:
      return undefined;
  }
}

function toApiResource({ name, kind, isNamespaced }: Resource): object {
  const singularName = kind.toLowerCase();
  return { name, singularName, namespaced: isNamespaced, kind, verbs: VERBS };
}

/** As much as kubectl looks for: whether the server checks fields by itself, and runs dry. */
const OPENAPI: object = {
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: 'v1.32.0' },
  paths: Object.fromEntries(
    RESOURCES.map(({ name, kind, isNamespaced }) => [
      `/api/v1/${isNamespaced ? 'namespaces/{namespace}/' : ''}${name}/{name}`,
      {
        patch: {
          'x-kubernetes-group-version-kind': { group: '', kind, version: 'v1' },
          parameters: ['dryRun', 'fieldValidation'].map((parameter) => ({
            ...{ name: parameter, in: 'query', schema: { type: 'string' } },
          })),
          responses: {},
        },
      },
    ]),
  ),
};
