import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { EFFECT_RULES, FILE_EFFECTS } from './effects.ts';

const DOCUMENT = readFileSync(new URL('../../docs/ssh-commands.md', import.meta.url), 'utf8');

function code(names: string): string {
  return names
    .split(' ')
    .map((name) => `\`${name}\``)
    .join(' ');
}

it('The documentation has every rule about effects, and no other', () => {
  const written = DOCUMENT.split('\n').filter((line) => /^\| `[a-z-]+` \| .* \| .* \|$/.test(line));
  const rules = EFFECT_RULES.map(({ effect, programs, options, words }) => {
    const restriction = options ?? words;
    return `| \`${effect}\` | ${code(programs)} | ${restriction === undefined ? '' : code(restriction)} |`;
  });
  assert.deepEqual(written, rules);
});

it('The documentation has every file whose writing has an effect', () => {
  for (const [effect, path] of FILE_EFFECTS) {
    const row = DOCUMENT.split('\n').find((line) => line.startsWith(`| \`${effect}\` | \`/`));
    assert(row?.includes(`\`${path}\``), `${effect} ${path}`);
  }
});
