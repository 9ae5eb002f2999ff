import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ALL_RECORDS,
  HOSTILE_TEXT,
  hostileRecord,
  ORIGIN,
  operationRecord,
} from '../record.fixture.ts';
import { toCefEvent } from './cef-event.ts';

/** Reads an event as a receiver does: a bar without a backslash ends a field of the header, an unescaped equals sign a key. */
function readCef(line: string): {
  header: readonly string[];
  extension: Readonly<Record<string, string>>;
} {
  const header: string[] = [];
  let field = '';
  let index = 0;
  for (; header.length < 7; index++) {
    const char = line[index];
    assert(char !== undefined, 'the header has seven fields');
    if (char === '\\') field += line[++index] ?? '';
    else if (char === '|') {
      header.push(field);
      field = '';
    } else field += char;
  }
  const pairs = [...line.slice(index).matchAll(/(?:^| )(\w+)=((?:[^\\=]|\\.)*?)(?= \w+=|$)/gu)];
  const unescape = (value: string) =>
    value.replaceAll(/\\(.)/gu, (_, char: string) =>
      char === 'n' ? '\n' : char === 'r' ? '\r' : char,
    );
  return {
    header,
    extension: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, unescape(value)])),
  };
}

describe('toCefEvent', () => {
  it('says who did what', () => {
    const { header, extension } = readCef(toCefEvent(operationRecord(), ORIGIN));
    assert.deepEqual(header, [
      'CEF:0',
      'Sallyport',
      'Sallyport',
      '0.1.0',
      'operation',
      'Operation',
      '2',
    ]);
    const { suid, src, act, cs1, cs1Label, outcome } = extension;
    assert.deepEqual(
      { suid, src, act, cs1, cs1Label, outcome },
      {
        suid: 'clinic:ana',
        src: '192.0.2.7',
        act: 'sql.select',
        cs1: "SELECT name FROM patients WHERE ssn = '•••'",
        cs1Label: 'statement',
        outcome: 'success',
      },
    );
  });

  it('gives an address of IPv6 its own field', () => {
    const fields = { clientAddress: '2001:db8::1' };
    const { extension } = readCef(toCefEvent(operationRecord({ fields }), ORIGIN));
    assert.equal(extension['c6a2'], '2001:db8::1');
    assert.equal(extension['src'], undefined);
  });

  it('lets no statement, name or reason make a field of its own', () => {
    const line = toCefEvent(hostileRecord(), ORIGIN);
    const { header, extension } = readCef(line);
    const expected = readCef(
      toCefEvent(operationRecord({ fields: { ...hostileRecord().fields } }), ORIGIN),
    );
    assert.equal(header.length, 7);
    assert.deepEqual(Object.keys(extension), Object.keys(expected.extension));
    assert.match(extension['cs1'] ?? '', /^SELECT "a\|b" = 'x\\y'\r\n<13>1 - evil/);
  });

  it('is one line whatever was sent', () => {
    for (const record of ALL_RECORDS)
      assert.doesNotMatch(toCefEvent(record, ORIGIN), /[\p{Cc}\u2028\u2029]/u);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { statement } = operationRecord();
        const record = operationRecord({ statement: statement && { ...statement, text } });
        const line = toCefEvent(record, ORIGIN);
        assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u);
        assert(line.isWellFormed());
        const { extension } = readCef(line);
        assert.equal(extension['externalId'], 'gw-1.0:41');
        assert.equal(extension['cs6'], 'ab'.repeat(32));
      }),
    );
  });

  it('keeps a hostile text to be read', () => {
    const { statement } = operationRecord();
    const record = operationRecord({
      statement: statement && { ...statement, text: HOSTILE_TEXT },
    });
    const { extension } = readCef(toCefEvent(record, ORIGIN));
    assert(extension['cs1']?.includes('{"kind":"sign-in"}'));
  });
});
