import type {
  ConfigurationOutcome,
  ConfigurationSubmission,
  SharedConfiguration,
} from '../api/configuration.ts';
import { seal } from '../audit/seal.ts';
import type { BundledFile } from '../configuration/bundle.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** What is applied, by whom, and on what condition. */
export interface ConfigurationWish {
  readonly files: readonly BundledFile[];
  /** Id of the principal. */
  readonly by: string;
  readonly expectedVersion: number | undefined;
  readonly isDryRun: boolean;
  /** Says in the ledger what is about to be kept, or is refused: when it rejects, nothing is kept. */
  readonly enter: (outcome: ConfigurationOutcome | 'invalid') => Promise<void>;
}

/** What became of it. */
export type AppliedConfiguration =
  | { readonly kind: 'done'; readonly outcome: ConfigurationOutcome }
  /** With file, line and column, one each. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  /** Another version is the newest. */
  | { readonly kind: 'conflict'; readonly version: number };

/** The configuration that gateways on the store share. */
export interface ConfigurationServices {
  find(): Promise<SharedConfiguration>;
  apply(wish: ConfigurationWish): Promise<AppliedConfiguration>;
}

/** Problems of a configuration that are told at once. */
const PROBLEMS_MAX = 50;

/** Says by digests what gateways take. */
export async function getConfiguration({ configurations }: ControlPlaneServices): Promise<Answer> {
  return answerJson(await configurations.find());
}

/** Keeps a new version for all gateways. Who did, and what it is, is in the ledger first. */
export async function applyConfiguration(
  { configurations, ledger }: ControlPlaneServices,
  { json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { files, expectedVersion, dryRun } = json as ConfigurationSubmission;
  const applied = await configurations.apply({
    files: files.map(({ path, content }) => ({ path, content: Buffer.from(content, 'base64') })),
    by: principal.id,
    expectedVersion,
    isDryRun: dryRun === true,
    enter: (outcome) =>
      seal(ledger, {
        kind: outcome === 'invalid' ? 'configuration.refuse' : 'configuration.change',
        ...(outcome === 'invalid' && { reason: outcome }),
        principal: principal.id,
        ...(outcome !== 'invalid' && {
          version: outcome.version,
          bundleSha256: outcome.sha256,
          files: outcome.changes.length,
        }),
        client: clientAddress,
      }),
  });
  switch (applied.kind) {
    case 'done':
      return answerJson(applied.outcome);
    case 'invalid':
      return answerProblem(
        'bad-request',
        applied.problems.slice(0, PROBLEMS_MAX).join('; '),
        'Nothing was changed: sallyport check says the same.',
      );
    case 'conflict':
      return answerProblem(
        'conflict',
        `version ${applied.version} is the newest`,
        'Look at what changes now: sallyport diff.',
      );
  }
}
