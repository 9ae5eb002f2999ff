import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { loadPolicySet, type PolicyProblem, type PolicySet } from './policy-set.ts';
import { POLICY_LENGTH_MAX, POLICY_NESTING_MAX, POLICY_OPERATORS_MAX } from './policy-text.ts';

const ANY = 'permit(principal, action, resource);';

function load(...texts: readonly string[]): PolicySet {
  const loading = loadPolicySet(texts.map((text, index) => ({ path: `${index}.cedar`, text })));
  assert.equal(loading.kind, 'loaded', JSON.stringify(loading));
  return loading.policySet;
}

function reject(...texts: readonly string[]): readonly PolicyProblem[] {
  const loading = loadPolicySet(texts.map((text, index) => ({ path: `${index}.cedar`, text })));
  assert.equal(loading.kind, 'rejected');
  assert.notEqual(loading.problems.length, 0);
  return loading.problems;
}

describe('loadPolicySet', () => {
  it('names policies by @id, or by file and number', () => {
    const { policies } = load(`@id("first") ${ANY} ${ANY}`, `// ; not a policy\n${ANY}`);
    assert.deepEqual([...policies.keys()], ['first', '0.cedar#2', '1.cedar#1']);
    assert.equal(policies.get('1.cedar#1')?.line, 2);
  });

  it('is not misled by semicolons in strings and comments, nor by a lone carriage return', () => {
    const { policies } = load(
      `@reason("a; \\"b;") ${ANY} // permit;\n forbid(principal == User::"x;\\\\", action, resource); // c\r${ANY}`,
    );
    assert.deepEqual(
      [...policies.values()].map(({ effect }) => effect),
      ['permit', 'forbid', 'permit'],
    );
  });

  it('places a syntax error by line and column, counting characters', () => {
    const [problem] = reject(`${ANY}\n// é 漢\npermit(principal == User::"é漢", action, resource`);
    assert.equal(problem?.line, 3);
    assert.equal(problem.column, 'permit(principal == User::"é漢", action, resource'.length + 1);
    assert.match(problem.message, /unexpected end of input/);
  });

  it('places what the schema does not know, and says what was probably meant', () => {
    const [problem] = reject(
      `${ANY}\n\npermit(principal, action == Action::"sql.select", resource)\nwhen { "é" == context.comand };`,
    );
    assert.deepEqual([problem?.file, problem?.line, problem?.column], ['0.cedar', 4, 15]);
    assert.match(problem?.message ?? '', /`comand`.*not found.*did you mean `command`\?/);
  });

  it('reports every problem of every file', () => {
    const problems = reject('permit(', `@x("y") ${ANY}`, `@id("a") ${ANY} @id("a") ${ANY}`);
    assert.deepEqual(
      problems.map(({ file }) => file),
      ['0.cedar', '1.cedar', '2.cedar'],
    );
  });

  it('rejects a policy that can never apply', () => {
    assert.match(
      reject('permit(principal, action, resource) when { false };')[0]?.message ?? '',
      /impossible/,
    );
  });

  it('rejects an id used twice, in one file or two', () => {
    const [problem] = reject(`@id("same") ${ANY}`, `\n@id("same") ${ANY}`);
    assert.deepEqual(problem, {
      file: '1.cedar',
      line: 2,
      column: 1,
      message: '@id "same" is already used at 0.cedar:1',
    });
  });

  it('takes names in any script, but no look-alikes from two scripts or hidden characters', () => {
    const inGroup = (name: string): string =>
      `permit(principal in Group::"${name}", action, resource);`;
    for (const name of ['Ärzte', '看護師', 'сестры', 'clinic/day shift 2']) load(inGroup(name));
    for (const name of ['n\u0443rses', 'nur\u200bses', 'nurses\u202e']) reject(inGroup(name));
  });

  it('rejects half a surrogate pair', () => {
    assert.match(reject(`// \ud800\n${ANY}`)[0]?.message ?? '', /not well-formed/);
  });

  it('rejects templates, which nothing would link', () => {
    const [problem] = reject('permit(principal == ?principal, action, resource);');
    assert.match(problem?.message ?? '', /templates are not supported/);
  });

  for (const [annotations, expected] of [
    ['@idd("x")', /unknown annotation @idd/],
    ['@id("")', /@id is empty/],
    ['@id', /@id is empty/],
    ['@id("a b")', /@id must be/],
    ['@id("x#1")', /@id must be/],
    ['@reason("two\\nlines")', /@reason must be one line/],
    ['@reason("\\u{1b}[2J")', /@reason must be one line/],
    ['@review("")', /@review is empty/],
    ['@review("a,,b")', /@review has an empty group/],
    ['@review("a") @quorum("0")', /@quorum must be/],
    ['@review("a") @quorum("two")', /@quorum must be/],
    ['@review("a") @quorum("1.5")', /@quorum must be/],
    ['@review("a") @expires("soon")', /@expires must be/],
    ['@review("a") @expires("0m")', /@expires must be/],
    ['@quorum("2")', /@quorum is only for a policy with @review/],
    ['@review("a") @review_at("never")', /@review_at must be/],
    ['@review_at("commit")', /@review_at is only for a policy with @review/],
    ['@expires("2m")', /@expires is only for a policy with @review/],
    ['@record("raw")', /@record is only for permit/],
  ] as const) {
    it(`rejects ${annotations}`, () => {
      const [problem] = reject(`${annotations} forbid(principal, action, resource);`);
      assert.match(problem?.message ?? '', expected);
    });
  }

  it('rejects to record anything but the raw track', () => {
    assert.match(reject(`@record("all") ${ANY}`)[0]?.message ?? '', /@record must be "raw"/);
  });

  it('rejects @review on a permit', () => {
    assert.match(reject(`@review("a") ${ANY}`)[0]?.message ?? '', /only for forbid/);
  });

  it('has a version that changes with every text and path, not with the order of files', () => {
    const a = { path: 'a.cedar', text: ANY };
    const b = { path: 'b.cedar', text: '' };
    const version = (...files: readonly { path: string; text: string }[]): string => {
      const loading = loadPolicySet(files);
      assert.equal(loading.kind, 'loaded');
      return loading.policySet.version;
    };
    assert.equal(version(a, b), version(b, a));
    assert.equal(
      new Set([
        version(a, b),
        version(a),
        version({ ...a, path: 'c.cedar' }, b),
        version({ ...a, text: `${ANY} ` }, b),
      ]).size,
      4,
    );
  });
});

describe('loadPolicySet under attack on its stack', () => {
  const when = (body: string): string => `permit(principal, action, resource) when { ${body} };`;

  it('takes policies at the limits', () => {
    const operators = Array(POLICY_OPERATORS_MAX - 5)
      .fill('context has database')
      .join('&&');
    const nested =
      '('.repeat(POLICY_NESTING_MAX - 1) + operators + ')'.repeat(POLICY_NESTING_MAX - 1);
    load(when(nested));
  });

  it('refuses what would break the evaluator, and works on', () => {
    for (const [body, expected] of [
      ['('.repeat(1_000) + 'true' + ')'.repeat(1_000), /nested deeper/],
      ['['.repeat(1_000), /nested deeper/],
      ['{a:'.repeat(1_000), /nested deeper/],
      ['!'.repeat(1_000) + 'true', /operators/],
      ['- '.repeat(1_000) + '1 == 1', /operators/],
      ['if true then true else '.repeat(1_000) + 'true', /operators/],
      [Array(5_000).fill('true').join('&&'), /operators/],
      [`context${'.a'.repeat(5_000)}`, /operators/],
      [`"${'x'.repeat(POLICY_LENGTH_MAX)}" == "y" || true`, /longer than/],
    ] as const) {
      const problems = reject(when(body));
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? '', expected);
    }
    load(ANY);
  });
});
