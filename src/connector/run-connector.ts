import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectorConfiguration } from '../configuration/load-configuration.ts';
import type { ResolveSecret } from '../targets/secret-resolver.ts';
import {
  logCertificateIssued,
  logGatewayUnreachable,
  logUnexpectedError,
} from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import {
  type GatewayMessage,
  type Greeting,
  RECORD_LINES_MAX,
} from '../wire/tunnel/control-message.ts';
import { TUNNEL_APPLICATION } from '../wire/tunnel/tunnel-protocol.ts';
import { CarriedRecords } from './carried-records.ts';
import {
  type CandidateKey,
  type ConnectorIdentity,
  isToRenew,
  isValid,
  keepIdentity,
  makeCandidateKey,
  pairIdentity,
  readIdentity,
} from './connector-identity.ts';
import type { ConnectorTunnel } from './connector-tunnel.ts';
import { EnrolmentError, enrol } from './enrol.ts';
import { GatewayLink } from './gateway-link.ts';
import type { TargetOpener } from './target-stream.ts';

/** Milliseconds between looks at what is due: health, certificate. */
const CHORE_INTERVAL_MS = 1_000;
/** Milliseconds until what was not answered is asked again. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Milliseconds between attempts to enrol. */
const ENROL_RETRY_MS = 1_000;

/** What a connector works with. */
export interface ConnectorParts {
  readonly configuration: ConnectorConfiguration;
  readonly targets: TargetOpener & Pick<OfferedTargets, 'offered' | 'unreachable'>;
  readonly resolveSecret: ResolveSecret;
  readonly version: string;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** What gateways are told of a connector's targets. */
export interface OfferedTargets {
  readonly offered: Greeting['targets'];
  /** Names of those that the last connection could not be made to. */
  readonly unreachable: readonly string[];
}

/** A connector at work. */
export interface Connector extends AsyncDisposable {
  /** Takes no new streams, and resolves when the last one is over or the signal aborts. */
  leave(signal: AbortSignal): Promise<void>;
}

/**
 * Enrols if it has to, and keeps tunnels to all gateways of its configuration.
 *
 * @throws {EnrolmentError} If a gateway does not take what it enrols with.
 */
export async function startConnector(
  parts: ConnectorParts,
  signal: AbortSignal,
): Promise<Connector> {
  const { configuration } = parts;
  const authorityPem = await readFile(configuration.caFile, 'utf8');
  const identity = await openIdentity(parts, authorityPem, signal);
  const connector = new RunningConnector(parts, { authorityPem, identity });
  await connector.open();
  return connector;
}

async function openIdentity(
  { configuration, resolveSecret, nowMs, log }: ConnectorParts,
  authorityPem: string,
  signal: AbortSignal,
): Promise<ConnectorIdentity> {
  const { name, gateways, dataDirectory, enrolment } = configuration;
  const kept = await readIdentity(dataDirectory);
  if (kept !== undefined && nowMs() < kept.notAfterMs) return kept;
  if (enrolment === undefined) {
    throw new EnrolmentError('Cannot enrol: there is no certificate, and nothing to enrol with');
  }
  const { kind: credential } = enrolment;
  for (let attempt = 0; ; attempt += 1) {
    const address = gateways[attempt % gateways.length];
    if (address === undefined) throw new EnrolmentError('Cannot enrol: there is no gateway');
    try {
      // Anew each time: tokens of workloads are short-lived.
      const token = (await resolveSecret(enrolment.token)).toString('utf8').trim();
      const identity = await enrol({ address, authorityPem }, { name, credential, token }, signal);
      await keepIdentity(dataDirectory, identity);
      logCertificateIssued(log, { expiresAt: new Date(identity.notAfterMs).toISOString() });
      return identity;
    } catch (error) {
      if (error instanceof EnrolmentError || signal.aborted) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
      logGatewayUnreachable(log, { gateway: `${address.host}:${address.port}`, code });
    }
    await sleep(ENROL_RETRY_MS, undefined, { signal });
  }
}

/** What a gateway was asked, and has not answered. */
interface Asked {
  readonly tunnel: ConnectorTunnel;
  /** On the clock of `performance.now()`: wall clocks jump. */
  readonly untilMs: number;
}

/** Whether an answer may still come. */
function isAwaited(asked: Asked | undefined): boolean {
  return asked?.tunnel.isAlive === true && performance.now() < asked.untilMs;
}

class RunningConnector implements Connector {
  readonly #parts: ConnectorParts;
  readonly #authorityPem: string;
  readonly #process: string = randomUUID();
  #identity: ConnectorIdentity;
  /** Asked again with, so that an answer is good however late it comes. */
  #candidate: CandidateKey | undefined;
  #renewal: Asked | undefined;
  #records: CarriedRecords | undefined;
  #links: readonly GatewayLink[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** To enter the records that were sent last. */
  #entering: Asked | undefined;

  constructor(
    parts: ConnectorParts,
    {
      authorityPem,
      identity,
    }: { readonly authorityPem: string; readonly identity: ConnectorIdentity },
  ) {
    this.#parts = parts;
    this.#authorityPem = authorityPem;
    this.#identity = identity;
  }

  async open(): Promise<void> {
    const { configuration, targets, version, nowMs, log } = this.#parts;
    const { name, dataDirectory, gateways, streamsMax } = configuration;
    const onUnexpectedError = (error: unknown): void => logUnexpectedError(log, 'connector', error);
    const records = await CarriedRecords.open({
      ...{ dataDirectory, connector: name, process: this.#process, nowMs },
      onWaiting: () => this.#sendRecords(),
      onError: onUnexpectedError,
    });
    this.#records = records;
    const greeting: Greeting = {
      ...{ kind: 'greeting', version, process: this.#process, startedAtMs: nowMs() },
      ...{ recordsKey: records.publicKey, targets: targets.offered },
    };
    this.#links = gateways.map(
      (address) =>
        new GatewayLink({
          address,
          dial: () => ({
            authorityPem: this.#authorityPem,
            identity: this.#identity,
            application: TUNNEL_APPLICATION,
          }),
          tunnel: { targets, records, greeting, streamsMax, onUnexpectedError },
          onMessage: (_, message) => this.#hear(message),
          onChange: () => this.#sendRecords(),
          log,
        }),
    );
    this.#timer = setInterval(() => this.#doChores(), CHORE_INTERVAL_MS);
  }

  async leave(signal: AbortSignal): Promise<void> {
    const { log } = this.#parts;
    // What cannot be written is tried again at the end; what is carried still comes to its end.
    await this.#records
      ?.flush()
      .catch((error: unknown) => logUnexpectedError(log, 'connector', error));
    for (const link of this.#links) link.leave();
    while (!signal.aborted && this.#links.some(({ streamCount }) => streamCount > 0)) {
      await sleep(100, undefined, { signal }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const link of this.#links) link[Symbol.dispose]();
    await this.#records?.[Symbol.asyncDispose]();
  }

  /** The tunnels that do. */
  get #tunnels(): readonly ConnectorTunnel[] {
    return this.#links.flatMap(({ tunnels }) => tunnels);
  }

  #doChores(): void {
    const { targets, nowMs } = this.#parts;
    const health = {
      kind: 'health',
      streams: this.#links.reduce((sum, { streamCount }) => sum + streamCount, 0),
      memoryBytes: process.memoryUsage.rss(),
      recordsWaiting: this.#records?.waiting.length ?? 0,
      unreachable: targets.unreachable,
    } as const;
    for (const tunnel of this.#tunnels) tunnel.send(health);
    this.#sendRecords();
    if (isToRenew(this.#identity, nowMs())) this.#askForRenewal();
  }

  #askForRenewal(): void {
    const [tunnel] = this.#tunnels;
    if (tunnel === undefined || isAwaited(this.#renewal)) return;
    this.#renewal = { tunnel, untilMs: performance.now() + ANSWER_TIMEOUT_MS };
    this.#candidate ??= makeCandidateKey(this.#parts.configuration.name);
    const { publicKey, proof } = this.#candidate;
    tunnel.send({ kind: 'renew', publicKey, proof });
  }

  /** To one gateway at a time: the records are one chain. */
  #sendRecords(): void {
    const records = this.#records;
    const [tunnel] = this.#tunnels;
    if (records === undefined || tunnel === undefined || isAwaited(this.#entering)) return;
    const lines = records.waiting.slice(0, RECORD_LINES_MAX).map(({ line }) => line);
    if (lines.length === 0) return;
    this.#entering = { tunnel, untilMs: performance.now() + ANSWER_TIMEOUT_MS };
    tunnel.send({ kind: 'records', lines });
  }

  #hear(message: Exclude<GatewayMessage, { readonly kind: 'welcome' }>): void {
    switch (message.kind) {
      case 'entered':
        this.#records?.noteEntered(message.sequence);
        this.#entering = undefined;
        this.#sendRecords();
        return;
      case 'certificate':
        void this.#renew(message.certificate).catch((error: unknown) =>
          logUnexpectedError(this.#parts.log, 'certificate', error),
        );
        return;
      case 'not-renewed':
        // Asked again later: perhaps by another key, or of another gateway.
        this.#candidate = undefined;
    }
  }

  async #renew(certificatePem: string): Promise<void> {
    const candidate = this.#candidate;
    if (candidate === undefined) return;
    this.#candidate = undefined;
    const identity = pairIdentity(certificatePem, candidate.keyPem);
    // The gateway's clock is wrong, or ours. What we have goes on, and another is asked for.
    if (!isValid(identity, this.#parts.nowMs())) {
      throw new Error('Cannot use the certificate: it is not valid now');
    }
    await keepIdentity(this.#parts.configuration.dataDirectory, identity);
    this.#identity = identity;
    const expiresAt = new Date(identity.notAfterMs).toISOString();
    logCertificateIssued(this.#parts.log, { expiresAt });
  }
}
