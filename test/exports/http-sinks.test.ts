import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportRecord } from '../../src/exports/export-record.ts';
import { toElasticsearchAction } from '../../src/exports/formats/elasticsearch-action.ts';
import { resourceId, toFhirAuditEvents } from '../../src/exports/formats/fhir-audit-event.ts';
import { toJsonEvent } from '../../src/exports/formats/json-event.ts';
import { toOtlpLogRecord, toOtlpRequest } from '../../src/exports/formats/otlp-log-record.ts';
import { toSplunkEvent } from '../../src/exports/formats/splunk-event.ts';
import { ALL_RECORDS, ORIGIN, operationRecord } from '../../src/exports/record.fixture.ts';
import { ALL_TAKEN, type Sink, SinkError, type SinkErrorCode } from '../../src/exports/sink.ts';
import { ElasticsearchSink } from '../../src/exports/sinks/elasticsearch-sink.ts';
import { FhirSink } from '../../src/exports/sinks/fhir-sink.ts';
import { HttpPoster } from '../../src/exports/sinks/http-poster.ts';
import { OtlpSink } from '../../src/exports/sinks/otlp-sink.ts';
import { SplunkSink } from '../../src/exports/sinks/splunk-sink.ts';
import { WebhookSink } from '../../src/exports/sinks/webhook-sink.ts';
import {
  type Script,
  startElasticsearch,
  startFhir,
  startOtlp,
  startSplunk,
  startWebhook,
} from './receivers.ts';

const SIGNAL = AbortSignal.timeout(60_000);
const RECORDS = Array.from({ length: 10 }, (_, seq) =>
  operationRecord({ id: `gw-1.0:${seq}`, seq }),
);
const document = (record: ExportRecord) => ({ ...toJsonEvent(record) });

function openPoster(url: string, authorization?: string): HttpPoster {
  const headers = authorization === undefined ? {} : { authorization };
  return new HttpPoster({ url, ca: undefined, headers });
}

function openSplunk(url: string, acknowledge = false, token = 'hec-token'): SplunkSink {
  const options = { ...ORIGIN, index: undefined, sourceType: 'sallyport:json', event: document };
  return new SplunkSink({
    name: 'splunk',
    poster: openPoster(url, `Splunk ${token}`),
    acknowledge,
    format: (record) => toSplunkEvent(record, options),
    wait: async () => undefined,
  });
}

function openElasticsearch(url: string): ElasticsearchSink {
  return new ElasticsearchSink({
    name: 'elastic',
    poster: openPoster(url, 'ApiKey es-key'),
    format: (record) => toElasticsearchAction(record, { index: 'audit', document }),
  });
}

function openOtlp(url: string): OtlpSink {
  return new OtlpSink({
    name: 'otlp',
    poster: openPoster(url),
    format: toOtlpLogRecord,
    wrap: (records) => toOtlpRequest(records, ORIGIN),
  });
}

function openWebhook(url: string, nowMs = Date.now): WebhookSink {
  const poster = openPoster(url);
  const options = { name: 'hook', poster, secret: 'shared', format: document };
  return new WebhookSink({ ...options, nowMs });
}

function openFhir(url: string): FhirSink {
  const format = (record: ExportRecord) => toFhirAuditEvents(record, ORIGIN);
  return new FhirSink({ name: 'fhir', poster: openPoster(url), format });
}

function seqs(records: readonly ExportRecord[]): readonly number[] {
  return records.map(({ seq }) => seq);
}

/** What every receiver can say instead of taking something. */
async function refusesLike(sink: Sink, script: Script): Promise<void> {
  const cases: readonly (readonly [number | 'cut', SinkErrorCode, retryAfterMs?: number])[] = [
    [503, 'ERR_SINK_UNAVAILABLE', 7_000],
    [429, 'ERR_SINK_UNAVAILABLE', 7_000],
    [500, 'ERR_SINK_UNAVAILABLE', 7_000],
    [401, 'ERR_SINK_FORBIDDEN'],
    [404, 'ERR_SINK_FORBIDDEN'],
    [413, 'ERR_SINK_REFUSED'],
    ['cut', 'ERR_SINK_UNAVAILABLE'],
  ];
  for (const [status, code, retryAfterMs] of cases) {
    script.push(
      status === 'cut' ? undefined : { status, body: {}, headers: { 'retry-after': '7' } },
    );
    await assert.rejects(sink.deliver(RECORDS, SIGNAL), (error) => {
      assert(error instanceof SinkError);
      assert.deepEqual([error.code, error.retryAfterMs], [code, retryAfterMs]);
      return true;
    });
  }
}

describe('SplunkSink', () => {
  it('delivers every kind of entry', async () => {
    await using splunk = await startSplunk();
    await using sink = openSplunk(splunk.url);
    assert.deepEqual(await sink.deliver(ALL_RECORDS, SIGNAL), ALL_TAKEN);
    assert.deepEqual(
      splunk.events.map(({ event }) => event['kind']),
      ALL_RECORDS.map(({ kind }) => kind),
    );
  });

  it('waits for the indexers where it is told to', async () => {
    await using splunk = await startSplunk();
    splunk.asksUntilIndexed = 3;
    await using sink = openSplunk(splunk.url, true);
    assert.deepEqual(await sink.deliver(RECORDS, SIGNAL), ALL_TAKEN);
    assert.equal(splunk.asksUntilIndexed, 0);
  });

  it('leaves out the one event that the collector names', async () => {
    await using splunk = await startSplunk();
    splunk.isValid = ({ event }) => event['seq'] !== 4;
    await using sink = openSplunk(splunk.url);
    const { again, refused } = await sink.deliver(RECORDS, SIGNAL);
    assert.deepEqual([seqs(refused), seqs(again)], [[4], [0, 1, 2, 3, 5, 6, 7, 8, 9]]);
  });

  it('tells a wrong index from a wrong event', async () => {
    await using splunk = await startSplunk();
    splunk.script.push({
      status: 400,
      body: { text: 'Incorrect index', code: 7, 'invalid-event-number': 1 },
    });
    await using sink = openSplunk(splunk.url);
    await assert.rejects(sink.deliver(RECORDS, SIGNAL), { code: 'ERR_SINK_FORBIDDEN' });
  });

  it('says what went wrong without a token', async () => {
    await using splunk = await startSplunk();
    await refusesLike(openSplunk(splunk.url), splunk.script);
    await using sink = openSplunk(splunk.url, false, 'other-token');
    await assert.rejects(sink.deliver(RECORDS, SIGNAL), ({ message }: Error) => {
      assert.doesNotMatch(message, /token/);
      return true;
    });
  });
});

describe('ElasticsearchSink', () => {
  it('delivers every entry once, however often it is sent', async () => {
    await using elastic = await startElasticsearch();
    await using sink = openElasticsearch(elastic.url);
    assert.deepEqual(await sink.deliver(RECORDS, SIGNAL), ALL_TAKEN);
    assert.deepEqual(await sink.deliver(RECORDS, SIGNAL), ALL_TAKEN);
    assert.deepEqual(
      [...elastic.documents.values()].map(({ seq }) => seq),
      seqs(RECORDS),
    );
  });

  it('sends again only what was too much at the moment, and not what is malformed', async () => {
    await using elastic = await startElasticsearch();
    await using sink = openElasticsearch(elastic.url);
    elastic.statusOf = (_id, { seq }) =>
      Number(seq) % 4 === 1 ? 429 : seq === 6 ? 400 : undefined;
    const { again, refused } = await sink.deliver(RECORDS, SIGNAL);
    assert.deepEqual([seqs(again), seqs(refused)], [[1, 5, 9], [6]]);
    elastic.statusOf = () => undefined;
    assert.deepEqual(await sink.deliver(again, SIGNAL), ALL_TAKEN);
    assert.equal(elastic.requests.at(-1)?.length, 3);
    assert.equal(elastic.documents.size, 9);
  });

  it('takes an entry that was not answered for lost', async () => {
    await using elastic = await startElasticsearch();
    elastic.script.push({ status: 200, body: { items: [{ create: { status: 201 } }] } });
    await using sink = openElasticsearch(elastic.url);
    const { again } = await sink.deliver(RECORDS, SIGNAL);
    assert.deepEqual(seqs(again), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('says what went wrong', async () => {
    await using elastic = await startElasticsearch();
    await refusesLike(openElasticsearch(elastic.url), elastic.script);
    elastic.script.push({ status: 200, body: [] });
    await using sink = openElasticsearch(elastic.url);
    await assert.rejects(sink.deliver(RECORDS, SIGNAL), { code: 'ERR_SINK_UNAVAILABLE' });
  });
});

describe('OtlpSink', () => {
  it('delivers every kind of entry', async () => {
    await using otlp = await startOtlp();
    await using sink = openOtlp(otlp.url);
    assert.deepEqual(await sink.deliver(ALL_RECORDS, SIGNAL), ALL_TAKEN);
    assert.deepEqual(
      otlp.records.map(({ eventName }) => eventName),
      ALL_RECORDS.map(({ kind }) => `sallyport.${kind}`),
    );
  });

  it('counts what a partial success rejected, and does not repeat it', async () => {
    await using otlp = await startOtlp();
    otlp.script.push({
      status: 200,
      body: { partialSuccess: { rejectedLogRecords: '3', errorMessage: 'too old' } },
    });
    await using sink = openOtlp(otlp.url);
    const delivery = await sink.deliver(RECORDS, SIGNAL);
    assert.deepEqual(delivery, { again: [], refused: [], refusedUnnamed: 3 });
  });

  it('says what went wrong', async () => {
    await using otlp = await startOtlp();
    await refusesLike(openOtlp(otlp.url), otlp.script);
  });
});

describe('WebhookSink', () => {
  it('signs what it posts, and names a batch by the same name when it comes again', async () => {
    await using webhook = await startWebhook('shared', Date.now);
    await using sink = openWebhook(webhook.url);
    webhook.script.push(undefined);
    await assert.rejects(sink.deliver(RECORDS, SIGNAL), SinkError);
    assert.deepEqual(await sink.deliver(RECORDS, SIGNAL), ALL_TAKEN);
    assert.deepEqual(webhook.deliveries, ['gw-1.0:0-9', 'gw-1.0:0-9']);
    const [body] = webhook.bodies;
    assert.equal(body?.version, 1);
    assert.equal(body.entries.length, 10);
  });

  it('is refused when its clock is wrong by more than the receiver allows', async () => {
    await using webhook = await startWebhook('shared', Date.now);
    await using sink = openWebhook(webhook.url, () => Date.now() - 600_000);
    await assert.rejects(sink.deliver(RECORDS, SIGNAL), { code: 'ERR_SINK_FORBIDDEN' });
  });

  it('says what went wrong', async () => {
    await using webhook = await startWebhook('shared', Date.now);
    await refusesLike(openWebhook(webhook.url), webhook.script);
  });
});

describe('FhirSink', () => {
  it('puts resources under ids of their own, and sorts answers one by one', async () => {
    await using fhir = await startFhir();
    await using sink = openFhir(fhir.url);
    const idOf = (index: number) => resourceId(RECORDS[index] ?? operationRecord());
    const statuses = new Map([
      [idOf(2), '422 Unprocessable Entity'],
      [idOf(5), '503 Service Unavailable'],
    ]);
    fhir.statusOf = ({ id }) => statuses.get(String(id));
    const { again, refused } = await sink.deliver(RECORDS, SIGNAL);
    assert.deepEqual([seqs(again), seqs(refused)], [[5], [2]]);
    statuses.clear();
    assert.deepEqual(await sink.deliver(RECORDS, SIGNAL), ALL_TAKEN);
    assert.equal(fhir.resources.size, 10);
  });

  it('has taken an answer about several patients once it has taken the event of each', async () => {
    await using fhir = await startFhir();
    await using sink = openFhir(fhir.url);
    const fields = {
      status: 200,
      fhir: { interaction: 'search', type: 'Patient', parameters: [] },
      patients: { form: 'exact', key: '01', hashes: ['aa', 'bb'] },
    };
    const answer = operationRecord({ kind: 'result', statement: undefined, fields });
    const records = [answer, ...RECORDS];
    const [, second] = toFhirAuditEvents(answer, ORIGIN);
    fhir.statusOf = ({ id }) => (id === second?.['id'] ? '503 Service Unavailable' : undefined);
    const { again, refused } = await sink.deliver(records, SIGNAL);
    assert.deepEqual([again, refused], [[answer], []]);
    fhir.statusOf = () => undefined;
    assert.deepEqual(await sink.deliver(records, SIGNAL), ALL_TAKEN);
    assert.equal(fhir.resources.size, 12);
  });

  it('says what went wrong', async () => {
    await using fhir = await startFhir();
    await refusesLike(openFhir(fhir.url), fhir.script);
  });
});
