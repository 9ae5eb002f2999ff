import type { ConfigurationProblem } from '../configuration/configuration-error.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { JoinedGateway } from '../configuration/local-settings.ts';
import type { AgeDecryption } from '../recording/age-file.ts';
import type { RecordedEvent } from '../recording/recorded-event.ts';
import type { DiscoverRequest, Discovery } from './discovery.ts';
import type { TargetInspection } from './target-inspection.ts';
import type { Terminal } from './terminal.ts';

/** What lives beside the command line, started by it. `run…` resolve to an exit code. */
export interface Programs {
  /** @param from The configuration directory, or the store that it is taken from. */
  readonly runGateway: (from: string | JoinedGateway) => Promise<number>;
  /** @param name In place of that of the directory. */
  readonly runConnector: (configurationDirectory: string, name?: string) => Promise<number>;
  readonly runDemo: (options: {
    readonly tour: boolean;
    readonly patients: number;
  }) => Promise<number>;
  /** Tells the gateway that runs on a data directory. False if none does. */
  readonly signalGateway: (dataDirectory: string, signal: 'SIGHUP' | 'SIGUSR2') => Promise<boolean>;
  /** Connects to a target. Undefined for a target or a database that is not configured. */
  readonly discoverColumns: (request: DiscoverRequest) => Promise<Discovery | undefined>;
  /** What of targets only a gateway reads: patterns of their own detectors, and descriptions of their interfaces. */
  readonly findTargetProblems: (
    configuration: Configuration,
  ) => Promise<readonly ConfigurationProblem[]>;
  /** What a sealed raw track shows, to who holds a key of one of its recipients. */
  readonly unsealTrack: (
    source: AsyncIterable<Uint8Array>,
    decryption: AgeDecryption,
  ) => AsyncIterable<RecordedEvent>;
  /** Connects to every target. */
  readonly inspectTargets: (
    configuration: Configuration,
    signal: AbortSignal,
  ) => Promise<readonly TargetInspection[]>;
}

/** What `bin/` gives the command line. */
export interface CliHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly programs: Programs;
  readonly version: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Standard input to its end, up to a limit. */
  readonly readInput: () => Promise<Buffer>;
  /** Keys as they are pressed, or standard input where nobody presses any; ends with it, or when `signal` aborts. */
  readonly keys: (signal: AbortSignal) => AsyncIterable<Buffer>;
  /** Asks a person; what they type is not shown when `hidden`. Rejects without a terminal. */
  readonly ask: (question: string, options?: { readonly hidden: boolean }) => Promise<string>;
}

/** Options that every command that talks to a gateway has. */
export interface GatewayOption {
  /** URL, from `--gateway`. */
  readonly gateway?: string;
}

export interface JsonOption {
  readonly json?: boolean;
}
