import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { GuestAnswer, GuestQuestion } from '../gateway/session-guests.ts';
import type { StoreConnection } from '../store/open-store.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';
import type { ListenAddresses, ProcessMessage } from './process-message.ts';

/** What the processes are started with. */
export interface WorkerPoolOptions {
  readonly configuration: Configuration;
  readonly storeConnection: StoreConnection;
}

interface AskedGuests {
  readonly worker: Worker;
  readonly resolve: (answer: GuestAnswer) => void;
}

const GATEWAY_PROGRAM = fileURLToPath(new URL('gateway.ts', import.meta.url));
/** Milliseconds that a worker may take to say what it counts. */
const METRICS_WAIT_MS = 2_000;

/** The processes that serve sessions when there are several. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #workers: Worker[] = [];
  #isStopping = false;
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
    const ready = await Promise.all(Array.from({ length: count }, (_, name) => this.#fork(name)));
    return ready[0] ?? { postgres: [], ssh: [], http: [] };
  }

  reload(): void {
    for (const { process: worker } of this.#workers) worker.kill('SIGHUP');
  }

  /** What every process counts; one that does not answer in time is left out. */
  async readMetrics(): Promise<readonly MetricsSnapshot[]> {
    const answers = await Promise.all(this.#workers.map(askForMetrics));
    return answers.filter((answer) => answer !== undefined);
  }

  /** What the process answers that serves the sessions of a log: `0` of `gateway.0`. */
  askGuests(name: string, question: GuestQuestion): Promise<GuestAnswer> {
    const worker = this.#workers[Number(name)];
    if (worker?.isConnected() !== true) return Promise.resolve({ kind: 'gone' });
    const number = this.#nextQuestion;
    this.#nextQuestion += 1;
    return new Promise((resolve) => {
      this.#asked.set(number, { worker, resolve });
      send(worker, { kind: 'guest.ask', number, question });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const running = this.#workers.filter((worker) => !worker.isDead());
    await Promise.all(
      running.map(async (worker) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        send(worker, { kind: 'stop' });
        await ended;
      }),
    );
  }

  #take({ number, answer }: ProcessMessage & { readonly kind: 'guest.answer' }): void {
    this.#asked.get(number)?.resolve(answer);
    this.#asked.delete(number);
  }

  /** The guests of a process that is gone are gone with it. */
  #giveUp(worker: Worker): void {
    for (const [number, asked] of this.#asked) {
      if (asked.worker === worker)
        this.#take({ kind: 'guest.answer', number, answer: { kind: 'gone' } });
    }
  }

  #fork(name: number): Promise<ListenAddresses> {
    const worker = cluster.fork();
    this.#workers[name] = worker;
    const { storeConnection } = this.#options;
    send(worker, { kind: 'start', storeConnection, name: String(name) });
    return new Promise((resolve, reject) => {
      worker.on('message', (message: ProcessMessage) => {
        if (message.kind === 'ready') resolve(message.addresses);
        if (message.kind === 'guest.answer') this.#take(message);
        if (message.kind !== 'cancel') return;
        for (const other of this.#workers) if (other !== worker) send(other, message);
      });
      worker.once('exit', (code) => {
        reject(new Error(`worker ${name} exited with ${code}`));
        this.#giveUp(worker);
        // Its sessions are gone; new ones are served again at once.
        if (!this.#isStopping) void this.#fork(name).catch(() => undefined);
      });
    });
  }
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
  if (worker.isConnected()) worker.send(message);
}
