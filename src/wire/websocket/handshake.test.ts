import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../http/field-list.ts';
import { ProtocolError } from '../protocol-error.ts';
import { decodeAcceptance, decodeOffer, encodeAcceptance, encodeOffer } from './handshake.ts';

/** The example of RFC 6455 section 1.3. */
const OFFER = { key: 'dGhlIHNhbXBsZSBub25jZQ==', subprotocols: ['v5.channel.k8s.io', 'Other'] };
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

describe('decodeOffer', () => {
  it('reads what was written, without extensions', () => {
    const fields = encodeOffer(
      OFFER,
      FieldList.of([
        ['host', 'a'],
        ['sec-websocket-extensions', 'permessage-deflate'],
        ['sec-websocket-key', 'other'],
      ]),
    );
    assert.deepEqual(decodeOffer('GET', fields), OFFER);
    assert.equal(fields.has('sec-websocket-extensions'), false);
    assert.equal(fields.get('host'), 'a');
    const none = { key: OFFER.key, subprotocols: [] };
    assert.deepEqual(decodeOffer('GET', encodeOffer(none, FieldList.empty)), none);
  });

  it('refuses other methods, versions and keys', () => {
    const fields = encodeOffer(OFFER, FieldList.empty);
    assert.throws(() => decodeOffer('POST', fields), ProtocolError);
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

describe('decodeAcceptance', () => {
  const accepted = encodeAcceptance(OFFER, 'Other', FieldList.of([['server', 'a']]));

  it('reads what was written', () => {
    assert.equal(accepted.get('sec-websocket-accept'), ACCEPT);
    assert.equal(decodeAcceptance(OFFER, accepted), 'Other');
    const plain = encodeAcceptance(OFFER, undefined, FieldList.empty);
    assert.equal(decodeAcceptance(OFFER, plain), undefined);
  });

  it('refuses what does not accept this offer', () => {
    for (const [name, value] of [
      ['sec-websocket-accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOp='],
      ['sec-websocket-accept', ACCEPT.toLowerCase()],
      ['upgrade', 'h2c'],
      ['connection', 'close'],
      ['sec-websocket-extensions', 'permessage-deflate'],
      ['sec-websocket-protocol', 'third'],
      ['sec-websocket-protocol', 'other'],
    ] as const) {
      assert.throws(
        () => decodeAcceptance(OFFER, accepted.with(name, value)),
        ProtocolError,
        value,
      );
    }
    assert.throws(() => decodeAcceptance(OFFER, FieldList.empty), ProtocolError);
  });
});
