import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXIT } from './cli-error.ts';
import { describeFailure, UntrustedCertificateError } from './gateway-request.ts';

describe('describeFailure', () => {
  const fail = (code: string) =>
    describeFailure('https://gw', Object.assign(new Error(), { code }));

  it('asks for an authority only where one would help', () => {
    const unknown = fail('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.ok(unknown instanceof UntrustedCertificateError);
    assert.match(unknown.hint ?? '', /--ca FILE/);
    for (const [code, message, hint] of [
      ['CERT_HAS_EXPIRED', /gw has expired by the clock/, /clock of this machine/],
      ['CERT_NOT_YET_VALID', /gw is not valid yet by the clock/, /clock of this machine/],
      ['ERR_TLS_CERT_ALTNAME_INVALID', /gw is for another name/, /name that it is for/],
    ] as const) {
      const error = fail(code);
      assert.ok(!(error instanceof UntrustedCertificateError));
      assert.equal(error.exitCode, EXIT.unreachable);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
    }
  });

  it('asks for the address of the API where something else than HTTPS answers', () => {
    for (const code of ['EPROTO', 'ECONNRESET', 'HPE_INVALID_CONSTANT']) {
      const { exitCode, message, hint } = fail(code);
      assert.equal(exitCode, EXIT.unreachable);
      assert.equal(message, `Cannot speak to https://gw: ${code}`);
      assert.match(hint ?? '', /listeners\.api/);
    }
    assert.match(fail('ECONNREFUSED').hint ?? '', /that the gateway runs/);
  });
});
