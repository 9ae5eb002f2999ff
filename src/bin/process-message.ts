import type { LocalSettings } from '../configuration/local-settings.ts';
import type { PassedSockets } from '../gateway/passed-sockets.ts';
import type { GuestAnswer, GuestQuestion } from '../gateway/session-guests.ts';
import type { CancelAttempt } from '../protocols/postgres/cancel-keys.ts';
import type { StoreConnection } from '../store/open-store.ts';
import type { ClientProtocol } from '../targets/target.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';
import type { ProcessPlaces } from './open-process-links.ts';

/** Where a process listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Where each protocol is spoken, and where connectors come to. */
export type ListenAddresses = Readonly<
  Record<ClientProtocol | 'connectors', readonly ListenAddress[]>
>;

/** A cancel request of PostgreSQL. `secretKey`: base64. */
export interface CancelMessage {
  readonly kind: 'cancel';
  readonly processId: number;
  readonly secretKey: string;
  readonly clientAddress: string;
}

/** A cancel request, as it goes from one process to another. */
export function toCancelMessage({ secretKey, ...rest }: CancelAttempt): CancelMessage {
  const { processId, clientAddress } = rest;
  return { kind: 'cancel', processId, secretKey: secretKey.toString('base64'), clientAddress };
}

/** A cancel request that came from another process. */
export function readCancelMessage({ secretKey, ...rest }: CancelMessage): CancelAttempt {
  const { processId, clientAddress } = rest;
  const key = Buffer.from(secretKey, 'base64');
  return { type: 'CancelRequest', processId, secretKey: key, clientAddress };
}

/** Between the processes of one gateway. */
export type ProcessMessage =
  | {
      readonly kind: 'start';
      readonly storeConnection: StoreConnection;
      readonly name: string;
      readonly local: LocalSettings | undefined;
      readonly passedSockets: PassedSockets;
    }
  | {
      readonly kind: 'ready';
      readonly addresses: ListenAddresses;
      /** Where the other processes of the gateway find it, on this machine. */
      readonly port: number | undefined;
    }
  | CancelMessage
  | { readonly kind: 'metrics.ask' }
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  /** Answered once, under the same number. */
  | { readonly kind: 'guest.ask'; readonly number: number; readonly question: GuestQuestion }
  | { readonly kind: 'guest.answer'; readonly number: number; readonly answer: GuestAnswer }
  /** Where the others are, now. */
  | { readonly kind: 'places'; readonly places: ProcessPlaces }
  /** Whether the configuration is known to be the newest. */
  | { readonly kind: 'current'; readonly isCurrent: boolean }
  /** Read the configuration again. */
  | { readonly kind: 'reload' }
  /** Take no more connections; end when the last session has. */
  | { readonly kind: 'drain' }
  /** End now. */
  | { readonly kind: 'stop' };
