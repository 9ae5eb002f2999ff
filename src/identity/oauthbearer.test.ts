import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decodeOauthBearerRequest,
  encodeOauthBearerFailure,
  isFailureAcknowledgement,
  OauthBearerError,
} from './oauthbearer.ts';

/** RFC 7628 section 4.1 has this message with an authorization identity, which we refuse. */
const MESSAGE = Buffer.from(
  'n,,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01',
);

function decode(text: string): ReturnType<typeof decodeOauthBearerRequest> {
  return decodeOauthBearerRequest(Buffer.from(text, 'latin1'));
}

describe('decodeOauthBearerRequest', () => {
  it('finds the token and ignores host and port', () => {
    assert.deepEqual(decodeOauthBearerRequest(MESSAGE), {
      kind: 'token',
      token: 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
    });
    assert.deepEqual(decode('y,,\x01auth=bearer  a.b-c_d~e+/\x01\x01'), {
      kind: 'token',
      token: 'a.b-c_d~e+/',
    });
  });

  it('understands the empty auth by which libpq asks for the provider', () => {
    assert.deepEqual(decode('n,,\x01auth=\x01\x01'), { kind: 'discover' });
  });

  it('rejects the message cut at every possible byte', () => {
    for (let length = 0; length < MESSAGE.length; length++) {
      assert.throws(() => decodeOauthBearerRequest(MESSAGE.subarray(0, length)), OauthBearerError);
    }
  });

  it('rejects bytes after the end', () => {
    for (const trailing of ['x', '\0', '\x01', '\x01\x01', 'auth=Bearer b\x01\x01']) {
      const padded = Buffer.concat([MESSAGE, Buffer.from(trailing)]);
      assert.throws(() => decodeOauthBearerRequest(padded), { code: 'ERR_IDENTITY_OAUTHBEARER' });
    }
  });

  it('rejects channel binding, authorization identities and malformed headers', () => {
    for (const header of [
      'p=tls-unique,,',
      'n,a=root,',
      'n,a=,',
      'n,',
      'n',
      '',
      ',,',
      'N,,',
      'n,,,',
      'n,,x',
    ]) {
      assert.throws(() => decode(`${header}\x01auth=Bearer a\x01\x01`), OauthBearerError, header);
    }
  });

  it('rejects auth values that are missing, repeated or no bearer token', () => {
    for (const pairs of [
      '',
      'host=x',
      'AUTH=Bearer a',
      'auth=Bearer a\x01auth=Bearer b',
      'auth=\x01auth=Bearer b',
      'auth=Basic YTpi',
      'auth=Bearer',
      'auth=Bearer ',
      'auth=Bearera',
      'auth=Bearer a b',
      'auth=Bearer =',
      'auth=Bearer a=b',
      'auth=Bearer é',
      'auth',
      '=x\x01auth=Bearer a',
    ]) {
      assert.throws(() => decode(`n,,\x01${pairs}\x01\x01`), OauthBearerError, pairs);
    }
  });

  it('rejects messages that are too long', () => {
    const token = 'x'.repeat(20 * 1024);
    assert.throws(() => decode(`n,,\x01auth=Bearer ${token}\x01\x01`), /longer than 20480 bytes/);
  });

  it('throws nothing but its own error for random bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom('n,,', 'y,,', '\x01', 'auth=', 'Bearer ', 'host=', 'abc', '='),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        try {
          const request = decode(pieces.join(''));
          if (request.kind === 'token') assert.match(request.token, /^[!-~]+$/);
        } catch (error) {
          assert(error instanceof OauthBearerError, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('isFailureAcknowledgement', () => {
  it('is true for a single separator only', () => {
    assert(isFailureAcknowledgement(Buffer.of(1)));
    for (const other of ['', '\0', '\x01\x01', 'n']) {
      assert(!isFailureAcknowledgement(Buffer.from(other)));
    }
  });
});

describe('encodeOauthBearerFailure', () => {
  it('says where to sign in', () => {
    for (const issuer of [
      'https://id.hospital.example/realm',
      'https://id.hospital.example/realm/',
    ]) {
      assert.deepEqual(JSON.parse(encodeOauthBearerFailure(issuer, 'openid groups').toString()), {
        status: 'invalid_token',
        'openid-configuration':
          'https://id.hospital.example/realm/.well-known/openid-configuration',
        scope: 'openid groups',
      });
    }
  });
});
