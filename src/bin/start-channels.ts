import { Courier } from '../control-plane/channels/courier.ts';
import {
  type OpenedChannels,
  type OpenedSlack,
  openChannels,
} from '../control-plane/channels/open-channels.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** Requests that are told anew after a start; older ones are in the console. */
const WAITING_TOLD_MAX = 200;

/** The channels of a gateway, following its configuration. */
export interface StartedChannels extends AsyncDisposable {
  readonly slack: readonly OpenedSlack[];
  /** Opens the channels anew if the configuration has others. What cannot be opened changes nothing. */
  refresh(): Promise<void>;
}

/**
 * Begins to carry messages to the channels of the configuration.
 *
 * @throws If the secret of a channel cannot be read.
 */
export async function startChannels(own: GatewayProcess, log: Log): Promise<StartedChannels> {
  let settings = JSON.stringify(own.configuration.channels);
  let opened = await open(own);
  let courier = startCourier(own, opened, log);
  return {
    get slack() {
      return opened.slack;
    },
    async refresh() {
      const wanted = JSON.stringify(own.configuration.channels);
      if (wanted === settings) return;
      try {
        const next = await open(own);
        await courier[Symbol.asyncDispose]();
        courier = startCourier(own, next, log);
        [opened, settings] = [next, wanted];
      } catch (error) {
        logUnexpectedError(log, 'channels', error);
      }
    },
    [Symbol.asyncDispose]: () => courier[Symbol.asyncDispose](),
  };
}

function open({ configuration, services }: GatewayProcess): Promise<OpenedChannels> {
  const { resolveSecret } = services;
  return openChannels({ settings: configuration.channels, resolveSecret, nowMs: Date.now });
}

function startCourier(own: GatewayProcess, { channels }: OpenedChannels, log: Log): Courier {
  const { stores, announcements } = own.access;
  return new Courier({
    channels,
    deliveries: own.services.store.deliveries,
    findRequest: (id) => stores.requests.find(id),
    findAlert: (id) => own.services.store.alerts.find(id),
    listWaiting: async () => {
      const states = ['pending', 'unreviewed'] as const;
      return (await stores.requests.list({ states, limit: WAITING_TOLD_MAX })).items;
    },
    subscribe: (listener) => announcements.subscribe(listener),
    consoleUrl: () => own.configuration.reviews.consoleUrl,
    nowMs: Date.now,
    log,
  });
}
