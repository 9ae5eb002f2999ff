import { Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { LedgerEntryView, LedgerLogView } from '../../../src/api/ledger.ts';
import { answer, api } from '../api-client.ts';
import { CoverageNotice } from '../coverage-notice.tsx';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { Nothing, QueryView } from '../query-view.tsx';
import { type RecordColumn, RecordTable } from '../record-table.tsx';
import { moreOf, useList } from '../use-list.ts';

/** Milliseconds without a key before a filter is followed. */
const TYPING_MS = 300;
const CHECKPOINTS = 10;

/** The logs, their checkpoints and their entries. */
export function LedgerPage(): ReactElement {
  const logs = useQuery({
    queryKey: ['ledger', 'logs'],
    queryFn: () => answer(api.GET('/v1/ledger/logs')),
  });
  return (
    <Stack>
      <PageTitle>Ledger</PageTitle>
      <QueryView query={logs}>
        {(data) => (
          <>
            <CoverageNotice coverage={data.coverage} />
            <Logs logs={data.logs} />
          </>
        )}
      </QueryView>
    </Stack>
  );
}

const LOG_COLUMNS: readonly RecordColumn<LedgerLogView>[] = [
  { title: 'Log', cell: ({ name }) => name },
  { title: 'Entries signed', cell: ({ size }) => size.toLocaleString('en') },
  {
    title: 'Last checkpoint',
    cell: ({ checkpointAt }) =>
      checkpointAt === undefined ? 'none yet' : <Instant at={checkpointAt} />,
  },
  { title: 'Verifier key', cell: ({ publicKey }) => publicKey, wideOnly: true },
];

function Logs({ logs }: { readonly logs: readonly LedgerLogView[] }): ReactElement {
  const [log, setLog] = useState(logs[0]?.name ?? null);
  return (
    <Stack>
      <Panel title="Logs">
        <RecordTable
          label="Logs"
          rows={logs}
          columns={LOG_COLUMNS}
          keyOf={({ name }) => name}
          empty="There is no log yet."
        />
      </Panel>
      {log !== null && (
        <>
          <Select
            label="Log"
            data={logs.map(({ name }) => name)}
            value={log}
            onChange={setLog}
            allowDeselect={false}
            maw={320}
          />
          <Entries key={log} log={log} />
          <Checkpoints log={log} />
        </>
      )}
    </Stack>
  );
}

const ENTRY_COLUMNS: readonly RecordColumn<LedgerEntryView>[] = [
  { title: 'Number', cell: ({ index }) => index },
  { title: 'When', cell: ({ at }) => <Instant at={at} /> },
  { title: 'Kind', cell: ({ kind }) => kind },
  { title: 'Session', cell: ({ sessionId = '' }) => sessionId, wideOnly: true },
];

function Entries({ log }: { readonly log: string }): ReactElement {
  const [kind, setKind] = useState('');
  const [asked] = useDebouncedValue(kind.trim(), TYPING_MS);
  const list = useList(['ledger', 'entries', log, asked], (cursor) => {
    const query = {
      log,
      ...(cursor !== undefined && { cursor }),
      ...(asked !== '' && { kind: asked }),
    };
    return answer(api.GET('/v1/ledger/entries', { params: { query } }));
  });
  return (
    <Panel title="Entries">
      <Stack>
        <TextInput
          label="Kind"
          placeholder="operation.refuse"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value)}
          maw={320}
        />
        <QueryView query={list}>
          {({ pages }) => (
            <RecordTable
              label="Entries"
              rows={pages.flatMap(({ entries }) => entries)}
              columns={ENTRY_COLUMNS}
              keyOf={({ index }) => String(index)}
              linkOf={({ index }) => `/ledger/${encodeURIComponent(log)}/${index}`}
              empty="There are no such entries."
              onMore={moreOf(list)}
            />
          )}
        </QueryView>
      </Stack>
    </Panel>
  );
}

function Checkpoints({ log }: { readonly log: string }): ReactElement {
  const query = useQuery({
    queryKey: ['ledger', 'checkpoints', log],
    queryFn: () =>
      answer(api.GET('/v1/ledger/checkpoints', { params: { query: { log, limit: CHECKPOINTS } } })),
  });
  return (
    <Panel title="Checkpoints">
      <QueryView query={query}>
        {({ checkpoints }) =>
          checkpoints.length === 0 ? (
            <Nothing>None has been signed yet: one is a minute after the first entry.</Nothing>
          ) : (
            <RecordTable
              label="Checkpoints"
              rows={checkpoints}
              columns={[
                { title: 'Entries', cell: ({ size }) => size.toLocaleString('en') },
                { title: 'Root', cell: ({ root }) => root },
              ]}
              keyOf={({ size }) => String(size)}
              empty=""
            />
          )
        }
      </QueryView>
    </Panel>
  );
}
