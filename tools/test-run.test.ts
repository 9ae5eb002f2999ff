import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { CHECKOUT } from './source-file.ts';
import { runTests, type Tally } from './test-run.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'test-run-'));

const BEGIN = `import { describe, it } from 'node:test';\n`;

/** Runs test files with the given texts, and returns the tally and what was printed. */
async function runTexts(
  texts: readonly string[],
  isolation: 'none' | 'process' = 'none',
): Promise<Tally & { readonly printed: string }> {
  const folder = mkdtempSync(path.join(directory, 'case-'));
  const files = texts.map((text, index) => {
    const file = path.join(folder, `${index}.test.mjs`);
    writeFileSync(file, BEGIN + text);
    return path.relative(CHECKOUT, file);
  });
  const lines: string[] = [];
  const silenceMsMax = 5000;
  const tally = await runTests({
    files,
    isolation,
    silenceMsMax,
    print: (line) => lines.push(line),
  });
  return { ...tally, printed: lines.join('\n') };
}

describe('runTests', () => {
  after(() => rmSync(directory, { recursive: true }));

  it('counts each test once, and no suite', async () => {
    const text = `describe('a', () => { it('b', () => {}); it('c', () => {}); });`;
    for (const isolation of ['none', 'process'] as const) {
      const { passed, failures } = await runTexts([text, `it('d', () => {});`], isolation);
      assert.deepEqual({ passed, failures }, { passed: 3, failures: [] });
    }
  });

  it('names a failure by file, suite and test, and prints the reason and the output', async () => {
    const text = `describe('a', () => { it('b', () => { console.log('said'); throw new Error('why'); }); });`;
    const { passed, failures, printed } = await runTexts([text]);
    assert.equal(passed, 0);
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /0\.test\.mjs: a > b: failed$/);
    assert.match(printed, /Error: why/);
    assert.match(printed, /said/);
  });

  it('counts what was skipped or left to do as failed', async () => {
    const { passed, failures } = await runTexts([
      `it('a', { skip: true }, () => {}); it.todo('b'); it('c', (t) => t.skip('no server'));`,
    ]);
    assert.equal(passed, 0);
    assert.deepEqual(
      failures.map((failure) => failure.split(': ').slice(1).join(': ')),
      ['a: skipped', 'b: to-do', 'c: skipped'],
    );
  });

  it('fails on a file without tests, and on no files', async () => {
    assert.equal((await runTexts(['const a = 1;'])).failures.length, 1);
    assert.equal((await runTexts([])).failures.length, 1);
  });

  it('fails on a file that cannot be loaded, and still runs the others', async () => {
    const { passed, failures } = await runTexts([`import './absent.mjs';`, `it('a', () => {});`]);
    assert.equal(passed, 1);
    assert.equal(failures.length, 1);
  });

  it('fails when a hook fails', async () => {
    const text = `import { before } from 'node:test'; describe('a', () => { before(() => { throw new Error('hook'); }); it('b', () => {}); });`;
    assert.notEqual((await runTexts([text])).failures.length, 0);
  });

  it('fails on an error outside any test', async () => {
    const text = `it('a', () => { setTimeout(() => { throw new Error('late'); }, 20); });`;
    const { failures, printed } = await runTexts([text]);
    assert.deepEqual(failures, ['something failed outside any test']);
    assert.match(printed, /late/);
  });

  it('fails when the process ends early', async () => {
    const { failures } = await runTexts([`it('a', () => process.exit(0));`]);
    assert.match(failures[0] ?? '', /did not come to its end: exit code 0; it was at "a"/);
  });
});
