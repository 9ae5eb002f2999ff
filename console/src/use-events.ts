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
    const listen = (): void => {
      const opened = new EventSource('/v1/events');
      source = opened;
      for (const kind of KINDS) {
        opened.addEventListener(kind, ({ data }: MessageEvent<string>) => {
          follow(client, JSON.parse(data) as LiveEvent);
        });
      }
      opened.addEventListener('open', () => {
        setHeard(true);
        if (hasMissed) void client.invalidateQueries();
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
    };
  }, [client]);
  return isHeard;
}

function follow(client: QueryClient, event: LiveEvent): void {
  const renew = (...key: readonly string[]): void => {
    void client.invalidateQueries({ queryKey: key });
  };
  switch (event.kind) {
    case 'request.changed':
      renew('requests');
      renew('overview');
      break;
    case 'session.changed':
      renew('sessions');
      renew('overview');
      break;
    case 'grant.changed':
      renew('grants');
      renew('overview');
      break;
    case 'alert':
      renew('overview');
      notifications.show({ color: 'red', title: 'Alert', message: event.alert.text });
      break;
    case 'reset':
      void client.invalidateQueries();
      break;
  }
}
