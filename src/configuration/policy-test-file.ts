import { z } from 'zod';

import { entityName, line, section } from './fields.ts';

/** A fact of an operation, as a test gives it. */
export type TestFact = boolean | number | string | readonly string[];

/** A relation that the statements of a test file may name. */
export interface TestRelation {
  /** `schema.name` */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns of each unique key; the first is the primary key. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

/** One expectation of a policy test file. */
export interface PolicyTestCase {
  readonly name: string;
  /** Relative to the configuration directory. */
  readonly file: string;
  readonly line: number;
  readonly principal: {
    readonly id: string;
    readonly kind: 'person' | 'workload';
    readonly groups: readonly string[];
    /** Names of grants in force on the target. */
    readonly grants: readonly string[];
  };
  readonly target: {
    readonly name: string;
    readonly kind: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly database: string;
  /** An action with facts, or a statement that is analysed against `relations`. */
  readonly tried:
    | {
        readonly kind: 'action';
        readonly action: string;
        /** For `reveal`. */
        readonly dataClass?: string;
        readonly facts: Readonly<Record<string, TestFact>>;
      }
    | {
        readonly kind: 'sql';
        readonly sql: string;
        readonly relations: readonly TestRelation[];
      };
  readonly expect: 'allow' | 'deny' | 'review';
  /** The `@id` of a policy that must have decided; `none` for a default deny. */
  readonly policy: string | undefined;
}

type PolicyTestFile = readonly Omit<PolicyTestCase, 'file' | 'line'>[];

/** The schema of `policies/tests/*.yaml`. */
export function policyTestFileSchema(): z.ZodType<PolicyTestFile> {
  const target = section({
    name: entityName(),
    kind: entityName().default('postgres'),
    labels: z.record(z.string(), z.string()).default({}),
  });
  const test = section({
    name: line(),
    principal: section({
      id: line().default('test:somebody'),
      kind: z.enum(['person', 'workload']).default('person'),
      groups: z.array(z.string()).default([]),
      grants: z.array(entityName()).default([]),
    }).prefault({}),
    target: target.optional(),
    database: line().optional(),
    action: line().optional(),
    dataClass: entityName().optional(),
    facts: facts().optional(),
    sql: z.string().min(1).optional(),
    expect: z.enum(['allow', 'deny', 'review']),
    policy: line().optional(),
  }).check(({ value, issues }) => {
    const problem = (key: string, message: string): void => {
      issues.push({ code: 'custom', path: [key], message, input: undefined });
    };
    if ((value.action === undefined) === (value.sql === undefined)) {
      problem('action', 'must be given, or sql, but not both');
    }
    if ((value.action === 'reveal') !== (value.dataClass !== undefined)) {
      problem('dataClass', 'must be given with action: reveal, and only then');
    }
    if (value.sql !== undefined && value.facts !== undefined) {
      problem('facts', 'must not be given with sql, whose facts are found by analysis');
    }
  });
  const relation = section({
    columns: z.array(line()).min(1),
    uniqueKeys: z.array(z.array(line()).min(1)).default([]),
  });
  return section({
    target: target.prefault({ name: 'target' }),
    relations: z
      .record(z.string().regex(/^[^.]+\.[^.]+$/, 'must be schema.name'), relation)
      .default({}),
    tests: z.array(test).min(1),
  }).transform(({ target: fileTarget, relations, tests }) => {
    const known = Object.entries(relations).map(([name, rest]) => ({ name, ...rest }));
    return tests.map(({ action, dataClass, facts, sql, ...rest }) => ({
      name: rest.name,
      principal: rest.principal,
      target: rest.target ?? fileTarget,
      database: rest.database ?? (rest.target ?? fileTarget).name,
      tried:
        sql === undefined
          ? ({
              kind: 'action',
              action: action ?? '',
              ...(dataClass !== undefined && { dataClass }),
              facts: facts ?? {},
            } as const)
          : ({ kind: 'sql', sql, relations: known } as const),
      expect: rest.expect,
      policy: rest.policy,
    }));
  });
}

function facts(): z.ZodType<Readonly<Record<string, TestFact>>> {
  const fact = z.union(
    [z.boolean(), z.int(), z.string(), z.array(z.string())],
    'must be true, false, a whole number, text or a list of texts',
  );
  return z.record(z.string(), fact);
}
