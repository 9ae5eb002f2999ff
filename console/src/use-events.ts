import { notifications } from '@mantine/notifications';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { LiveEvent } from '../../src/api/live-event.ts';

const KINDS: readonly LiveEvent['kind'][] = [
  'request.changed',
  'session.changed',
  'grant.changed',
  'alert',
  'reset',
];
/** Milliseconds until the gateway is tried again. Browsers give up where it answers with an error. */
const AGAIN_MS = 2_000;
/** Milliseconds in which changes are gathered: a hundred of them are one question to the gateway. */
const GATHER_MS = 200;

/**
 * Keeps what is shown up to date: the gateway says what changed, and that is asked for again. What was
 * missed while it could not be heard is asked for when it can.
 *
 * @returns Whether the gateway is heard.
 */
export function useEvents(): boolean {
  const client = useQueryClient();
  const [isHeard, setHeard] = useState(true);
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let hasMissed = false;
    const changes = new GatheredChanges(client);
    const listen = (): void => {
      const opened = new EventSource('/v1/events');
      source = opened;
      for (const kind of KINDS) {
        opened.addEventListener(kind, ({ data }: MessageEvent<string>) => {
          follow(changes, JSON.parse(data) as LiveEvent);
        });
      }
      opened.addEventListener('open', () => {
        setHeard(true);
        if (hasMissed) changes.renewAll();
        hasMissed = false;
      });
      opened.addEventListener('error', () => {
        opened.close();
        setHeard(false);
        hasMissed = true;
        // It may be the sign-in that has ended.
        void client.invalidateQueries({ queryKey: ['whoami'] });
        timer = setTimeout(listen, AGAIN_MS);
      });
    };
    listen();
    return () => {
      clearTimeout(timer);
      source?.close();
      changes.stop();
    };
  }, [client]);
  return isHeard;
}

/** What has changed and is about to be asked for again. */
class GatheredChanges {
  readonly #client: QueryClient;
  readonly #keys = new Set<string>();
  #isAll = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  renew(...keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
    this.#timer ??= setTimeout(() => this.#ask(), GATHER_MS);
  }

  renewAll(): void {
    this.#isAll = true;
    this.renew();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ask(): void {
    const keys = [...this.#keys];
    const isAll = this.#isAll;
    this.#keys.clear();
    this.#isAll = false;
    this.#timer = undefined;
    if (isAll) void this.#client.invalidateQueries();
    else for (const key of keys) void this.#client.invalidateQueries({ queryKey: [key] });
  }
}

function follow(changes: GatheredChanges, event: LiveEvent): void {
  switch (event.kind) {
    case 'request.changed':
      changes.renew('requests', 'overview');
      break;
    case 'session.changed':
      changes.renew('sessions', 'overview');
      break;
    case 'grant.changed':
      changes.renew('grants', 'overview');
      break;
    case 'alert':
      changes.renew('overview');
      notifications.show({ color: 'red', title: 'Alert', message: event.alert.text });
      break;
    case 'reset':
      changes.renewAll();
      break;
  }
}
