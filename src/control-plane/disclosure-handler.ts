import type { DisclosureList, DisclosureRequest, DisclosureView } from '../api/disclosure.ts';
import type { TargetPath } from '../api/identifiers.ts';
import type { Disclosure } from '../audit/find-disclosures.ts';
import { seal } from '../audit/seal.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import { coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';

/** Results that one answer lists: the newest. */
const LISTED_MAX = 5_000;
/** Searches of this process at the same time: each reads the whole ledger. */
const SEARCHES_MAX = 2;

/** Counts the searches being made. */
export interface Searches {
  running: number;
}

/**
 * Lists the results that showed rows of one patient. Who asks learns who is a patient here and who treated
 * them, so the question is in the ledger before it is answered; the id is not, only its keyed hash.
 */
export async function handleDisclosures(
  services: ControlPlaneServices,
  searches: Searches,
  { principal, path, json, clientAddress, signal }: SignedInCall,
): Promise<Answer> {
  const { findDisclosures, ledger, retention } = services;
  const { name } = path as TargetPath;
  const { patient, since } = json as DisclosureRequest;
  if (searches.running >= SEARCHES_MAX) {
    return answerTooMany('the ledger is being searched by others');
  }
  searches.running += 1;
  try {
    const sinceMs = since === undefined ? undefined : Date.parse(since);
    const coverage = await coverLogs(services);
    const search = await findDisclosures({ target: name, patient, sinceMs }, coverage.read);
    if (search === undefined) {
      return answerProblem('not-found', 'there is no target of this name with a data map');
    }
    await seal(ledger, {
      kind: 'disclosures.find',
      principal: principal.id,
      target: name,
      patient: search.patientHash,
      ...(since !== undefined && { since }),
      client: clientAddress,
    });
    const newest = await listNewest(search.disclosures, signal);
    const expiredUntil = await retention.findLastExpiredDay();
    return answerJson({ ...newest, coverage, ...(expiredUntil !== undefined && { expiredUntil }) });
  } finally {
    searches.running -= 1;
  }
}

async function listNewest(
  found: AsyncIterable<Disclosure>,
  signal: AbortSignal,
): Promise<Omit<DisclosureList, 'coverage' | 'expiredUntil'>> {
  const disclosures: DisclosureView[] = [];
  let leftOut = 0;
  for await (const disclosure of found) {
    signal.throwIfAborted();
    disclosures.push(toView(disclosure));
    if (disclosures.length < 2 * LISTED_MAX) continue;
    disclosures.splice(0, LISTED_MAX);
    leftOut += LISTED_MAX;
  }
  const more = Math.max(0, disclosures.length - LISTED_MAX);
  return { disclosures: disclosures.slice(more), leftOut: leftOut + more };
}

function toView({
  logName,
  seq,
  session,
  principalId,
  principalName,
  statementSha256,
  ...rest
}: Disclosure): DisclosureView {
  return {
    ...rest,
    log: logName,
    index: seq,
    sessionId: session,
    principal: { id: principalId, name: principalName },
    ...(statementSha256 !== undefined && { statementSha256 }),
  };
}
