import type {
  DataMapConfirmation,
  DataMapProposal,
  DataMapView,
  DiscoverSubmission,
} from '../api/data-map.ts';
import type { TargetPath } from '../api/identifiers.ts';
import type { TargetDetail, TargetHealth } from '../api/target.ts';
import { seal } from '../audit/seal.ts';
import type { DataMap } from '../configuration/data-map.ts';
import type { MaskSetting } from '../configuration/mask-setting.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { defaultPlace, isPostgres } from '../targets/target.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

const SAMPLES_DEFAULT = 1_000;

/** Shows a target to whoever may connect to it; for everybody else there is no such target. */
export async function getTarget(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { authorize, targets, checkTarget, siteUrl } = services;
  const { principal, clientAddress, signal } = call;
  const { name } = call.path as TargetPath;
  const target = targets().find((one) => one.name === name);
  const question = { action: 'connect', principal, target: name, clientAddress } as const;
  if (target === undefined || authorize(question).kind !== 'allow') return answerNoTarget();
  const mayChange = authorize({ action: 'configuration.change', principal }).kind === 'allow';
  const { kind, description, labels } = target;
  const isDatabase = target.kind === 'postgres';
  const url = siteUrl(target);
  const detail: TargetDetail = {
    name,
    kind,
    description,
    ...defaultPlace(target),
    ...(url && { url }),
    labels,
    databases: isDatabase ? withoutAny(target.databases) : [],
    accounts: target.kind === 'ssh' ? withoutAny(target.accounts) : [],
    health: showHealth(await checkTarget(target, signal), mayChange),
    ...(isDatabase && target.dataMap && { dataMap: viewDataMap(target.dataMap) }),
    mayChange,
  };
  return answerJson(detail);
}

function withoutAny(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== '*');
}

/** Where a target is and why it does not answer is for those who look after it. */
function showHealth({ problem, ...health }: TargetHealth, mayChange: boolean): TargetHealth {
  if (problem === undefined) return health;
  return { ...health, problem: mayChange ? problem : 'The target does not take the gateway in' };
}

function viewDataMap({ columns, patientKeys }: DataMap): DataMapView {
  return {
    columns: columns.map(({ key, dataClass, mask, paths }) => ({
      column: key,
      className: dataClass,
      ...(mask && { mask: nameMask(mask) }),
      paths: paths.map((of) => ({ path: of.path, className: of.dataClass })),
    })),
    patientKeys: patientKeys.map(({ key, column }) => ({ relation: key, column })),
  };
}

function nameMask(mask: MaskSetting): string {
  return mask.kind;
}

/**
 * Looks at a target's catalog and at samples, and proposes what its columns hold. That it looked is in the
 * ledger before: rows leave the target for it, though none of their values leaves the gateway.
 */
export async function discoverTarget(
  { targets, discover, ledger }: ControlPlaneServices,
  { path, json, principal, clientAddress, signal }: SignedInCall,
): Promise<Answer> {
  const { name } = path as TargetPath;
  const { database, samples = SAMPLES_DEFAULT } = json as DiscoverSubmission;
  const target = targets()
    .filter(isPostgres)
    .find((one) => one.name === name);
  if (target === undefined) return answerNoTarget();
  await seal(ledger, {
    kind: 'target.discover',
    principal: principal.id,
    target: name,
    database: database ?? target.database,
    samples,
    client: clientAddress,
  });
  let proposal: DataMapProposal | 'busy' | undefined;
  try {
    proposal = await discover({ target, database, samples }, signal);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return answerProblem('unavailable', 'the target cannot be reached', 'Try again later.');
  }
  if (proposal === undefined) return answerNoTarget();
  if (proposal === 'busy') {
    return answerTooMany('another target is being looked at');
  }
  return answerJson(proposal);
}

/** Adds entries to the data map in the target's file; everything else in it stays as it is. */
export async function confirmDataMap(
  { targets, changeDataMap, ledger }: ControlPlaneServices,
  { path, json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { name } = path as TargetPath;
  const confirmation = json as DataMapConfirmation;
  const isKnown = targets().some((one) => isPostgres(one) && one.name === name);
  if (!isKnown) return answerNoTarget();
  const outcome = await changeDataMap(name, confirmation, {
    comment: `confirmed by ${principal.id}`,
    enter: (what, { file, sha256 }, reason) =>
      seal(ledger, {
        kind: what === 'changed' ? 'configuration.change' : 'configuration.refuse',
        ...(reason && { reason }),
        principal: principal.id,
        target: name,
        file,
        fileSha256: sha256,
        columns: confirmation.columns.length,
        patientKeys: confirmation.patientKeys.length,
        client: clientAddress,
      }),
  });
  switch (outcome.kind) {
    case 'changed':
      return answerJson(outcome.change);
    case 'not-found':
      return answerNoTarget();
    case 'invalid':
      return answerProblem(
        'bad-request',
        outcome.problems.join('; '),
        'Nothing was changed: with these entries the file would not be valid.',
      );
    case 'not-writable':
      return answerProblem(
        'unavailable',
        'the configuration directory cannot be written',
        'Add the entries where the configuration is kept: sallyport discover --write does it.',
      );
  }
}

function answerNoTarget(): Answer {
  return answerProblem('not-found', 'there is no such target');
}
