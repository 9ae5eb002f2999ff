import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_RECORDS, ORIGIN, operationRecord } from '../record.fixture.ts';
import { type FhirResource, toFhirAuditEvent } from './fhir-audit-event.ts';
import { type Schema, validate } from './validate-schema.fixture.ts';

const text: Schema = { type: 'string', minLength: 1 };
const coding: Schema = object({ system: text, code: text, display: text }, ['system', 'code']);
const concept: Schema = object({ coding: list(coding), text });
const identifier: Schema = object({ system: text, value: text }, ['value']);
const reference: Schema = object({ identifier, display: text, type: text });

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

function list(items: Schema): Schema {
  return { type: 'array', minItems: 1, items };
}

/** AuditEvent of FHIR R4: elements, cardinalities and required codes. @see https://hl7.org/fhir/R4/auditevent.html */
const AUDIT_EVENT: Schema = object(
  {
    resourceType: { const: 'AuditEvent' },
    id: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' },
    type: coding,
    subtype: list(coding),
    action: { enum: ['C', 'R', 'U', 'D', 'E'] },
    recorded: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' },
    outcome: { enum: ['0', '4', '8', '12'] },
    outcomeDesc: text,
    agent: list(
      object(
        {
          type: concept,
          role: list(concept),
          who: reference,
          name: text,
          requestor: { type: 'boolean' },
          policy: list({ type: 'string', pattern: '^urn:\\S+$' }),
          network: object({ address: text, type: { enum: ['1', '2', '3', '4', '5'] } }),
        },
        ['requestor'],
      ),
    ),
    source: object({ site: text, observer: reference, type: list(coding) }, ['observer']),
    entity: list(
      object({
        what: reference,
        type: coding,
        role: coding,
        query: { type: 'string', pattern: '^[A-Za-z0-9+/]+={0,2}$' },
        detail: list(object({ type: text, valueString: text }, ['type', 'valueString'])),
      }),
    ),
  },
  ['type', 'recorded', 'agent', 'source'],
);

interface Agent {
  readonly type: { readonly coding: readonly { readonly code: string }[] };
  readonly requestor: boolean;
  readonly who?: object;
  readonly network?: object;
}

interface Entity {
  readonly role: { readonly code: string };
  readonly query?: string;
  readonly what?: { readonly identifier: { readonly value: string } };
}

function agentsOf(event: FhirResource, code: string): readonly Agent[] {
  return (event['agent'] as readonly Agent[]).filter(({ type }) => type.coding[0]?.code === code);
}

function entitiesOf(event: FhirResource, role: string): readonly Entity[] {
  return (event['entity'] as readonly Entity[]).filter((entity) => entity.role.code === role);
}

describe('toFhirAuditEvent', () => {
  for (const record of ALL_RECORDS) {
    it(`makes of ${record.kind} a resource of R4 with the agents of the basic patterns`, () => {
      const sent = JSON.stringify(toFhirAuditEvent(record, ORIGIN));
      const event = JSON.parse(sent) as FhirResource;
      assert.deepEqual(validate(event, AUDIT_EVENT), []);
      // One client, one server, each with who and network; a user has no network and is the requestor.
      for (const code of ['110153', '110152']) {
        const [agent, ...more] = agentsOf(event, code);
        assert.equal(more.length, 0);
        assert(agent?.who !== undefined && agent.network !== undefined);
      }
      const users = agentsOf(event, 'IRCP');
      assert(users.length <= 1);
      for (const user of users) assert(user.requestor && user.who && user.network === undefined);
      const requestors = (event['agent'] as readonly Agent[]).filter(({ requestor }) => requestor);
      assert.equal(requestors.length, 1);
    });
  }

  it('is checked by a schema that can fail', () => {
    const { agent: _, ...without } = toFhirAuditEvent(operationRecord(), ORIGIN);
    assert.deepEqual(validate(JSON.parse(JSON.stringify(without)), AUDIT_EVENT), ['$ lacks agent']);
  });

  it('keeps a statement as the entity of a query', () => {
    const [query, ...more] = entitiesOf(toFhirAuditEvent(operationRecord(), ORIGIN), '24');
    assert.equal(more.length, 0);
    const sql = Buffer.from(query?.query ?? '', 'base64').toString('utf8');
    assert.equal(sql, "SELECT name FROM patients WHERE ssn = '•••'");
    assert.equal(query?.what, undefined);
  });

  it('names the patients of a result by their hashes', () => {
    const fields = { patients: { form: 'exact', key: '01', hashes: ['aa', 'bb'] } };
    const event = toFhirAuditEvent(
      operationRecord({ kind: 'result', statement: undefined, fields }),
      ORIGIN,
    );
    const patients = entitiesOf(event, '1').map(({ what }) => what?.identifier.value);
    assert.deepEqual(patients, ['aa', 'bb']);
    assert.deepEqual((event['type'] as { code: string }).code, '110110');
  });

  it('has the same id for the same entry, and another one for an entry that took its number', () => {
    const idOf = (leafHash: string) =>
      toFhirAuditEvent(operationRecord({ leafHash }), ORIGIN)['id'];
    assert.equal(idOf('aa'), idOf('aa'));
    assert.notEqual(idOf('aa'), idOf('bb'));
  });
});
