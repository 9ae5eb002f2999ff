import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportRecord } from '../../src/exports/export-record.ts';
import { toCefEvent } from '../../src/exports/formats/cef-event.ts';
import { fitRecord } from '../../src/exports/formats/fit-record.ts';
import { type JsonEvent, toJsonEvent, toJsonLine } from '../../src/exports/formats/json-event.ts';
import { toSyslogMessage } from '../../src/exports/formats/syslog-message.ts';
import {
  ALL_RECORDS,
  hostileRecord,
  ORIGIN,
  operationRecord,
} from '../../src/exports/record.fixture.ts';
import { ALL_TAKEN, SinkError } from '../../src/exports/sink.ts';
import { SyslogSink, type SyslogTls } from '../../src/exports/sinks/syslog-sink.ts';
import { makeTestCertificate } from '../control-plane/test-certificate.ts';
import { startRsyslog } from './rsyslog.ts';

const SIGNAL = AbortSignal.timeout(60_000);

function openSink(
  port: number,
  tls: SyslogTls | undefined,
  message?: (record: ExportRecord) => string,
): SyslogSink {
  return new SyslogSink({
    name: 'siem',
    server: { host: '127.0.0.1', port },
    tls,
    format: (record) =>
      fitRecord(record, 8192, (fitting) =>
        toSyslogMessage(fitting, { ...ORIGIN, facility: 13, message }),
      ),
  });
}

function manyRecords(count: number): readonly ExportRecord[] {
  return Array.from({ length: count }, (_, seq) => operationRecord({ id: `gw-1.0:${seq}`, seq }));
}

describe('SyslogSink with rsyslog', () => {
  it('is read over TLS, part by part, with everything that had to be escaped', async () => {
    const certificate = await makeTestCertificate();
    await using rsyslog = await startRsyslog(certificate);
    const sink = openSink(rsyslog.port, { ca: certificate.ca, client: undefined });
    assert.deepEqual(await sink.deliver(ALL_RECORDS, SIGNAL), ALL_TAKEN);
    const messages = await rsyslog.waitFor(ALL_RECORDS.length);
    assert.equal(messages.length, ALL_RECORDS.length);
    assert.deepEqual(
      messages.map(({ messageId }) => messageId),
      ALL_RECORDS.map(({ kind }) => kind),
    );
    const [first] = messages;
    assert.deepEqual(
      [first?.priority, first?.hostname, first?.appName, first?.timestamp],
      ['110', 'gw-1', 'sallyport', '2026-01-02T03:04:05.678Z'],
    );
    assert.match(first?.structuredData ?? '', /^\[sallyport@32473 id="gw-1\.0:41" /);
    assert.match(first?.structuredData ?? '', / principal="clinic:ana"/);
  });

  it('does not say a word to a receiver whose certificate is by somebody else', async () => {
    await using rsyslog = await startRsyslog(await makeTestCertificate());
    const other = await makeTestCertificate();
    const sink = openSink(rsyslog.port, { ca: other.ca, client: undefined });
    await assert.rejects(sink.deliver(ALL_RECORDS, SIGNAL), SinkError);
    assert.deepEqual(await rsyslog.read(), []);
  });

  it('is read over TCP, one message for each entry, whatever a client sent', async () => {
    await using rsyslog = await startRsyslog(undefined);
    const message = (record: ExportRecord) => toJsonLine(toJsonEvent(record));
    const sink = openSink(rsyslog.port, undefined, message);
    await sink.deliver([hostileRecord(), operationRecord()], SIGNAL);
    const messages = await rsyslog.waitFor(2);
    assert.equal(messages.length, 2);
    const [hostile] = messages.map((each) => JSON.parse(each.message.trim()) as JsonEvent);
    assert.equal(hostile?.statement?.text, hostileRecord().statement?.text);
  });

  it('carries CEF', async () => {
    await using rsyslog = await startRsyslog(undefined);
    const sink = openSink(rsyslog.port, undefined, (record) => toCefEvent(record, ORIGIN));
    await sink.deliver([hostileRecord()], SIGNAL);
    const [only, ...more] = await rsyslog.waitFor(1);
    assert.equal(more.length, 0);
    assert.match(only?.message ?? '', /^ ?CEF:0\|Sallyport\|Sallyport\|0\.1\.0\|operation\|/);
  });

  it('is complete when the receiver was stopped and started in between', async () => {
    await using rsyslog = await startRsyslog(undefined);
    const sink = openSink(rsyslog.port, undefined);
    const records = manyRecords(1_000);
    for (let from = 0; from < records.length; from += 100) {
      if (from === 500) {
        await rsyslog.stop();
        await assert.rejects(sink.deliver(records.slice(from, from + 100), SIGNAL), SinkError);
        await rsyslog.start();
      }
      await sink.deliver(records.slice(from, from + 100), SIGNAL);
    }
    const messages = await rsyslog.waitFor(1_000);
    const ids = messages.map(({ structuredData }) => / ?id="([^"]+)"/.exec(structuredData)?.[1]);
    assert.deepEqual(
      ids,
      records.map(({ id }) => id),
    );
  });
});
