import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import type { SshEnvironment } from './environment.ts';
import { type ShownTerminal, TerminalScreen, type TerminalSize } from './xterm-screen.ts';

/** How long a screen may take to show what is awaited. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 10;
/** After which nothing more is awaited. */
const QUIET_MS = 300;

export interface ShellSessionOptions {
  /** Default: 80 columns, 24 rows. */
  readonly size?: TerminalSize;
  /** Instead of the account's shell. */
  readonly command?: string;
}

/** Somebody at a terminal of the host. */
export class ShellSession implements AsyncDisposable {
  readonly screen: TerminalScreen;
  readonly #client: Client;
  readonly #channel: ClientChannel;
  readonly #received: Buffer[] = [];
  #written: Promise<void> = Promise.resolve();
  readonly #ended: Promise<unknown>;

  private constructor(client: Client, channel: ClientChannel, size: TerminalSize) {
    this.#client = client;
    this.#channel = channel;
    this.screen = new TerminalScreen(size);
    this.#ended = once(channel, 'close');
    channel.on('data', (bytes: Buffer) => {
      this.#received.push(bytes);
      this.#written = this.screen.write(bytes);
    });
  }

  static async open(
    place: ConnectConfig,
    { size = { columns: 80, rows: 24 }, command }: ShellSessionOptions = {},
  ): Promise<ShellSession> {
    const client = new Client();
    client.connect(place);
    await once(client, 'ready');
    const window = { cols: size.columns, rows: size.rows, term: 'xterm-256color' };
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const take = (error: Error | undefined, opened: ClientChannel): void =>
        error === undefined ? resolve(opened) : reject(error);
      if (command === undefined) client.shell(window, take);
      else client.exec(command, { pty: window }, take);
    });
    return new ShellSession(client, channel, size);
  }

  /** Everything that was sent to the terminal. */
  get received(): string {
    return Buffer.concat(this.#received).toString();
  }

  type(keys: string): void {
    this.#channel.write(keys);
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#channel.setWindow(rows, columns, 0, 0);
    this.screen.resize({ columns, rows });
  }

  async text(): Promise<string> {
    await this.#written;
    return this.screen.read().rows.join('\n').trimEnd();
  }

  /** What the screen shows once nothing came for a while. */
  async settled(): Promise<ShownTerminal> {
    for (let length = -1; length !== this.#received.length; ) {
      length = this.#received.length;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
    await this.#written;
    return this.screen.read();
  }

  /** Waits until the program has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Waits until the screen shows something. */
  async waitFor(wanted: RegExp): Promise<string> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      const text = await this.text();
      if (wanted.test(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error(`Cannot find ${String(wanted)} on the screen:\n${await this.text()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.end();
    await once(this.#client, 'close');
    this.screen.dispose();
  }
}

/** Straight to the host, past the gateway. */
export async function describeHost({ sshd }: SshEnvironment): Promise<ConnectConfig> {
  const privateKey = await readFile(sshd.clientKeyFile);
  return { host: sshd.host, port: sshd.port, username: sshd.accounts[0], privateKey };
}

/** Through the gateway, as a person. */
export function describeGateway(world: SshEnvironment, subject: string): ConnectConfig {
  const { port } = world.address;
  return { host: '127.0.0.1', port, username: 'ward', password: world.tokenOf(subject) };
}

/** A shell through the gateway, at a prompt of its own: `host$ `. */
export async function openPromptedShell(
  world: SshEnvironment,
  subject: string,
  shell = 'bash --norc',
): Promise<ShellSession> {
  const session = await ShellSession.open(describeGateway(world, subject));
  await session.waitFor(/[$#] ?$/);
  session.type(`exec env PS1='host$ ' ${shell}\r`);
  await session.waitFor(/host\$ *$/);
  session.type('clear\r');
  await session.waitFor(/^host\$ *$/);
  return session;
}
