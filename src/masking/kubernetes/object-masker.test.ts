import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { maskDocument, type ObjectMasks } from './object-masker.ts';

const PASSWORD = 'opensesame-4711';
const CONTACT = 'call 555-010-2040';
const CONTAINER = { name: 'app', env: [{ name: 'DB_PASSWORD', value: PASSWORD }] };

function mask(object: object, others: Partial<ObjectMasks> = {}): string {
  const masks: ObjectMasks = {
    maskSecret: () => '[redacted]',
    inspect: (text) => (text.includes('555') ? text.replace(/555.*/u, '[phone]') : undefined),
    onObject: () => undefined,
    ...others,
  };
  const place = { isOfSecrets: false, columns: { last: undefined } };
  return maskDocument(Buffer.from(JSON.stringify(object)), place, masks)?.toString() ?? '';
}

describe('maskDocument', () => {
  it('masks variables of ephemeral containers, which old clusters show by themselves', () => {
    const object = { kind: 'EphemeralContainers', apiVersion: 'v1', metadata: { name: 'web' } };
    const shown = mask({ ...object, ephemeralContainers: [CONTAINER] });
    assert(!shown.includes(PASSWORD), shown);
    assert(shown.includes('DB_PASSWORD'));
  });

  it('masks copies of workloads in annotations, as JSON or packed', () => {
    const spec = { template: { spec: { containers: [CONTAINER] } } };
    const copy = JSON.stringify({ kind: 'Deployment', metadata: { name: 'web' }, spec });
    const packed = gzipSync(copy).toString('base64');
    const mode = '{"mode": "x"}';
    const annotations = { 'a.example/last': copy, 'a.example/applied': packed, mode };
    const object = { kind: 'Deployment', metadata: { name: 'web', annotations } };
    const shown = mask(object);
    assert(!shown.includes(PASSWORD), shown);
    assert(!shown.includes(packed));
    assert(shown.includes(JSON.stringify(mode)));
    assert.equal(mask(object, { maskSecret: undefined }), JSON.stringify(object));
  });

  it('looks through texts in all columns of a Table: what others define shows messages under any name', () => {
    const names = ['Name', 'Status', 'MESSAGE', 'Users'];
    const cells = ['web.555', `failed: ${CONTACT}`, '555-010-2040', '555, 556'];
    const columnDefinitions = names.map((name) => ({ name, type: 'string' }));
    const table = { kind: 'Table', columnDefinitions, rows: [{ cells, object: null }] };
    const shown = JSON.parse(mask(table)) as typeof table;
    assert.deepEqual(shown.rows[0]?.cells, [
      'web.555',
      'failed: call [phone]',
      '[phone]',
      '555, 556',
    ]);
  });
});
