import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fhir } from 'fhir';
import type { ExportRecord } from '../export-record.ts';
import { ALL_RECORDS, ORIGIN, operationRecord } from '../record.fixture.ts';
import { findViolations } from './audit-patterns.fixture.ts';
import { type FhirResource, toFhirAuditEvent, toFhirAuditEvents } from './fhir-audit-event.ts';

const PROFILES = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';

/** What a FHIR server answered. */
function answerRecord(
  fhir: Readonly<Record<string, unknown>>,
  fields: ExportRecord['fields'] = {},
): ExportRecord {
  return operationRecord({
    kind: 'result',
    statement: undefined,
    fields: { exchange: 3, status: 200, fhir, rows: 1, ...fields },
  });
}

function exact(...hashes: readonly string[]): ExportRecord['fields'] {
  return { patients: { form: 'exact', key: '01', hashes } };
}

function profileOf({ meta }: FhirResource): string | undefined {
  const { profile } = (meta ?? {}) as { readonly profile?: readonly string[] };
  return profile?.[0]?.replace(PROFILES, '');
}

function sent(event: FhirResource): FhirResource {
  return JSON.parse(JSON.stringify(event)) as FhirResource;
}

const INTERACTIONS = [
  ['read', 'Read'],
  ['vread', 'Read'],
  ['search', 'Query'],
  ['create', 'Create'],
  ['update', 'Update'],
  ['patch', 'Update'],
  ['delete', 'Delete'],
] as const;

describe('an answer of a FHIR server', () => {
  for (const [interaction, name] of INTERACTIONS) {
    it(`keeps to the profile ${name} after ${interaction}, and to Patient${name} if it is about one`, () => {
      const fhir = { interaction, type: 'Observation', parameters: [] };
      const plain = sent(toFhirAuditEvent(answerRecord(fhir), ORIGIN));
      assert.deepEqual([profileOf(plain), findViolations(plain)], [name, []]);
      const about = sent(toFhirAuditEvent(answerRecord(fhir, exact('aa')), ORIGIN));
      assert.deepEqual([profileOf(about), findViolations(about)], [`Patient${name}`, []]);
    });
  }

  it('keeps to it where nobody is known to have asked, and where all of the server was searched', () => {
    const fhir = { interaction: 'search', type: '', parameters: ['_lastUpdated'] };
    const record = { ...answerRecord(fhir), session: undefined };
    const event = sent(toFhirAuditEvent(record, ORIGIN));
    assert.deepEqual([profileOf(event), findViolations(event)], ['Query', []]);
  });

  it('is one event for each of several patients, the same ones each time', () => {
    const fhir = { interaction: 'search', type: 'Patient', parameters: ['name', '_count'] };
    const record = answerRecord(fhir, exact('aa', 'bb', 'cc'));
    const events = toFhirAuditEvents(record, ORIGIN).map(sent);
    assert.deepEqual(events.map(profileOf), Array(3).fill('PatientQuery'));
    assert.deepEqual(events.flatMap(findViolations), []);
    assert.equal(new Set(events.map(({ id }) => id)).size, 3);
    assert.deepEqual(toFhirAuditEvents(record, ORIGIN).map(sent), events);
    const [query] = (events[0]?.['entity'] ?? []) as readonly { readonly query: string }[];
    assert.equal(
      String(Buffer.from(query?.query ?? '', 'base64')),
      'GET Patient?name=•••&_count=•••',
    );
  });

  it('claims no profile that it does not fit', () => {
    const search = { interaction: 'search', type: 'Patient', parameters: [] };
    const many = Array.from({ length: 21 }, (_, index) => index.toString(16));
    const unfit: readonly ExportRecord[] = [
      answerRecord(search, { status: 404 }),
      answerRecord(search, { status: undefined }),
      answerRecord({ ...search, interaction: 'operation' }),
      answerRecord({ ...search, interaction: 'batch' }),
      answerRecord({ ...search, interaction: 'constructor' }),
      answerRecord(search, exact(...many)),
      answerRecord(search, { patients: { form: 'sketch', key: '01' } }),
      answerRecord(search, { pseudonyms: { form: 'exact', key: '01', hashes: ['aa'] } }),
      answerRecord(search, { ...exact('aa'), unseen: true }),
      { ...answerRecord(search), kind: 'operation' },
      ...ALL_RECORDS,
    ];
    for (const record of unfit) {
      const [event, ...more] = toFhirAuditEvents(record, ORIGIN);
      assert.deepEqual([profileOf(event ?? {}), more.length], [undefined, 0]);
    }
    // As one document, for a line of a file or a webhook, it cannot be of several patients.
    const both = toFhirAuditEvent(answerRecord(search, exact('aa', 'bb')), ORIGIN);
    assert.equal(profileOf(both), undefined);
  });

  it('is checked by rules that an event can break', () => {
    const fhir = { interaction: 'read', type: 'Patient', parameters: [] };
    const event = sent(toFhirAuditEvent(answerRecord(fhir, exact('aa')), ORIGIN));
    const [client, server, user] = event['agent'] as readonly FhirResource[];
    const [data, patient, entry] = event['entity'] as readonly FhirResource[];
    const broken: readonly (readonly [FhirResource, string])[] = [
      [{ outcome: '8' }, 'outcome'],
      [{ action: 'E' }, 'action'],
      [{ subtype: [] }, 'subtype'],
      [{ agent: [client, user] }, 'server'],
      [{ agent: [{ ...client, network: undefined }, server] }, 'client'],
      [{ agent: [client, server, { ...user, requestor: false }] }, 'user'],
      [{ entity: [data, entry] }, 'patient'],
      [{ entity: [patient, entry] }, 'data'],
      [{ entity: [data, patient, patient, entry] }, 'patient'],
    ];
    for (const [change, violation] of broken) {
      assert.deepEqual(findViolations({ ...event, ...change }), [violation]);
    }
  });

  it('is valid FHIR R4, as every other event is', () => {
    const fhir = new Fhir();
    const wrong = { ...toFhirAuditEvent(operationRecord(), ORIGIN), action: 'X', agent: [{}] };
    assert.equal(fhir.validate(sent(wrong), { errorOnUnexpected: true }).valid, false);
    const answers = INTERACTIONS.map(([interaction]) =>
      answerRecord({ interaction, type: 'Patient', parameters: ['name'] }, exact('aa', 'bb')),
    );
    for (const record of [...ALL_RECORDS, ...answers]) {
      for (const event of toFhirAuditEvents(record, ORIGIN)) {
        const { messages } = fhir.validate(sent(event), { errorOnUnexpected: true });
        const errors = messages.filter(({ severity }) => severity === 'error');
        assert.deepEqual(errors, [], record.kind);
      }
    }
  });
});
