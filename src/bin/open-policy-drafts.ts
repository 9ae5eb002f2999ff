import { setImmediate } from 'node:timers/promises';
import { type Grant, isInForce } from '../access/grant.ts';
import type { PolicyReplayChange, ReplayedDecision } from '../api/policy.ts';
import type { Entry } from '../audit/decode-entry.ts';
import type { StoredEntry } from '../audit/read-entries.ts';
import type { PolicyDrafts, ReplayOutcome } from '../control-plane/services.ts';
import type { JobOutcome, JobThread } from '../control-plane/threads/job-thread.ts';
import { describeTarget } from '../gateway/gateway-session.ts';
import type { Principal } from '../identity/principal.ts';
import { combineDecisions } from '../policy/combine-decisions.ts';
import type { Decision } from '../policy/decision.ts';
import { describeCommand } from '../policy/describe-command.ts';
import type { Operation } from '../policy/operation.ts';
import type { GuardedAction } from '../protocols/guard.ts';
import { redactValues } from '../protocols/postgres/redact-literals.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { analyzeCommand } from '../shell/analyze-command.ts';
import type { Target, TargetPlace } from '../targets/target.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { AnalyseOperation } from './open-explainer.ts';
import type { JointReading } from './open-joint-reading.ts';

/** Entries that are decided together. */
const BATCH = 100;
/** Changes that one answer lists. */
const CHANGES_MAX = 500;

/** With what it is found out what was done, and what that would be. */
interface ReplayMeans {
  readonly reading: Pick<JointReading, 'lastOperations' | 'sessionEntries'>;
  readonly analyse: AnalyseOperation;
}

/** Who acted in a session, where. */
interface ReplayedSession {
  readonly principal: Principal;
  readonly target: Target;
  readonly place: TargetPlace;
  readonly grants: readonly Grant[];
}

/** Looks at policies that need not be in force, on a thread that nothing else waits for. */
export function openPolicyDrafts(
  own: GatewayProcess,
  means: ReplayMeans,
  thread: JobThread,
): PolicyDrafts {
  let isReplaying = false;
  return {
    check: (files) => thread.run('checkPolicies', files),
    test: (files) => thread.run('testPolicies', { files, tests: own.configuration.policyTests }),
    replay: async (files, { last, target, logs }, signal) => {
      if (isReplaying) return { kind: 'busy' };
      isReplaying = true;
      try {
        const entries = await means.reading.lastOperations(last, logs);
        const decideAll: DecideAll = (operations) => thread.run('decideAll', { files, operations });
        return await new Replay(own, means, decideAll).run(entries, target, signal);
      } finally {
        isReplaying = false;
      }
    },
  };
}

type DecideAll = (operations: readonly Operation[]) => Promise<JobOutcome<readonly Decision[]>>;

/** What is decided again. */
interface Replayed {
  readonly stored: StoredEntry;
  readonly session: ReplayedSession;
  /** Never empty. */
  readonly operations: readonly Operation[];
}

/** Decides what the ledger has of operations again: with their text, their principal and the catalog of today. */
class Replay {
  readonly #own: GatewayProcess;
  readonly #means: ReplayMeans;
  readonly #decideAll: DecideAll;
  readonly #sessions = new Map<string, Promise<ReplayedSession | undefined>>();
  readonly #changes: PolicyReplayChange[] = [];
  #replayed = 0;
  #unchanged = 0;

  constructor(own: GatewayProcess, means: ReplayMeans, decideAll: DecideAll) {
    this.#own = own;
    this.#means = means;
    this.#decideAll = decideAll;
  }

  async run(
    entries: readonly StoredEntry[],
    only: string | undefined,
    signal: AbortSignal,
  ): Promise<JobOutcome<ReplayOutcome>> {
    let skipped = 0;
    for (let start = 0; start < entries.length; start += BATCH) {
      const batch: Replayed[] = [];
      for (const stored of entries.slice(start, start + BATCH)) {
        // Analysis takes milliseconds at worst: other work of the process has its turn after each.
        await setImmediate();
        signal.throwIfAborted();
        const session = await this.#findSession(stored);
        if (only !== undefined && session?.target.name !== only) continue;
        const operations = session && (await this.#analyseEntry(stored.entry, session, signal));
        if (session === undefined || operations === undefined) skipped += 1;
        else batch.push({ stored, session, operations });
      }
      const decided = await this.#decideAll(batch.flatMap(({ operations }) => operations));
      if (decided.kind !== 'done') return decided;
      this.#compare(batch, decided.output);
    }
    const [replayed, unchanged, changes] = [this.#replayed, this.#unchanged, this.#changes];
    return { kind: 'done', output: { replayed, skipped, unchanged, changes } };
  }

  /** @param decisions Of all operations of the batch, in order. */
  #compare(batch: readonly Replayed[], decisions: readonly Decision[]): void {
    let next = 0;
    for (const { stored, session, operations } of batch) {
      const own = decisions.slice(next, next + operations.length);
      next += operations.length;
      const was = readDecision(stored.entry);
      const would = describeDecision(combineDecisions(own));
      this.#replayed += 1;
      if (was.kind === would.kind) this.#unchanged += 1;
      else if (this.#changes.length < CHANGES_MAX)
        this.#changes.push(describe(stored, session, { was, would }));
    }
  }

  /** Undefined for what its text does not say, such as EXECUTE of a prepared statement. */
  async #analyseEntry(
    entry: Entry,
    session: ReplayedSession,
    signal: AbortSignal,
  ): Promise<readonly Operation[] | undefined> {
    if (entry.text === undefined || entry['textCut'] === true) return undefined;
    const { principal, target, place, grants } = session;
    const actions = await this.#analyseText(entry, { target, place, text: entry.text }, signal);
    if (actions === undefined || actions.length === 0) return undefined;
    const atMs = Date.parse(entry.at);
    const held = grants.filter((grant) => isInForce(untilItsEnd(grant, atMs), atMs));
    const question = {
      principal,
      grants: held.map(({ name }) => name),
      target: describeTarget(target),
    };
    return actions.map(({ action, facts }) => ({ ...question, action, facts }));
  }

  #analyseText(
    entry: Entry,
    { target, place, text }: Pick<ReplayedSession, 'target' | 'place'> & { readonly text: string },
    signal: AbortSignal,
  ): Promise<readonly GuardedAction[] | undefined> {
    switch (target.kind) {
      case 'postgres':
        return this.#analyseSql(target, { database: place.database, sql: text }, signal);
      case 'ssh':
        return Promise.resolve(analyseHostEntry(entry, place.account));
      case 'http':
      case 'kubernetes':
        // Its fields and its body were facts, too, and are not in its text.
        return Promise.resolve(undefined);
    }
  }

  async #analyseSql(
    ...question: Parameters<AnalyseOperation>
  ): Promise<readonly GuardedAction[] | undefined> {
    try {
      return await this.#means.analyse(...question);
    } catch (error) {
      if (error instanceof UpstreamError) return undefined;
      throw error;
    }
  }

  #findSession({ entry }: StoredEntry): Promise<ReplayedSession | undefined> {
    const { session } = entry;
    if (session === undefined) return Promise.resolve(undefined);
    const known = this.#sessions.get(session) ?? this.#readSession(session);
    this.#sessions.set(session, known);
    return known;
  }

  async #readSession(session: string): Promise<ReplayedSession | undefined> {
    const { configuration, services, access } = this.#own;
    const listed = await services.sessions.find(session);
    if (listed === undefined) return undefined;
    const target = configuration.targets.find(({ name }) => name === listed.target);
    for await (const { entry } of this.#means.reading.sessionEntries(listed)) {
      const principal = readPrincipal(entry);
      if (principal === undefined || target === undefined) return undefined;
      const query = { holderId: principal.id, target: target.name, limit: 200 };
      const { items: grants } = await access.stores.grants.list(query);
      const { database, account } = listed;
      return { principal, target, place: { database, account }, grants };
    }
    return undefined;
  }
}

/** What a command would do. Undefined for all else: what was known of a file or a shell, its line does not say. */
function analyseHostEntry(
  { text = '', actions }: Entry,
  account: string,
): readonly GuardedAction[] | undefined {
  const [action, ...others] = Array.isArray(actions) ? actions.map(String) : [];
  const isTyped = action === 'ssh.command';
  if (others.length > 0 || (action !== 'ssh.exec' && !isTyped)) return undefined;
  const found = describeCommand(text, analyzeCommand(text, { isTyped }));
  return [{ action, facts: { ...found, account, protocol: 'ssh', observed: isTyped } }];
}

/** Any word of a command can be a patient: its programs are shown. Requests are not replayed. */
function showText({ text = '', actions }: Entry, target: Target): string {
  if (target.kind === 'postgres') return redactValues(text);
  const isTyped = Array.isArray(actions) && actions.includes('ssh.command');
  return analyzeCommand(text, { isTyped }).commands.join(' ');
}

/** A grant that ended later was in force before its end. */
function untilItsEnd(grant: Grant, atMs: number): Grant {
  return grant.end !== undefined && atMs < grant.end.atMs ? { ...grant, end: undefined } : grant;
}

/** Who acted, by the first entry of the session. */
function readPrincipal({ kind, principal }: Entry): Principal | undefined {
  if (kind !== 'session.start' || typeof principal !== 'object' || principal === null)
    return undefined;
  const said = principal as Partial<Principal> & { readonly name?: unknown };
  const { id, kind: of, groups, signIn } = said;
  if (typeof id !== 'string' || !Array.isArray(groups) || signIn === undefined) return undefined;
  const colon = id.indexOf(':');
  return {
    id,
    issuer: id.slice(0, colon),
    subject: id.slice(colon + 1),
    kind: of === 'workload' ? 'workload' : 'person',
    displayName: typeof said.name === 'string' ? said.name : id,
    groups,
    signIn,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  };
}

/** What ran after a review needed one. */
function readDecision(entry: Entry): ReplayedDecision {
  const { policies, reason, decision, review } = entry;
  const ids = Array.isArray(policies) ? policies.map(String) : [];
  if (entry.kind === 'operation') {
    return { kind: typeof review === 'string' ? 'review' : 'allow', policies: ids };
  }
  return {
    kind: decision === 'review' ? 'review' : 'deny',
    policies: ids,
    ...(typeof reason === 'string' && { reason }),
  };
}

function describeDecision(decision: Decision): ReplayedDecision {
  switch (decision.kind) {
    case 'allow':
      return { kind: 'allow', policies: decision.policyIds };
    case 'review':
      return { kind: 'review', policies: decision.policyIds, reason: decision.reason };
    case 'deny': {
      const { policyId, reason } = decision;
      return { kind: 'deny', policies: policyId === undefined ? [] : [policyId], reason };
    }
  }
}

function describe(
  { logName, entry }: StoredEntry,
  { principal, target }: ReplayedSession,
  decisions: { readonly was: ReplayedDecision; readonly would: ReplayedDecision },
): PolicyReplayChange {
  const { actions } = entry;
  return {
    at: entry.at,
    principal: principal.displayName,
    target: target.name,
    sessionId: entry.session,
    actions: Array.isArray(actions) ? actions.map(String) : [],
    text: showText(entry, target),
    ...decisions,
    ledger: { log: logName, index: entry.seq },
  };
}
