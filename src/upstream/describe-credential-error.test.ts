import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SecretError } from '../targets/secret-error.ts';
import { describeCredentialError } from './describe-credential-error.ts';

describe('describeCredentialError', () => {
  it('says which secret cannot be had, and why', () => {
    const cause = new SecretError('env:HOSPITAL_PASSWORD', 'is not set in the environment');
    assert.match(
      String(describeCredentialError(cause)),
      /its credential cannot be read: Cannot read secret env:HOSPITAL_PASSWORD: is not set in the environment$/,
    );
  });

  it('says nothing of what a library said: it may quote the secret', () => {
    const cause = Object.assign(new Error('bad key MIIE'), { code: 'ERR_OSSL_PEM' });
    assert.match(String(describeCredentialError(cause)), /its credential cannot be read$/);
  });
});
