import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../http/field-list.ts';
import { ProtocolError } from '../protocol-error.ts';
import { checkAcceptance, decodeOffer } from './offer.ts';

/** The example of RFC 6455 section 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

const OFFER = { key: KEY, subprotocols: ['v5.channel.k8s.io', 'SPDY/3.1+Other'] };

describe('decodeOffer', () => {
  const fields = FieldList.of([
    ['sec-websocket-version', '13'],
    ['sec-websocket-key', KEY],
  ]);

  it('reads what clients send', () => {
    assert.deepEqual(decodeOffer('GET', fields), { key: KEY, subprotocols: [] });
    const several = fields
      .append('sec-websocket-protocol', 'v5.channel.k8s.io')
      .append('sec-websocket-protocol', 'SPDY/3.1+Other ,');
    assert.deepEqual(decodeOffer('GET', several), OFFER);
  });

  it('refuses other methods, versions and keys', () => {
    assert.throws(() => decodeOffer('POST', fields), ProtocolError);
    assert.throws(() => decodeOffer('GET', FieldList.empty), ProtocolError);
    for (const [name, value] of [
      ['sec-websocket-version', '8'],
      ['sec-websocket-key', ''],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ='],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZR=='],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==a'],
      ['sec-websocket-protocol', 'a b'],
      ['sec-websocket-protocol', 'a, A'],
    ] as const) {
      assert.throws(() => decodeOffer('GET', fields.with(name, value)), ProtocolError, value);
    }
  });
});

describe('checkAcceptance', () => {
  const fields = FieldList.of([['sec-websocket-accept', ACCEPT]]);

  it('takes what accepts the offer', () => {
    checkAcceptance(OFFER, fields);
    checkAcceptance(OFFER, fields.with('sec-websocket-protocol', 'SPDY/3.1+Other'));
  });

  it('refuses what does not accept this offer', () => {
    assert.throws(() => checkAcceptance(OFFER, FieldList.empty), ProtocolError);
    for (const [name, value] of [
      ['sec-websocket-accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOp='],
      ['sec-websocket-accept', ACCEPT.toLowerCase()],
      ['sec-websocket-extensions', 'permessage-deflate'],
      ['sec-websocket-protocol', 'third'],
      ['sec-websocket-protocol', 'other'],
    ] as const) {
      assert.throws(() => checkAcceptance(OFFER, fields.with(name, value)), ProtocolError, value);
    }
  });
});
