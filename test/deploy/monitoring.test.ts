import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { createSources } from '../../src/telemetry/metric-sources.fixture.ts';
import { createMetrics, formatMetrics } from '../../src/telemetry/metrics.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly summary?: string };
    }[];
  }[];
}

/** Names that Prometheus would know. */
async function listMetrics(): Promise<ReadonlySet<string>> {
  const text = await formatMetrics([await createMetrics(createSources()).snapshot()]);
  const names = text.split('\n').flatMap((line) => /^[a-z_]\w*/i.exec(line)?.[0] ?? []);
  return new Set(names);
}

function namesIn(expression: string): readonly string[] {
  return expression.match(/\b(?:sallyport|nodejs|process)_\w+/g) ?? [];
}

describe('files in deploy/', () => {
  it('has a dashboard of which every panel asks for metrics that there are', async () => {
    const known = await listMetrics();
    const dashboard = JSON.parse(
      await readFile(new URL('grafana/sallyport.json', DEPLOY), 'utf8'),
    ) as Dashboard;
    assert(dashboard.panels.length > 10);
    for (const { title, targets } of dashboard.panels) {
      for (const { expr } of targets) {
        const names = namesIn(expr);
        assert(names.length > 0, `${title} asks for nothing`);
        for (const name of names) assert(known.has(name), `${title} asks for ${name}`);
      }
    }
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const name of dashboard.templating.list.flatMap(({ query }) => namesIn(query))) {
      assert(known.has(name), name);
    }
  });

  it('has alert rules that ask for metrics that there are, each with a summary', async () => {
    const known = await listMetrics();
    const text = await readFile(new URL('prometheus/sallyport-rules.yaml', DEPLOY), 'utf8');
    const rules = (parse(text) as Rules).groups.flatMap((group) => group.rules);
    assert(rules.length > 8);
    for (const { alert, expr, annotations } of rules) {
      const names = namesIn(expr);
      assert(names.length > 0, `${alert} asks for nothing`);
      for (const name of names) assert(known.has(name), `${alert} asks for ${name}`);
      assert(annotations.summary !== undefined, `${alert} has no summary`);
    }
  });
});
