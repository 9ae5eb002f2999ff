import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findTargetName } from './nested-name.ts';

describe('findTargetName', () => {
  for (const [host, name] of [
    ['ward', 'ward'],
    ['WARD.Sallyport', 'ward'],
    ['ward.sallyport', 'ward'],
    ['localhost', 'localhost'],
  ] as const) {
    it(`takes ${host} for a target, whether there is one or not`, () => {
      assert.equal(findTargetName({ host, port: 22 }, 'sallyport'), name);
    });
  }

  for (const [host, port] of [
    ['ward', 2222],
    ['ward.example', 22],
    ['a.b.sallyport', 22],
    ['127.0.0.1', 22],
    ['::1', 22],
    ['sallyport.', 22],
    ['.sallyport', 22],
    ['', 22],
    ['ward\n', 22],
    ['-oProxyCommand=x', 22],
    ['%h', 22],
  ] as const) {
    it(`takes ${JSON.stringify(host)} on port ${port} for another host`, () => {
      assert.equal(findTargetName({ host, port }, 'sallyport'), undefined);
    });
  }
});
