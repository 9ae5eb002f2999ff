import { Client, type ClientConfig } from 'pg';
import type { AccessEvent, GatewayEvent } from '../access/access-service.ts';
import type { AccessAnnouncements } from '../access/access-store.ts';
import { ANNOUNCEMENT_CHANNEL } from './transact.ts';

/** Milliseconds until a connection that broke is tried again. */
const RETRY_MS = 500;
/** Milliseconds between questions that show whether the connection still lives, and time for an answer. */
const CHECK_INTERVAL_MS = 2_000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Hears what any gateway on the store announces, on a connection of its own that is made again when it
 * breaks. What was announced in between is lost: then `resync` is told.
 */
export class Announcements implements AccessAnnouncements, AsyncDisposable {
  readonly #config: ClientConfig;
  readonly #onLost: (error: Error) => void;
  readonly #listeners = new Set<(event: AccessEvent) => void>();
  readonly #gatewayListeners = new Set<(event: GatewayEvent) => void>();
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(config: ClientConfig, onLost: (error: Error) => void) {
    this.#config = config;
    this.#onLost = onLost;
  }

  subscribe(listener: (event: AccessEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The same for what concerns gateways only. */
  subscribeGateway(listener: (event: GatewayEvent) => void): () => void {
    this.#gatewayListeners.add(listener);
    return () => this.#gatewayListeners.delete(listener);
  }

  /** Begins to listen; what fails is tried again. */
  async open(): Promise<void> {
    if (this.#isClosed) return;
    const client = new Client({
      ...this.#config,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CHECK_INTERVAL_MS,
      keepAlive: true,
      application_name: 'sallyport listen',
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('the connection ended')));
    client.on('notification', ({ payload }) => this.#hear(payload));
    this.#client = client;
    try {
      await client.connect();
      await client.query(`listen ${ANNOUNCEMENT_CHANNEL}`);
    } catch (error) {
      this.#lose(client, error as Error);
      return;
    }
    this.#timer = setInterval(() => void this.#check(client), CHECK_INTERVAL_MS);
    this.#timer.unref();
    this.#tell({ kind: 'resync' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** A connection whose other side is gone says nothing by itself. */
  async #check(client: Client): Promise<void> {
    try {
      await client.query('select 1');
    } catch (error) {
      this.#lose(client, error as Error);
    }
  }

  #lose(client: Client, error: Error): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    clearTimeout(this.#timer);
    client.end().catch(() => undefined);
    this.#onLost(error);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.open(), RETRY_MS);
    this.#timer.unref();
  }

  #hear(payload: string | undefined): void {
    // What a newer version announces is not understood, but something changed.
    this.#tell(parseEvent(payload) ?? { kind: 'resync' });
  }

  #tell(event: Announced): void {
    if (!isForPeople(event)) for (const listener of this.#gatewayListeners) listener(event);
    if (!isForGateways(event)) for (const listener of this.#listeners) listener(event);
  }
}

type Announced = AccessEvent | GatewayEvent;

function isForGateways(event: Announced): event is Exclude<GatewayEvent, { kind: 'resync' }> {
  return event.kind === 'sign-in.ended' || event.kind === 'configuration.changed';
}

function isForPeople(event: Announced): event is Exclude<AccessEvent, { kind: 'resync' }> {
  return event.kind !== 'resync' && !isForGateways(event);
}

function parseEvent(payload: string | undefined): Announced | undefined {
  let event: unknown;
  try {
    event = JSON.parse(payload ?? '');
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null) return undefined;
  const { kind, requestId, grantId, delegationId, channels } = event as Record<string, unknown>;
  switch (kind) {
    case 'request.opened':
    case 'request.changed':
      return typeof requestId === 'string' ? { kind, requestId } : undefined;
    case 'grant.changed':
      return typeof grantId === 'string' ? { kind, grantId } : undefined;
    case 'delegation.changed':
      return typeof delegationId === 'string' ? { kind, delegationId } : undefined;
    case 'alert':
      return typeof requestId === 'string' && Array.isArray(channels)
        ? { kind, requestId, channels: channels.map(String) }
        : undefined;
    case 'sign-in.ended':
    case 'configuration.changed':
      return { kind };
    case undefined:
    default:
      return undefined;
  }
}
