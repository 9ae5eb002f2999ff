import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AuthenticationResult } from '../../../identity/authenticator.ts';
import { completeCertificate, encodeCertificateBody } from '../../../wire/ssh/certificate.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { encodePublicKey } from '../../../wire/ssh/public-key.ts';
import { encodeServiceRequest } from '../../../wire/ssh/service-request.ts';
import { signData } from '../../../wire/ssh/signature.ts';
import { decodeUserauthBanner } from '../../../wire/ssh/userauth-banner.ts';
import { decodeUserauthFailure } from '../../../wire/ssh/userauth-failure.ts';
import { decodeUserauthInfoRequest } from '../../../wire/ssh/userauth-info-request.ts';
import { encodeUserauthInfoResponse } from '../../../wire/ssh/userauth-info-response.ts';
import { encodeUserauthKeyboardInteractive } from '../../../wire/ssh/userauth-keyboard-interactive.ts';
import { encodeUserauthPassword } from '../../../wire/ssh/userauth-password.ts';
import {
  encodeSignedUserauth,
  encodeUserauthPublicKey,
} from '../../../wire/ssh/userauth-publickey.ts';
import { encodeUserauthRequest } from '../../../wire/ssh/userauth-request.ts';
import {
  type Behaviour,
  createFakeDoor,
  createFakeLog,
  PRINCIPAL,
  TOKEN,
} from '../session.fixture.ts';
import type { SshTransport } from '../transport/ssh-transport.ts';
import { openTransportPair } from '../transport-pair.fixture.ts';
import { MessageInbox } from './message-inbox.ts';
import { type SignedIn, signIn } from './sign-in.ts';

const CERTIFICATE_ALGORITHM = 'ssh-ed25519-cert-v01@openssh.com';
const NOTHING = Buffer.alloc(0);

/** A client that signs in to a server, message by message. */
interface Attempt {
  readonly client: SshTransport;
  readonly inbox: MessageInbox;
  readonly signedIn: Promise<SignedIn | undefined>;
  readonly certificates: Buffer[];
  readonly waits: number[];
  request(methodName: string, methodData?: Buffer, userName?: string, serviceName?: string): void;
  /** Number of the next message that is no banner. */
  answer(): Promise<Buffer>;
  readonly banners: string[];
}

async function begin(behaviour: Behaviour = {}): Promise<Attempt> {
  const { client, server } = await openTransportPair();
  const certificates: Buffer[] = [];
  const waits: number[] = [];
  const banners: string[] = [];
  const door = createFakeDoor(createFakeLog(), {
    authenticateCertificate(certificate): AuthenticationResult {
      certificates.push(certificate);
      return { kind: 'authenticated', principal: PRINCIPAL };
    },
    ...behaviour,
  });
  const signedIn = signIn({
    door,
    port: server,
    inbox: new MessageInbox(server),
    waitUntil: (atMs) => waits.push(atMs),
  });
  // What a test does not ask for is none of its business.
  signedIn.catch(() => undefined);
  const inbox = new MessageInbox(client);
  client.send(encodeServiceRequest('ssh-userauth'));
  assert.equal((await inbox.next())[0], MessageNumber.ServiceAccept);
  return {
    client,
    inbox,
    signedIn,
    certificates,
    waits,
    banners,
    request(methodName, methodData = NOTHING, userName = 'ward', serviceName = 'ssh-connection') {
      client.send(encodeUserauthRequest({ userName, serviceName, methodName, methodData }));
    },
    async answer() {
      for (;;) {
        const payload = await inbox.next();
        if (payload[0] !== MessageNumber.UserauthBanner) return payload;
        banners.push(decodeUserauthBanner(payload));
      }
    },
  };
}

describe('signIn', () => {
  it('says which methods there are, and takes a token as password', async () => {
    const attempt = await begin();
    attempt.request('none');
    assert.deepEqual(decodeUserauthFailure(await attempt.answer()), {
      methodNames: ['publickey', 'keyboard-interactive', 'password'],
      isPartialSuccess: false,
    });
    attempt.request('password', encodeUserauthPassword(TOKEN));
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthSuccess);
    assert.deepEqual(await attempt.signedIn, { principal: PRINCIPAL, userName: 'ward' });
  });

  it('takes a token as the answer to a question, where there are no codes', async () => {
    const attempt = await begin();
    attempt.request('keyboard-interactive', encodeUserauthKeyboardInteractive({ submethods: '' }));
    const { prompts } = decodeUserauthInfoRequest(await attempt.answer());
    assert.deepEqual(prompts, [{ text: 'Sallyport token: ', echo: false }]);
    attempt.client.send(encodeUserauthInfoResponse([` ${TOKEN}\n`]));
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthSuccess);
  });

  it('shows a code without what terminals would obey, and waits for the person', async () => {
    const { promise, resolve } = Promise.withResolvers<AuthenticationResult>();
    const attempt = await begin({
      deviceSignIn: () => ({
        kind: 'begun',
        url: 'https://idp.example/device',
        userCode: 'AB\u001b[2JCD',
        completeUrl: undefined,
        expiresAtMs: 4711,
        outcome: promise,
      }),
    });
    attempt.request('keyboard-interactive', encodeUserauthKeyboardInteractive({ submethods: '' }));
    const { instruction } = decodeUserauthInfoRequest(await attempt.answer());
    assert.equal(
      instruction,
      'To sign in, open  https://idp.example/device\nand enter the code  AB[2JCD',
    );
    assert.deepEqual(attempt.waits, [4711]);
    attempt.client.send(encodeUserauthInfoResponse(['']));
    resolve({ kind: 'authenticated', principal: PRINCIPAL });
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthSuccess);
  });

  it('takes a certificate of whose key the client has proved possession on this connection', async () => {
    const attempt = await begin();
    const { blob, key } = makeCertificate('user');
    attempt.request('publickey', offer(blob));
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthPkOk);
    assert.equal(attempt.certificates.length, 0, 'an offer proves nothing');
    attempt.request('publickey', prove(attempt.client.sessionId, blob, key));
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthSuccess);
    assert.deepEqual(attempt.certificates, [blob]);
  });

  const { blob: known, key: knownKey } = makeCertificate('user');
  const { blob: ofHost, key: hostKey } = makeCertificate('host');
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const plain = encodePublicKey(stranger);
  const refusals: readonly [string, (sessionId: Buffer) => Buffer][] = [
    ['a plain key', (id) => prove(id, plain, stranger, { algorithm: 'ssh-ed25519' })],
    ['a certificate for a host', (id) => prove(id, ofHost, hostKey)],
    ['a certificate with the signature of another key', (id) => prove(id, known, stranger)],
    [
      'a certificate under the name of a plain key',
      (id) => prove(id, known, knownKey, { algorithm: 'ssh-ed25519' }),
    ],
    ['a plain key under the name of a certificate', (id) => prove(id, plain, stranger)],
    ['a signature for another connection', () => prove(Buffer.alloc(32), known, knownKey)],
    ['a signature for another user name', (id) => prove(id, known, knownKey, { userName: 'root' })],
  ];
  for (const [what, makeRequest] of refusals) {
    it(`does not take ${what}`, async () => {
      const attempt = await begin();
      attempt.request('publickey', makeRequest(attempt.client.sessionId));
      const end = attempt.signedIn.then(() => undefined);
      const answer = await Promise.race([attempt.answer(), end]).catch(() => undefined);
      assert.notEqual(answer?.[0], MessageNumber.UserauthSuccess);
      assert.notEqual(answer?.[0], MessageNumber.UserauthPkOk);
      assert.equal(attempt.certificates.length, 0);
    });
  }

  it('opens nothing to who has only offered a certificate', async () => {
    const attempt = await begin();
    attempt.request('publickey', offer(makeCertificate('user').blob));
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthPkOk);
    attempt.client.send(Buffer.from([MessageNumber.ChannelOpen, 0, 0, 0, 0]));
    await assert.rejects(attempt.signedIn, /USERAUTH_REQUEST/);
    assert.equal(attempt.certificates.length, 0);
  });

  it('forgets keys that were offered before: who signs in last is who it is', async () => {
    const attempt = await begin();
    attempt.request('publickey', offer(makeCertificate('user').blob));
    await attempt.answer();
    attempt.request('password', encodeUserauthPassword(TOKEN));
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthSuccess);
    assert.equal(attempt.certificates.length, 0);
    assert.equal((await attempt.signedIn)?.principal, PRINCIPAL);
  });

  it('says that a genuine token has expired, and of others nothing', async () => {
    const attempt = await begin();
    attempt.request('password', encodeUserauthPassword('forged'));
    await attempt.answer();
    assert.deepEqual(attempt.banners, []);
    attempt.request('password', encodeUserauthPassword('old'));
    await attempt.answer();
    assert.match(attempt.banners[0] ?? '', /^sallyport: your sign-in has expired/);
  });

  it('ends the connection after six proofs that fail', async () => {
    const attempt = await begin();
    for (let count = 0; count < 6; count += 1) {
      attempt.request('password', encodeUserauthPassword('wrong'));
      assert.equal((await attempt.answer())[0], MessageNumber.UserauthFailure);
    }
    assert.equal(await attempt.signedIn, undefined);
    await assert.rejects(attempt.answer());
  });

  it('ends the connection after forty requests of whatever kind', async () => {
    const attempt = await begin();
    for (let count = 0; count < 40; count += 1) {
      attempt.request('none');
      await attempt.answer();
    }
    assert.equal(await attempt.signedIn, undefined);
  });

  it('does not change a password', async () => {
    const attempt = await begin();
    const change = Buffer.concat([Buffer.from([1]), text(TOKEN), text('new')]);
    attempt.request('password', change);
    assert.equal((await attempt.answer())[0], MessageNumber.UserauthFailure);
  });

  it('ends the connection when the user name changes between requests', async () => {
    const attempt = await begin();
    attempt.request('none');
    await attempt.answer();
    attempt.request('password', encodeUserauthPassword(TOKEN), 'somebody-else');
    await assert.rejects(attempt.signedIn, /is for another user than the one before/);
  });

  it('ends the connection when another service is asked for', async () => {
    const attempt = await begin();
    attempt.request('password', encodeUserauthPassword(TOKEN), 'ward', 'ssh-other');
    await assert.rejects(attempt.signedIn, /is for a service that there is not/);
  });

  it('does not take answers to questions that were not asked', async () => {
    const attempt = await begin();
    attempt.client.send(encodeUserauthInfoResponse([TOKEN]));
    await assert.rejects(attempt.signedIn, /answers no question/);
  });

  it('does not take the answer to a question that another request replaced', async () => {
    const attempt = await begin();
    attempt.request('keyboard-interactive', encodeUserauthKeyboardInteractive({ submethods: '' }));
    await attempt.answer();
    attempt.request('none');
    await attempt.answer();
    attempt.client.send(encodeUserauthInfoResponse([TOKEN]));
    await assert.rejects(attempt.signedIn, /answers no question/);
  });

  it('does not take messages of the connection before a user is known', async () => {
    const attempt = await begin();
    attempt.client.send(Buffer.from([MessageNumber.ChannelOpen, 0, 0, 0, 0]));
    await assert.rejects(attempt.signedIn, /USERAUTH_REQUEST/);
  });
});

function makeCertificate(role: 'user' | 'host'): {
  readonly blob: Buffer;
  readonly key: KeyObject;
} {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  const { privateKey: authority } = generateKeyPairSync('ed25519');
  const body = encodeCertificateBody({
    publicKey: encodePublicKey(key),
    nonce: Buffer.alloc(32),
    serial: 1n,
    role,
    keyId: 'idp:ada',
    principals: ['idp:ada'],
    validAfter: 0n,
    validBefore: 2n ** 63n,
    criticalOptions: new Map(),
    extensions: new Map(),
    signatureKey: encodePublicKey(authority),
  });
  return { blob: completeCertificate(body, signData(authority, 'ssh-ed25519', body)), key };
}

function offer(blob: Buffer): Buffer {
  return encodeUserauthPublicKey({ algorithm: CERTIFICATE_ALGORITHM, blob, signature: undefined });
}

function prove(
  sessionId: Buffer,
  blob: Buffer,
  key: KeyObject,
  { algorithm = CERTIFICATE_ALGORITHM, userName = 'ward' } = {},
): Buffer {
  const request = { userName, serviceName: 'ssh-connection' };
  const data = encodeSignedUserauth(sessionId, request, { algorithm, blob });
  const signature = signData(key, 'ssh-ed25519', data);
  return encodeUserauthPublicKey({ algorithm, blob, signature });
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}
