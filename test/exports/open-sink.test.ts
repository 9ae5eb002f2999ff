import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { rootWithoutSources } from '../../src/configuration/configuration-root.ts';
import { type ExportSettings, exportsSchema } from '../../src/configuration/export-settings.ts';
import { openSink } from '../../src/exports/open-sink.ts';
import { ALL_RECORDS, hostileRecord, ORIGIN } from '../../src/exports/record.fixture.ts';
import { ALL_TAKEN, type Sink, SinkError } from '../../src/exports/sink.ts';
import { makeTestCertificate } from '../control-plane/test-certificate.ts';
import {
  startElasticsearch,
  startFhir,
  startOtlp,
  startSplunk,
  startWebhook,
} from './receivers.ts';
import { startRsyslog } from './rsyslog.ts';

const SIGNAL = AbortSignal.timeout(60_000);
const SECRETS: Readonly<Record<string, string>> = {
  'env:HEC': 'hec-token\n',
  'env:ES': 'ApiKey es-key',
  'env:HOOK': 'shared',
};

describe('openSink', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-open-sink-'));
  });
  after(() => rm(directory, { recursive: true }));

  /** Opens a sink as the configuration has it. */
  function open(section: Readonly<Record<string, unknown>>): Promise<Sink> {
    const [settings] = exportsSchema(rootWithoutSources(directory)).parse([
      { name: 'sink', ...section },
    ]);
    return openSink(settings as ExportSettings, {
      origin: ORIGIN,
      resolveSecret: async (reference) => {
        const secret = SECRETS[reference];
        if (secret === undefined) throw new Error('no such secret');
        return Buffer.from(secret);
      },
      nowMs: Date.now,
    });
  }

  it('writes one line for each entry in every format of files', async () => {
    for (const format of ['json', 'ocsf', 'cef', 'fhir'] as const) {
      const path = join(directory, format);
      await using sink = await open({ kind: 'file', path, format });
      assert.deepEqual(await sink.deliver(ALL_RECORDS, SIGNAL), ALL_TAKEN);
      const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
      assert.equal(lines.length, ALL_RECORDS.length);
      for (const line of lines) {
        if (format === 'cef') assert.match(line, /^CEF:0\|Sallyport\|/);
        else assert.equal(typeof JSON.parse(line), 'object');
      }
    }
  });

  it('delivers to each receiver by what its section says', async () => {
    await using splunk = await startSplunk();
    await using elastic = await startElasticsearch();
    await using otlp = await startOtlp();
    await using webhook = await startWebhook('shared', Date.now);
    await using fhir = await startFhir();
    splunk.asksUntilIndexed = 1;
    const sections = [
      { kind: 'splunk', url: splunk.url, token: 'env:HEC', acknowledge: true, format: 'cef' },
      {
        kind: 'elasticsearch',
        url: elastic.url,
        index: 'audit',
        authorization: 'env:ES',
        format: 'ocsf',
      },
      { kind: 'otlp', url: otlp.url },
      { kind: 'webhook', url: webhook.url, secret: 'env:HOOK', format: 'ocsf' },
      { kind: 'fhir', url: fhir.url },
    ];
    for (const section of sections) {
      await using sink = await open(section);
      const [record] = ALL_RECORDS;
      assert(record !== undefined);
      assert.deepEqual(await sink.deliver([record], SIGNAL), ALL_TAKEN);
    }
    assert.match(JSON.stringify(splunk.events[0]), /"event":"CEF:0/);
    assert.equal([...elastic.documents.values()][0]?.['class_uid'], 6005);
    assert.equal(otlp.records.length, 1);
    assert.equal(webhook.bodies[0]?.entries[0]?.['class_uid'], 6005);
    assert.equal(fhir.resources.size, 1);
  });

  it('sends over TLS to whom the file of authorities says', async () => {
    const certificate = await makeTestCertificate();
    await using rsyslog = await startRsyslog(certificate);
    await writeFile(join(directory, 'ca.pem'), certificate.ca);
    await writeFile(join(directory, 'client.crt'), certificate.cert);
    await writeFile(join(directory, 'client.key'), certificate.key);
    const server = `127.0.0.1:${rsyslog.port}`;
    const client = { certificate: 'client.crt', key: 'client.key' };
    await using sink = await open({
      kind: 'syslog',
      server,
      caFile: 'ca.pem',
      client,
      format: 'ocsf',
    });
    await sink.deliver([hostileRecord()], SIGNAL);
    const [message] = await rsyslog.waitFor(1);
    assert.match(message?.message ?? '', /"class_uid":6005/);
    await using stranger = await open({ kind: 'syslog', server });
    await assert.rejects(stranger.deliver([hostileRecord()], SIGNAL), SinkError);
  });

  it('fails where a secret or a file cannot be read', async () => {
    await assert.rejects(open({ kind: 'splunk', url: 'https://s.example', token: 'env:NONE' }));
    await assert.rejects(open({ kind: 'syslog', server: 'siem.example', caFile: 'gone.pem' }));
  });
});
