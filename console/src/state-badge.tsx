import { Badge } from '@mantine/core';
import type { ReactElement } from 'react';

/** Colours say the same as the word, never more. */
const COLORS: Readonly<Record<string, string>> = {
  open: 'yellow',
  pending: 'yellow',
  unreviewed: 'yellow',
  review: 'yellow',
  approved: 'green',
  approve: 'green',
  granted: 'green',
  used: 'green',
  reviewed: 'green',
  active: 'green',
  running: 'green',
  live: 'green',
  allow: 'green',
  reachable: 'green',
  working: 'green',
  serving: 'green',
  attached: 'green',
  draining: 'yellow',
  leaving: 'yellow',
  suspect: 'yellow',
  silent: 'red',
  confirmed: 'red',
  rejected: 'red',
  reject: 'red',
  deny: 'red',
  unreachable: 'red',
  failing: 'red',
};

/** A state as a word in a colour. */
export function StateBadge({ state }: { readonly state: string }): ReactElement {
  return (
    <Badge variant="dot" color={COLORS[state] ?? 'gray'} tt="none" miw="max-content">
      {state}
    </Badge>
  );
}
