import type { AlertView, Overview, TodayCounts } from '../api/overview.ts';
import type { Principal } from '../identity/principal.ts';
import { actorOf } from './access/actor.ts';
import { describeBreakGlassAlert } from './alerts.ts';
import { type Answer, answerJson } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import { coverLogs } from './ledger-coverage.ts';
import type { ControlPlaneServices } from './services.ts';
import { VisibleSessions } from './visible-sessions.ts';

/** Live sessions that are counted. */
const COUNTED_MAX = 1_000;
const ALERTS_MAX = 20;

/** What goes on: for everybody what they may see, the whole gateway's figures with `overview.read`. */
export async function getOverview(
  services: ControlPlaneServices,
  call: SignedInCall,
): Promise<Answer> {
  const { access, ledger, isReady, authorize } = services;
  const { principal } = call;
  const actor = actorOf(call);
  const [counts, unreviewed, liveSessions, storeWorks] = await Promise.all([
    access.countRequests(actor),
    access.listRequests(actor, {
      kinds: ['break-glass'],
      states: ['unreviewed'],
      limit: ALERTS_MAX,
    }),
    countLiveSessions(services, call),
    isReady(),
  ]);
  const seesAll = authorize({ action: 'overview.read', principal }).kind === 'allow';
  const overview: Overview = {
    liveSessions,
    reviewable: counts.reviewable,
    ownWaiting: counts.own,
    unreviewedBreakGlass: counts.unreviewed,
    ...(seesAll && {
      today: await readToday(services),
    }),
    alerts: [
      ...describeHealth(services, storeWorks),
      ...unreviewed.items.map(({ request }) => describeBreakGlassAlert(request)),
      ...(await listOpenAlerts(services, principal)),
    ],
    health: { ledger: ledger.health, store: storeWorks ? 'healthy' : 'failing' },
  };
  return answerJson(overview);
}

async function readToday(services: ControlPlaneServices): Promise<TodayCounts> {
  const coverage = await coverLogs(services);
  return { ...(await services.countToday(coverage.read)), coverage };
}

/** What rules over the ledger found, for those who may read it. */
async function listOpenAlerts(
  { alerts, authorize }: ControlPlaneServices,
  principal: Principal,
): Promise<readonly AlertView[]> {
  if (authorize({ action: 'audit.read', principal }).kind !== 'allow') return [];
  const { alerts: open } = await alerts.list({ state: 'open', limit: ALERTS_MAX });
  return open.map(({ id, atMs, summary, target }) => ({
    id: `overview_${id}`,
    at: new Date(atMs).toISOString(),
    kind: 'signal',
    text: summary,
    target,
    alertId: id,
  }));
}

async function countLiveSessions(
  services: ControlPlaneServices,
  { principal }: SignedInCall,
): Promise<number> {
  const page = await services.sessions.list({ state: 'live', limit: COUNTED_MAX });
  const visible = new VisibleSessions(services, 'session.list', principal);
  return (await visible.filter(page.sessions)).length;
}

function describeHealth(
  { ledger, witnesses, exporter, nowMs }: ControlPlaneServices,
  storeWorks: boolean,
): readonly AlertView[] {
  const at = new Date(nowMs()).toISOString();
  const alerts: AlertView[] = [];
  if (ledger.health !== 'healthy') {
    const text =
      ledger.health === 'slow' ? 'The ledger is slow' : 'The ledger fails: nothing is let through';
    alerts.push({ id: 'alert_ledger', at, kind: 'ledger', text });
  }
  if (witnesses?.isStale === true) {
    const text = 'Too few witnesses have cosigned the ledger lately';
    alerts.push({ id: 'alert_witnesses', at, kind: 'ledger', text });
  }
  if (!storeWorks) {
    alerts.push({ id: 'alert_store', at, kind: 'store', text: 'The store does not answer' });
  }
  for (const { name, failingSinceMs } of exporter.statuses) {
    if (failingSinceMs === undefined) continue;
    const since = new Date(failingSinceMs).toISOString();
    const text = `The export ${name} fails; entries wait in the ledger`;
    alerts.push({ id: `alert_export_${name}`, at: since, kind: 'export', text });
  }
  return alerts;
}
