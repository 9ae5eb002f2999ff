import assert from 'node:assert/strict';

import type { EntryKind } from '../audit/ledger-port.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import type { Admission, Greeting, Session } from '../protocols/protocol.ts';
import type { ClientProtocol, Target } from '../targets/target.ts';
import { TargetCatalogue } from '../targets/target-catalogue.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { type DoorServices, GatewayDoor, type OpenedRecording } from './door.ts';
import { Policies } from './policies.ts';
import { PseudonymBudget } from './pseudonym-budget.ts';
import {
  ALICE,
  FakeIndex,
  FakeLedger,
  FakeRecorder,
  HOSPITAL,
  loadPolicies,
  NO_DESK,
  NO_GRANTS,
} from './session.fixture.ts';
import { SessionListing } from './session-listing.ts';
import { SessionRegistry } from './session-registry.ts';

const POLICIES = `
@id("analysts") permit(principal in Group::"analysts", action, resource);
@id("no-vault") forbid(principal, action, resource) when { resource.name == "vault" };`;
/** Of Alice, for the hospital's database. */
export const GREETING: Greeting = {
  principal: ALICE,
  targetName: 'hospital',
  applicationName: 'psql',
  isEncrypted: true,
};
/** The hospital, with a recording. */
export const RECORDED: Target = {
  ...HOSPITAL,
  name: 'recorded',
  recording: { enabled: true, bytesMax: 1_000 },
};
const WARD: Target = {
  kind: 'ssh',
  name: 'ward',
  description: 'SSH',
  host: '127.0.0.1',
  port: 22,
  connectors: [],
  account: 'deploy',
  accounts: [],
  credential: { kind: 'password', password: 'env:WARD' },
  hostKeys: [],
  hostAuthorities: [],
  environment: [],
  forwards: [],
  labels: {},
  seal: 'sealed',
  recording: { enabled: false, bytesMax: 1 },
  idleTimeoutMs: 0,
  onReview: { people: 'wait', workloads: 'fail' },
};
const ORIGIN = {
  protocol: 'postgres',
  clientAddress: '127.0.0.1',
  clientPort: 50_000,
  boundTo: undefined,
} as const;

/** Lets nobody in, and is not asked to. */
export const NOBODY: Authenticator = {
  authenticate: () => Promise.reject(new Error('not asked for')),
  authenticateCertificate: () => Promise.reject(new Error('not asked for')),
};

/** A door with all that stands behind it. */
export interface Gateway {
  readonly ledger: FakeLedger;
  readonly registry: SessionRegistry;
  readonly index: FakeIndex;
  readonly recorder: FakeRecorder;
  readonly recordingFailed: PromiseWithResolvers<Error>;
  readonly services: DoorServices;
  readonly door: GatewayDoor;
  /** The door of another connection. */
  readonly open: (protocol: ClientProtocol) => GatewayDoor;
  readonly admit: (changes?: Partial<Greeting>) => Promise<Admission>;
  /** Kinds of the entries of sessions, in order. */
  readonly sessionEntries: () => readonly EntryKind[];
}

const open: SessionRegistry[] = [];

/** Stops what the gateways of a test started. */
export function closeGateways(): void {
  for (const registry of open.splice(0)) registry[Symbol.dispose]();
}

/** A gateway that analysts may use. */
export function openGateway(changes: Partial<DoorServices> = {}): Gateway {
  const ledger = new FakeLedger();
  const registry = new SessionRegistry(
    () => 0,
    () => false,
  );
  open.push(registry);
  const index = new FakeIndex();
  const recorder = new FakeRecorder();
  const recordingFailed = Promise.withResolvers<Error>();
  const targets = new TargetCatalogue([HOSPITAL, RECORDED, { ...HOSPITAL, name: 'vault' }, WARD]);
  const services: DoorServices = {
    nowMs: () => 5_000,
    isWitnessed: () => true,
    log: SILENT_LOG,
    ledger,
    refusals: {
      note: (refusal) => {
        ledger.entries.push({ kind: 'sign-in.refuse', ...refusal });
      },
    },
    authenticator: NOBODY,
    deviceSignIns: { begin: () => Promise.resolve({ kind: 'unavailable' }) },
    siteSignIns: { authenticate: () => assert.fail('no cookie is shown') },
    clientCertificates: { authenticate: () => assert.fail('no certificate is shown') },
    isDisabled: () => false,
    stillCounts: () => Promise.resolve(true),
    policies: new Policies(loadPolicies(POLICIES)),
    registry,
    listing: new SessionListing(index, 'gateway', SILENT_LOG, () => 6_000),
    desk: NO_DESK,
    grants: NO_GRANTS,
    signIns: { note: async () => undefined },
    pseudonyms: new PseudonymBudget(
      () => 0,
      () => 10,
    ),
    limits: () => ({ connectionsMax: 3, connectionsPerPrincipalMax: 2 }),
    targets: () => targets,
    openRawTrack: () => assert.fail('no policy asks for it'),
    spool: { state: 'open' },
    openRecording: (id): Promise<OpenedRecording> =>
      Promise.resolve({
        recorder,
        path: `${id}.rec`,
        onFailure: (listener) => void recordingFailed.promise.then(listener),
      }),
    ...changes,
  };
  const door = new GatewayDoor(services, ORIGIN);
  return {
    ledger,
    registry,
    index,
    recorder,
    recordingFailed,
    services,
    door,
    open: (protocol) => new GatewayDoor(services, { ...ORIGIN, protocol }),
    admit: (greeting = {}) => new GatewayDoor(services, ORIGIN).admit({ ...GREETING, ...greeting }),
    sessionEntries: () =>
      ledger.entries.map(({ kind }) => kind).filter((kind) => kind.startsWith('session.')),
  };
}

/** The session that a client was let in to. */
export function admitted(admission: Admission): Session {
  assert(admission.kind === 'admitted', JSON.stringify(admission));
  return admission.session;
}
