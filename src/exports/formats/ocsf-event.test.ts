import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_RECORDS, ORIGIN, operationRecord } from '../record.fixture.ts';
import { type OcsfEvent, toOcsfEvent } from './ocsf-event.ts';
import { OCSF_CLASSES } from './ocsf-schema.fixture.ts';
import { validate } from './validate-schema.fixture.ts';

describe('toOcsfEvent', () => {
  for (const record of ALL_RECORDS) {
    it(`makes of ${record.kind} an event that its class permits`, () => {
      const event = JSON.parse(JSON.stringify(toOcsfEvent(record, ORIGIN))) as OcsfEvent;
      const schema = OCSF_CLASSES[Number(event['class_uid'])];
      assert(schema !== undefined, 'its class is known');
      assert.deepEqual(validate(event, schema), []);
    });
  }

  it('is checked by a schema that can fail', () => {
    const { actor: _, ...without } = toOcsfEvent(operationRecord(), ORIGIN);
    const found = validate(
      JSON.parse(JSON.stringify({ ...without, more: 1 })),
      OCSF_CLASSES[6005] ?? {},
    );
    assert.deepEqual(found, ['$ lacks actor', '$ has more, which is not known']);
  });

  it('tells reading from changing by the gravest action', () => {
    const activityOf = (...actions: string[]) =>
      toOcsfEvent(operationRecord({ fields: { actions } }), ORIGIN)['activity_name'];
    assert.equal(activityOf('sql.select'), 'Query');
    assert.equal(activityOf('sql.insert', 'sql.select'), 'Write');
    assert.equal(activityOf('sql.select', 'sql.delete'), 'Delete');
    assert.equal(activityOf('sql.set'), 'Other');
  });

  it('says of a refusal that it failed, and why', () => {
    const record = operationRecord({
      kind: 'operation.refuse',
      fields: { reason: 'not at night' },
    });
    const { status_id: status, status_detail: detail, severity } = toOcsfEvent(record, ORIGIN);
    assert.deepEqual(
      { status, detail, severity },
      { status: 2, detail: 'not at night', severity: 'Medium' },
    );
  });

  it('tells a grant from who began it', () => {
    const fields = { principal: 'clinic:ana', by: 'clinic:petra', name: 'oncall' };
    const record = operationRecord({ kind: 'grant.revoke', session: undefined, fields });
    const event = toOcsfEvent(record, ORIGIN);
    assert.deepEqual(event['user'], { uid: 'clinic:ana' });
    assert.deepEqual(event['activity_name'], 'Detach Policy');
    assert.match(JSON.stringify(event['actor']), /clinic:petra/);
  });
});
