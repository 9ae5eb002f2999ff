import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { DataMapPath } from '../../../configuration/data-map.ts';
import type { FileDataMap, MappedFiles } from '../../../configuration/file-data-map.ts';
import { compileDetectors } from '../../../masking/detectors/detectors.ts';
import { openHostMasking } from '../../../masking/host-masking.ts';
import { createMaskKeys } from '../../../masking/masks/pseudonym-keys.ts';
import { fakeMasks } from '../../../masking/rows/text-masks.fixture.ts';
import type { Decision } from '../../../policy/decision.ts';
import { analyzeCommand } from '../../../shell/analyze-command.ts';
import type { GuardedOperation, Verdict } from '../../operation-clearance.ts';
import type { SessionOn } from '../../protocol.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OpenHandler,
} from '../channel-handler.ts';
import { ChannelFrames, type RecordedFile } from '../recorded-frame.ts';
import { openShellActions } from '../shell-actions.ts';

/** OpenSSH's own server, which speaks on its standard input and output. */
export const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

/** What a test decides about an operation. `held`: it waits until the test says. */
export type Ruling = Verdict | { readonly kind: 'held'; readonly until: Promise<Verdict> };

export interface WorldOptions {
  /** Default: everything is allowed. */
  readonly rule?: (operation: GuardedOperation) => Ruling;
  /** Default: nothing is masked. */
  readonly dataMap?: Partial<FileDataMap>;
  /** Bytes that the handler is given at once, of either side. Default: as they come. */
  readonly pieceBytes?: number;
  /** Classes that the principal sees raw. Default: none. */
  readonly shown?: readonly string[];
}

/** What the principal of a test may do. */
export interface WorldRights {
  /** Whether what was allowed once still would be. */
  readonly isAllowed: boolean;
  /** Classes that the principal sees raw. */
  readonly shown: readonly string[];
}

/** What a handler did with its two ends. */
export interface WorldFlow {
  /** Sent to the target. */
  sentBytes: number;
  /** Calls of `holdClient` that are not taken back. */
  clientHolds: number;
}

/** One channel between a client and a real server. */
export interface SftpWorld {
  readonly handler: ChannelHandler;
  readonly pieceBytes: number | undefined;
  /** Texts of what was asked about, in order. */
  readonly asked: string[];
  readonly noted: Readonly<Record<string, unknown>>[];
  readonly files: RecordedFile[];
  readonly flow: Readonly<WorldFlow>;
  /** What came on stderr. */
  told(): string;
  /** Why the channel was ended, if it was. */
  failure(): string | undefined;
  /** The exit status, if the handler gave one. */
  exitStatus(): number | undefined;
  onOutput(listener: (bytes: Buffer) => void): void;
  /** As when grants end or policies change. */
  changeRights(rights: Partial<WorldRights>): void;
  close(): Promise<void>;
}

export const ALLOWED: Verdict = { kind: 'allowed' };

export function refused(message: string): Verdict {
  return { kind: 'refused', message };
}

/** An entry of a data map. */
export function mapFiles(
  glob: string,
  format: MappedFiles['format'],
  fields: Readonly<Record<string, string>>,
  others: Partial<MappedFiles> = {},
): MappedFiles {
  const paths: readonly DataMapPath[] = Object.entries(fields).map(([path, dataClass]) => ({
    path,
    dataClass,
  }));
  return { glob, format, fields: paths, delimiter: ',', hasHeader: true, ...others };
}

/** Opens the handler of a channel whose target is a server of this machine. @param directory Where it starts. */
export function openSftpWorld(
  open: OpenHandler,
  directory: string,
  options: WorldOptions = {},
): SftpWorld {
  const server = spawn(SFTP_SERVER, ['-d', directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  const asked: string[] = [];
  const noted: Record<string, unknown>[] = [];
  const files: RecordedFile[] = [];
  const outputListeners: ((bytes: Buffer) => void)[] = [];
  const flow: WorldFlow = { sentBytes: 0, clientHolds: 0 };
  let told = '';
  let failure: string | undefined;
  let exitStatus: number | undefined;
  let isClosed = false;

  const ends: ChannelEnds = {
    toTarget(bytes) {
      flow.sentBytes += bytes.length;
      server.stdin.write(Buffer.from(bytes));
    },
    isTargetTaking: true,
    endTarget: () => void server.stdin.end(),
    toClient(bytes, stream) {
      if (stream === 'stderr') told += bytes.toString('utf8');
      else for (const listener of outputListeners) listener(Buffer.from(bytes));
    },
    endClient: () => undefined,
    holdClient: () => void (flow.clientHolds += 1),
    releaseClient: () => void (flow.clientHolds -= 1),
    holdTarget: () => void server.stdout.pause(),
    releaseTarget: () => void server.stdout.resume(),
    exit(status) {
      exitStatus ??= status;
    },
    fail(message, status) {
      failure ??= message;
      exitStatus ??= status;
    },
  };
  let rights: WorldRights = { isAllowed: true, shown: options.shown ?? [] };
  const context = contextOf(options, () => rights, { asked, noted, files });
  const handler = open({ kind: 'subsystem', name: 'sftp' }, context, ends);
  server.stdout.on('data', (bytes: Buffer) => {
    for (const piece of cut(bytes, options.pieceBytes)) {
      if (!isClosed) handler.deliver(piece, 'stdout');
    }
  });
  server.stdin.on('error', () => undefined);
  return {
    handler,
    pieceBytes: options.pieceBytes,
    asked,
    noted,
    files,
    flow,
    told: () => told,
    failure: () => failure,
    exitStatus: () => exitStatus,
    onOutput: (listener) => void outputListeners.push(listener),
    changeRights(changed) {
      rights = { ...rights, ...changed };
    },
    async close() {
      isClosed = true;
      handler.close();
      server.stdin.end();
      if (server.exitCode === null) await once(server, 'exit');
    },
  };
}

/** Pieces in memory of their own, as a handler may not keep them. */
export function cut(bytes: Buffer, pieceBytes: number = bytes.length): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(Buffer.from(bytes.subarray(at, at + pieceBytes)));
  }
  return pieces;
}

function contextOf(
  { rule = () => ALLOWED, dataMap }: WorldOptions,
  rights: () => WorldRights,
  seen: Pick<SftpWorld, 'asked' | 'noted' | 'files'>,
): ChannelContext {
  const guard = {
    get rights() {
      return JSON.stringify(rights());
    },
    decide: () => ({ kind: rights().isAllowed ? 'allow' : 'deny' }) as Decision,
    reveal: () => ({ shown: new Map(rights().shown.map((name) => [name, []])) }),
    note: (_kind: string, detail: Record<string, unknown>) => void seen.noted.push(detail),
  };
  const frames = new ChannelFrames(undefined, 1);
  frames.file = (file) => void seen.files.push(file);
  const masking = dataMap && maskingOf(dataMap);
  const session = { guard } as unknown as SessionOn<'ssh'>;
  return {
    session,
    account: 'deploy',
    channel: 1,
    terminal: undefined,
    environment: new Map(),
    frames,
    shell: openShellActions(''),
    clearance: {
      clear(operation, listener) {
        seen.asked.push(operation.text);
        const ruling = rule(operation);
        if (ruling.kind === 'held') {
          listener.onWaiting?.('people are asked');
          void ruling.until.then((verdict) => listener.onVerdict(verdict));
        } else listener.onVerdict(ruling);
        return { withdraw: () => undefined };
      },
    },
    clearFor() {
      throw new Error('Cannot ask for guests: there are none');
    },
    analyze: (command) => analyzeCommand(command),
    masking: () => masking,
    nowMs: () => 0,
    schedule: () => () => undefined,
  };
}

/** Takes half a second; the same for all. */
const DETECTORS = compileDetectors();

function maskingOf(dataMap: Partial<FileDataMap>): ReturnType<typeof openHostMasking> {
  const keys = createMaskKeys(Buffer.alloc(32, 7), 1);
  return openHostMasking({
    dataMap: {
      files: [],
      unmappedFiles: 'pass',
      output: 'pass',
      masks: {},
      customClasses: [],
      detectors: [],
      ...dataMap,
    },
    textMasks: fakeMasks(),
    detectors: DETECTORS,
    context: () => ({ keys, thisYear: 2026 }),
  });
}
