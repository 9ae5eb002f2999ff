import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { SessionView } from '../../../src/api/session.ts';
import { Instant } from '../instant.tsx';
import { type RecordColumn, RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';

const COLUMNS: readonly RecordColumn<SessionView>[] = [
  { title: 'Who', cell: ({ principalName }) => principalName },
  { title: 'Target', cell: ({ target, database }) => `${target}/${database}` },
  { title: 'From', cell: ({ clientAddress }) => clientAddress, wideOnly: true },
  { title: 'Program', cell: ({ applicationName }) => applicationName, wideOnly: true },
  { title: 'Started', cell: ({ startedAt }) => <Instant at={startedAt} /> },
  { title: 'Operations', cell: ({ end }) => end?.operations ?? '', wideOnly: true },
  { title: 'Refused', cell: ({ end }) => end?.refused ?? '', wideOnly: true },
  {
    title: 'State',
    cell: ({ end }) => <StateBadge state={end === undefined ? 'live' : end.reason} />,
  },
];

const MATCHES: RecordColumn<SessionView> = {
  title: 'Found in',
  cell: ({ matches = [] }) => (
    <Text size="xs" ff="monospace" lineClamp={3} maw={420}>
      {matches.map(({ text }) => text).join('\n')}
    </Text>
  ),
};

/** Sessions, a line each. */
export function SessionTable({
  label,
  sessions,
  empty,
  onMore,
}: {
  readonly label: string;
  readonly sessions: readonly SessionView[];
  readonly empty: string;
  readonly onMore?: (() => void) | undefined;
}): ReactElement {
  const isSearch = sessions.some(({ matches }) => matches !== undefined);
  return (
    <RecordTable
      label={label}
      rows={sessions}
      columns={isSearch ? [...COLUMNS, MATCHES] : COLUMNS}
      keyOf={({ id }) => id}
      linkOf={({ id }) => `/sessions/${id}`}
      empty={empty}
      onMore={onMore}
    />
  );
}
