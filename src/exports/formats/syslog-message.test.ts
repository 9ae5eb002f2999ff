import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ALL_RECORDS, hostileRecord, ORIGIN, operationRecord } from '../record.fixture.ts';
import { fitRecord } from './fit-record.ts';
import { toJsonEvent, toJsonLine } from './json-event.ts';
import { frameSyslogMessage, toSyslogMessage } from './syslog-message.ts';

const OPTIONS = { ...ORIGIN, facility: 13 };

/** Reads a message by the grammar of RFC 5424, section 6; fails where it does not follow it. */
function readSyslog(message: string): {
  readonly head: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  readonly text: string;
} {
  const match =
    /^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) \[(sallyport@32473)((?: [!-~]+?="(?:[^"\\\]]|\\.)*")*)\] (.*)$/su.exec(
      message,
    );
  assert(match !== null, 'the message follows the grammar');
  const [, priority = '', time = '', host = '', app = '', , id = '', , parameters = '', text = ''] =
    match;
  const pairs = [...parameters.matchAll(/ ([!-~]+?)="((?:[^"\\\]]|\\.)*)"/gsu)];
  return {
    head: [priority, time, host, app, id],
    data: Object.fromEntries(
      pairs.map(([, name = '', value = '']) => [name, value.replaceAll(/\\(["\\\]])/g, '$1')]),
    ),
    text,
  };
}

describe('toSyslogMessage', () => {
  it('says who did what, in the log audit facility', () => {
    const { head, data, text } = readSyslog(toSyslogMessage(operationRecord(), OPTIONS));
    assert.deepEqual(head, ['110', '2026-01-02T03:04:05.678Z', 'gw-1', 'sallyport', 'operation']);
    assert.equal(data['principal'], 'clinic:ana');
    assert.equal(data['statement'], "SELECT name FROM patients WHERE ssn = '•••'");
    assert.equal(text, 'Operation: sql.select public.patients by clinic:ana on hospital');
  });

  it('follows the grammar on one line, whatever was sent', () => {
    for (const record of ALL_RECORDS) {
      const message = toSyslogMessage(record, OPTIONS);
      readSyslog(message);
      assert.doesNotMatch(message, /[\p{Cc}\u2028\u2029]/u);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { statement } = operationRecord();
        const record = operationRecord({ statement: statement && { ...statement, text } });
        const message = toSyslogMessage(record, OPTIONS);
        assert.doesNotMatch(message, /[\p{Cc}\u2028\u2029]/u);
        assert.equal(readSyslog(message).data['leafHash'], 'ab'.repeat(32));
      }),
    );
  });

  it('lets no statement forge a second message', () => {
    const message = toSyslogMessage(hostileRecord(), OPTIONS);
    const { data, text } = readSyslog(message);
    assert.match(data['statement'] ?? '', /\\r\\n<13>1 - evil \]"\\u0000\\u001b\[31m/);
    assert.doesNotMatch(text, /forged|evil/);
    const frame = frameSyslogMessage(message).toString('utf8');
    assert.equal(frame.indexOf(' '), String(Buffer.byteLength(message)).length);
    assert.equal(Number.parseInt(frame, 10), Buffer.byteLength(message));
  });

  it('carries a document that says the same as alone', () => {
    const message = (record: Parameters<typeof toJsonEvent>[0]) => toJsonLine(toJsonEvent(record));
    const { text } = readSyslog(toSyslogMessage(hostileRecord(), { ...OPTIONS, message }));
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(toJsonEvent(hostileRecord()))));
  });
});

describe('fitRecord', () => {
  const encode = (record: Parameters<typeof toSyslogMessage>[0]) =>
    toSyslogMessage(record, OPTIONS);
  const withText = (text: string) => {
    const { statement } = operationRecord();
    return operationRecord({ statement: statement && { ...statement, text, bytes: text.length } });
  };

  it('leaves what fits as it is', () => {
    assert.equal(fitRecord(operationRecord(), 8192, encode), encode(operationRecord()));
  });

  it('cuts a statement of 2 MiB to the size of a message and keeps its digest', () => {
    for (const text of [
      'a'.repeat(2 ** 21),
      '"'.repeat(2 ** 21),
      '\n'.repeat(2 ** 20),
      '😀'.repeat(2 ** 18),
    ]) {
      const message = fitRecord(withText(text), 8192, encode);
      assert(Buffer.byteLength(message) <= 8192, `${Buffer.byteLength(message)} bytes`);
      const { data } = readSyslog(message);
      assert.equal(data['statementSha256'], 'cd'.repeat(32));
      assert.equal(data['statementCut'], 'true');
    }
  });

  it('keeps most of what fits', () => {
    const { data } = readSyslog(fitRecord(withText('a'.repeat(2 ** 21)), 8192, encode));
    assert((data['statement'] ?? '').length > 6000);
  });

  it('leaves the detail out where it is what does not fit', () => {
    const relations = Array.from({ length: 2_000 }, (_, index) => `public.table_${index}`);
    const record = operationRecord({ fields: { actions: ['sql.select'], relations } });
    const message = fitRecord(record, 2048, encode);
    assert(Buffer.byteLength(message) <= 2048);
    assert.equal(readSyslog(message).data['id'], 'gw-1.0:41');
  });
});
