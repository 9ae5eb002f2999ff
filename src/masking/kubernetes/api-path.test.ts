import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ApiPath, readApiPath } from './api-path.ts';

const PATHS: readonly (readonly [string, ApiPath])[] = [
  ['/api', 'discovery'],
  ['/api/v1', 'discovery'],
  ['/apis/apps/v1', 'discovery'],
  ['/openapi/v3/apis/apps/v1', 'discovery'],
  ['/api/v1/secrets', 'secrets'],
  ['/api/v1/secrets/', 'secrets'],
  ['/api/v1/watch/secrets', 'secrets'],
  ['/api/v1/watch/namespaces/ward/secrets/db', 'secrets'],
  ['/api/v1/namespaces/ward/secrets/db', 'secrets'],
  ['/api/v1/namespaces/secrets/pods', 'objects'],
  ['/api/v1/namespaces/ward', 'objects'],
  ['/apis/apps/v1/deployments', 'objects'],
  ['/api/v1/namespaces/ward/pods/web/log', 'log'],
  ['/api/v1/namespaces/ward/pods/web/proxy/secrets', 'other'],
  ['/api/v1/nodes/n/proxy/logs/', 'other'],
  ['/api/v1/proxy/namespaces/ward/pods/web', 'other'],
  ['/api/v1/namespaces/ward/pods/web/exec', 'other'],
  ['/metrics', 'other'],
];

describe('readApiPath', () => {
  for (const [path, kind] of PATHS) {
    it(`takes ${path} for ${kind}`, () => {
      assert.equal(readApiPath(path), kind);
    });
  }
});
