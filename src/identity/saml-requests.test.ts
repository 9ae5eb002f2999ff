import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SamlRequests } from './saml-requests.ts';

const KEY = Buffer.alloc(32, 7);
const SERVICE = { entityId: 'https://a.test/saml/metadata', acsUrl: 'https://a.test/saml/acs' };

describe('SamlRequests', () => {
  it('knows the ids of its own, on every gateway with the same key, for ten minutes', () => {
    let nowMs = 1_800_000_000_000;
    const requests = new SamlRequests(KEY, () => nowMs);
    const id = requests.mint('sso', SERVICE);
    assert.match(id, /^_[0-9a-f]{76}$/);
    assert.notEqual(requests.mint('sso', SERVICE), id);
    const elsewhere = new SamlRequests(Buffer.from(KEY), () => nowMs);
    assert.equal(elsewhere.isOpen(id, 'sso', SERVICE), true);
    nowMs += 600_000;
    assert.equal(requests.isOpen(id, 'sso', SERVICE), true);
    nowMs += 1;
    assert.equal(requests.isOpen(id, 'sso', SERVICE), false);
  });

  it('knows no id that was made for another provider or address, by another key, or by nobody', () => {
    const requests = new SamlRequests(KEY, () => 0);
    const id = requests.mint('sso', SERVICE);
    assert.equal(requests.isOpen(id, 'other', SERVICE), false);
    assert.equal(requests.isOpen(id, 'sso', { ...SERVICE, acsUrl: 'https://b.test/' }), false);
    assert.equal(new SamlRequests(Buffer.alloc(32), () => 0).isOpen(id, 'sso', SERVICE), false);
    for (let at = 0; at < id.length; at++) {
      const other = `${id.slice(0, at)}${id[at] === '0' ? '1' : '0'}${id.slice(at + 1)}`;
      assert.equal(requests.isOpen(other, 'sso', SERVICE), false);
      assert.equal(requests.isOpen(id.slice(0, at), 'sso', SERVICE), false);
    }
    assert.equal(requests.isOpen(`${id}0`, 'sso', SERVICE), false);
  });
});
