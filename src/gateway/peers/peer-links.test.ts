import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeerLinks } from './peer-links.ts';

const PLACE = { name: 'gw', host: '127.0.0.1', port: 7443 };

describe('PeerLinks', () => {
  it('keep a link for as long as its place is the same, and no longer', () => {
    using links = new PeerLinks(() => assert.fail('nobody is asked'));
    assert.equal(links.set(new Map([['gw.0', PLACE]])), true);
    const link = links.find('gw.0');
    assert.deepEqual(link?.place, PLACE);
    assert.equal(links.set(new Map([['gw.0', { ...PLACE }]])), false);
    assert.equal(links.find('gw.0'), link);
    assert.equal(links.set(new Map([['gw.0', { ...PLACE, port: 7444 }]])), true);
    assert.notEqual(links.find('gw.0'), link);
    assert.equal(links.set(new Map([['gw.1', PLACE]])), true);
    assert.deepEqual(links.names, ['gw.1']);
    assert.equal(links.find('gw.0'), undefined);
  });
});
