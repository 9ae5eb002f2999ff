import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ExportRecord } from '../export-record.ts';
import { ALL_RECORDS, hostileRecord, ORIGIN, operationRecord } from '../record.fixture.ts';
import { toElasticsearchAction } from './elasticsearch-action.ts';
import { type JsonEvent, toJsonEvent, toJsonLine } from './json-event.ts';
import { toOtlpLogRecord, toOtlpRequest } from './otlp-log-record.ts';
import { toSplunkEvent } from './splunk-event.ts';
import { type Schema, validate } from './validate-schema.fixture.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const document = (record: ExportRecord) => ({ ...toJsonEvent(record) });
const text: Schema = { type: 'string' };

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = Object.keys(properties),
): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

describe('toJsonLine', () => {
  it('is one line that says the same, whatever was sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, key) => {
        const line = toJsonLine({ [key]: value, key });
        assert.doesNotMatch(line, /[\n\r\u0085\u2028\u2029]/u);
        assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify({ [key]: value, key })));
      }),
    );
  });
});

describe('toElasticsearchAction', () => {
  it('makes two lines of every entry, and none of them is from a statement', () => {
    for (const record of ALL_RECORDS) {
      const lines = toElasticsearchAction(record, { index: 'audit', document }).split('\n');
      assert.equal(lines.length, 3);
      assert.equal(lines[2], '');
      const [action, source] = lines.slice(0, 2).map((line) => JSON.parse(line) as JsonObject);
      const _id = 'gw-1.0:41:abababababababab';
      assert.deepEqual(action, { create: { _index: 'audit', _id } });
      assert.equal(source?.['@timestamp'], '2026-01-02T03:04:05.678Z');
    }
  });
});

describe('toSplunkEvent', () => {
  it('has the fields that the collector knows, and a time in seconds', () => {
    const options = { ...ORIGIN, index: 'audit', sourceType: 'sallyport:json', event: document };
    const schema = object({
      time: {},
      host: text,
      source: text,
      sourcetype: text,
      index: text,
      event: { type: 'object' },
      fields: object({ id: text, kind: text, seq: text }),
    });
    for (const record of ALL_RECORDS) {
      const event = JSON.parse(toJsonLine(toSplunkEvent(record, options))) as JsonObject;
      assert.deepEqual(validate(event, schema), []);
      assert.equal(event['time'], 1_767_323_045.678);
    }
  });
});

describe('toOtlpRequest', () => {
  const anyValue: Schema = {
    anyOf: [
      object({ stringValue: text }),
      object({ intValue: { type: 'string', pattern: '^-?\\d+$' } }),
      object({ boolValue: { type: 'boolean' } }),
      object({ arrayValue: object({ values: { type: 'array' } }) }),
    ],
  };
  const attributes: Schema = { type: 'array', items: object({ key: text, value: anyValue }) };
  const request = object({
    resourceLogs: {
      type: 'array',
      items: object({
        resource: object({ attributes }),
        scopeLogs: {
          type: 'array',
          items: object({
            scope: object({ name: text, version: text }),
            logRecords: {
              type: 'array',
              items: object({
                timeUnixNano: { type: 'string', pattern: '^\\d{19}$' },
                observedTimeUnixNano: { type: 'string', pattern: '^\\d{19}$' },
                severityNumber: { type: 'integer', minimum: 1, maximum: 24 },
                severityText: text,
                eventName: text,
                body: anyValue,
                attributes,
              }),
            },
          }),
        },
      }),
    },
  });

  it('follows the JSON form of the protocol', () => {
    const logs: unknown = JSON.parse(
      toJsonLine(toOtlpRequest(ALL_RECORDS.map(toOtlpLogRecord), ORIGIN)),
    );
    assert.deepEqual(validate(logs, request), []);
    const names = JSON.stringify(logs).match(/"eventName":/g);
    assert.equal(names?.length, ALL_RECORDS.length);
  });

  it('is well-formed Unicode', () => {
    const record = operationRecord({ session: undefined, fields: { reason: 'half \ud800' } });
    assert(JSON.stringify(toOtlpLogRecord(record)).includes('half \ufffd'));
  });
});

describe('toJsonEvent', () => {
  it('says nothing twice and keeps hostile text inside its field', () => {
    const event = JSON.parse(toJsonLine(toJsonEvent(hostileRecord()))) as JsonEvent;
    assert.equal(event.kind, 'operation');
    assert.equal(event.statement?.text, hostileRecord().statement?.text);
  });
});
