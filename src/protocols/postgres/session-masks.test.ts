import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HOSPITAL_PLAN } from '../../masking/postgres/hospital-plan.fixture.ts';
import { RewriteCache } from '../../masking/postgres/rewrite-cache.ts';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { SessionMasks } from './session-masks.ts';
import { SessionSettings } from './session-settings.ts';

describe('SessionMasks', () => {
  it('does not remember what a parser that others broke could not rewrite', async () => {
    const parser = await loadParser({ depthMax: Infinity });
    const settings = new SessionSettings('t/d', 's', new Set());
    settings.learnSearchPath(['public']);
    const masks = new SessionMasks({
      guard: { reveal: () => ({ shown: new Map(), policies: [] }) },
      findMasking: () => ({
        classify: () => ({ version: '1', classNames: new Set(['ssn']), find: () => undefined }),
        findPlan: () => HOSPITAL_PLAN,
        textMasks: { redact: () => undefined, redactJson: () => undefined },
      }),
      rewrites: new RewriteCache(),
      parser,
      analyzer: { catalog: HOSPITAL, contextKey: '' },
      settings,
    });
    masks.refresh();
    const breaking = `SELECT ${'1+'.repeat(30_000)}1`;
    parser.parse(breaking);
    parser.parse(`${breaking};`);
    const text = 'SELECT ssn FROM customers';
    const refused = masks.rewrite(text);
    assert(refused?.kind === 'refuse');
    assert.match(refused.reason, /being replaced/);
    while (parser.parse('SELECT 1').kind === 'refused') await delay(5);
    assert.equal(masks.rewrite(text)?.kind, 'run');
  });
});
