import type { PolicyTestCase } from '../../configuration/policy-test-file.ts';
import {
  readSamlAnswer,
  type SamlAnswerQuestion,
  type SamlAssertion,
} from '../../identity/read-saml-answer.ts';
import { decide } from '../../policy/decide.ts';
import type { Decision } from '../../policy/decision.ts';
import type { Operation } from '../../policy/operation.ts';
import {
  loadPolicySet,
  type PolicyFile,
  type PolicyLoading,
  type PolicyProblem,
} from '../../policy/policy-set.ts';
import { runConfiguredTests } from '../../policy/run-configured-tests.ts';
import { findUntestedPolicies, type PolicyTestResult } from '../../policy/run-policy-tests.ts';
import type { ReportPeriod } from '../../reports/make-hipaa-report.ts';
import { readHipaaReport } from '../../reports/read-hipaa-report.ts';
import { type ReportFile, type ReportFormat, renderReport } from '../../reports/render-report.ts';

/** What is done on a thread of its own. Arguments and results are copied from one thread to the other. */
export interface Jobs {
  checkPolicies(files: readonly PolicyFile[]): Promise<CheckedPolicies>;
  /** Runs the configuration's tests on policies. */
  testPolicies(question: {
    readonly files: readonly PolicyFile[];
    readonly tests: readonly PolicyTestCase[];
  }): Promise<TestedPolicies>;
  /** Decides operations by policies without problems. */
  decideAll(question: {
    readonly files: readonly PolicyFile[];
    readonly operations: readonly Operation[];
  }): Promise<readonly Decision[]>;
  readSamlAnswer(question: SamlAnswerQuestion): Promise<SamlAssertion | undefined>;
  /** Verifies a ledger and makes a report of it. */
  makeHipaaReport(question: {
    readonly ledgerDirectory: string;
    /** Names of logs that are known and are not there. */
    readonly missing: readonly string[];
    readonly period: ReportPeriod;
    readonly format: ReportFormat;
  }): Promise<MadeReport>;
}

/** A report as it is handed over. */
export interface MadeReport {
  /** Whether the ledger was found whole. */
  readonly isWhole: boolean;
  readonly files: readonly ReportFile[];
}

/** What became of policies that were looked at. */
export interface CheckedPolicies {
  readonly problems: readonly PolicyProblem[];
  /** Undefined if there are problems. */
  readonly version: string | undefined;
}

/** What tests of policies found. */
export interface TestedPolicies {
  readonly problems: readonly PolicyProblem[];
  readonly results: readonly PolicyTestResult[];
  /** Ids of policies that decided none of the tests. */
  readonly untested: readonly string[];
}

/** Each job as it is done, for the thread that does it. */
export const JOBS: Jobs = {
  async checkPolicies(files) {
    const loading = load(files);
    return loading.kind === 'rejected'
      ? { problems: loading.problems, version: undefined }
      : { problems: [], version: loading.policySet.version };
  },
  async testPolicies({ files, tests }) {
    const loading = load(files);
    if (loading.kind === 'rejected') {
      return { problems: loading.problems, results: [], untested: [] };
    }
    const results = await runConfiguredTests(loading.policySet, tests);
    return { problems: [], results, untested: findUntestedPolicies(loading.policySet, results) };
  },
  async decideAll({ files, operations }) {
    const loading = load(files);
    if (loading.kind === 'rejected') throw new Error('Cannot decide: the policies have problems');
    const { policySet } = loading;
    return operations.map((operation) => decide(policySet, operation));
  },
  readSamlAnswer,
  async makeHipaaReport({ ledgerDirectory, missing, period, format }) {
    const report = await readHipaaReport(ledgerDirectory, period, { missing });
    return { isWhole: report.isWhole, files: await renderReport(report, format) };
  },
};

/** The last policies: who asks about some asks again. */
let last: { readonly key: string; readonly loading: PolicyLoading } | undefined;

function load(files: readonly PolicyFile[]): PolicyLoading {
  const key = JSON.stringify(files);
  if (last?.key !== key) last = { key, loading: loadPolicySet(files) };
  return last.loading;
}
