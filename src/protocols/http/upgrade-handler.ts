import type { BodyMasking } from '../../masking/bodies/body-masking.ts';
import type { OperationClearance } from '../operation-clearance.ts';
import type { Session } from '../protocol.ts';
import type { HttpRequest, HttpResponse, RawStream } from './exchange.ts';
import type { HttpOperation } from './http-operation.ts';
import type { Problem } from './problem.ts';

/** A connection that has become something else than HTTP, on both sides. */
export interface UpgradedExchange {
  /** As it was sent to the target. */
  readonly request: HttpRequest;
  /** 101, as it came. */
  readonly response: HttpResponse;
  readonly operation: HttpOperation;
  readonly session: Session;
  /** For what is tried within it. */
  readonly clearance: OperationClearance<Problem>;
  /** Its number in the recording of the session. */
  readonly channel: number;
  /** Of the target, at present; undefined where it has no data map. */
  readonly masking: () => BodyMasking | undefined;
  readonly client: RawStream;
  readonly target: RawStream;
  /** Takes down what goes by, unless the handler does by itself. */
  readonly record: {
    readonly sent: (bytes: Buffer) => void;
    readonly shown: (bytes: Buffer) => void;
  };
  readonly nowMs: () => number;
  /** Runs `callback` later, not at all once the exchange is over; returns what cancels it. */
  readonly schedule: (afterMs: number, callback: () => void) => () => void;
  /** Something went by: neither side is idle. */
  readonly onActivity: () => void;
}

/** What an exchange has become. */
export interface RunningUpgrade {
  /** Whether all that was decided within it would be allowed now; nothing was if absent. @param rights Of the moment. */
  mayGoOn?(rights: string): boolean;
  /** It has to end, or its client is gone: says so where it still can, and closes both streams. */
  close(reason: string): void;
}

/** Speaks what comes after a kind of upgrade: WebSocket, the streams of Kubernetes. */
export interface UpgradeHandler {
  /** Whether it writes frames to the recording of the session, under the channel of the exchange; nobody else does then. */
  readonly recordsItself: boolean;
  /** Whether it masks by the rights of the moment, not by those of its beginning. */
  readonly followsRights: boolean;
  /**
   * The request as the target is to get it: without what the handler cannot follow, such as extensions.
   *
   * @throws {ProblemError} If it asks for no such upgrade.
   */
  prepare(request: HttpRequest): HttpRequest;
  /** Whether the 101 answers what was asked; where it does not, the client is told that it failed. */
  accepts(request: HttpRequest, response: HttpResponse): boolean;
  /** Carries both ways from now on; the 101 has gone out. The exchange is over when the client's stream is closed. */
  carry(exchange: UpgradedExchange): RunningUpgrade;
}
