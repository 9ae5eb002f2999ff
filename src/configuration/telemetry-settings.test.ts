import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootWithoutSources } from './configuration-root.ts';
import { metricsSchema, tracesSchema } from './telemetry-settings.ts';

describe('the section metrics', () => {
  it('is served on loopback unless it says otherwise, and nowhere when it is left out', () => {
    assert.equal(metricsSchema().parse(undefined), undefined);
    assert.deepEqual(metricsSchema().parse({}), { address: { host: '127.0.0.1', port: 9464 } });
    const { data } = metricsSchema().safeParse({ address: '0.0.0.0:1234' });
    assert.deepEqual(data, { address: { host: '0.0.0.0', port: 1234 } });
  });
});

describe('the section traces', () => {
  const schema = tracesSchema(rootWithoutSources('/etc/sallyport'));

  it('traces a hundredth of sessions unless it says otherwise, and none when it is left out', () => {
    assert.equal(schema.parse(undefined), undefined);
    assert.deepEqual(schema.parse({ url: 'https://collector.clinic.example:4318/' }), {
      url: 'https://collector.clinic.example:4318',
      caFile: undefined,
      authorization: undefined,
      ratio: 0.01,
      intervalMs: 5_000,
    });
  });

  it('sends nothing in plain text to another machine, and no more than everything', () => {
    assert(!schema.safeParse({ url: 'http://collector.clinic.example:4318' }).success);
    assert(!schema.safeParse({ url: 'https://c.example', ratio: 1.5 }).success);
  });
});
