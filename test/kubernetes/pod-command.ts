import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { TARGET_HOST } from '../http/environment.ts';
import type { KubernetesEnvironment } from './environment.ts';

/** Which channel the rest of a message belongs to, by its first byte. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** Behind it, the channel that ends: v5 alone. */
const CLOSE = 255;

/** What is run in a container over a WebSocket. */
export interface PodCommandOptions {
  readonly words: readonly string[];
  /** Default `v5.channel.k8s.io`. */
  readonly protocol?: string;
  readonly hasTerminal?: boolean;
  /** Default `ana`. */
  readonly subject?: string;
}

/** A command in the pod `web`, of a program that speaks WebSocket whatever the kubectl at hand speaks. */
export class PodCommand {
  readonly #socket: WebSocket;
  readonly #closed: Promise<unknown>;
  #printed = '';
  #errors = '';
  #told: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (message: Buffer) => {
      const [channel] = message;
      const words = message.toString('utf8', 1);
      if (channel === STDOUT || channel === STDERR) this.#printed += words;
      else if (channel === ERROR) this.#errors += words;
      this.#told();
    });
    this.#closed = once(socket, 'close').then(() => this.#told());
  }

  /** Rejects with what the gateway says if it refuses. */
  static async open(
    { http }: KubernetesEnvironment,
    {
      words,
      protocol = 'v5.channel.k8s.io',
      hasTerminal = false,
      subject = 'ana',
    }: PodCommandOptions,
  ): Promise<PodCommand> {
    const question = new URLSearchParams();
    for (const word of words) question.append('command', word);
    for (const name of ['stdin', 'stdout', hasTerminal ? 'tty' : 'stderr'])
      question.set(name, 'true');
    const path = `/api/v1/namespaces/ward/pods/web/exec?${question.toString()}`;
    const socket = new WebSocket(`wss://localhost:${http.address.port}${path}`, [protocol], {
      ca: await readFile(http.authorityFile),
      headers: {
        host: `${TARGET_HOST}:${http.address.port}`,
        authorization: `Bearer ${http.tokenOf(subject)}`,
      },
    });
    const command = new PodCommand(socket);
    const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
      throw new Error(await text(response as IncomingMessage));
    });
    await Promise.race([once(socket, 'open'), refused]);
    return command;
  }

  type(keys: string): void {
    this.#socket.send(Buffer.concat([Buffer.of(STDIN), Buffer.from(keys)]));
  }

  endInput(): void {
    this.#socket.send(Buffer.of(CLOSE, STDIN));
  }

  /** Resolves once it has printed what matches. Rejects if it ends before. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#printed)) {
      if (this.#socket.readyState === WebSocket.CLOSED) {
        throw new Error(`The command does not show ${pattern}: ${JSON.stringify(this.#printed)}`);
      }
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  /** Resolves once it has ended: what it printed, and the status that says how. */
  async end(): Promise<{ readonly printed: string; readonly status: string }> {
    await this.#closed;
    return { printed: this.#printed, status: this.#errors };
  }
}
