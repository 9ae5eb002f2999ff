import type { Entry } from '../audit/decode-entry.ts';
import { fieldsOf, textOf } from '../audit/entry-fields.ts';
import type { IsVoid } from '../audit/find-refused.ts';
import type { VerifyReport } from '../audit/verify-ledger.ts';
import { DETECTOR_SCORECARD } from './detector-scorecard.ts';
import type { Report, ReportCheckpoint } from './report.ts';
import type { SectionCollector, SessionActor } from './section-collector.ts';
import { AccessCollector } from './sections/access.ts';
import { collectActivity } from './sections/activity.ts';
import { collectAuthentication } from './sections/authentication.ts';
import { collectConfiguration } from './sections/configuration.ts';
import { describeIntegrity } from './sections/integrity.ts';
import { collectInventory } from './sections/inventory.ts';
import { collectMaskingProfile } from './sections/masking-profile.ts';
import { collectOversight } from './sections/oversight.ts';
import { collectPatients } from './sections/patients.ts';
import { ReviewCollector } from './sections/reviews.ts';
import { collectTransmission } from './sections/transmission.ts';

/** What a report is made of. */
export interface ReportSource {
  /** All entries of all logs, in the order of their times, from the first on. */
  readonly entries: AsyncIterable<{ readonly logName: string; readonly entry: Entry }>;
  /** What the ledger refused to its callers: it did not happen, and is not of the report. Default: nothing. */
  readonly isVoid?: IsVoid;
  readonly checkpoints: readonly ReportCheckpoint[];
  readonly verification: VerifyReport;
}

/** Which period, and when it was asked for. All in milliseconds since the Unix epoch. */
export interface ReportPeriod {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly madeAtMs: number;
}

/**
 * Makes the report for the HIPAA Security and Privacy Rules, from the ledger alone. It is evidence for people who
 * judge; it claims nothing.
 */
export async function makeHipaaReport(
  { entries, isVoid = () => false, checkpoints, verification }: ReportSource,
  { fromMs, toMs, madeAtMs }: ReportPeriod,
): Promise<Report> {
  const collectors: readonly SectionCollector[] = [
    collectInventory(),
    new AccessCollector(fromMs),
    collectActivity(),
    collectAuthentication(),
    new ReviewCollector(),
    collectTransmission(),
    collectMaskingProfile(DETECTOR_SCORECARD),
    collectPatients(),
    collectOversight(),
    collectConfiguration(),
  ];
  const actors = new Map<string, SessionActor>();
  for await (const { logName, entry } of entries) {
    const atMs = Date.parse(entry.at);
    // What came later is not of this report, not even as an explanation.
    if (atMs >= toMs || isVoid({ logName, entry })) continue;
    const { session } = entry;
    if (session !== undefined && entry.kind === 'session.start') {
      actors.set(session, describeActor(entry));
    }
    const actor = session === undefined ? undefined : actors.get(session);
    const seen = { entry, logName, isWithin: atMs >= fromMs, actor };
    for (const collector of collectors) collector.add(seen);
    if (session !== undefined && entry.kind === 'session.end') actors.delete(session);
  }
  return {
    title: 'Evidence for the HIPAA Security and Privacy Rules',
    fromMs,
    toMs,
    madeAtMs,
    isWhole: verification.ok,
    checkpoints,
    sections: [
      ...collectors.map((collector) => collector.finish()),
      describeIntegrity(verification),
    ],
  };
}

function describeActor({ principal, target }: Entry): SessionActor {
  return {
    principalId: textOf(fieldsOf(principal)['id']) ?? '',
    target: textOf(target) ?? '',
  };
}
