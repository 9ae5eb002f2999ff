import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { findActions } from './kubernetes-actions.ts';
import { namesResource, type ResourceRequest, readResourceRequest } from './resource-request.ts';

function read(request: string): ReturnType<typeof readResourceRequest> {
  const [method = '', target = ''] = request.split(' ');
  const [path = '', query = ''] = target.split('?');
  return readResourceRequest(method, path, new URLSearchParams(query));
}

function readResource(request: string): ResourceRequest {
  const found = read(request);
  assert(namesResource(found), `${request} names no resource`);
  return found;
}

describe('readResourceRequest', () => {
  it('reads what the API server reads', () => {
    const expected: readonly (readonly [request: string, reading: string])[] = [
      ['GET /api/v1/pods', 'list  v1 pods / - -'],
      ['GET /api/v1/namespaces/ward/pods', 'list  v1 pods / ward -'],
      ['HEAD /api/v1/namespaces/ward/pods/web', 'get  v1 pods / ward web'],
      [
        'GET /apis/apps/v1/namespaces/ward/deployments/web/scale',
        'get apps v1 deployments scale/ ward web',
      ],
      ['GET /api/v1/namespaces/ward/pods/web/exec?command=ls', 'get  v1 pods exec/ ward web'],
      [
        'GET /api/v1/namespaces/ward/services/web:80/proxy/a/b',
        'get  v1 services proxy/a/b/ ward web:80',
      ],
      ['POST /api/v1/namespaces/ward/pods', 'create  v1 pods / ward -'],
      ['PUT /api/v1/namespaces/ward/status', 'update  v1 namespaces status/ ward ward'],
      ['PUT /api/v1/namespaces/ward/finalize', 'update  v1 namespaces finalize/ ward ward'],
      ['GET /api/v1/namespaces/ward', 'get  v1 namespaces / ward ward'],
      ['DELETE /api/v1/namespaces/ward', 'delete  v1 namespaces / ward ward'],
      ['DELETE /api/v1/namespaces/ward/pods', 'deletecollection  v1 pods / ward -'],
      ['GET /api/v1/namespaces', 'list  v1 namespaces / - -'],
      ['GET /api/v1/watch/namespaces/ward/pods/web', 'watch  v1 pods / ward web'],
      ['GET /api/v1/watch/pods', 'watch  v1 pods / - -'],
      ['GET /api/v1/proxy/nodes/relnode/run', 'proxy  v1 nodes run/ - relnode'],
      ['GET /api/v1/pods?watch=1', 'watch  v1 pods / - -'],
      ['GET /api/v1/pods?watch=', 'watch  v1 pods / - -'],
      ['GET /api/v1/pods?watch=false', 'list  v1 pods / - -'],
      ['GET /api/v1/pods?watch=false&watch=true', 'watch  v1 pods / - -'],
      ['GET /api/v1/pods?fieldSelector=metadata.name%3Dweb', 'list  v1 pods / - web'],
      ['OPTIONS /api/v1/pods', '  v1 pods / - -'],
      ['GET /api/v1/pods/', 'list  v1 pods / - -'],
    ];
    for (const [request, reading] of expected) {
      const { verb, group, version, resource, subresource, namespace, name } =
        readResource(request);
      const found = `${verb} ${group} ${version} ${resource} ${subresource}/ ${namespace || '-'} ${name || '-'}`;
      assert.equal(found, reading, request);
    }
  });

  it('finds no object in other paths', () => {
    for (const path of [
      '/',
      '/version',
      '/api',
      '/api/v1',
      '/apis',
      '/apis/apps',
      '/apis/apps/v1',
      '/openapi/v2',
      '/API/v1/pods',
      '/api/v1/watch',
      '/metrics',
    ]) {
      assert.deepEqual(read(`GET ${path}`), { verb: 'get' }, path);
    }
  });
});

describe('findActions', () => {
  it('goes by the subresource, not by the method', () => {
    const expected: readonly (readonly [request: string, actions: string])[] = [
      ['GET /api/v1/namespaces/ward/pods/web/exec', 'k8s.exec'],
      ['POST /api/v1/namespaces/ward/pods/web/exec', 'k8s.exec'],
      ['GET /api/v1/namespaces/ward/pods/web/attach', 'k8s.attach'],
      ['POST /api/v1/namespaces/ward/pods/web/portforward', 'k8s.port-forward'],
      ['GET /api/v1/namespaces/ward/pods/web/log', 'k8s.log'],
      [
        'GET /apis/subresources.kubevirt.io/v1/namespaces/ward/virtualmachineinstances/a/vnc',
        'k8s.raw',
      ],
      ['GET /apis/example.org/v1/namespaces/ward/things/a/log', 'k8s.raw'],
      ['GET /api/v1/nodes/relnode/proxy/exec/ward/web/web', 'k8s.proxy'],
      ['GET /api/v1/proxy/nodes/relnode/run', 'k8s.proxy'],
      ['GET /api/v1/nodes/relnode/metrics', 'k8s.raw'],
      ['PATCH /api/v1/namespaces/ward/pods/web/ephemeralcontainers', 'k8s.ephemeral-containers'],
      ['GET /api/v1/namespaces/ward/pods/web/ephemeralcontainers', 'k8s.ephemeral-containers'],
      ['POST /api/v1/namespaces/ward/pods/web/eviction', 'k8s.evict'],
      ['POST /api/v1/namespaces/ward/pods/web/binding', 'k8s.bind'],
      ['POST /api/v1/namespaces/ward/serviceaccounts/robot/token', 'k8s.token'],
      ['POST /apis/authentication.k8s.io/v1/tokenreviews', 'k8s.token'],
      ['PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval', 'k8s.approve'],
      ['POST /apis/rbac.authorization.k8s.io/v1/clusterroles', 'k8s.create k8s.escalate'],
      [
        'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/ward/rolebindings/a',
        'k8s.patch k8s.bind',
      ],
      ['GET /apis/rbac.authorization.k8s.io/v1/clusterroles', 'k8s.list'],
      ['GET /apis/apps/v1/namespaces/ward/deployments/web/scale', 'k8s.get'],
      ['PATCH /apis/apps/v1/namespaces/ward/deployments/web/scale', 'k8s.scale'],
      ['PUT /api/v1/namespaces/ward/pods/web/status', 'k8s.status'],
      ['PUT /api/v1/namespaces/ward/finalize', 'k8s.update'],
      ['DELETE /api/v1/namespaces/ward/secrets', 'k8s.deletecollection'],
      ['OPTIONS /api/v1/pods', 'k8s.raw'],
      ['MERGE /api/v1/namespaces/ward/pods/web', 'k8s.raw'],
      ['GET /api/v1/namespaces/ward/pods/web/log/extra', 'k8s.raw'],
      ['GET /api/v1/namespaces/ward/pods/web/exec/extra', 'k8s.exec'],
    ];
    for (const [request, actions] of expected) {
      assert.equal(findActions(readResource(request)).join(' '), actions, request);
    }
  });
});
