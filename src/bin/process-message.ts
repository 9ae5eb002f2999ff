import type { GuestAnswer, GuestQuestion } from '../gateway/session-guests.ts';
import type { StoreConnection } from '../store/open-store.ts';
import type { ClientProtocol } from '../targets/target.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';

/** Where a process listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Where each protocol is spoken. */
export type ListenAddresses = Readonly<Record<ClientProtocol, readonly ListenAddress[]>>;

/** Between the processes of one gateway. */
export type ProcessMessage =
  | { readonly kind: 'start'; readonly storeConnection: StoreConnection; readonly name: string }
  | { readonly kind: 'ready'; readonly addresses: ListenAddresses }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secretKey: string }
  | { readonly kind: 'metrics.ask' }
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  /** Answered once, under the same number. */
  | { readonly kind: 'guest.ask'; readonly number: number; readonly question: GuestQuestion }
  | { readonly kind: 'guest.answer'; readonly number: number; readonly answer: GuestAnswer }
  | { readonly kind: 'stop' };
