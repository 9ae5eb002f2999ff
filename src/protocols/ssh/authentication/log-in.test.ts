import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeCertificate } from '../../../wire/ssh/certificate.ts';
import { encodePublicKey } from '../../../wire/ssh/public-key.ts';
import { encodeServiceAccept } from '../../../wire/ssh/service-accept.ts';
import { verifySignature } from '../../../wire/ssh/signature.ts';
import { encodeUserauthBanner } from '../../../wire/ssh/userauth-banner.ts';
import { encodeUserauthFailure } from '../../../wire/ssh/userauth-failure.ts';
import { encodeUserauthInfoRequest } from '../../../wire/ssh/userauth-info-request.ts';
import { decodeUserauthInfoResponse } from '../../../wire/ssh/userauth-info-response.ts';
import { decodeUserauthPassword } from '../../../wire/ssh/userauth-password.ts';
import {
  decodeUserauthPublicKey,
  encodeSignedUserauth,
} from '../../../wire/ssh/userauth-publickey.ts';
import { decodeUserauthRequest } from '../../../wire/ssh/userauth-request.ts';
import { encodeUserauthSuccess } from '../../../wire/ssh/userauth-success.ts';
import type { UpstreamError } from '../../upstream-error.ts';
import { openTransportPair } from '../transport-pair.fixture.ts';
import { type LoginCredential, logIn } from './log-in.ts';
import { MessageInbox } from './message-inbox.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const { privateKey: key } = generateKeyPairSync('ed25519');

/** A login to a server that is the test. */
async function begin(credential: LoginCredential): Promise<{
  readonly login: Promise<void>;
  readonly sessionId: Buffer;
  /** The next message of the gateway. */
  readonly next: () => Promise<Buffer>;
  readonly send: (payload: Buffer) => void;
}> {
  const { client, server } = await openTransportPair();
  const login = logIn(client, new MessageInbox(client), {
    account: 'deploy',
    credential,
    nowMs: NOW_MS,
  });
  login.catch(() => undefined);
  const inbox = new MessageInbox(server);
  await inbox.next();
  server.send(encodeServiceAccept('ssh-userauth'));
  return {
    login,
    sessionId: server.sessionId,
    next: () => inbox.next(),
    send: (payload) => server.send(payload),
  };
}

const PASSWORD: LoginCredential = { kind: 'password', password: 'secret' };
const ONLY_QUESTIONS = encodeUserauthFailure({
  methodNames: ['keyboard-interactive'],
  isPartialSuccess: false,
});

describe('logIn', () => {
  it('gives the password, past banners', async () => {
    const { login, next, send } = await begin(PASSWORD);
    const request = decodeUserauthRequest(await next());
    assert.equal(request.userName, 'deploy');
    assert.deepEqual(decodeUserauthPassword(request.methodData), {
      password: 'secret',
      newPassword: undefined,
    });
    send(encodeUserauthBanner('welcome'));
    send(encodeUserauthSuccess());
    await login;
  });

  it('gives the password to the one question for it, where passwords as such are not taken', async () => {
    const { login, next, send } = await begin(PASSWORD);
    await next();
    send(ONLY_QUESTIONS);
    assert.equal(decodeUserauthRequest(await next()).methodName, 'keyboard-interactive');
    send(ask({ text: 'Password: ', echo: false }));
    assert.deepEqual(decodeUserauthInfoResponse(await next()), ['secret']);
    send(ask());
    assert.deepEqual(decodeUserauthInfoResponse(await next()), []);
    send(encodeUserauthSuccess());
    await login;
  });

  it('gives the password to no other question: not where it would be shown, not to several', async () => {
    const { next, send } = await begin(PASSWORD);
    await next();
    send(ONLY_QUESTIONS);
    await next();
    send(ask({ text: 'Name: ', echo: true }));
    assert.deepEqual(decodeUserauthInfoResponse(await next()), ['']);
    send(ask({ text: 'Old: ', echo: false }, { text: 'New: ', echo: false }));
    assert.deepEqual(decodeUserauthInfoResponse(await next()), ['', '']);
  });

  it('proves by a certificate of the authority for this account and these minutes only', async () => {
    const { privateKey: authority } = generateKeyPairSync('ed25519');
    const keyId = 'idp:ada session-1';
    const { login, next, send, sessionId } = await begin({
      kind: 'certificateAuthority',
      authority,
      keyId,
    });
    const request = decodeUserauthRequest(await next());
    const method = decodeUserauthPublicKey(request.methodData);
    const certificate = decodeCertificate(method.blob);
    assert.equal(certificate.keyId, keyId);
    assert.deepEqual(certificate.principals, ['deploy']);
    assert.equal(certificate.role, 'user');
    assert.equal(Number(certificate.validBefore - certificate.validAfter), 600);
    assert.deepEqual([...certificate.extensions.keys()], ['permit-port-forwarding', 'permit-pty']);
    assert.ok(
      verifySignature({
        publicKey: encodePublicKey(authority),
        algorithms: ['ssh-ed25519'],
        data: certificate.signed,
        signature: certificate.signature,
      }),
    );
    assert.ok(
      verifySignature({
        publicKey: certificate.publicKey,
        algorithms: ['ssh-ed25519'],
        data: encodeSignedUserauth(sessionId, request, method),
        signature: method.signature ?? Buffer.alloc(0),
      }),
    );
    send(encodeUserauthSuccess());
    await login;
  });

  it('fails where the server refuses, and tries nothing else', async () => {
    const { login, next, send } = await begin({ kind: 'privateKey', key });
    assert.equal(decodeUserauthRequest(await next()).methodName, 'publickey');
    send(encodeUserauthFailure({ methodNames: ['publickey', 'password'], isPartialSuccess: true }));
    await assert.rejects(login, (error: UpstreamError) => error.code === 'ERR_UPSTREAM_LOGIN');
  });

  it('fails where a server asks or tells without end', async () => {
    const { login, next, send } = await begin(PASSWORD);
    await next();
    for (let count = 0; count < 40; count += 1) send(encodeUserauthBanner('wait'));
    await assert.rejects(login, /has too many answers/);
  });
});

function ask(...prompts: Parameters<typeof encodeUserauthInfoRequest>[0]['prompts']): Buffer {
  return encodeUserauthInfoRequest({ name: '', instruction: '', prompts });
}
