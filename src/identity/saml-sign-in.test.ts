import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { MemoryOnceOnlyStore } from '../../test/control-plane/memory-stores.ts';
import {
  createSamlProvider,
  type TestAssertion,
  type TestSamlProvider,
} from '../../test/control-plane/saml-provider.ts';
import { readSamlAnswer } from './read-saml-answer.ts';
import type { SamlProvider } from './saml-provider.ts';
import { describeSamlService, type SamlOutcome, SamlSignIn } from './saml-sign-in.ts';

const SERVICE = {
  entityId: 'https://gateway.example.test/saml/metadata',
  acsUrl: 'https://gateway.example.test/saml/acs',
};
const REQUEST = '_0123456789abcdef';
const REJECTED: SamlOutcome = { kind: 'rejected', reason: 'not-accepted' };
const NOBODY: SamlOutcome = { kind: 'rejected', reason: 'claims-not-accepted' };
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

let provider: TestSamlProvider;
let good: TestAssertion;

function createSignIn(changes: Partial<SamlProvider> = {}): SamlSignIn {
  const { entityId, signInUrl, certificate } = provider;
  const settings = { name: 'sso', entityId, signInUrl, certificates: [certificate] };
  return new SamlSignIn({
    provider: {
      ...settings,
      nameIdFormat: 'persistent',
      groupsAttribute: 'groups',
      groups: ['everybody'],
      ...changes,
    },
    // One id for all: what is judged here is the answer.
    requests: { mint: () => REQUEST, isOpen: (id) => id === REQUEST },
    once: new MemoryOnceOnlyStore(),
    readAnswer: readSamlAnswer,
    nowMs: Date.now,
  });
}

/** Brings an answer back. */
async function finish(response: string, signIn = createSignIn()): Promise<SamlOutcome> {
  return signIn.finish(SERVICE, REQUEST, response);
}

function edit(response: string, change: (xml: string) => string): string {
  const xml = Buffer.from(response, 'base64').toString('utf8');
  const changed = change(xml);
  assert.notEqual(changed, xml);
  return Buffer.from(changed).toString('base64');
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    provider = await createSamlProvider();
    good = {
      audience: SERVICE.entityId,
      acsUrl: SERVICE.acsUrl,
      inResponseTo: REQUEST,
      nameId: 'u-4711',
      groups: ['privacy-officers', 'staff'],
    };
  });
}

describe('SamlSignIn', () => {
  prepareTests();

  it('sends the browser to the provider with a request of ours', async () => {
    const begun = await createSignIn().begin(SERVICE);
    assert.equal(begun.requestId, REQUEST);
    const url = new URL(begun.url);
    assert.equal(url.origin + url.pathname, provider.signInUrl);
    const deflated = Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64');
    const xml = inflateRawSync(deflated).toString('utf8');
    assert.match(xml, new RegExp(`ID="${REQUEST}"`));
    assert.match(xml, /AssertionConsumerServiceURL="https:\/\/gateway\.example\.test\/saml\/acs"/);
  });

  it('believes a signed assertion for us', async () => {
    const outcome = await finish(await provider.answer(good));
    assert.deepEqual(outcome, {
      kind: 'authenticated',
      principal: {
        id: 'sso:u-4711',
        issuer: 'sso',
        subject: 'u-4711',
        kind: 'person',
        displayName: 'u-4711',
        groups: ['everybody', 'privacy-officers', 'staff'],
      },
      endsAtMs: undefined,
    });
  });

  it('ends when the provider wants it to, and is none after that', async () => {
    const endsAtMs = Date.now() + 3_600_000;
    const sessionNotOnOrAfter = new Date(endsAtMs).toISOString();
    const outcome = await finish(await provider.answer({ ...good, sessionNotOnOrAfter }));
    assert.deepEqual(outcome.kind === 'authenticated' && outcome.endsAtMs, endsAtMs);
    for (const over of [new Date(Date.now() - 1_000).toISOString(), 'tomorrow']) {
      const late = await provider.answer({ ...good, sessionNotOnOrAfter: over });
      assert.deepEqual(await finish(late), REJECTED);
    }
  });

  it('rejects an answer of which anything was changed', async () => {
    const response = await provider.answer(good);
    for (const [from, to] of [
      ['u-4711', 'u-4712'],
      ['privacy-officers', 'administrators'],
      ['<saml:NameID', '<!-- --><saml:NameID'],
      [SERVICE.entityId, 'https://other.example.test/'],
      ['Recipient="', 'Recipient="x'],
    ] as const) {
      const changed = edit(response, (xml) => xml.replace(from, to));
      const outcome = await finish(changed);
      // A comment is no content: canonical XML leaves it out, and what is read is the same.
      if (from === '<saml:NameID') assert.equal(outcome.kind, 'authenticated');
      else assert.deepEqual(outcome, REJECTED, from);
    }
  });

  it('reads a name that a comment cuts as a whole, or not at all', async () => {
    const response = await provider.answer({ ...good, nameId: 'u-4711.evil' });
    const outcome = await finish(edit(response, (xml) => xml.replace('u-4711.', 'u-4711<!---->.')));
    if (outcome.kind === 'authenticated') assert.equal(outcome.principal.id, 'sso:u-4711.evil');
  });

  it('rejects an assertion without a signature', async () => {
    const response = await provider.answer(good);
    const bare = edit(response, (xml) =>
      xml.replaceAll(/<(?:ds:)?Signature.*?<\/(?:ds:)?Signature>/gs, ''),
    );
    assert.deepEqual(await finish(bare), REJECTED);
  });

  it('rejects an assertion beside, before or around the signed one', async () => {
    const response = await provider.answer(good);
    const xml = Buffer.from(response, 'base64').toString('utf8');
    const signed = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml)?.[0] ?? '';
    const forged = signed
      .replaceAll(/<(?:ds:)?Signature.*?<\/(?:ds:)?Signature>/gs, '')
      .replace('u-4711', 'u-1')
      .replace(/ID="[^"]*"/, 'ID="_forged"');
    const wrappings = [
      forged + signed,
      signed + forged,
      forged.replace('</saml:Assertion>', `${signed}</saml:Assertion>`),
      forged.replace('<saml:Subject>', `<saml:Advice>${signed}</saml:Advice><saml:Subject>`),
      signed.replace('</saml:Assertion>', `${forged}</saml:Assertion>`),
      `<samlp:Extensions>${signed}</samlp:Extensions>${forged}`,
    ];
    for (const [index, wrapped] of wrappings.entries()) {
      const outcome = await finish(edit(response, () => xml.replace(signed, () => wrapped)));
      assert.deepEqual(outcome, REJECTED, `wrapping ${index}`);
    }
  });

  it('rejects a signature by another key', async () => {
    const other = await createSamlProvider();
    assert.deepEqual(await finish(await other.answer(good)), REJECTED);
  });

  it('rejects a signature or a digest by SHA-1, however it is written', async () => {
    for (const algorithms of [
      { signatureAlgorithm: 'sha1', digestAlgorithm: 'sha256' },
      { signatureAlgorithm: 'sha256', digestAlgorithm: 'sha1' },
    ] as const) {
      const answer = await provider.answer({ ...good, algorithms });
      assert.deepEqual(await finish(answer), REJECTED);
      // What is signed means the same by references to characters, without quotes and with other spaces.
      for (const written of [
        ' Algorithm="$1s&#104;a1"/>',
        ' Algorithm=$1sha1 />',
        ...['\0', '\u0001', '\u0080', '\u0085', '\u2028'].flatMap((space) => [
          `${space}Algorithm="$1sha1"/>`,
          ` Algorithm${space}="$1sha1"/>`,
        ]),
      ]) {
        const other = edit(answer, (xml) => xml.replace(/ Algorithm="([^"]*)sha1"\s*\/>/, written));
        assert.deepEqual(await finish(other), REJECTED, JSON.stringify(written));
      }
    }
  });

  it('rejects an assertion of another issuer, signed by the same key', async () => {
    const response = await provider.answer({ ...good, issuer: 'https://other.example.test/' });
    assert.deepEqual(await finish(response), REJECTED);
  });

  it('rejects an assertion for somebody else, or for another address', async () => {
    const elsewhere = { ...good, audience: 'https://other.example.test/saml/metadata' };
    assert.deepEqual(await finish(await provider.answer(elsewhere)), REJECTED);
    const other = { ...good, acsUrl: 'https://other.example.test/saml/acs' };
    assert.deepEqual(await finish(await provider.answer(other)), REJECTED);
  });

  it('rejects an assertion that has expired, or does not count yet, but for the skew of clocks', async () => {
    for (const shiftSeconds of [-700, 700]) {
      const response = await provider.answer({ ...good, shiftSeconds });
      assert.deepEqual(await finish(response), REJECTED, String(shiftSeconds));
    }
    for (const shiftSeconds of [-330, 50]) {
      const outcome = await finish(await provider.answer({ ...good, shiftSeconds }));
      assert.equal(outcome.kind, 'authenticated', String(shiftSeconds));
    }
  });

  it('rejects the answer to a request of somebody else, to none, and to one that was answered', async () => {
    const response = await provider.answer({ ...good, inResponseTo: '_another' });
    assert.deepEqual(await finish(response), REJECTED);
    const swapped = edit(response, (xml) =>
      xml.replace('InResponseTo="_another"', `InResponseTo="${REQUEST}"`),
    );
    assert.deepEqual(await finish(swapped), REJECTED);
    const unasked = edit(await provider.answer(good), (xml) =>
      xml.replace(` InResponseTo="${REQUEST}"`, ''),
    );
    assert.deepEqual(await finish(unasked), REJECTED);
    const signIn = createSignIn();
    const toAnother = await provider.answer({ ...good, inResponseTo: '_another' });
    assert.deepEqual(await signIn.finish(SERVICE, '_another', toAnother), REJECTED);
  });

  it('takes one answer to a request, once', async () => {
    const signIn = createSignIn();
    const answer = await provider.answer(good);
    assert.equal((await finish(answer, signIn)).kind, 'authenticated');
    assert.deepEqual(await finish(answer, signIn), { kind: 'rejected', reason: 'replayed' });
  });

  it('takes one of two answers that come at once', async () => {
    const signIn = createSignIn();
    const answer = await provider.answer(good);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => signIn.finish(SERVICE, REQUEST, answer)),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'authenticated').length, 1);
  });

  it('reads every group where each is in an attribute of its own, as Keycloak may send them', async () => {
    const groups = ['contractors', 'staff', 'staff'];
    const outcome = await finish(await provider.answer({ ...good, groups, groupsApart: true }));
    assert.deepEqual(outcome.kind === 'authenticated' && outcome.principal.groups, [
      'everybody',
      'contractors',
      'staff',
    ]);
    const name = (value: string): string =>
      `<saml:Attribute Name="uid"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
    const signIn = createSignIn({ subjectAttribute: 'uid' });
    const same = await provider.answer({ ...good, attributesXml: name('u-1') + name('u-1') });
    const one = await finish(same, signIn);
    assert.equal(one.kind === 'authenticated' && one.principal.id, 'sso:u-1');
    const two = await provider.answer({ ...good, attributesXml: name('u-1') + name('u-2') });
    assert.deepEqual(await finish(two, createSignIn({ subjectAttribute: 'uid' })), NOBODY);
  });

  it('rejects an assertion with an attribute that is encrypted: it may be the one with the groups', async () => {
    const attributesXml = '<saml:EncryptedAttribute><x/></saml:EncryptedAttribute>';
    assert.deepEqual(await finish(await provider.answer({ ...good, attributesXml })), REJECTED);
  });

  it('names nobody by a name that is for one sign-in, or by an address', async () => {
    for (const format of [
      'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
      'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    ]) {
      const outcome = await finish(await provider.answer({ ...good, nameIdFormat: format }));
      assert.deepEqual(outcome, NOBODY);
    }
  });

  it('names people by one form of name id: they could ask the provider for another by themselves', async () => {
    const unspecified = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
    const forms = [PERSISTENT, unspecified, `${PERSISTENT}x`, ''];
    for (const [nameIdFormat, accepted] of [
      ['persistent', [PERSISTENT]],
      ['unspecified', [unspecified, '']],
    ] as const) {
      for (const form of forms) {
        const answer = await provider.answer({ ...good, nameId: 'u-1', nameIdFormat: form });
        const outcome = await finish(answer, createSignIn({ nameIdFormat }));
        const isAccepted = (accepted as readonly string[]).includes(form);
        assert.equal(outcome.kind, isAccepted ? 'authenticated' : 'rejected', form);
      }
    }
  });

  it('names nobody by a name id for another service', async () => {
    const elsewhere = { ...good, spNameQualifier: 'https://other.example.test/saml/metadata' };
    assert.deepEqual(await finish(await provider.answer(elsewhere)), NOBODY);
    const signIn = createSignIn({ subjectAttribute: 'uid' });
    const attributesXml =
      '<saml:Attribute Name="uid"><saml:AttributeValue>7</saml:AttributeValue></saml:Attribute>';
    const byAttribute = await finish(
      await provider.answer({ ...elsewhere, attributesXml }),
      signIn,
    );
    assert.equal(byAttribute.kind, 'authenticated');
    const ours = await provider.answer({ ...good, spNameQualifier: SERVICE.entityId });
    assert.equal((await finish(ours)).kind, 'authenticated');
  });

  it('needs no name id where an attribute says whose it is', async () => {
    const attributesXml =
      '<saml:Attribute Name="uid"><saml:AttributeValue>7</saml:AttributeValue></saml:Attribute>';
    const answer = await provider.answer({ ...good, nameId: undefined, attributesXml });
    const outcome = await finish(answer, createSignIn({ subjectAttribute: 'uid' }));
    assert(outcome.kind === 'authenticated');
    assert.equal(outcome.principal.id, 'sso:7');
    assert.equal(outcome.principal.displayName, '7');
    for (const nameIdFormat of ['persistent', 'unspecified'] as const) {
      assert.deepEqual(await finish(answer, createSignIn({ nameIdFormat })), NOBODY);
    }
  });

  it('asks for the form of name id that it takes', async () => {
    for (const [nameIdFormat, asked] of [
      ['persistent', /NameIDPolicy[^>]* Format="[^"]*2.0:nameid-format:persistent"/],
      ['unspecified', /NameIDPolicy[^>]* Format="[^"]*1.1:nameid-format:unspecified"/],
    ] as const) {
      const { url } = await createSignIn({ nameIdFormat }).begin(SERVICE);
      const deflated = new URL(url).searchParams.get('SAMLRequest') ?? '';
      assert.match(inflateRawSync(Buffer.from(deflated, 'base64')).toString('utf8'), asked);
    }
  });

  it('rejects what is no answer at all', async () => {
    for (const response of ['', 'x', Buffer.from('<a/>').toString('base64'), 'A'.repeat(600_000)]) {
      assert.deepEqual(await finish(response), REJECTED);
    }
  });

  it('does not parse what a parser takes minutes for', async () => {
    const response = await provider.answer(good);
    const open = Buffer.from('<a>'.repeat(120_000)).toString('base64');
    assert.deepEqual(await finish(open), REJECTED);
    const padded = edit(response, (xml) =>
      xml.replace(/<\/[\w:]*Response>$/, '<b/>'.repeat(60_000)),
    );
    assert.deepEqual(await finish(padded), REJECTED);
  });

  it('does not read entities', async () => {
    const response = edit(
      await provider.answer(good),
      (xml) => `<!DOCTYPE r [<!ENTITY a "b">]>${xml}`,
    );
    const outcome = await finish(response);
    if (outcome.kind === 'authenticated') assert.equal(outcome.principal.id, 'sso:u-4711');
  });
});

describe('describeSamlService', () => {
  prepareTests();

  it('says where answers go and that assertions have to be signed', () => {
    const xml = describeSamlService(SERVICE);
    assert.match(xml, /entityID="https:\/\/gateway\.example\.test\/saml\/metadata"/);
    assert.match(xml, /WantAssertionsSigned="true"/);
    assert.match(xml, /Location="https:\/\/gateway\.example\.test\/saml\/acs"/);
  });
});
