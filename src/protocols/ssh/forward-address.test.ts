import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findForwardAddress } from './forward-address.ts';

describe('findForwardAddress', () => {
  const target = {
    host: '192.0.2.1',
    port: 22,
    forwards: [
      { host: '192.0.2.7', port: 5432 },
      { host: '192.0.2.1', port: 22 },
      { host: '127.0.0.1', port: 5432 },
      { host: 'no-such-host.invalid', port: 80 },
    ],
  };

  it('finds what the target lists, port for port', async () => {
    const found = await findForwardAddress(target, { host: '192.0.2.7', port: 5432 });
    assert.deepEqual(found, { kind: 'found', host: '192.0.2.7', address: '192.0.2.7' });
    const other = await findForwardAddress(target, { host: '192.0.2.7', port: 5433 });
    assert.equal(other.kind, 'refused');
  });

  it('says it as the target does, however the client wrote it', async () => {
    const listing = { ...target, forwards: [{ host: '2001:db8::7', port: 5432 }] };
    const found = await findForwardAddress(listing, { host: '2001:DB8::7', port: 5432 });
    assert.equal(found.kind === 'found' && found.host, '2001:db8::7');
  });

  for (const [host, port] of [
    ['127.0.0.1', 5432],
    ['192.0.2.1', 22],
    ['no-such-host.invalid', 80],
  ] as const) {
    it(`refuses ${host}:${port}, although it is listed`, async () => {
      assert.equal((await findForwardAddress(target, { host, port })).kind, 'refused');
    });
  }
});
