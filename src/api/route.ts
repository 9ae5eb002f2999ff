import type { z } from 'zod';

/** Name of a route: `operationId` in the OpenAPI document. */
export type RouteId =
  | 'getClientConfiguration'
  | 'exchangeToken'
  | 'revokeToken'
  | 'listTokens'
  | 'endToken'
  | 'issueSshCertificate'
  | 'getWhoami'
  | 'listSignIns'
  | 'endSignIn'
  | 'signOut'
  | 'getOverview'
  | 'streamEvents'
  | 'listRequests'
  | 'getRequest'
  | 'reviewRequest'
  | 'withdrawRequest'
  | 'requestGrant'
  | 'breakGlass'
  | 'listGrantKinds'
  | 'listGrants'
  | 'getGrant'
  | 'extendGrant'
  | 'revokeGrant'
  | 'listDelegations'
  | 'createDelegation'
  | 'endDelegation'
  | 'listPeople'
  | 'listTargets'
  | 'getTarget'
  | 'explainStatement'
  | 'discoverTarget'
  | 'confirmDataMap'
  | 'findDisclosures'
  | 'listSessions'
  | 'getSession'
  | 'getRecording'
  | 'getRawTrack'
  | 'endSession'
  | 'getTimeline'
  | 'watchSession'
  | 'joinSession'
  | 'typeInSession'
  | 'holdKeyboard'
  | 'getPolicies'
  | 'validatePolicies'
  | 'testPolicies'
  | 'replayPolicies'
  | 'listLedgerLogs'
  | 'listCheckpoints'
  | 'listLedgerEntries'
  | 'proveLedgerEntry'
  | 'listHolds'
  | 'startHold'
  | 'endHold'
  | 'listGateways'
  | 'listConnectors'
  | 'addConnector'
  | 'getConnector'
  | 'removeConnector'
  | 'getConfiguration'
  | 'applyConfiguration'
  | 'listExports'
  | 'replayExport'
  | 'listAlerts'
  | 'getAlert'
  | 'closeAlert'
  | 'makeHipaaReport'
  | 'getOpenapi'
  | 'getCallerKeys'
  | 'getHealth'
  | 'getReadiness';

/** What policy is asked about one session. */
export type SessionAction =
  | 'session.list'
  | 'session.watch'
  | 'session.join'
  | 'session.end'
  | 'session.unseal';

/** What policy is asked about the gateway itself. */
export type GatewayAction =
  | 'alert.close'
  | 'audit.read'
  | 'configuration.change'
  | 'overview.read'
  | 'people.read'
  | 'policy.read'
  | 'policy.test'
  | 'retention.hold';

/**
 * Who may call a route.
 *
 * `public`: anybody. `token`: proves itself by a token in its form. `signed-in`: whoever has a valid
 * bearer token or a sign-in in the browser, and what the answer holds is what that principal may see.
 * `session-policy`: who may, by policy, do `action` to the session that the path names.
 * `gateway-policy`: who may, by policy, do `action` on the gateway.
 */
export type RouteAccess =
  | { readonly kind: 'public' }
  | { readonly kind: 'token' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'session-policy'; readonly action: SessionAction }
  | { readonly kind: 'gateway-policy'; readonly action: GatewayAction };

/** One request that the control plane serves. */
export interface Route {
  readonly id: RouteId;
  readonly method: 'GET' | 'POST';
  /** Parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly summary: string;
  readonly access: RouteAccess;
  readonly pathParameters?: z.ZodType;
  readonly query?: z.ZodType;
  /** Body, `application/x-www-form-urlencoded`. */
  readonly form?: z.ZodType;
  /** Body, `application/json`. A route has this or `form`, not both. */
  readonly json?: z.ZodType;
  /** Bytes of the body; the server's own limit when absent. */
  readonly bodyBytesMax?: number;
  /**
   * Takes an `Idempotency-Key`: the same request with the same key within 24 hours is answered as the
   * first one was, and done once.
   */
  readonly takesIdempotencyKey?: true;
  /** How much of what a principal may ask for in a while it takes. Default 1. */
  readonly weight?: number;
  readonly answer: RouteAnswer;
  /** Other answers than errors of the gateway itself, by status. */
  readonly problem: z.ZodType;
}

/** What comes back when all went well. */
export interface RouteAnswer {
  readonly mediaType: 'application/json' | 'application/x-ndjson' | 'text/event-stream';
  /** Default 200. */
  readonly status?: 201;
  /**
   * Of the document, of one line, or of the data of one server-sent event. Absent when the answer has
   * no fixed shape or no body.
   */
  readonly schema?: z.ZodType;
}

/** What documents are sent as. */
export const JSON_TYPE = 'application/json';
