import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import type { SignInList } from '../../src/api/sign-in.ts';
import type { Whoami } from '../../src/api/whoami.ts';
import { type Environment, startEnvironment } from '../e2e/environment.ts';
import { ApiClient } from './api-client.ts';
import { createSamlProvider, type TestSamlProvider } from './saml-provider.ts';

let directory: string;
let provider: TestSamlProvider;
let environment: Environment;
let url: string;
let ca: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-saml-'));
  provider = await createSamlProvider();
  const certificateFile = join(directory, 'sso.crt');
  await writeFile(certificateFile, provider.certificate);
  const saml = {
    name: 'sso',
    entityId: provider.entityId,
    signInUrl: provider.signInUrl,
    certificateFiles: [certificateFile],
  };
  environment = await startEnvironment({
    patients: 5,
    gateway: [[['identity', 'saml'], [saml]]],
  });
  url = `https://127.0.0.1:${environment.process?.api?.port}`;
  ca = await readFile(environment.gateway.authorityFile ?? '', 'utf8');
});
after(async () => {
  await environment[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Begins a sign-in; resolves with what the provider answers to it. */
async function begin(browser: ApiClient, nameId: string): Promise<string> {
  const { location } = await browser.get('/sign-in?provider=sso&return=/requests');
  const deflated = new URL(location).searchParams.get('SAMLRequest') ?? '';
  const request = inflateRawSync(Buffer.from(deflated, 'base64')).toString('utf8');
  return provider.answer({
    audience: `${url}/saml/metadata`,
    acsUrl: `${url}/saml/acs`,
    inResponseTo: /\sID="([^"]+)"/.exec(request)?.[1] ?? '',
    nameId,
    groups: ['staff', 'privacy-officers'],
  });
}

describe('SAML at a gateway', () => {
  it('is offered, and says what a provider has to know', async () => {
    const browser = new ApiClient(url, ca);
    const { body } = await browser.get<{ browserSignIns: { name: string; kind: string }[] }>(
      '/v1/client-configuration',
    );
    assert.ok(body.browserSignIns.some(({ name, kind }) => name === 'sso' && kind === 'saml'));
    const metadata = await browser.get<string>('/saml/metadata');
    assert.match(metadata.body, new RegExp(`Location="${url}/saml/acs"`));
  });

  it('signs a person in, who can sign out', async () => {
    const browser = new ApiClient(url, ca);
    const SAMLResponse = await begin(browser, 'u-4711');
    const done = await browser.postForm('/saml/acs', { SAMLResponse });
    assert.deepEqual([done.status, done.location], [303, '/requests'], String(done.body));
    const { body: who } = await browser.get<Whoami>('/v1/whoami');
    assert.deepEqual(
      [who.id, who.signIn, who.groups],
      ['sso:u-4711', 'saml', ['staff', 'privacy-officers']],
    );
    const { body: list } = await browser.get<SignInList>('/v1/sign-ins');
    assert.deepEqual(
      list.signIns.map(({ kind, provider: name, current }) => [kind, name, current]),
      [['saml', 'sso', true]],
    );
    browser.csrfToken = who.csrfToken ?? '';
    assert.equal((await browser.post('/v1/sign-out')).status, 200);
    assert.equal((await browser.get('/v1/whoami')).status, 401);
  });

  it('takes an answer once, and only in the browser that asked', async () => {
    const [mine, other] = [new ApiClient(url, ca), new ApiClient(url, ca)];
    const SAMLResponse = await begin(mine, 'u-1');
    await begin(other, 'u-2');
    assert.equal((await other.postForm('/saml/acs', { SAMLResponse })).status, 403);
    assert.equal((await mine.postForm('/saml/acs', { SAMLResponse })).status, 303);
    assert.equal((await mine.postForm('/saml/acs', { SAMLResponse })).status, 400);
    assert.equal(
      (await new ApiClient(url, ca).postForm('/saml/acs', { SAMLResponse })).status,
      400,
    );
  });
});
