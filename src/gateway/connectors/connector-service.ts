import { randomUUID, type X509Certificate } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { LedgerPort } from '../../audit/ledger-port.ts';
import type { Peer } from '../../protocols/tunnel/peer.ts';
import {
  logConnectorAttached,
  logConnectorDetached,
  logUnexpectedError,
} from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import type { ConnectorHealth, ConnectorMessage } from '../../wire/tunnel/control-message.ts';
import type { ConnectorRecord, ConnectorStore, TunnelRecord } from './connector-store.ts';
import type { Connectors } from './connectors.ts';
import type { EnrolmentDesk } from './enrolment-desk.ts';
import { enterCarried, RecordNotAcceptedError } from './enter-carried.ts';
import { enterSealed } from './enter-sealed.ts';
import { RecordAllowance } from './record-allowance.ts';
import { Tunnel } from './tunnel.ts';
import { KeyNotAcceptedError } from './tunnel-authority.ts';
import { UNPROVEN_TIMEOUT_MS } from './tunnel-listener.ts';

/** Milliseconds between looks at who was removed; the store is told at the same time who is here. */
const CHECK_INTERVAL_MS = 1_000;
/** Milliseconds. A connector that asks for certificates more often has lost its way. */
const RENEWAL_INTERVAL_MS = 60_000;
/** Tunnels of one connector to this process: its replicas, those that leave, and connections that have not greeted. */
const TUNNELS_MAX = 32;
/** Bytes in the ledger of a tunnel that comes and goes, about; a thousand may at once, and then four a second. */
const TUNNEL_BYTES = 4 * 1024;
/** Milliseconds after which a process is gone that says nothing. */
const END_SEEN_MS = 5_000;

/** Why a tunnel ends, or does not begin. */
const STOPS = 'the gateway stops';

/** What tunnels are kept with. */
export interface ConnectorServiceParts {
  readonly store: ConnectorStore;
  readonly desk: Pick<EnrolmentDesk, 'issue'>;
  readonly connectors: Connectors;
  readonly ledger: LedgerPort;
  /** This process, by its log. */
  readonly logName: string;
  /** Its name; its processes share the listener. */
  readonly gateway: string;
  /** Milliseconds until a connector has to greet. Default {@link UNPROVEN_TIMEOUT_MS}. */
  readonly greetingTimeoutMs?: number | undefined;
  readonly nowMs: () => number;
  readonly log: Log;
}

interface KeptTunnel {
  readonly id: string;
  readonly connectorId: string;
  health: ConnectorHealth | undefined;
  renewedAtMs: number;
  /** Records are entered in order: those that come meanwhile are sent again. */
  isEntering: boolean;
}

/** Keeps the tunnels that end in this process: accepts them, hears what their connectors say, and ends them. */
export class ConnectorService implements AsyncDisposable {
  readonly #parts: ConnectorServiceParts;
  readonly #kept = new Map<Tunnel, KeptTunnel>();
  /** Connections that are no tunnels yet, with the ids of their connectors. */
  readonly #beginning = new Map<TLSSocket, string | undefined>();
  readonly #allowance = new RecordAllowance();
  readonly #stopping = new AbortController();
  #isOver = false;
  readonly #timer: NodeJS.Timeout;
  #checking: Promise<void> | undefined;
  /** All processes of the gateway, by their logs. */
  #processes: readonly string[];

  constructor(parts: ConnectorServiceParts) {
    this.#parts = parts;
    this.#processes = [parts.logName];
    this.#timer = setInterval(() => void this.check(), CHECK_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Serves a connection whose certificate TLS has verified. */
  accept(socket: TLSSocket, peer: Peer, certificate: X509Certificate): void {
    void this.#accept(socket, peer, certificate)
      .catch((error: unknown) => {
        socket.destroy();
        // What the other end does wrong is no failure of ours.
        const reason = error instanceof Error ? error.message : 'unknown';
        logConnectorDetached(this.#parts.log, { connector: peer.name, reason });
      })
      .finally(() => this.#beginning.delete(socket));
  }

  async #accept(socket: TLSSocket, peer: Peer, certificate: X509Certificate): Promise<void> {
    const { store, connectors, nowMs, log } = this.#parts;
    const { greetingTimeoutMs: timeoutMs = UNPROVEN_TIMEOUT_MS } = this.#parts;
    // A listener that is closed still ends the handshakes that have begun.
    if (this.#isOver) throw new Error(STOPS);
    if (this.#countOf(peer.id) >= TUNNELS_MAX) throw new Error('has too many tunnels');
    this.#beginning.set(socket, peer.id);
    const connector = await store.find(peer.name);
    if (connector === undefined || connector.id !== peer.id) throw new Error('is removed');
    if (this.#allowance.take(`${peer.id} tunnels`, TUNNEL_BYTES, 0) > 0) {
      throw new Error('comes too often');
    }
    // Nothing would tell of that any more.
    if (socket.destroyed) throw new Error('has left');
    const tunnel = await Tunnel.accept(
      { socket, peer, timeoutMs, nowMs },
      {
        onMessage: (of, message) => this.#hear(of, connector, message),
        onChange: () => connectors.noteChange(),
        onEnd: (of, reason) => this.#forget(of, reason),
      },
    );
    if (this.#isOver) throw new Error(STOPS);
    // Another certificate may have been issued since, to this connector: then its tunnels go on.
    const notAfterMs = certificate.validToDate.getTime();
    tunnel.expireAt(Math.max(notAfterMs, connector.certificateExpiresAtMs ?? 0), nowMs());
    this.#kept.set(tunnel, {
      ...{ id: randomUUID(), connectorId: connector.id, health: undefined },
      ...{ renewedAtMs: 0, isEntering: false },
    });
    connectors.add(tunnel);
    this.#welcome(tunnel);
    const { remoteAddress, greeting } = tunnel;
    logConnectorAttached(log, { connector: peer.name, remoteAddress, process: greeting.process });
    this.#note({
      ...{ kind: 'connector.attach', connector: peer.name, connectorId: connector.id },
      ...{ process: greeting.process, version: greeting.version, remoteAddress },
      certificate: certificate.serialNumber,
      recordsKey: greeting.recordsKey.toString('base64'),
    });
    void this.check();
  }

  /** Ends the tunnels of who was removed or has expired, and tells the store who is here. */
  check(): Promise<void> {
    this.#checking ??= this.#check()
      .catch((error: unknown) => logUnexpectedError(this.#parts.log, 'connectors', error))
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#isOver = true;
    this.#stopping.abort();
    for (const socket of this.#beginning.keys()) socket.destroy();
    for (const tunnel of this.#kept.keys()) tunnel.end(STOPS);
    await this.#checking;
    await this.#parts.store
      .forgetEnd(this.#parts.logName)
      .catch((error: unknown) => logUnexpectedError(this.#parts.log, 'connectors', error));
  }

  async #check(): Promise<void> {
    const { store, gateway, logName, nowMs } = this.#parts;
    this.#allowance.keep(new Set([...this.#kept.values()].map(({ connectorId }) => connectorId)));
    if (this.#kept.size > 0) {
      const known = new Map((await store.list()).map((connector) => [connector.id, connector]));
      for (const [tunnel, { connectorId }] of this.#kept) {
        const expiresAtMs = known.get(connectorId)?.certificateExpiresAtMs;
        if (expiresAtMs === undefined) tunnel.end('removed');
        else tunnel.expireAt(expiresAtMs, nowMs());
      }
    }
    const tunnels = [...this.#kept].map(([tunnel, kept]) => describeTunnel(tunnel, kept, logName));
    await store.noteTunnels({ log: logName, gateway, nowMs: nowMs() }, tunnels);
    const processes = await store.listEnds(gateway, nowMs() - END_SEEN_MS);
    if (processes.join(' ') === this.#processes.join(' ')) return;
    this.#processes = processes;
    for (const tunnel of this.#kept.keys()) this.#welcome(tunnel);
  }

  /** A connector looks for each process; a new one may have taken the place of another since it was told. */
  #welcome(tunnel: Tunnel): void {
    const { logName } = this.#parts;
    tunnel.send({ kind: 'welcome', process: logName, processes: this.#processes });
  }

  #hear(tunnel: Tunnel, connector: ConnectorRecord, message: ConnectorHeard): void {
    const kept = this.#kept.get(tunnel);
    if (kept === undefined) return;
    switch (message.kind) {
      case 'health': {
        const { kind: _, ...health } = message;
        kept.health = health;
        return;
      }
      case 'records':
        if (!kept.isEntering) void this.#enter(tunnel, connector, message.lines);
        return;
      case 'renew':
        void this.#renew(tunnel, connector, message).catch((error: unknown) => {
          logUnexpectedError(this.#parts.log, 'connector', error);
          tunnel.send({ kind: 'not-renewed', reason: 'unavailable' });
        });
    }
  }

  async #enter(
    tunnel: Tunnel,
    connector: ConnectorRecord,
    lines: readonly Buffer[],
  ): Promise<void> {
    const kept = this.#kept.get(tunnel);
    if (kept === undefined) return;
    kept.isEntering = true;
    try {
      await this.#waitForAllowance(kept.connectorId, lines);
      if (!this.#kept.has(tunnel)) return;
      const sequence = await enterCarried(tunnel, connector, lines, this.#parts);
      tunnel.send({ kind: 'entered', sequence });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      logUnexpectedError(this.#parts.log, 'connector', error);
      // The store is away: they are sent again, and what the tunnel carries goes on.
      if (error instanceof RecordNotAcceptedError) tunnel.end('records could not be entered');
    } finally {
      kept.isEntering = false;
    }
  }

  /** What comes before its time waits, and what comes meanwhile is sent again. */
  async #waitForAllowance(connectorId: string, lines: readonly Buffer[]): Promise<void> {
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    const streams = [...this.#kept]
      .filter(([, kept]) => kept.connectorId === connectorId)
      .reduce((sum, [tunnel]) => sum + tunnel.streamCount, 0);
    const waitMs = this.#allowance.take(connectorId, bytes, streams);
    if (waitMs > 0) await wait(waitMs, undefined, { ref: false, signal: this.#stopping.signal });
  }

  #countOf(id: string | undefined): number {
    const kept = [...this.#kept.values()].map(({ connectorId }) => connectorId);
    return [...kept, ...this.#beginning.values()].filter((other) => other === id).length;
  }

  async #renew(
    tunnel: Tunnel,
    connector: ConnectorRecord,
    message: ConnectorHeard & { readonly kind: 'renew' },
  ): Promise<void> {
    const { nowMs, desk } = this.#parts;
    const kept = this.#kept.get(tunnel);
    if (kept === undefined) return;
    const sinceMs = nowMs() - kept.renewedAtMs;
    if (sinceMs < RENEWAL_INTERVAL_MS) {
      return tunnel.send({ kind: 'not-renewed', reason: 'too soon' });
    }
    kept.renewedAtMs = nowMs();
    const facts = { by: 'certificate', remoteAddress: tunnel.remoteAddress } as const;
    try {
      const issued = await desk.issue(connector, message, facts);
      if (issued === undefined) return tunnel.end('removed');
      tunnel.send({ kind: 'certificate', certificate: issued.certificatePem });
    } catch (error) {
      if (!(error instanceof KeyNotAcceptedError)) throw error;
      return tunnel.send({ kind: 'not-renewed', reason: 'key not accepted' });
    }
    await this.check();
  }

  #forget(tunnel: Tunnel, reason: string): void {
    const { connectors, log } = this.#parts;
    connectors.delete(tunnel);
    if (!this.#kept.delete(tunnel)) return;
    const connector = tunnel.peer.name;
    logConnectorDetached(log, { connector, reason });
    this.#note({ kind: 'connector.detach', connector, process: tunnel.greeting.process, reason });
  }

  #note(entry: Parameters<LedgerPort['append']>[0]): void {
    enterSealed(this.#parts.ledger, entry).catch((error: unknown) =>
      logUnexpectedError(this.#parts.log, 'connector', error),
    );
  }
}

type ConnectorHeard = Exclude<ConnectorMessage, { readonly kind: 'greeting' }>;

function describeTunnel(tunnel: Tunnel, kept: KeptTunnel, logName: string): TunnelRecord {
  const { greeting, remoteAddress, openedAtMs, state } = tunnel;
  const { version, process, startedAtMs, targets } = greeting;
  const { id, connectorId, health } = kept;
  const facts = { remoteAddress, version, process, startedAtMs, targets, state, health };
  return { id, connectorId, log: logName, openedAtMs, facts };
}
