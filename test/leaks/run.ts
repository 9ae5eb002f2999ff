import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { makeCacheDirectory } from '../conformance/cache-directory.ts';
import { fetchServer } from '../conformance/fetch-server.ts';
import { type DoorKind, type LeakReport, runLeakHarness } from './leak-harness.ts';
import type { Leak } from './leak-run.ts';

/**
 * `npm run leaks [-- options]`: thousands of attacks on masked data, through a gateway. Prints each leak as a line of JSON and exits 1
 * if there is one, or if nothing was answered with rows. docs/leak-harness.md says what the options mean.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      door: { type: 'string', default: 'gateway' },
      server: { type: 'string', default: '15' },
      seed: { type: 'string', default: '1' },
      statements: { type: 'string', default: '12000' },
      sqlsmith: { type: 'string', default: '300' },
      schema: { type: 'string' },
      'data-map': { type: 'string' },
      only: { type: 'string', default: '' },
      pseudonyms: { type: 'boolean', default: false },
      tokens: { type: 'boolean', default: false },
      reasons: { type: 'boolean', default: false },
    },
  });
  const fileOf = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : readFile(path, 'utf8');
  const [schema, dataMap] = [await fileOf(values.schema), await fileOf(values['data-map'])];
  const report = await runLeakHarness({
    door: doorKind(values.door),
    version: await serverVersion(values.server),
    seed: wholeNumber(values.seed),
    attacks: wholeNumber(values.statements),
    sqlsmith: wholeNumber(values.sqlsmith),
    ...(schema === undefined ? {} : { schema }),
    ...(dataMap === undefined ? {} : { dataMap }),
    only: values.only,
    withPseudonyms: values.pseudonyms,
    withTokens: values.tokens,
    onLeak: printLeak,
  });
  if (values.reasons) printReasons(report);
  print(
    `${report.attacks} attacks, ${report.steps} steps, ${report.withRows} answered with rows, ${report.leaks} leaks`,
  );
  if (report.repeated + report.abandoned > 0) {
    print(
      `while the parser was being replaced, or one world had read a changed catalog: ${report.repeated} steps sent again, ${report.abandoned} attacks not finished`,
    );
  }
  return report.leaks > 0 || report.withRows === 0 ? 1 : 0;
}

async function serverVersion(major: string): Promise<'debian' | 'embedded'> {
  if (major === '18') return 'embedded';
  if (major !== '15') {
    const binaries = await fetchServer(await makeCacheDirectory(), major);
    process.env['SALLYPORT_E2E_SERVER'] = `${major} ${binaries}`;
  }
  return 'debian';
}

function doorKind(name: string): DoorKind {
  switch (name) {
    case 'direct':
    case 'rewrite':
    case 'check':
    case 'gateway':
    case 'revealing-gateway':
      return name;
  }
  throw new Error(`Cannot run the leak harness: no door is called ${name}`);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new Error(`Cannot run the leak harness: ${text} is no whole number`);
  return Number(text);
}

function printLeak(leak: Leak): void {
  print(JSON.stringify(leak));
}

function printReasons({ counts }: LeakReport): void {
  for (const [reason, count] of counts.refusals) print(`${count} × ${reason}`);
  for (const [text, reason] of counts.disagreements)
    print(`the post-check alone: ${reason}: ${text}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
