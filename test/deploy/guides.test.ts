import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDES = ['install', 'upgrade', 'backup', 'sizing', 'hardening'].map(
  (name) => `docs/${name}.md`,
);
const read = (path: string): Promise<string> => readFile(`${CHECKOUT}${path}`, 'utf8');

/** Of each file: what is in backquotes in its tables, but for the last cell, which is prose. */
function listSettings(markdown: string): readonly string[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => line.split(' | ').slice(0, -1))
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
}

/** Every key of the configuration: those that the documentation lists, and those of the example. */
async function readKeys(): Promise<string> {
  const listed = (await read('docs/configuration.md'))
    .split('\n')
    .flatMap((line) => (line.startsWith('| ') ? [line.split(' | ')[0]] : []));
  const files = [
    'sallyport.yaml',
    'targets/hospital.yaml',
    'targets/reports.yaml',
    'targets/fhir.yaml',
  ];
  const examples = await Promise.all(files.map((file) => read(`examples/hospital/${file}`)));
  return [...listed, ...examples, 'policies/*.cedar'].join('\n');
}

describe('the guides', () => {
  it('name settings that there are, where they speak of the Security Rule', async () => {
    const settings = listSettings(await read('docs/hardening.md'));
    assert.ok(settings.length > 40);
    const known = new Set((await readKeys()).match(/\w+/g));
    for (const setting of settings) {
      const path = setting.replace(/[:<[(].*$/, '').split(/\W+/);
      for (const key of path) assert.ok(key === '' || known.has(key), setting);
    }
  });

  it('name every event of the log that is written without debugging', async () => {
    const written = (await read('src/telemetry/events.ts')).matchAll(
      /log\.write\((?:'(\w+)'|[^,]+), '([\w.-]+)'/g,
    );
    const events = [...written].flatMap(([, level, event = '']) =>
      level === 'debug' ? [] : [event],
    );
    assert.ok(events.length > 30, `${events.length} events`);
    const pages = await Promise.all(
      ['operating', 'witness', 'several-gateways', 'exports'].map((name) =>
        read(`docs/${name}.md`),
      ),
    );
    for (const event of events) assert.ok(pages.join().includes(`\`${event}\``), event);
  });

  it('speak of every paragraph of 45 CFR 164.312, and claim no compliance', async () => {
    const text = await read('docs/hardening.md');
    for (const paragraph of [
      ...['(a)(1)', '(a)(2)(i)', '(a)(2)(ii)', '(a)(2)(iii)', '(a)(2)(iv)', '(b)'],
      ...['(c)(1)', '(c)(2)', '(d)', '(e)(1)', '(e)(2)(i)', '(e)(2)(ii)'],
    ]) {
      assert.ok(text.includes(`\n| ${paragraph} `), paragraph);
    }
    for (const guide of GUIDES)
      assert.doesNotMatch(await read(guide), /\bcompliant\b(?<!anybody compliant)/);
  });
});
