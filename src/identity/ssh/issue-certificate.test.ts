import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeCertificate } from '../../wire/ssh/certificate.ts';
import { TokenAuthenticator } from '../authenticate.ts';
import type { Principal } from '../principal.ts';
import { createSallyportToken } from '../sallyport-token.ts';
import type { TokenRecord, TokenStore } from '../token-store.ts';
import {
  type CertificateRequest,
  type IssueDetails,
  issueCertificate,
} from './issue-certificate.ts';
import { createClientKey, openAuthorities, signCertificate, T0 } from './ssh.fixture.ts';

const HOUR_MS = 3_600_000;
const ANA: Principal = {
  id: 'clinic:7',
  issuer: 'clinic',
  subject: '7',
  kind: 'person',
  displayName: 'Ana',
  groups: ['nurses'],
  signIn: 'oidc-token',
  expiresAtMs: T0 + 5 * 60_000,
};
const FROM = { clientAddress: '10.0.0.7' };
const SIGNAL = AbortSignal.any([]);

/** A gateway with a store in memory. */
async function openGateway() {
  const { authorities, userKey } = await openAuthorities();
  const records = new Map<string, TokenRecord>();
  const sealed: { readonly record: TokenRecord; readonly details: IssueDetails }[] = [];
  const disabled = new Set<string>();
  const tokens: TokenStore = {
    insert: async (record) => void records.set(record.hash.toString('hex'), record),
    find: async (hash) => records.get(hash.toString('hex')),
    revoke: async (id, revokedAtMs) => {
      for (const [key, record] of records) {
        if (record.id === id) records.set(key, { ...record, revokedAtMs });
      }
      return true;
    },
    list: async () => [...records.values()],
  };
  const clinic = {
    name: 'clinic',
    kind: 'person',
    issuer: 'https://idp.example',
    audiences: ['x'],
  } as const;
  const authenticator = new TokenAuthenticator([clinic], {
    nowMs: () => T0 + 1_000,
    tokens,
    sshAuthority: authorities.userAuthority,
    isDisabled: (id) => disabled.has(id),
  });
  const seal = async (record: TokenRecord, details: IssueDetails): Promise<void> => {
    sealed.push({ record, details });
  };
  const services = { authorities, tokens, nowMs: () => T0, lifetimeMsMax: 8 * HOUR_MS, seal };
  return {
    ...{ authorities, userKey, records, sealed, disabled, tokens, authenticator, services },
    issue: (request: Partial<CertificateRequest> = {}) =>
      issueCertificate(
        {
          principal: ANA,
          publicKey: createClientKey().line,
          lifetimeSeconds: undefined,
          sourceAddresses: [],
          ...request,
        },
        services,
      ),
    show: (certificate: Buffer, holder = FROM) =>
      authenticator.authenticateCertificate(certificate, holder, SIGNAL),
  };
}

async function issueOne(gateway: Awaited<ReturnType<typeof openGateway>>) {
  const answer = await gateway.issue();
  assert(answer.kind === 'issued');
  return answer;
}

describe('issueCertificate', () => {
  it('issues what lets its holder in as who asked, for as long as the row says', async () => {
    const gateway = await openGateway();
    const { certificate, record } = await issueOne(gateway);
    assert.deepEqual(await gateway.show(certificate), {
      kind: 'authenticated',
      principal: { ...ANA, signIn: 'ssh-certificate', expiresAtMs: T0 + 8 * HOUR_MS },
    });
    assert.equal(gateway.sealed[0]?.record, record);
    assert.match(gateway.sealed[0]?.details.fingerprint ?? '', /^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  it('issues nothing that the ledger does not take', async () => {
    const gateway = await openGateway();
    const seal = () => Promise.reject(new Error('disk full'));
    const request = { principal: ANA, publicKey: createClientKey().line };
    await assert.rejects(
      issueCertificate(
        { ...request, lifetimeSeconds: undefined, sourceAddresses: [] },
        { ...gateway.services, seal },
      ),
    );
    assert.equal(gateway.records.size, 0);
  });

  it('shortens its life on request, and lets no job outlive its token', async () => {
    const gateway = await openGateway();
    const lifetimeOf = async (
      request: Partial<CertificateRequest>,
    ): Promise<number | undefined> => {
      const answer = await gateway.issue(request);
      if (answer.kind !== 'issued') return undefined;
      const { validBefore } = decodeCertificate(answer.certificate);
      assert.equal(Number(validBefore) * 1_000, answer.record.expiresAtMs);
      return answer.record.expiresAtMs - T0;
    };
    assert.equal(await lifetimeOf({ lifetimeSeconds: 60 }), 60_000);
    assert.equal(await lifetimeOf({ lifetimeSeconds: 999_999 }), 8 * HOUR_MS);
    assert.equal(await lifetimeOf({ principal: { ...ANA, kind: 'workload' } }), 5 * 60_000);
    assert.equal(
      await lifetimeOf({ principal: { ...ANA, kind: 'workload', expiresAtMs: T0 } }),
      undefined,
    );
  });

  it('is not for Sallyport tokens, which could be renewed for ever, nor for browsers', async () => {
    const gateway = await openGateway();
    for (const signIn of [
      'sallyport-token',
      'ssh-certificate',
      'oidc-browser',
      'oidc-device',
      'saml',
    ] as const) {
      const answer = await gateway.issue({ principal: { ...ANA, signIn } });
      assert.deepEqual(answer, { kind: 'refused', reason: 'wrong-sign-in' });
    }
  });

  it('certifies plain public keys alone', async () => {
    const gateway = await openGateway();
    const { line, blob } = createClientKey();
    const nested = signCertificate(gateway.userKey);
    const bad = [
      '',
      line.replace('AAAA', 'AAAB'),
      `${line}\n${line}`,
      `command="x" ${line}`,
      `ssh-ed25519-cert-v01@openssh.com ${nested.toString('base64')}`,
      `ssh-ed25519 ${nested.toString('base64')}`,
      `ssh-ed25519 ${blob.subarray(0, -1).toString('base64')}`,
    ];
    for (const publicKey of bad) {
      assert.deepEqual(
        await gateway.issue({ publicKey }),
        { kind: 'refused', reason: 'bad-key' },
        publicKey,
      );
    }
    assert.equal((await gateway.issue({ publicKey: `${line}\n` })).kind, 'issued');
    const sourceAddresses = ['10.0.0.0/8', 'nowhere'];
    assert.deepEqual(await gateway.issue({ sourceAddresses }), {
      kind: 'refused',
      reason: 'bad-address',
    });
  });
});

describe('TokenAuthenticator, given an SSH certificate', () => {
  it('lets nobody in by what a stolen authority signed: no row says so', async () => {
    const gateway = await openGateway();
    await issueOne(gateway);
    const forged = signCertificate(gateway.userKey);
    assert.deepEqual(await gateway.show(forged), { kind: 'rejected', reason: 'unknown-token' });
  });

  it('lets nobody in by a revoked one, from the next connection on, nor whom the configuration bars', async () => {
    const gateway = await openGateway();
    const { certificate, record } = await issueOne(gateway);
    gateway.disabled.add(ANA.id);
    assert.deepEqual(await gateway.show(certificate), { kind: 'rejected', reason: 'disabled' });
    gateway.disabled.clear();
    assert.equal((await gateway.show(certificate)).kind, 'authenticated');
    await gateway.tokens.revoke(record.id, T0);
    assert.deepEqual(await gateway.show(certificate), { kind: 'rejected', reason: 'revoked' });
  });

  it('lets nobody in whose provider is gone, or by a row that was changed', async () => {
    const gateway = await openGateway();
    const { certificate, record } = await issueOne(gateway);
    await gateway.tokens.insert({
      ...record,
      principal: { ...record.principal, id: 'clinic:root' },
    });
    assert.deepEqual(await gateway.show(certificate), {
      kind: 'rejected',
      reason: 'wrong-certificate',
    });
    await gateway.tokens.insert({ ...record, kind: 'bearer' });
    assert.deepEqual(await gateway.show(certificate), {
      kind: 'rejected',
      reason: 'unknown-token',
    });
    await gateway.tokens.insert({ ...record, expiresAtMs: T0 });
    assert.deepEqual(await gateway.show(certificate), { kind: 'rejected', reason: 'expired' });
    await gateway.tokens.insert(record);
    gateway.authenticator.reconfigure([]);
    assert.deepEqual(await gateway.show(certificate), {
      kind: 'rejected',
      reason: 'unknown-issuer',
    });
  });

  it('does not take a certificate for a token, nor a token for a certificate', async () => {
    const gateway = await openGateway();
    const { certificate } = await issueOne(gateway);
    const text = certificate.toString('latin1');
    const result = await gateway.authenticator.authenticate(text, SIGNAL);
    assert.equal(result.kind, 'rejected');
    const token = Buffer.from(createSallyportToken());
    assert.deepEqual(await gateway.show(token), { kind: 'rejected', reason: 'malformed' });
  });

  it('takes none where there is no authority', async () => {
    const { certificate } = await issueOne(await openGateway());
    const without = new TokenAuthenticator([], { nowMs: () => T0 });
    const answer = await without.authenticateCertificate(certificate, FROM, SIGNAL);
    assert.deepEqual(answer, { kind: 'rejected', reason: 'unknown-authority' });
  });
});
