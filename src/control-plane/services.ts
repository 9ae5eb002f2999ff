import type { AccessService } from '../access/access-service.ts';
import type { CallerKeys } from '../api/caller-keys.ts';
import type { ClientConfiguration } from '../api/client-configuration.ts';
import type { DataMapChange, DataMapConfirmation, DataMapProposal } from '../api/data-map.ts';
import type { ExplainRequest, Explanation } from '../api/explanation.ts';
import type { LedgerCoverage } from '../api/ledger-coverage.ts';
import type { TodayCounts } from '../api/overview.ts';
import type { PolicyFileView, PolicyReplay } from '../api/policy.ts';
import type { GatewayAction, SessionAction } from '../api/route.ts';
import type { SessionMatch } from '../api/session.ts';
import type { TargetHealth } from '../api/target.ts';
import type { Disclosure } from '../audit/find-disclosures.ts';
import type { LedgerPort } from '../audit/ledger-port.ts';
import type { LedgerReader } from '../audit/ledger-reader.ts';
import type { StoredEntry } from '../audit/read-entries.ts';
import type { RetentionKeeper } from '../audit/retention/retention-keeper.ts';
import type { SignInRefusals } from '../audit/sign-in-refusals.ts';
import type { Exporter } from '../exports/exporter.ts';
import type { ProcessStore } from '../gateway/process-beat.ts';
import type { GuestAnswer, GuestQuestion } from '../gateway/session-guests.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import type { BrowserSignIns } from '../identity/browser-sign-ins.ts';
import type { Principal, PrincipalId } from '../identity/principal.ts';
import type { SiteSignIns } from '../identity/site-sign-ins.ts';
import type { SshAuthorities } from '../identity/ssh/ssh-authorities.ts';
import type { TokenStore } from '../identity/token-store.ts';
import type { Decision } from '../policy/decision.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';
import type { SessionIndex, SessionRecord } from '../recording/session-index.ts';
import type { ReportPeriod } from '../reports/make-hipaa-report.ts';
import type { ReportFormat } from '../reports/render-report.ts';
import type { AlertStore } from '../signals/alert-store.ts';
import type { PostgresTarget, Target } from '../targets/target.ts';
import type { Log } from '../telemetry/log.ts';
import type { ConsoleFiles } from './browser/serve-console.ts';
import type { SignInProvider } from './browser/sign-in-providers.ts';
import type { ChannelServices } from './channels/slack-route.ts';
import type { ConfigurationServices } from './configuration-handlers.ts';
import type { ConnectorServices } from './connector-handlers.ts';
import type { IdempotencyStore } from './idempotency.ts';
import type { CallLimits } from './limits/call-limits.ts';
import type { JobOutcome } from './threads/job-thread.ts';
import type { CheckedPolicies, MadeReport, TestedPolicies } from './threads/jobs.ts';

/** What the control plane asks the policy. */
export type AuthorizationQuestion =
  | {
      readonly action: 'connect';
      readonly principal: Principal;
      readonly target: string;
      /** Address without port. */
      readonly clientAddress: string;
      /** The target's own when absent. */
      readonly database?: string;
    }
  | {
      readonly action: SessionAction;
      readonly principal: Principal;
      readonly target: string;
      /** Whose session it is. */
      readonly owner: PrincipalId;
    }
  | {
      readonly action: GatewayAction;
      readonly principal: Principal;
    }
  | {
      readonly action: 'grant.revoke';
      readonly principal: Principal;
      readonly target: string;
      /** Who holds the grant. */
      readonly owner: PrincipalId;
      /** Its name. */
      readonly grant: string;
    }
  | {
      readonly action: 'token.issue';
      readonly principal: Principal;
      readonly lifetimeSeconds: number;
    };

/** Asks what would become of something that a principal sent to a target. */
export type ExplainQuestion = ExplainRequest & {
  readonly principal: Principal;
  readonly target: string;
};

/** Asks which classes of data a principal may see as they are. */
export interface RevealedQuestion {
  readonly principal: Principal;
  readonly target: string;
  readonly database: string;
  readonly account: string;
}

/** What a principal may see as it is on a target. */
export interface RevealedClasses {
  /** Of data. */
  readonly names: ReadonlySet<string>;
  /** Whether there is no other class on the target: then also what is of no known class may be seen. */
  readonly areAll: boolean;
}

/** Asks which results showed rows of one patient. */
export interface DisclosureQuestion {
  readonly target: string;
  /** The patient's id. */
  readonly patient: string;
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly sinceMs: number | undefined;
}

/** A search that can begin. */
export interface DisclosureSearch {
  /** What the ledger keeps in place of the id. */
  readonly patientHash: string;
  /** In the order of time. Reads the ledger as it goes. */
  readonly disclosures: AsyncIterable<Disclosure>;
}

/** What a replay found. */
export type ReplayOutcome = Omit<PolicyReplay, 'problems' | 'coverage'>;

/** Looks at policies without putting them in force. */
export interface PolicyDrafts {
  readonly check: (files: readonly PolicyFileView[]) => Promise<JobOutcome<CheckedPolicies>>;
  /** Runs the configuration's tests. */
  readonly test: (files: readonly PolicyFileView[]) => Promise<JobOutcome<TestedPolicies>>;
  /** Decides the last operations again, by policies without problems. */
  readonly replay: (
    files: readonly PolicyFileView[],
    range: {
      readonly last: number;
      readonly target: string | undefined;
      /** Names of those that are read. */
      readonly logs: readonly string[];
    },
    signal: AbortSignal,
  ) => Promise<JobOutcome<ReplayOutcome>>;
}

export interface DataMapChangeOptions {
  /** Stands behind each entry; one line. */
  readonly comment: string;
  /** Says in the ledger what is about to happen, or does not: when it rejects, nothing does. */
  readonly enter: (
    what: 'changed' | 'refused',
    file: { readonly file: string /** Of the text that it would have. */; readonly sha256: string },
    reason?: 'invalid' | 'not-writable',
  ) => Promise<void>;
}

/** What became of a change of a data map. */
export type DataMapOutcome =
  | { readonly kind: 'changed'; readonly change: DataMapChange }
  | { readonly kind: 'not-found' }
  /** The file is as it was. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | { readonly kind: 'not-writable' };

/** Makes reports of the ledgers of all gateways. */
export interface Reports {
  /**
   * @param coverage What it is made from, and what it has to say that it is not.
   * @throws {PeerError} If a gateway does not give what it has.
   */
  make(
    period: ReportPeriod,
    format: ReportFormat,
    coverage: LedgerCoverage,
  ): Promise<ReportOutcome>;
}

/** `no-room`: there is none for a copy of all ledgers. */
export type ReportOutcome = JobOutcome<MadeReport> | { readonly kind: 'no-room' };

/** What the control plane works with; `bin/` provides it. */
export interface ControlPlaneServices
  extends Pick<ChannelServices, 'slackChannels' | 'findPerson' | 'findRequest'> {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Sign-ins in browsers. */
  readonly signIns: BrowserSignIns;
  /** Carries sign-ins over to the hosts of targets. Undefined where nobody listens for HTTP. */
  readonly siteSignIns: SiteSignIns | undefined;
  /** The target that a browser reaches at a host, which may have a port. */
  readonly findSite: (authority: string) => string | undefined;
  /** Where clients reach a target by HTTP. Undefined for other targets, and where nobody listens for it. */
  readonly siteUrl: (target: Target) => string | undefined;
  /** What HTTP targets check by who asks. */
  readonly callerKeys: () => CallerKeys;
  /** Ways to sign in in a browser, in the order to show them. */
  readonly signInProviders: () => readonly SignInProvider[];
  /** Files of the console; undefined when it was not built. */
  readonly console: ConsoleFiles | undefined;
  /** Configured origin of the console, `https://…` without a path. */
  readonly consoleOrigin: () => string | undefined;
  readonly limits: CallLimits;
  readonly alerts: Pick<AlertStore, 'find' | 'list' | 'count' | 'close'>;
  readonly reports: Reports;
  readonly idempotency: IdempotencyStore;
  readonly access: AccessService;
  /** None for a target that is no longer configured. */
  readonly revealedClasses: (question: RevealedQuestion) => RevealedClasses;
  /** Whether the configuration bars a principal. */
  readonly isDisabled: (id: PrincipalId) => boolean;
  /** A target that is no longer configured is denied. */
  readonly authorize: (question: AuthorizationQuestion) => Decision;
  readonly clientConfiguration: () => ClientConfiguration;
  /** All targets, in the order to show them. */
  readonly targets: () => readonly Target[];
  readonly tokens: TokenStore;
  /** Seconds that an issued token lives at most. */
  readonly tokenLifetimeSecondsMax: number;
  /** Undefined where nobody listens for SSH: then no certificate is issued. */
  readonly sshAuthorities: Pick<SshAuthorities, 'signUserCertificate'> | undefined;
  /** Milliseconds that an SSH certificate lasts at most. */
  readonly sshCertificateLifetimeMs: () => number;
  /** Called when a token was revoked, so that no cached answer of this process outlives it. */
  readonly forgetCachedTokens: () => void;
  readonly sessions: SessionIndex;
  /** What the ledger has of a session, oldest first. */
  readonly sessionEntries: (session: SessionRecord) => AsyncIterable<StoredEntry>;
  /**
   * Statements that hold all words of a text, by session; the newest part of the ledger is looked
   * through. Undefined while too many searches run.
   *
   * @param logs Those that the answer says it is read from.
   */
  readonly searchStatements: (
    text: string,
    logs: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, readonly SessionMatch[]> | undefined>;
  /** Names of all logs of gateways on the store, wherever their files are. */
  readonly listKnownLogs: () => Promise<readonly string[]>;
  /** Of all gateways on the store. */
  readonly processes: Pick<ProcessStore, 'list'>;
  readonly connectors: ConnectorServices;
  readonly configurations: ConfigurationServices;
  /** Legal holds. */
  readonly retention: Pick<
    RetentionKeeper,
    'listHolds' | 'startHold' | 'endHold' | 'findLastExpiredDay'
  >;
  /** The ledger's files of this gateway, and of those that answer. */
  readonly ledgerFiles: Pick<
    LedgerReader,
    'listLogs' | 'listCheckpoints' | 'listEntries' | 'prove' | 'readContent'
  >;
  /** Texts of the policies in force. */
  readonly policyFiles: () => readonly PolicyFileView[];
  readonly policySet: () => PolicySet;
  /** Looks at policies that need not be in force, beside the event loop. */
  readonly policyDrafts: PolicyDrafts;
  /** Connects to a target, or says what was found a few seconds ago; never rejects. */
  readonly checkTarget: (target: Target, signal: AbortSignal) => Promise<TargetHealth>;
  /**
   * Undefined for a database that clients cannot name; `busy` while another target is looked at.
   *
   * @throws {UpstreamError} If the target cannot be reached.
   */
  readonly discover: (
    question: {
      readonly target: PostgresTarget;
      readonly database: string | undefined;
      readonly samples: number;
    },
    signal: AbortSignal,
  ) => Promise<DataMapProposal | 'busy' | undefined>;
  /** Writes entries into a target's file and puts them in force. */
  readonly changeDataMap: (
    target: string,
    confirmation: DataMapConfirmation,
    options: DataMapChangeOptions,
  ) => Promise<DataMapOutcome>;
  /** What was done since midnight, UTC, as these logs say. */
  readonly countToday: (logs: readonly string[]) => Promise<Omit<TodayCounts, 'coverage'>>;
  /** Plays a recording from its beginning, and goes on as it is written. Ends with the session. */
  readonly follow: (session: SessionRecord, signal: AbortSignal) => AsyncIterable<RecordedEvent>;
  /** Asks the process that serves the sessions of a log about guests in them. */
  readonly askGuests: (logName: string, question: GuestQuestion) => Promise<GuestAnswer>;
  /** Decodes a recording, in order. Rejects if it is missing or was changed. */
  readonly playback: (session: SessionRecord, signal: AbortSignal) => AsyncIterable<RecordedEvent>;
  /** The sealed raw track of a session, as it is stored. Undefined if there is none. */
  readonly rawTrack: (session: SessionRecord) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /**
   * Runs nothing. Undefined for a target or a database that clients cannot name.
   *
   * @throws {UpstreamError} If the target's catalog cannot be read.
   */
  readonly explain: (
    question: ExplainQuestion,
    signal: AbortSignal,
  ) => Promise<Explanation | undefined>;
  /** Undefined for a target that is not configured, or has no data map. */
  readonly findDisclosures: (
    question: DisclosureQuestion,
    logs: readonly string[],
  ) => Promise<DisclosureSearch | undefined>;
  readonly ledger: LedgerPort;
  /** What sends the ledger to other systems. */
  readonly exporter: Pick<Exporter, 'statuses' | 'replay'>;
  readonly refusals: Pick<SignInRefusals, 'note'>;
  /** Whether enough witnesses have cosigned the ledger lately. Absent: nobody watches that. */
  readonly witnesses?: { readonly isStale: boolean };
  /** Whether sessions can start; never rejects. */
  readonly isReady: () => Promise<boolean>;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  readonly version: string;
  readonly log: Log;
}
