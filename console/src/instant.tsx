import { Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { type ReactElement, useState } from 'react';

/** Milliseconds between two looks at the clock. */
const TICK_MS = 1_000;
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant as people say it, whole on hover and for programs. */
export function Instant({ at }: { readonly at: string }): ReactElement {
  const nowMs = useNow();
  return (
    <Text span inherit component="time" dateTime={at} title={absolute.format(new Date(at))}>
      {describeInstant(Date.parse(at), nowMs)}
    </Text>
  );
}

/** Milliseconds since the Unix epoch, renewed each second while it is looked at. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useInterval(() => setNowMs(Date.now()), TICK_MS, { autoInvoke: true });
  return nowMs;
}

/** `3 minutes ago`, `in 2 hours`, `now`. */
export function describeInstant(atMs: number, nowMs: number): string {
  const seconds = Math.round((atMs - nowMs) / 1000);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(seconds, 'second');
}
