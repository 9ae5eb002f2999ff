import { notifications } from '@mantine/notifications';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { LiveEvent } from '../../src/api/live-event.ts';

const KINDS: readonly LiveEvent['kind'][] = [
  'request.changed',
  'session.changed',
  'grant.changed',
  'alert',
  'reset',
];

/** Keeps what is shown up to date: the gateway says what changed, and that is asked for again. */
export function useEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource('/v1/events');
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        follow(client, JSON.parse(data) as LiveEvent);
      });
    }
    return () => source.close();
  }, [client]);
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
