import { createOpenapi } from '../api/openapi.ts';
import type { GatewayAction, RouteId } from '../api/route.ts';
import type { VisibleTarget } from '../api/target.ts';
import type { Whoami } from '../api/whoami.ts';
import { defaultPlace, type Target } from '../targets/target.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import { createDelegation, endDelegation, listDelegations } from './access/delegation-handlers.ts';
import {
  breakGlass,
  extendGrant,
  getGrant,
  listGrantKinds,
  listGrants,
  requestGrant,
  revokeGrant,
} from './access/grant-handlers.ts';
import { listPeople } from './access/people-handlers.ts';
import {
  getRequest,
  listRequests,
  reviewRequest,
  withdrawRequest,
} from './access/request-handlers.ts';
import { closeAlert, getAlert, listAlerts } from './alert-handlers.ts';
import { type Answer, answerJson } from './answer.ts';
import { endSignIn, listSignIns, signOut } from './browser/sign-in-handlers.ts';
import { applyConfiguration, getConfiguration } from './configuration-handlers.ts';
import {
  addConnector,
  getConnector,
  listConnectors,
  removeConnector,
} from './connector-handlers.ts';
import { handleDisclosures, type Searches } from './disclosure-handler.ts';
import { EventHub } from './event-hub.ts';
import { type Explanations, handleExplain } from './explain-handler.ts';
import { listExports, replayExport } from './export-handlers.ts';
import { listGateways } from './gateway-handlers.ts';
import type { Handler, SignedInCall } from './handler.ts';
import { endHold, listHolds, startHold } from './hold-handlers.ts';
import {
  findKeyboard,
  findSessionToJoin,
  findSessionToTypeIn,
  type Joins,
} from './join-handlers.ts';
import {
  listCheckpoints,
  listLedgerEntries,
  listLedgerLogs,
  proveLedgerEntry,
} from './ledger-handlers.ts';
import { getOverview } from './overview-handler.ts';
import { endToken, listTokens } from './own-token-handlers.ts';
import { getPolicies, replayPolicies, testPolicies, validatePolicies } from './policy-handlers.ts';
import { makeHipaaReport } from './report-handler.ts';
import type { ControlPlaneServices } from './services.ts';
import { findSession, findSessionToEnd, listSessions } from './session-handlers.ts';
import { issueSshCertificate } from './ssh-certificate-handler.ts';
import { confirmDataMap, discoverTarget, getTarget } from './target-handlers.ts';
import { handleExchange, handleRevocation } from './token-handlers.ts';
import {
  findLive,
  findRawTrack,
  findRecording,
  findTimeline,
  type Watches,
} from './watch-handlers.ts';

/** One handler for each route of the contract; a route without one does not compile. */
export function createHandlers(services: ControlPlaneServices): Readonly<Record<RouteId, Handler>> {
  return {
    ...createServiceHandlers(services),
    ...createAccessHandlers(services),
    ...createTargetHandlers(services),
    ...createConnectorHandlers(services),
    ...createOversightHandlers(services),
    ...createSessionHandlers(services),
  };
}

type Serve = (services: ControlPlaneServices, call: SignedInCall) => Promise<Answer>;

/** Makes handlers of functions that find out for themselves what the asker may see. */
function forSignedIn(services: ControlPlaneServices): (serve: Serve) => Handler {
  return (serve) => ({ access: 'signed-in', handle: (call) => serve(services, call) });
}

/** Makes handlers of functions that are called once policy permitted the route's action. */
function forPermitted(services: ControlPlaneServices): (serve: Serve) => Handler {
  return (serve) => ({ access: 'gateway-policy', handle: (call) => serve(services, call) });
}

function createServiceHandlers(services: ControlPlaneServices) {
  const openapi = createOpenapi(services.version);
  const signedIn = forSignedIn(services);
  return {
    getClientConfiguration: {
      access: 'public',
      handle: async () => answerJson(services.clientConfiguration()),
    },
    getOpenapi: { access: 'public', handle: async () => answerJson(openapi) },
    getCallerKeys: { access: 'public', handle: async () => answerJson(services.callerKeys()) },
    getHealth: { access: 'public', handle: async () => answerHealth(services, true) },
    getReadiness: {
      access: 'public',
      handle: async () => {
        const ledgerWorks = services.ledger.health !== 'failing';
        return answerHealth(services, ledgerWorks && (await services.isReady()));
      },
    },
    exchangeToken: { access: 'token', handle: (call) => handleExchange(services, call) },
    revokeToken: { access: 'token', handle: (call) => handleRevocation(services, call) },
    listTokens: signedIn(listTokens),
    endToken: signedIn(endToken),
    issueSshCertificate: signedIn(issueSshCertificate),
    getWhoami: signedIn(getWhoami),
    listSignIns: signedIn(listSignIns),
    endSignIn: signedIn(endSignIn),
    signOut: signedIn(signOut),
  } as const satisfies Partial<Record<RouteId, Handler>>;
}

function createAccessHandlers(services: ControlPlaneServices) {
  const events = new EventHub(services);
  const signedIn = forSignedIn(services);
  return {
    getOverview: signedIn(getOverview),
    streamEvents: { access: 'signed-in', handle: (call) => events.serve(call) },
    listRequests: signedIn(listRequests),
    getRequest: signedIn(getRequest),
    reviewRequest: signedIn(reviewRequest),
    withdrawRequest: signedIn(withdrawRequest),
    requestGrant: signedIn(requestGrant),
    breakGlass: signedIn(breakGlass),
    listGrantKinds: signedIn(listGrantKinds),
    listGrants: signedIn(listGrants),
    getGrant: signedIn(getGrant),
    extendGrant: signedIn(extendGrant),
    revokeGrant: signedIn(revokeGrant),
    listDelegations: signedIn(listDelegations),
    createDelegation: signedIn(createDelegation),
    endDelegation: signedIn(endDelegation),
    listPeople: forPermitted(services)(listPeople),
  } as const satisfies Partial<Record<RouteId, Handler>>;
}

function createConnectorHandlers(services: ControlPlaneServices) {
  const permitted = forPermitted(services);
  return {
    listGateways: permitted(listGateways),
    listConnectors: permitted(listConnectors),
    getConnector: permitted(getConnector),
    addConnector: permitted(addConnector),
    removeConnector: permitted(removeConnector),
  } as const satisfies Partial<Record<RouteId, Handler>>;
}

function createTargetHandlers(services: ControlPlaneServices) {
  const explanations: Explanations = { askers: [] };
  const permitted = forPermitted(services);
  return {
    listTargets: {
      access: 'signed-in',
      handle: async (call) => answerJson({ targets: findVisibleTargets(services, call) }),
    },
    getTarget: forSignedIn(services)(getTarget),
    explainStatement: {
      access: 'signed-in',
      handle: (call) => handleExplain(services, explanations, call),
    },
    discoverTarget: permitted(discoverTarget),
    confirmDataMap: permitted(confirmDataMap),
  } as const satisfies Partial<Record<RouteId, Handler>>;
}

function createOversightHandlers(services: ControlPlaneServices) {
  const searches: Searches = { running: 0 };
  const permitted = forPermitted(services);
  return {
    getPolicies: permitted(getPolicies),
    validatePolicies: permitted(validatePolicies),
    testPolicies: permitted(testPolicies),
    replayPolicies: permitted(replayPolicies),
    listLedgerLogs: permitted(listLedgerLogs),
    listCheckpoints: permitted(listCheckpoints),
    listLedgerEntries: permitted(listLedgerEntries),
    proveLedgerEntry: permitted(proveLedgerEntry),
    listHolds: permitted(listHolds),
    startHold: permitted(startHold),
    endHold: permitted(endHold),
    getConfiguration: permitted(getConfiguration),
    applyConfiguration: permitted(applyConfiguration),
    listExports: permitted(listExports),
    replayExport: permitted(replayExport),
    listAlerts: permitted(listAlerts),
    getAlert: permitted(getAlert),
    closeAlert: permitted(closeAlert),
    makeHipaaReport: permitted(makeHipaaReport),
    findDisclosures: {
      access: 'gateway-policy',
      handle: (call) => handleDisclosures(services, searches, call),
    },
  } as const satisfies Partial<Record<RouteId, Handler>>;
}

function createSessionHandlers(services: ControlPlaneServices) {
  const playbacks: Watches = { watchers: [] };
  const liveViews: Watches = { watchers: [] };
  const timelines: Watches = { watchers: [] };
  const joins: Joins = new Map();
  return {
    listSessions: forSignedIn(services)(listSessions),
    getSession: { access: 'session-policy', find: (call) => findSession(services, call) },
    getRecording: {
      access: 'session-policy',
      find: (call) => findRecording(services, playbacks, call),
    },
    getRawTrack: {
      access: 'session-policy',
      find: (call) => findRawTrack(services, playbacks, call),
    },
    watchSession: {
      access: 'session-policy',
      find: (call) => findLive(services, liveViews, call),
    },
    joinSession: {
      access: 'session-policy',
      find: (call) => findSessionToJoin(services, joins, call),
    },
    typeInSession: {
      access: 'session-policy',
      find: (call) => findSessionToTypeIn(services, joins, call),
    },
    holdKeyboard: {
      access: 'session-policy',
      find: (call) => findKeyboard(services, joins, call),
    },
    getTimeline: {
      access: 'session-policy',
      find: (call) => findTimeline(services, timelines, call),
    },
    endSession: { access: 'session-policy', find: (call) => findSessionToEnd(services, call) },
  } as const satisfies Partial<Record<RouteId, Handler>>;
}

function answerHealth({ nowMs }: ControlPlaneServices, works: boolean): Answer {
  const time = new Date(nowMs()).toISOString();
  return works
    ? answerJson({ status: 'ok', time })
    : answerJson({ status: 'unavailable', time }, 503);
}

const GATEWAY_ACTIONS: readonly GatewayAction[] = [
  'alert.close',
  'audit.read',
  'configuration.change',
  'overview.read',
  'people.read',
  'policy.read',
  'policy.test',
  'retention.hold',
];

/** What is asked first after a sign-in, so that the list of people learns of those who never open a session. */
async function getWhoami(
  { authorize, access, log }: ControlPlaneServices,
  { principal, signIn }: SignedInCall,
): Promise<Answer> {
  try {
    await access.noteSeen(principal);
  } catch (error) {
    // The list of people is a convenience.
    logUnexpectedError(log, 'people', error);
  }
  const permitted = GATEWAY_ACTIONS.filter(
    (action) => authorize({ action, principal }).kind === 'allow',
  );
  const who: Whoami = {
    id: principal.id,
    name: principal.displayName,
    kind: principal.kind,
    provider: principal.issuer,
    groups: principal.groups,
    signIn: principal.signIn,
    expiresAt: new Date(principal.expiresAtMs).toISOString(),
    permitted,
    ...(signIn && { csrfToken: signIn.csrfToken }),
  };
  return answerJson(who);
}

function findVisibleTargets(
  { targets, authorize, siteUrl }: ControlPlaneServices,
  { principal, clientAddress }: SignedInCall,
): readonly VisibleTarget[] {
  const mayConnect = ({ name }: Target): boolean =>
    authorize({ action: 'connect', principal, target: name, clientAddress }).kind === 'allow';
  return targets()
    .filter(mayConnect)
    .map((target) => {
      const { name, kind, description, labels } = target;
      const url = siteUrl(target);
      return { name, kind, description, ...defaultPlace(target), labels, ...(url && { url }) };
    });
}
