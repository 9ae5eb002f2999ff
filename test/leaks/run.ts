import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { dataMapSchema } from '../../src/configuration/data-map.ts';
import { loadParser } from '../../src/sql/postgres/parser.ts';
import { loadAttacks } from './attacks.ts';
import { plantCanaries, seededRandom } from './canaries.ts';
import { Detector } from './detector.ts';
import { openDoor } from './leak-client.ts';
import { type Leak, runAttacks } from './leak-run.ts';
import { openRewriteDoor, prepareRewriting } from './rewrite-door.ts';
import { startWorlds } from './start-worlds.ts';

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'rewrite' },
    seed: { type: 'string', default: '1' },
    statements: { type: 'string', default: '2000' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const schema = plantCanaries(
  await readFile(file('canary-schema.sql'), 'utf8'),
  Number(values.seed),
);
await using worlds = await startWorlds(schema, 'debian');
const yaml = parseYaml(await readFile(file('canary-data-map.yaml'), 'utf8')) as Record<
  string,
  unknown
>;
const redact = Object.fromEntries(
  ['mrn', 'account-number', 'other-id', 'health-plan-id', 'device-id'].map((name) => [
    name,
    'redact',
  ]),
);
const dataMap = dataMapSchema().parse({ ...yaml, masks: redact });
const parts = prepareRewriting(dataMap, await loadParser());
const { a, b } = worlds.sides;
const doors =
  values.mode === 'raw'
    ? { a: openDoor(a), b: openDoor(b) }
    : { a: openRewriteDoor(a, parts), b: openRewriteDoor(b, parts) };
let attacks = (await loadAttacks(schema.canaries)).filter(
  ({ name, steps }) =>
    name.includes(values.only) || steps.some((s) => s.text.includes(values.only)),
);
const random = seededRandom(Number(values.seed));
if (attacks.length > Number(values.statements))
  attacks = attacks.filter(() => random() < Number(values.statements) / attacks.length);
const leaks: Leak[] = [];
const started = performance.now();
const outcome = await runAttacks(attacks, {
  worlds: doors,
  detector: new Detector(schema.canaries),
  expectsSameAnswers: true,
  onLeak: (leak) => {
    leaks.push(leak);
    if (leaks.length < 400) console.log(JSON.stringify(leak));
  },
});
console.log(attacks.length, outcome, Math.round(performance.now() - started), 'ms');
if (values.verbose) console.log(parts.counts);
