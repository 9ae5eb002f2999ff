import { Alert, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { ExportView } from '../../../src/api/export.ts';
import { answer, api } from '../api-client.ts';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';

/** Milliseconds between two looks: nothing tells the page when a sink takes something. */
const REFRESH_MS = 10_000;

/** Where the ledger's entries are sent, how far that is, and what fails. */
export function ExportsPage(): ReactElement {
  const query = useQuery({
    queryKey: ['exports'],
    queryFn: () => answer(api.GET('/v1/exports')),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Stack>
      <PageTitle>Exports</PageTitle>
      <QueryView query={query}>{({ exports }) => <Sinks exports={exports} />}</QueryView>
    </Stack>
  );
}

function Sinks({ exports }: { readonly exports: readonly ExportView[] }): ReactElement {
  return (
    <Stack>
      {exports.map((sink) => (
        <Failure key={sink.name} sink={sink} />
      ))}
      <Text size="sm">
        Each gateway sends the logs on its own machine. What a sink did not take is sent again, in
        order; nothing else waits for it.
      </Text>
      <RecordTable
        label="Exports"
        rows={exports}
        columns={[
          { title: 'Name', cell: ({ name }) => name },
          { title: 'Kind', cell: ({ kind }) => kind, wideOnly: true },
          { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
          { title: 'Behind', cell: ({ lagMs }) => describeLag(lagMs) },
          { title: 'Next entry', cell: ({ logs }) => <Cursors logs={logs} /> },
          { title: 'Delivered', cell: ({ delivered }) => formatCount(delivered), wideOnly: true },
          { title: 'Refused', cell: ({ refused }) => formatCount(refused), wideOnly: true },
          { title: 'Missing', cell: ({ missing }) => formatCount(missing), wideOnly: true },
        ]}
        keyOf={({ name }) => name}
        empty="Nothing is exported."
      />
    </Stack>
  );
}

function Failure({
  sink: { name, state, problem, failingSince },
}: {
  readonly sink: ExportView;
}): ReactElement | null {
  if (state === 'working') return null;
  return (
    <Alert color="red" variant="outline" title={`${name} fails`} role="alert">
      {problem}
      {failingSince !== undefined && (
        <>
          {' '}
          (since <Instant at={failingSince} />)
        </>
      )}
    </Alert>
  );
}

/** Of each log, the first entry that the sink may not have. */
function Cursors({ logs }: Pick<ExportView, 'logs'>): ReactElement {
  return (
    <List size="sm" listStyleType="none">
      {logs.map(({ log, next }) => (
        <List.Item key={log}>
          {log}: {formatCount(next)}
        </List.Item>
      ))}
    </List>
  );
}

function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** Up to when everything arrived, as people say it. */
function describeLag(lagMs: number | undefined): string {
  if (lagMs === undefined) return 'nothing waits';
  const seconds = Math.round(lagMs / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
