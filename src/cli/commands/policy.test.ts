import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runForOutcome } from '../cli-outcome.fixture.ts';

const HOSPITAL = join(import.meta.dirname, '../../../examples/hospital');

describe('sallyport policy test', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-policy-'));
    cpSync(HOSPITAL, directory, { recursive: true });
    rmSync(join(directory, 'policies/tests'), { recursive: true });
  });
  after(() => rmSync(directory, { recursive: true }));

  it('fails where there are no tests, for programs as well', async () => {
    const shown = await runForOutcome(['policy', 'test', directory]);
    assert.equal(shown.code, 1);
    assert.match(shown.err, /There are no tests/);
    const json = await runForOutcome(['policy', 'test', directory, '--json']);
    assert.equal(json.code, 1);
    assert.equal((JSON.parse(json.out) as { readonly ok: boolean }).ok, false);
  });
});
