import { createHash } from 'node:crypto';
import {
  checkParsePolicySet,
  type DetailedError,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';

import { type CedarPolicies, prepare } from './evaluator.ts';
import { type ReviewRule, readAnnotations } from './policy-annotations.ts';
import {
  convertByteOffset,
  findPosition,
  type PolicyText,
  splitPolicies,
  type TextPosition,
} from './policy-text.ts';
import { POLICY_SCHEMA } from './schema.ts';

/** A file with policies. */
export interface PolicyFile {
  /** Relative to the configuration directory, for messages. */
  readonly path: string;
  readonly text: string;
}

/** One validated policy. */
export interface Policy {
  /** From `@id`, or `<path>#<n>`, counted from 1. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string | undefined;
  /** Set when the policy is a forbid that people can lift. */
  readonly review: ReviewRule | undefined;
  /** Set when the policy is a permit under which the raw track of the session has to be kept. */
  readonly record: 'raw' | undefined;
}

/** Validated policies, ready to decide. Immutable. */
export interface PolicySet {
  /** SHA-256, hexadecimal, of the schema and of every file's path and text. */
  readonly version: string;
  /** By file, then by place in it. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** Whether a decision may depend on how many patients the principal was shown today. */
  readonly asksForPatients: boolean;
  readonly everything: CedarPolicies;
  /** Everything but the forbids that people can lift. */
  readonly withoutReviews: CedarPolicies;
}

/** What is wrong with a policy, and where. */
export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type PolicyLoading =
  | { readonly kind: 'loaded'; readonly policySet: PolicySet }
  | { readonly kind: 'rejected'; readonly problems: readonly PolicyProblem[] };

/** Characters of all policy files together. */
const POLICIES_LENGTH_MAX = 2 ** 21;
const POLICIES_MAX = 5_000;
/** The fact by its name, or a spelling of it with escapes. */
const PATIENTS_FACT = /patientsToday|\\/;

const TEMPLATE_PROBLEM = 'templates are not supported: name the principal and the resource';

interface PlacedPolicy extends Policy {
  readonly start: number;
  readonly wholeFile: string;
}

/**
 * Parses and validates policies. Nothing of a set is used unless all of it is valid. Never throws:
 * whatever happens, the caller keeps the set it has.
 */
export function loadPolicySet(files: readonly PolicyFile[]): PolicyLoading {
  try {
    return loadFiles(files);
  } catch (error) {
    const message = `policies could not be checked: ${String(error)}`;
    return { kind: 'rejected', problems: [{ file: 'policies', line: 1, column: 1, message }] };
  }
}

function loadFiles(files: readonly PolicyFile[]): PolicyLoading {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const problems: PolicyProblem[] = [];
  const policies = new Map<string, PlacedPolicy>();
  let length = 0;
  for (const file of sorted) {
    length += file.text.length;
    if (length > POLICIES_LENGTH_MAX) {
      const message = `policies are longer than ${POLICIES_LENGTH_MAX} characters together`;
      return { kind: 'rejected', problems: [{ file: file.path, line: 1, column: 1, message }] };
    }
    for (const found of readFile(file)) {
      const earlier = 'message' in found ? undefined : policies.get(found.id);
      if ('message' in found) {
        problems.push(found);
      } else if (earlier !== undefined) {
        const message = `@id "${found.id}" is already used at ${earlier.file}:${earlier.line}`;
        problems.push({ file: found.file, line: found.line, column: 1, message });
      } else {
        policies.set(found.id, found);
      }
    }
  }
  if (policies.size > POLICIES_MAX) {
    const message = `there are more than ${POLICIES_MAX} policies`;
    return { kind: 'rejected', problems: [{ file: 'policies', line: 1, column: 1, message }] };
  }
  if (problems.length === 0) problems.push(...validatePolicies(policies));
  if (problems.length > 0) return { kind: 'rejected', problems };

  const asksForPatients = [...policies.values()].some(({ text }) => PATIENTS_FACT.test(text));
  const everything = { texts: collectTexts(policies.values()) };
  const withoutReviews = {
    texts: collectTexts([...policies.values()].filter(({ review }) => review === undefined)),
  };
  prepare(withoutReviews);
  prepare(everything);
  const version = hashFiles(sorted);
  return {
    kind: 'loaded',
    policySet: { version, policies, asksForPatients, everything, withoutReviews },
  };
}

function readFile(file: PolicyFile): readonly (PlacedPolicy | PolicyProblem)[] {
  if (!file.text.isWellFormed()) {
    return [placeProblem(file, { line: 1, column: 1 }, 'text is not well-formed Unicode')];
  }
  const slices = splitPolicies(file.text);
  if ('message' in slices) {
    return [placeProblem(file, findPosition(file.text, slices.offset), slices.message)];
  }
  return slices.map((slice, index) => readPolicy(file, slice, index + 1));
}

function readPolicy(
  file: PolicyFile,
  slice: PolicyText,
  number: number,
): PlacedPolicy | PolicyProblem {
  const position = findPosition(file.text, slice.start);
  const parsed = checkParsePolicySet({ staticPolicies: slice.text });
  if (parsed.type === 'failure') return describeError(file, slice, parsed.errors[0]);
  const converted = policyToJson(slice.text);
  if (converted.type === 'failure') {
    return placeProblem(file, position, converted.errors[0]?.message ?? 'is not a policy');
  }
  const { effect } = converted.json;
  const annotations = readAnnotations(effect, converted.json.annotations ?? {});
  if (typeof annotations === 'string') return placeProblem(file, position, annotations);
  return {
    id: annotations.id ?? `${file.path}#${number}`,
    effect,
    text: slice.text,
    file: file.path,
    line: position.line,
    reason: annotations.reason,
    review: annotations.review,
    record: annotations.record,
    start: slice.start,
    wholeFile: file.text,
  };
}

function validatePolicies(policies: ReadonlyMap<string, PlacedPolicy>): readonly PolicyProblem[] {
  const answer = validate({
    schema: POLICY_SCHEMA,
    policies: { staticPolicies: collectTexts(policies.values()) },
    validationSettings: { mode: 'strict' },
  });
  if (answer.type === 'failure') {
    const message = answer.errors[0]?.message ?? 'cannot be validated';
    return [{ file: 'policies', line: 1, column: 1, message }];
  }
  const problems: PolicyProblem[] = [];
  // A policy that can never apply is a mistake: the author believes that it protects something.
  for (const { policyId, error } of [...answer.validationErrors, ...answer.validationWarnings]) {
    const policy = policies.get(policyId);
    if (policy === undefined) {
      problems.push({ file: 'policies', line: 1, column: 1, message: error.message });
      continue;
    }
    const file = { path: policy.file, text: policy.wholeFile };
    problems.push(describeError(file, policy, error));
  }
  return problems.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function describeError(
  file: PolicyFile,
  { text, start }: PolicyText,
  error: DetailedError | undefined,
): PolicyProblem {
  const label = error?.sourceLocations?.[0];
  const offset = start + convertByteOffset(text, label?.start ?? 0);
  const message = [
    (error?.message ?? 'cannot be parsed')
      .replace(/^failed to parse policies from string: /, '')
      .replace(/^for policy `[^`]*`, /, '')
      .replace(/^static policy set includes a template$/, TEMPLATE_PROBLEM),
    label?.label ?? undefined,
    error?.help ?? undefined,
  ];
  return placeProblem(
    file,
    findPosition(file.text, offset),
    message.filter((part) => part !== undefined).join('; '),
  );
}

function placeProblem(file: PolicyFile, position: TextPosition, message: string): PolicyProblem {
  return { file: file.path, line: position.line, column: position.column, message };
}

function collectTexts(policies: Iterable<Policy>): Record<string, string> {
  return Object.fromEntries([...policies].map(({ id, text }) => [id, text]));
}

function hashFiles(files: readonly PolicyFile[]): string {
  const content = JSON.stringify([POLICY_SCHEMA, files.map(({ path, text }) => [path, text])]);
  return createHash('sha256').update(content).digest('hex');
}
