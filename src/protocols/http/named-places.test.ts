import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Field, FieldList } from '../../wire/http/field-list.ts';
import { type FindOwnPath, findNamedPlaces, openOwnPaths } from './named-places.ts';
import { ProblemError } from './problem.ts';

const SAME: FindOwnPath = (path) => path;

function placesOf(method: string, field: Field, findOwnPath: FindOwnPath = SAME): string[] {
  const request = { method, fields: FieldList.of([['accept', '*/*'], field]) };
  return findNamedPlaces(request, findOwnPath).map((place) => `${place.method} ${place.path}`);
}

describe('findNamedPlaces', () => {
  it('knows what is copied from where, however it is written', () => {
    for (const [name, value] of [
      ['x-amz-copy-source', '/ward/list'],
      ['x-amz-copy-source', 'ward/list'],
      ['x-amz-copy-source', 'ward%2Flist?versionId=7'],
      ['x-amz-copy-source', '/w%61rd/list'],
      ['x_amz_copy_source', 'ward/list'],
      ['x-goog-copy-source', 'ward/list'],
      ['x-oss-copy-source', '/ward/list'],
      ['x-ms-copy-source', 'https://store.example/ward/list?sig=1'],
    ] as const) {
      assert.deepEqual(placesOf('PUT', [name, value]), ['GET /ward/list'], value);
    }
  });

  it('knows what is moved, and where to', () => {
    for (const [name, value] of [
      ['x-ms-rename-source', '/ward/list'],
      // Of Azure Files: https://learn.microsoft.com/rest/api/storageservices/rename-file
      ['x-ms-file-rename-source', 'https://store.example/ward/list?sig=1'],
      ['x_ms_file_rename_source', '/ward/list'],
      ['x-qs-move-source', '/ward/list'],
      ['x-upyun-move-source', '/ward/list'],
    ] as const) {
      const places = ['GET /ward/list', 'DELETE /ward/list'];
      assert.deepEqual(placesOf('PUT', [name, value]), places, name);
    }
    for (const method of ['COPY', 'MOVE']) {
      assert.deepEqual(placesOf(method, ['destination', '/ward/list']), ['PUT /ward/list']);
    }
    assert.deepEqual(placesOf('PUT', ['destination', '/ward/list']), []);
    assert.deepEqual(placesOf('PUT', ['x-amz-copy-source-range', 'bytes=0-9']), []);
  });

  it('refuses what may be any path', () => {
    const withinWard: FindOwnPath = (path) =>
      path.startsWith('/ward/') ? path.slice('/ward'.length) : undefined;
    assert.deepEqual(placesOf('PUT', ['x-amz-copy-source', 'ward/a'], withinWard), ['GET /a']);
    for (const field of [
      ['x-amz-copy-source', '/wards/a'],
      ['x-amz-copy-source', '/ward/../other/a'],
      ['x-amz-copy-source', '/ward/%2e%2e/other/a'],
      ['x-amz-copy-source', 'arn:aws:s3:us-east-1:1:accesspoint/ward/object/a'],
      ['x-amz-copy-source', '/ward/a b'],
      ['x-copy-from', '/ward/a'],
      // What is read there later is another's.
      ['x-oss-symlink-target', 'a'],
      ['destination', 'a'],
    ] as const) {
      const method = field[0] === 'destination' ? 'MOVE' : 'PUT';
      assert.throws(() => placesOf(method, field, withinWard), ProblemError, field.join());
    }
  });
});

describe('openOwnPaths', () => {
  it('knows paths beneath the base path, and in the bucket that a host is', () => {
    const plain = openOwnPaths({ host: 'store.example', basePath: '' });
    assert.equal(plain('/ward/a'), '/ward/a');
    const based = openOwnPaths({ host: 's3.eu-west-1.amazonaws.com', basePath: '/ward' });
    assert.equal(based('/ward/a'), '/a');
    assert.equal(based('/wards/a'), undefined);
    for (const host of ['ward.s3.amazonaws.com', 'ward.s3.eu-west-1.amazonaws.com']) {
      const bucket = openOwnPaths({ host, basePath: '/in' });
      assert.equal(bucket('/ward/in/a'), '/a');
      assert.equal(bucket('/ward/out/a'), undefined);
      assert.equal(bucket('/in/a'), undefined);
    }
  });
});
