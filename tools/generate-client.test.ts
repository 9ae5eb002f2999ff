import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findStaleFiles, generateClient } from './generate-client.ts';

describe('generateClient', () => {
  const files = generateClient();

  it('makes what is in the checkout; otherwise run node tools/generate-client.ts', () => {
    assert.ok(files.every(({ text }) => text.length > 10_000));
    assert.deepEqual(findStaleFiles(files), []);
  });

  it('finds a file that the contract would make otherwise', () => {
    const changed = files.map(({ path, text }) => ({ path, text: `${text}\n` }));
    assert.deepEqual(
      findStaleFiles(changed),
      files.map(({ path }) => path),
    );
  });

  it('names every route of the contract as an operation', () => {
    const client = files.find(({ path }) => path.endsWith('.ts'))?.text ?? '';
    assert.match(client, /reviewRequest: \{/);
    assert.match(client, /'\/v1\/requests\/\{id\}\/reviews': \{/);
  });
});
