import assert from 'node:assert/strict';
import type { HostMasking } from '../../masking/host-masking.ts';
import type { Decision } from '../../policy/decision.ts';
import type { Guard, GuardedAction } from '../guard.ts';
import { GuardedClearance } from '../guarded-clearance.ts';
import { GuestGuard } from '../guest-guard.ts';
import type { Guest, Seat, SharedTerminal } from '../guests.ts';
import type { ChannelContext, ChannelEnds } from './channel-handler.ts';
import { ChannelFrames } from './recorded-frame.ts';
import { SSH_REFUSAL_WORDS } from './refusal.ts';
import { type Behaviour, createFakeDoor, createFakeLog, type FakeLog } from './session.fixture.ts';
import { openShellActions } from './shell-actions.ts';
import { ShellChannel } from './shell-channel.ts';

const PROMPT = 'host$ ';
const SIZE = { columns: 80, rows: 24 };

/** A host whose shell has the simplest of line editors. */
class FakeHost {
  readonly ran: string[] = [];
  onOutput: (text: string) => void = () => undefined;
  #line = '';
  #escape = '';

  start(): void {
    this.onOutput(PROMPT);
  }

  take(bytes: Buffer): void {
    let output = '';
    for (const character of bytes.toString('latin1')) output += this.#press(character);
    if (output !== '') this.onOutput(output);
  }

  #press(character: string): string {
    if (this.#escape !== '' || character === '\x1b') {
      this.#escape += character;
      if (/^\x1b(\[[\d;]*[A-Za-z~]|[^[])$/.test(this.#escape)) this.#escape = '';
      // The terminal's driver takes it, wherever the editor is.
      if (character !== '\x03') return '';
      this.#escape = '';
    }
    if (character === '\r') {
      this.ran.push(this.#line);
      this.#line = '';
      return `\r\n${PROMPT}`;
    }
    if (character === '\x03') {
      this.#line = '';
      return `^C\r\n${PROMPT}`;
    }
    if (character === '\x15') {
      const erased = '\b \b'.repeat(this.#line.length);
      this.#line = '';
      return erased;
    }
    if (character < ' ') return '';
    this.#line += character;
    return character;
  }
}

/** Time that passes only when it is told to. */
class FakeClock {
  nowMs = 0;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly schedule = (afterMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + afterMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.#timers.toSorted((left, right) => left.atMs - right.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = endMs;
  }
}

/** A data map of one class, which masks no output. */
const DATA_MAP = {
  files: { classNames: new Set(['ssn']), hidesAny: () => false },
  outputDetectors: undefined,
} as unknown as HostMasking;

/** What may be done, and how long it takes. */
export interface ShellWorldOptions extends Behaviour {
  /** What guests may do by themselves. Default: everything. */
  readonly guests?: (action: GuardedAction) => Decision['kind'];
  /** Classes of the data map that guests may see raw; set it to have a data map. May be changed. */
  guestsSee?: ReadonlyMap<string, readonly string[]>;
  /** Another text: the rights of guests have changed. */
  guestRights?: string;
  /** Milliseconds that the ledger takes. */
  readonly sealMs?: number;
}

/** A shell of a client, its host, and time that passes only when it is told to. */
export class ShellWorld {
  readonly log: FakeLog = createFakeLog();
  readonly clock: FakeClock = new FakeClock();
  readonly host: FakeHost = new FakeHost();
  readonly channel: ShellChannel;
  shown = '';
  readonly #options: ShellWorldOptions;

  static async open(options: ShellWorldOptions = {}): Promise<ShellWorld> {
    const log = createFakeLog();
    const admission = await createFakeDoor(log, options).admit({
      principal: undefined as never,
      targetName: 'ward',
      applicationName: '',
      isEncrypted: true,
    });
    assert(admission.kind === 'admitted');
    return new ShellWorld(log, options);
  }

  private constructor(log: FakeLog, options: ShellWorldOptions) {
    this.log = log;
    this.#options = options;
    const [session] = log.sessions;
    assert(session !== undefined);
    const clearFor = (guests: readonly Guest[]): GuardedClearance<string> =>
      new GuardedClearance({
        session: {
          guard: guests.reduce<Guard>(
            (guard, guest) => new GuestGuard(guard, guest),
            this.#slow(session.guard),
          ),
          counts: session.counts,
        },
        protocol: 'ssh',
        words: SSH_REFUSAL_WORDS,
        reason: undefined,
        isolate: (act) => act(),
        detectors: () => undefined,
      });
    const context: ChannelContext = {
      session,
      account: 'deploy',
      channel: 7,
      terminal: { ...SIZE, name: 'xterm' },
      environment: new Map(),
      frames: new ChannelFrames(undefined, 7),
      shell: openShellActions('deploy'),
      clearance: clearFor([]),
      clearFor,
      analyze: () => assert.fail('nothing is analysed by its text alone'),
      masking: () => (options.guestsSee === undefined ? undefined : DATA_MAP),
      nowMs: () => this.clock.nowMs,
      schedule: this.clock.schedule,
    };
    this.channel = new ShellChannel(context, SIZE, this.#openEnds());
    this.host.onOutput = (text) => {
      const bytes = Buffer.from(text, 'latin1');
      this.clock.schedule(1, () => this.channel.deliver(bytes, 'stdout'));
    };
    this.host.start();
    this.clock.pass(100);
  }

  get terminal(): SharedTerminal {
    const [terminal] = this.log.terminals;
    assert(terminal !== undefined, 'it can be joined');
    return terminal;
  }

  describeGuest(id: string): Guest {
    const options = this.#options;
    const decideFor = options.guests ?? (() => 'allow');
    return {
      id,
      person: undefined,
      name: id,
      rights: {
        get key() {
          return options.guestRights ?? id;
        },
        decide: (_key, actions) => decideAll(actions().map(decideFor)),
        reveal: () => ({ shown: options.guestsSee ?? new Map() }),
      },
    };
  }

  /** Somebody joins. */
  join(id: string): { readonly seat: Seat; readonly left: string[] } {
    const guest = this.describeGuest(id);
    const left: string[] = [];
    const seat = this.terminal.admit(guest, (reason) => void left.push(reason));
    assert(typeof seat !== 'string');
    this.clock.pass(50);
    return { seat, left };
  }

  async take(seat: Seat): Promise<string> {
    const outcome = seat.hold(true);
    this.clock.pass(500);
    const told = await outcome;
    this.clock.pass(500);
    return told;
  }

  /** The client types. */
  type(keys: string): void {
    this.channel.receive(Buffer.from(keys, 'latin1'));
    this.clock.pass(20);
  }

  guestTypes(seat: Seat, keys: string): boolean {
    const isTaken = seat.type(Buffer.from(keys, 'latin1'));
    this.clock.pass(20);
    return isTaken;
  }

  settle(): void {
    this.clock.pass(3_000);
  }

  /** Entries of lines: text, and who typed it. */
  get lines(): readonly string[] {
    return this.log.entries
      .filter(({ actions }) => actions.includes('ssh.command'))
      .map(({ text, detail }) => `${text} by ${JSON.stringify(detail?.['typedBy'] ?? [])}`);
  }

  #slow(guard: Guard): Guard {
    const { sealMs = 0 } = this.#options;
    if (sealMs === 0) return guard;
    return {
      ...guard,
      rights: guard.rights,
      seal: (decision, entry, done) => {
        this.clock.schedule(sealMs, () => guard.seal(decision, entry, done));
      },
    };
  }

  #openEnds(): ChannelEnds {
    const nothing = (): void => undefined;
    return {
      toTarget: (bytes) => this.host.take(Buffer.from(bytes)),
      isTargetTaking: true,
      endTarget: nothing,
      toClient: (bytes) => {
        this.shown += bytes.toString('latin1');
      },
      endClient: nothing,
      holdClient: nothing,
      releaseClient: nothing,
      holdTarget: nothing,
      releaseTarget: nothing,
      exit: nothing,
      fail: nothing,
    };
  }
}

function decideAll(kinds: readonly Decision['kind'][]): Decision {
  if (kinds.includes('deny')) return { kind: 'deny', policyId: 'guests', reason: 'not for guests' };
  return { kind: 'allow', policyIds: ['guests'], obligations: [] };
}
