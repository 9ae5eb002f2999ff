import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSources } from './metric-sources.fixture.ts';
import { createMetrics, formatMetrics } from './metrics.ts';

/** Values by name and labels, as they stand in the text. */
function readValues(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const blank = line.lastIndexOf(' ');
      return [line.slice(0, blank), Number(line.slice(blank + 1))];
    }),
  );
}

describe('createMetrics', () => {
  it('says what a process counts, and reads it anew each time', async () => {
    let rows = 12;
    const sources = createSources();
    const metrics = createMetrics({ ...sources, ledger: { ...sources.ledger, rows: () => rows } });
    const values = readValues(await formatMetrics([await metrics.snapshot()]));
    assert.equal(values.get('sallyport_operations_total{decision="allow"}'), 7);
    assert.equal(values.get('sallyport_operations_total{decision="deny"}'), 2);
    assert.equal(values.get('sallyport_operations_total{decision="review"}'), 1);
    assert.equal(values.get('sallyport_sign_ins_total{outcome="refused"}'), 5);
    assert.equal(values.get('sallyport_ledger_entries_total{kind="operation.refuse"}'), 3);
    assert.equal(values.get('sallyport_masked_values_total'), 40);
    assert.equal(values.get('sallyport_result_rows_total'), 12);
    assert.equal(values.get('sallyport_reviews_waiting'), 4);
    assert.equal(values.get('sallyport_store_up'), 1);
    assert.equal(values.get('sallyport_witness_age_seconds'), 12);
    assert.equal(values.get('sallyport_export_lag_seconds{sink="siem"}'), 61.5);
    assert.equal(values.get('sallyport_export_failing{sink="siem"}'), 1);
    assert.equal(values.get('sallyport_connector_tunnels_open{connector="ward-3"}'), 1);
    assert.equal(values.get('sallyport_connector_streams{connector="ward-3"}'), 8);
    assert.equal(values.get('sallyport_archive_pending_bytes'), 4_096);
    assert.equal(values.get('sallyport_archive_failing'), 0);
    assert(values.has('nodejs_eventloop_lag_p99_seconds'));
    rows = 13;
    const later = readValues(await formatMetrics([await metrics.snapshot()]));
    assert.equal(later.get('sallyport_result_rows_total'), 13);
  });

  it('sorts syncs into a histogram that Prometheus can add up', async () => {
    const values = readValues(
      await formatMetrics([await createMetrics(createSources()).snapshot()]),
    );
    const bucket = (le: string) => values.get(`sallyport_ledger_sync_seconds_bucket{le="${le}"}`);
    assert.deepEqual(
      [
        bucket('0.0005'),
        bucket('0.001'),
        bucket('0.025'),
        bucket('0.05'),
        bucket('2.5'),
        bucket('+Inf'),
      ],
      [1, 2, 2, 3, 3, 4],
    );
    assert.equal(values.get('sallyport_ledger_sync_seconds_count'), 4);
    assert.equal(values.get('sallyport_ledger_sync_seconds_sum'), 5.0313);
  });

  it('adds up processes, and takes the worst of what cannot be added', async () => {
    const healthy = createMetrics(createSources());
    const failing = createSources({ exports: () => [], waiting: async () => undefined });
    const sick = createMetrics({
      ...failing,
      ledger: { ...failing.ledger, health: () => 'failing' },
    });
    const snapshots = [await healthy.snapshot(), await sick.snapshot()];
    // What a worker says comes through a pipe.
    const text = await formatMetrics(JSON.parse(JSON.stringify(snapshots)) as object[][]);
    const values = readValues(text);
    assert.equal(values.get('sallyport_operations_total{decision="allow"}'), 14);
    assert.equal(values.get('sallyport_sessions'), 4);
    assert.equal(values.get('sallyport_processes'), 2);
    assert.equal(values.get('sallyport_ledger_health'), 2);
    assert.equal(values.get('sallyport_store_up'), 0);
    assert.equal(values.get('sallyport_ledger_sync_seconds_count'), 8);
    assert.equal(values.get('sallyport_export_entries_total{sink="siem"}'), 9);
  });

  it('asks the store once for all that it says', async () => {
    let asked = 0;
    const waiting = async () => {
      asked += 1;
      return { reviews: 0, openAlerts: 0 };
    };
    await createMetrics(createSources({ waiting })).snapshot();
    assert.equal(asked, 1);
  });
});
