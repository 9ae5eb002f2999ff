import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { AccessRequestView } from '../../../src/api/access-request.ts';
import { showPlainly } from '../../../src/api/show-plainly.ts';
import { Instant } from '../instant.tsx';
import { type RecordColumn, RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';

const COLUMNS: readonly RecordColumn<AccessRequestView>[] = [
  {
    title: 'What',
    cell: (request) => (
      <Text size="sm" lineClamp={2} ff={request.operation && 'monospace'} maw={420}>
        {showPlainly(describeSubject(request))}
      </Text>
    ),
  },
  { title: 'Who', cell: ({ requester }) => requester.name },
  { title: 'Target', cell: ({ target }) => target, wideOnly: true },
  { title: 'Why', cell: ({ policy }) => policy.reason, wideOnly: true },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: 'When',
    cell: ({ state, createdAt, expiresAt }) =>
      state === 'pending' ? (
        <>
          ends <Instant at={expiresAt} />
        </>
      ) : (
        <Instant at={createdAt} />
      ),
  },
];

/** Access requests, a line each. */
export function RequestTable({
  label,
  requests,
  onMore,
}: {
  readonly label: string;
  readonly requests: readonly AccessRequestView[];
  readonly onMore?: (() => void) | undefined;
}): ReactElement {
  return (
    <RecordTable
      label={label}
      rows={requests}
      columns={COLUMNS}
      keyOf={({ id }) => id}
      linkOf={({ id }) => `/requests/${id}`}
      empty="There are no such requests."
      onMore={onMore}
    />
  );
}

/** What a request asks for, in one line. */
export function describeSubject({ operation, grant, kind }: AccessRequestView): string {
  if (operation !== undefined) return operation.original.text;
  if (grant === undefined) return kind;
  const hours = grant.durationSeconds / 3600;
  const duration =
    hours >= 1 ? `${Number(hours.toFixed(1))} h` : `${grant.durationSeconds / 60} min`;
  return `${kind === 'break-glass' ? 'Break-glass' : 'Grant'} ${grant.name} for ${duration}`;
}
