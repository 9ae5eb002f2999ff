import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { analyzeCommand } from '../../src/shell/analyze-command.ts';
import { movedText } from './moved-texts.ts';
import { crossedText, quotedText } from './quoted-texts.ts';
import { findMissed, ShellWorld } from './shell-differential.ts';
import { brokenText, shellText } from './shell-texts.ts';

/** How many of each kind are tried; those that are not opaque are run by two shells. By hand more were: docs/decisions/0240-unbash.md. */
const KINDS = [
  { kind: 'whole', texts: shellText, runs: 150 },
  { kind: 'moved', texts: movedText, runs: 80 },
  { kind: 'quoted', texts: quotedText, runs: 80 },
  { kind: 'broken', texts: brokenText, runs: 300 },
  { kind: 'crossed', texts: crossedText, runs: 1_000 },
] as const;
/** Of the texts that are tried: a test of opaque ones alone would prove nothing. */
const SHOWN_SHARE_MIN = 0.01;

describe('What bash and dash run', () => {
  const world = new ShellWorld();
  after(() => world[Symbol.dispose]());

  it('is written down by the programs of this test', async () => {
    const ran = await world.run('bash', '$\'\\x72m\' -rf / ; cd d; x=l; ${x}s "a b" & wait');
    assert.deepEqual(ran, [
      { name: 'rm', directory: '~', args: ['-rf', '/'] },
      { name: 'ls', directory: '~/d', args: ['a b'] },
    ]);
    assert.equal(findMissed('ls', ran), 'rm ran');
    assert.equal(findMissed('eval x', ran), undefined);
    const root = { name: 'rm', directory: '/', args: ['-r', 'etc'] };
    assert.equal(findMissed('rm etc', [root]), 'rm was given /etc in /');
    assert.equal(findMissed('cd /; rm etc', [root]), 'rm was recursive');
    assert.equal(findMissed('cd /; rm -r *', [root]), undefined);
  });

  for (const { kind, texts, runs } of KINDS) {
    it(`is what the analysis names, or the text is opaque: ${kind} texts`, async () => {
      let shown = 0;
      const ran = new Set<string>();
      const property = fc.asyncProperty(texts, async (text) => {
        if (analyzeCommand(text).reasons.length > 0) return;
        shown += 1;
        for (const shell of ['bash', 'dash'] as const) {
          const programs = await world.run(shell, text);
          for (const { name } of programs) ran.add(name);
          assert.equal(findMissed(text, programs), undefined, `${shell}: ${text}`);
        }
      });
      await fc.assert(property, { numRuns: runs });
      assert(shown > runs * SHOWN_SHARE_MIN, `${shown} texts were not opaque`);
      assert(ran.size > 1, `${[...ran].join(' ')} ran`);
    });
  }
});
