import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import { runPsql } from './run-client.ts';

const NOTE = 'Enrolled in trial ST-48213; bay 7 of the ward, not bay 9.';

describe("detectors of a target's own", () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment({
      patients: 1,
      target: [
        [
          ['dataMap'],
          {
            columns: { 'public.remarks.body': 'free-text' },
            customClasses: { 'study-id': { title: 'Study identifier' } },
            detectors: [
              { name: 'study', class: 'study-id', pattern: String.raw`\bST-\d{5}\b` },
              {
                name: 'bay',
                class: 'other-id',
                pattern: String.raw`bay \d+`,
                contextWords: ['trial st'],
              },
            ],
          },
        ],
      ],
    });
    const sql = `CREATE TABLE remarks (body text); INSERT INTO remarks VALUES ('${NOTE}')`;
    assert.equal((await runPsql(environment.direct, ['-q', '-c', sql])).stderr, '');
    await replaceFile(
      'policies/hide.cedar',
      () => '@id("hide") forbid (principal, action == Action::"reveal", resource);\n',
    );
    await eventually(async () => assert.notEqual(await readNote(), NOTE));
  });
  after(() => environment[Symbol.asyncDispose]());

  it('mask what only its systems have, where their context words stand', async () => {
    assert.equal(
      await readNote(),
      'Enrolled in trial [study-id]; [other-id] of the ward, not [other-id].',
    );
  });

  it('stay as they were if a new one cannot be compiled, with all the rest', async () => {
    const before = await readNote();
    await replaceFile('targets/postgres.yaml', (text) => text.replaceAll('ST-', '(ST)-\\1'));
    await eventually(async () =>
      assert.match(environment.process?.log() ?? '', /configuration\.rejected/),
    );
    assert.equal(await readNote(), before);
    await replaceFile('targets/postgres.yaml', (text) => text.replaceAll('(ST)-\\1', 'ST-4'));
    await eventually(async () => assert.match(await readNote(), /trial ST-48213/));
  });

  async function readNote(): Promise<string> {
    const sql = 'SELECT body FROM remarks';
    const { stdout, stderr } = await runPsql(environment.gateway, ['-At', '-c', sql]);
    assert.equal(stderr, '');
    return stdout.trim();
  }

  async function replaceFile(name: string, change: (text: string) => string): Promise<void> {
    const path = join(environment.configurationDirectory, name);
    const text = await readFile(path, 'utf8').catch(() => '');
    await writeFile(`${path}.new`, change(text));
    await rename(`${path}.new`, path);
  }
});

async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
