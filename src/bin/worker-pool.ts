import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { PassedSockets } from '../gateway/passed-sockets.ts';
import type { PeerPlace } from '../gateway/peers/peer-link.ts';
import type { GuestAnswer, GuestQuestion } from '../gateway/session-guests.ts';
import type { CancelAttempt } from '../protocols/postgres/cancel-keys.ts';
import type { StoreConnection } from '../store/open-store.ts';
import { logUnexpectedError, logWorkerReplaced } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';
import type { ProcessPlaces } from './open-process-links.ts';
import {
  type ListenAddresses,
  type ProcessMessage,
  readCancelMessage,
  toCancelMessage,
} from './process-message.ts';

/** What the processes are started with. */
export interface WorkerPoolOptions {
  readonly configuration: Configuration;
  readonly storeConnection: StoreConnection;
  readonly passedSockets: PassedSockets;
  /** For a session that none of the processes may have. */
  readonly passCancelOn: (attempt: CancelAttempt) => void;
  /** Told where the processes are, whenever that changes. */
  readonly onPlaces: (places: ProcessPlaces) => void;
  readonly log: Log;
}

/** One of the processes. */
interface PoolWorker {
  /** Tells the ledgers of this gateway's processes apart: `0`, `1`, … */
  readonly name: string;
  readonly process: Worker;
  /** Where it listens. Rejects if it ends before it does. */
  readonly ready: Promise<ListenAddresses>;
  readonly ended: Promise<void>;
  /** Where the other processes find it, once it serves. */
  port: number | undefined;
  /** It was told to go, or never came to serve: nothing takes its place when it ends. */
  isLeaving: boolean;
}

interface AskedGuests {
  readonly worker: PoolWorker;
  readonly resolve: (answer: GuestAnswer) => void;
}

const GATEWAY_PROGRAM = fileURLToPath(new URL('gateway.ts', import.meta.url));
/** Milliseconds that a worker may take to say what it counts. */
const METRICS_WAIT_MS = 2_000;
/** Milliseconds between attempts to start a worker in the place of one that died. */
const RESTART_INTERVAL_MS = 1_000;

/** The processes that serve sessions when there are several. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  /** All that run, by name. */
  readonly #workers = new Map<string, PoolWorker>();
  /** The other gateways. */
  #gateways: readonly PeerPlace[] = [];
  /** Whether the configuration is known to be the newest, as was told last. */
  #isCurrent = true;
  #isStopping = false;
  /** The replacements that were asked for, one after the other. */
  #replaced: Promise<void> = Promise.resolve();
  /** Questions about guests that wait for their answers, by number. */
  readonly #asked = new Map<number, AskedGuests>();
  #nextQuestion = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    cluster.setupPrimary({
      exec: GATEWAY_PROGRAM,
      args: ['--worker', '--config', options.configuration.directory],
    });
  }

  /** Starts the processes; resolves with where they listen. */
  async start(): Promise<ListenAddresses> {
    const count = this.#options.configuration.gateway.workers;
    const workers = Array.from({ length: count }, (_, index) => this.#fork(String(index)));
    const [addresses] = await Promise.all(workers.map(({ ready }) => ready));
    return addresses ?? { postgres: [], ssh: [], http: [], connectors: [] };
  }

  reload(): void {
    // No signal: it would end a process that is only just starting.
    for (const { process: worker } of this.#workers.values()) send(worker, { kind: 'reload' });
  }

  /**
   * Puts a new process in the place of each that serves, one after another. An old one takes no more connections once
   * the new one does, and ends when its sessions have, or after `timeoutMs`. If a new one does not start, the old ones stay.
   */
  replace(timeoutMs: number): Promise<void> {
    this.#replaced = this.#replaced.then(async () => {
      try {
        for (const old of this.#serving()) await this.#replaceOne(old, timeoutMs);
      } catch (error) {
        logUnexpectedError(this.#options.log, 'worker', error);
      }
    });
    return this.#replaced;
  }

  /** A cancel request of PostgreSQL that came to another gateway. */
  cancel(attempt: CancelAttempt): void {
    const message = toCancelMessage(attempt);
    for (const { process: worker } of this.#workers.values()) send(worker, message);
  }

  /** Has the processes take no more connections; resolves when their last sessions are over and they have ended. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    const workers = [...this.#workers.values()];
    for (const worker of workers) leave(worker);
    await Promise.all(workers.map(({ ended }) => ended));
  }

  /** Tells all of them where the other gateways are. */
  setGateways(gateways: readonly PeerPlace[]): void {
    this.#gateways = gateways;
    this.#tellPlaces();
  }

  /** Tells all of them, and those to come, whether the configuration is known to be the newest. */
  setCurrent(isCurrent: boolean): void {
    this.#isCurrent = isCurrent;
    for (const { process: worker } of this.#workers.values()) {
      send(worker, { kind: 'current', isCurrent });
    }
  }

  /** What every process counts; one that does not answer in time is left out. */
  async readMetrics(): Promise<readonly MetricsSnapshot[]> {
    const answers = await Promise.all(
      [...this.#workers.values()].map(({ process: worker }) => askForMetrics(worker)),
    );
    return answers.filter((answer) => answer !== undefined);
  }

  /** What the process answers that serves the sessions of a log: `0` of `gateway.0`. */
  askGuests(name: string, question: GuestQuestion): Promise<GuestAnswer> {
    const worker = this.#workers.get(name);
    if (worker?.process.isConnected() !== true) return Promise.resolve({ kind: 'gone' });
    const number = this.#nextQuestion;
    this.#nextQuestion += 1;
    return new Promise((resolve) => {
      this.#asked.set(number, { worker, resolve });
      send(worker.process, { kind: 'guest.ask', number, question });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const workers = [...this.#workers.values()];
    for (const worker of workers) send(worker.process, { kind: 'stop' });
    await Promise.all(workers.map(({ ended }) => ended));
  }

  /** Those that take connections. */
  #serving(): readonly PoolWorker[] {
    return [...this.#workers.values()].filter(({ isLeaving }) => !isLeaving);
  }

  #tellPlaces(): void {
    const workers = [...this.#workers.values()];
    const ports = workers.flatMap(({ name, port }) => (port === undefined ? [] : [[name, port]]));
    const places: ProcessPlaces = {
      processes: Object.fromEntries(ports) as Record<string, number>,
      gateways: this.#gateways,
    };
    for (const { process: worker } of workers) send(worker, { kind: 'places', places });
    this.#options.onPlaces(places);
  }

  async #replaceOne(old: PoolWorker, timeoutMs: number): Promise<void> {
    if (this.#isStopping || old.isLeaving) return;
    const next = this.#fork(this.#findName());
    await next.ready;
    leave(old);
    logWorkerReplaced(this.#options.log, { worker: old.name, by: next.name });
    const timer = setTimeout(() => send(old.process, { kind: 'stop' }), timeoutMs);
    void old.ended.then(() => clearTimeout(timer));
  }

  /** The first name that no process has: its ledger is free. */
  #findName(): string {
    for (let number = 0; ; number++) {
      if (!this.#workers.has(String(number))) return String(number);
    }
  }

  #take({ number, answer }: ProcessMessage & { readonly kind: 'guest.answer' }): void {
    this.#asked.get(number)?.resolve(answer);
    this.#asked.delete(number);
  }

  /** The guests of a process that is gone are gone with it. */
  #giveUp(worker: PoolWorker): void {
    for (const [number, asked] of this.#asked) {
      if (asked.worker === worker)
        this.#take({ kind: 'guest.answer', number, answer: { kind: 'gone' } });
    }
  }

  #fork(name: string): PoolWorker {
    const forked = cluster.fork();
    const { storeConnection, passedSockets, configuration } = this.#options;
    const { local } = configuration;
    send(forked, { kind: 'start', storeConnection, name, local, passedSockets });
    send(forked, { kind: 'current', isCurrent: this.#isCurrent });
    const ready = Promise.withResolvers<ListenAddresses>();
    // Who asks for a worker that never serves is told; where nobody asks, it is logged by the worker itself.
    ready.promise.catch(() => undefined);
    const ended = new Promise<void>((resolve) => forked.once('exit', () => resolve()));
    const worker: PoolWorker = {
      ...{ name, process: forked, ready: ready.promise, ended },
      ...{ port: undefined, isLeaving: false },
    };
    this.#workers.set(name, worker);
    let hasServed = false;
    forked.on('message', (message: ProcessMessage) => {
      if (message.kind === 'ready') {
        hasServed = true;
        worker.port = message.port;
        this.#tellPlaces();
        ready.resolve(message.addresses);
      }
      if (message.kind === 'guest.answer') this.#take(message);
      if (message.kind === 'cancel') this.#passCancelOn(worker, readCancelMessage(message));
    });
    forked.once('exit', (code, signal) => {
      this.#workers.delete(name);
      this.#giveUp(worker);
      this.#tellPlaces();
      ready.reject(new Error(`worker ${name} exited with ${code ?? signal}`));
      // Its sessions are gone; new ones are served again at once.
      if (hasServed && !worker.isLeaving) void this.#restart(name);
    });
    return worker;
  }

  /** Starts a process again and again until one serves. */
  async #restart(name: string): Promise<void> {
    while (!this.#isStopping && !this.#workers.has(name)) {
      const hasServed = await this.#fork(name).ready.then(
        () => true,
        () => false,
      );
      if (hasServed) return;
      await delay(RESTART_INTERVAL_MS);
    }
  }

  #passCancelOn(from: PoolWorker, attempt: CancelAttempt): void {
    const message = toCancelMessage(attempt);
    for (const other of this.#workers.values()) if (other !== from) send(other.process, message);
    this.#options.passCancelOn(attempt);
  }
}

/** Has a worker take no more connections, and end when its last session has. */
function leave(worker: PoolWorker): void {
  worker.isLeaving = true;
  send(worker.process, { kind: 'drain' });
}

function askForMetrics(worker: Worker): Promise<MetricsSnapshot | undefined> {
  return new Promise((resolve) => {
    const finish = (snapshot: MetricsSnapshot | undefined): void => {
      clearTimeout(timer);
      worker.off('message', listen);
      resolve(snapshot);
    };
    const listen = (message: ProcessMessage): void => {
      if (message.kind === 'metrics') finish(message.snapshot);
    };
    const timer = setTimeout(() => finish(undefined), METRICS_WAIT_MS);
    worker.on('message', listen);
    send(worker, { kind: 'metrics.ask' });
  });
}

function send(worker: Worker, message: ProcessMessage): void {
  if (worker.isConnected()) worker.send(message, awaitExit);
}

/** A worker that has just gone takes no message any more, which is no error: that it exits is heard of. */
function awaitExit(): void {}
