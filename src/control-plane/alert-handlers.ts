import { isSamePerson } from '../access/person.ts';
import type {
  AlertClosingSubmission,
  AlertList,
  AlertListQuery,
  AlertPath,
  RaisedAlert,
} from '../api/alert.ts';
import { seal } from '../audit/seal.ts';
import type { Alert } from '../signals/alert-store.ts';
import { type Answer, answerJson, answerProblem } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

const ALERTS_DEFAULT = 50;

/** Lists what rules over the ledger found, newest first, and how much of it there is. */
export async function listAlerts(
  { alerts }: ControlPlaneServices,
  { query }: SignedInCall,
): Promise<Answer> {
  const { state, rule, principal, limit = ALERTS_DEFAULT, cursor } = query as AlertListQuery;
  const [page, counts] = await Promise.all([
    alerts.list({ state, rule, principalId: principal, limit, cursor }),
    alerts.count(),
  ]);
  const { nextCursor } = page;
  const list: AlertList = { alerts: page.alerts.map(viewAlert), nextCursor, counts };
  return answerJson(list);
}

/** Shows one alert. */
export async function getAlert(
  { alerts }: ControlPlaneServices,
  { path }: SignedInCall,
): Promise<Answer> {
  const alert = await alerts.find((path as AlertPath).id);
  return alert === undefined ? answerNoAlert() : answerJson(viewAlert(alert));
}

/** Dismisses or confirms an alert, once. It is in the ledger before it counts. */
export async function closeAlert(
  { alerts, ledger, findPerson, nowMs }: ControlPlaneServices,
  { path, json, principal, clientAddress }: SignedInCall,
): Promise<Answer> {
  const { id } = path as AlertPath;
  const { state, reason } = json as AlertClosingSubmission;
  const alert = await alerts.find(id);
  if (alert === undefined) return answerNoAlert();
  if (alert.state !== 'open') return answerClosed(alert);
  const { id: closerId, person } = principal;
  const about = { id: alert.principalId, person: (await findPerson(alert.principalId))?.person };
  if (isSamePerson({ id: closerId, person }, about)) {
    return answerProblem(
      'refused',
      'an alert about oneself is closed by somebody else',
      'Ask a colleague who may close alerts.',
    );
  }
  await seal(ledger, {
    kind: 'alert.close',
    alert: id,
    rule: alert.rule,
    principal: principal.id,
    about: alert.principalId,
    state,
    content: { reason },
    client: clientAddress,
  });
  const closed = await alerts.close(id, state, { by: principal.id, reason, atMs: nowMs() });
  // Two people at the same time: both are in the ledger, the first counts.
  return closed === undefined
    ? answerClosed((await alerts.find(id)) ?? alert)
    : answerJson(viewAlert(closed));
}

function viewAlert(alert: Alert): RaisedAlert {
  const { id, rule, principalId, target, atMs, summary, entries, state, closing } = alert;
  return {
    id,
    rule,
    principalId,
    target,
    at: new Date(atMs).toISOString(),
    summary,
    entries: entries.map(({ log, seq }) => ({ log, index: seq })),
    state,
    closedBy: closing?.by,
    closedAt: closing && new Date(closing.atMs).toISOString(),
    reason: closing?.reason,
  };
}

function answerNoAlert(): Answer {
  return answerProblem('not-found', 'there is no such alert');
}

function answerClosed({ state, closing }: Alert): Answer {
  return answerProblem('conflict', `the alert was ${state} by ${closing?.by ?? 'somebody'}`);
}
