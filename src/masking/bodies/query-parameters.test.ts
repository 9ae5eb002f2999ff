import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ShownClasses } from '../content/content-masks.ts';
import { pseudonymise } from '../masks/pseudonym.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { FakeVault } from '../vault/fake-vault.fixture.ts';
import { PREFIXED_VAULT_ID } from '../vault/keyed-form.ts';
import { type BodyMasking, openBodyMasking } from './body-masking.ts';
import type { QueryResolution } from './body-subject.ts';
import { FakePseudonyms } from './fake-pseudonyms.fixture.ts';

const KEYS = createMaskKeys(Buffer.alloc(32, 7), 1);
const NOTHING: ShownClasses = new Map();
const MRN = pseudonymise('MRN 7/1', KEYS.derive('pseudonym', 'mrn'));
const OTHER = pseudonymise('77', KEYS.derive('pseudonym', 'other-id'));

/** Masking of a service, of which two pseudonyms were shown. */
function open(tokenVault?: FakeVault): { masking: BodyMasking; pseudonyms: FakePseudonyms } {
  const pseudonyms = new FakePseudonyms();
  pseudonyms.remember(MRN, 'MRN 7/1');
  pseudonyms.remember(OTHER, '77');
  const masking = openBodyMasking({
    dataMap: {
      ...{ bodies: [], messages: [], unmappedBodies: 'inspect' },
      parameters: [
        { name: 'mrn', dataClass: 'mrn' },
        { name: 'ssn', dataClass: 'ssn' },
        { name: 'patient_ref', dataClass: 'mrn' },
        { name: 'kept', dataClass: 'account-number', mask: { kind: 'vault' } },
        { name: 'plain', dataClass: 'none' },
      ],
      ...{ masks: {}, customClasses: [], detectors: [] },
    },
    fhirPath: '/r4',
    textMasks: fakeMasks(),
    pseudonyms,
    tokenVault,
    context: () => ({ keys: KEYS, thisYear: 2026 }),
  });
  return { masking, pseudonyms };
}

async function resolve(
  masking: BodyMasking,
  query: string,
  path = '/search',
): Promise<QueryResolution> {
  const subject = { method: 'GET', path, mediaType: undefined };
  const resolution = masking.resolveQuery(subject, query, NOTHING);
  return resolution.kind === 'pending' ? resolution.resolution : resolution;
}

describe('resolveQuery', () => {
  it('puts values in place of the pseudonyms that stand for them', async () => {
    const { masking, pseudonyms } = open();
    const askedBy = [{ value: 'MRN 7/1', standIn: MRN }];
    const changed = { kind: 'changed', query: 'a=1&mrn=MRN%207%2F1&plain=x', askedBy };
    assert.deepEqual(await resolve(masking, `a=1&mrn=${MRN}&plain=x`), changed);
    assert.deepEqual(await resolve(masking, `a=1&%6Drn=${MRN}&plain=x`), changed);
    pseudonyms.isForgetful = true;
    assert.deepEqual(await resolve(masking, `a=1&mrn=${MRN}&plain=x`), changed);
  });

  it('puts a value that is no well-formed text as UTF-8 has it', async () => {
    const { masking, pseudonyms } = open();
    const value = 'MRN \ud800';
    const standIn = pseudonymise(value, KEYS.derive('pseudonym', 'mrn'));
    pseudonyms.remember(standIn, value);
    const query = 'mrn=MRN%20%EF%BF%BD';
    const changed = { kind: 'changed', query, askedBy: [{ value, standIn }] };
    assert.deepEqual(await resolve(masking, `mrn=${standIn}`), changed);
  });

  it('asks nobody what stands in requests within a body: none of them is sent', (t) => {
    const { masking, pseudonyms } = open();
    pseudonyms.isForgetful = true;
    const load = t.mock.method(pseudonyms, 'load', () => Promise.reject(new Error('no store')));
    const entries = Array.from(Array(20), (_, index) => ({
      request: { method: 'GET', url: `Patient?identifier=ps1%5F${`${index}`.padStart(16, '0')}` },
    }));
    const body = Buffer.from(JSON.stringify({ resourceType: 'Bundle', entry: entries }));
    const subject = { method: 'POST', path: '/r4', mediaType: undefined };
    assert.match(masking.checkWrite(subject, body, NOTHING) ?? '', /asks by what is hidden/);
    assert.equal(load.mock.callCount(), 0);
  });

  it('refuses values, and pseudonyms that stand for nothing of their class', async () => {
    const { masking } = open();
    for (const query of [
      'mrn=4711',
      'MRN=4711',
      'mrn[]=4711',
      // As Express, Rails and PHP read names.
      'mrn[$in][]=4711',
      'mrn[a][b]=4711',
      'mrn[]x=4711',
      'mrn]=4711',
      '[mrn]=4711',
      '%5Bmrn%5D=4711',
      'mrn%00x=4711',
      'patient.ref=4711',
      'patient+ref=4711',
      ' mrn=4711',
      'mrn=',
      `mrn=${MRN}&mrn=4711`,
      `mrn=${OTHER}`,
      'mrn=ps1_0000000000000000',
      'mrn=vt1_0000000000000000',
      `ssn=${MRN}`,
      `mrn= ${MRN}`,
      'a=1;mrn=4711',
      'mrn=%zz',
    ]) {
      assert.equal((await resolve(masking, query)).kind, 'refused', query);
    }
  });

  it('leaves queries alone that ask by nothing hidden', async () => {
    const { masking } = open();
    for (const query of ['', 'a=1', 'plain=4711', 'mrnx=1&a']) {
      assert.deepEqual(await resolve(masking, query), { kind: 'unchanged' }, query);
    }
  });

  it('reads names in time that grows with their length', async () => {
    const { masking } = open();
    const brackets = '['.repeat(2_000_000);
    // With its square it would take hours, and the run of tests would end.
    assert.deepEqual(await resolve(masking, `${brackets}=1`), { kind: 'unchanged' });
    assert.equal((await resolve(masking, `mrn${brackets}]=1`)).kind, 'refused');
    assert.deepEqual(await resolve(masking, 'mrnx]=1&]=1&[]=1'), { kind: 'unchanged' });
  });

  it('asks by no more values that are hidden than are looked for in the answer', async () => {
    const { masking } = open();
    const ofFhir = async (count: number): Promise<QueryResolution> =>
      resolve(masking, `identifier=${Array(count).fill(OTHER).join()}`, '/r4/Patient/_search');
    assert.equal((await ofFhir(256)).kind, 'changed');
    assert.deepEqual(await ofFhir(257), {
      kind: 'refused',
      reason: 'it asks by more than 256 values that are hidden: ask in several requests',
    });
  });

  it('asks by no text that is longer than values are', async () => {
    const { masking, pseudonyms } = open();
    for (const [length, kind] of [
      [256, 'changed'],
      [257, 'refused'],
    ] as const) {
      const value = 'x'.repeat(length);
      const standIn = pseudonymise(value, KEYS.derive('pseudonym', 'mrn'));
      pseudonyms.remember(standIn, value);
      assert.equal((await resolve(masking, `mrn=${standIn}`)).kind, kind);
    }
  });

  it('minds no semicolons, and no number of parameters, where none asks by anything', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `f${index}=1`).join('&');
    const masking = openBodyMasking({
      dataMap: {
        bodies: [{ glob: '/p/*', format: 'json', fields: [], delimiter: ',', hasHeader: true }],
        ...{ messages: [], parameters: [], unmappedBodies: 'inspect' },
        ...{ masks: {}, customClasses: [], detectors: [] },
      },
      fhirPath: '/r4',
      textMasks: fakeMasks(),
      context: () => ({ keys: KEYS, thisYear: 2026 }),
    });
    for (const query of ['a=1;b=2', 'a=%zz', many]) {
      assert.deepEqual(await resolve(masking, query), { kind: 'unchanged' }, query);
      for (const path of ['/r4/Patient', '/R4', '/r4/$everything']) {
        assert.equal((await resolve(masking, query, path)).kind, 'refused', path);
      }
      assert.equal((await resolve(open().masking, query)).kind, 'refused', query);
    }
  });

  it('resolves vault tokens by what the vault says that they stand for', async () => {
    const vault = new FakeVault();
    const { masking, pseudonyms } = open(vault);
    const keyed = pseudonymise('99', KEYS.derive('vault', 'account-number'));
    pseudonyms.remember(keyed, '99');
    const item = { id: PREFIXED_VAULT_ID, form: { kind: 'prefixed' }, text: keyed } as const;
    const [token = ''] = (await vault.loadTokens([item])).values();
    for (const isCrowded of [false, true]) {
      vault.isCrowded = isCrowded;
      assert.deepEqual(await resolve(masking, `kept=${token}`), {
        kind: 'changed',
        query: 'kept=99',
        askedBy: [{ value: '99', standIn: token }],
      });
      assert.equal((await resolve(masking, `mrn=${token}`)).kind, 'refused');
      assert.equal((await resolve(masking, 'kept=vt1_0000000000000000')).kind, 'refused');
    }
  });

  it('resolves identifiers of FHIR with and without their system', async () => {
    const { masking } = open();
    assert.deepEqual(await resolve(masking, `identifier=urn:x|${OTHER},${MRN}`, '/r4/Patient'), {
      kind: 'changed',
      query: `identifier=${encodeURIComponent('urn:x|77,MRN 7/1')}`,
      askedBy: [
        { value: '77', standIn: OTHER },
        { value: 'MRN 7/1', standIn: MRN },
      ],
    });
    assert.equal((await resolve(masking, 'identifier=urn:x|77', '/r4/Patient')).kind, 'refused');
  });

  it('never sends a value that is hidden, whatever the query', async () => {
    const { masking } = open();
    const key = fc.constantFrom('mrn', 'ssn', 'Mrn', 'mrn[0]', '%6d%72n', 'x');
    const value = fc.constantFrom('4711', MRN, OTHER, '', '4711,4712');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(key, value), { maxLength: 4 }), async (pairs) => {
        const query = pairs.map(([name, text]) => `${name}=${text}`).join('&');
        const resolution = await resolve(masking, query);
        const mayPass = pairs.every(
          ([name, text]) => name === 'x' || (text === MRN && name !== 'ssn'),
        );
        assert.equal(resolution.kind === 'refused', !mayPass);
      }),
    );
  });
});

describe('hideQuery', () => {
  it('masks what is hidden, and leaves the rest as it is written', () => {
    const { masking } = open();
    assert.equal(
      masking.hideQuery('/search', `a=%20&mrn=${encodeURIComponent('MRN 7/1')}&ssn=1`, NOTHING),
      `a=%20&mrn=${MRN}&ssn=%5Bredacted%5D`,
    );
    assert.equal(masking.hideQuery('/search', `mrn=${MRN}`, NOTHING), `mrn=${MRN}`);
    assert.equal(masking.hideQuery('/search', 'mrn=%zz', NOTHING), '%5Bredacted%5D');
  });

  it('says of an identifier the pseudonym by which it was asked for', () => {
    const { masking } = open();
    const hide = (query: string): string => masking.hideQuery('/r4/Patient', query, NOTHING);
    assert.equal(hide('identifier=77'), `identifier=${OTHER}`);
    assert.equal(hide('identifier=78'), 'identifier=%5Bredacted%5D');
    assert.equal(hide('family=Quxley&_id=1'), 'family=%5Bredacted%5D&_id=1');
    assert.equal(hide('_content=Quxley'), '_content=%5Bredacted%5D');
  });

  it('knows searches of FHIR by whatever path servers write in front', () => {
    const { masking } = open();
    for (const path of ['/r4/Patient', '/hapi/r4/Patient', '/R4/Patient', 'Patient']) {
      assert.equal(
        masking.hideQuery(path, 'family=Quxley', NOTHING),
        'family=%5Bredacted%5D',
        path,
      );
    }
    assert.equal(masking.hideQuery('/r4x/Patient', 'family=Quxley', NOTHING), 'family=Quxley');
  });
});
