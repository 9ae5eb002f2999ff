import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { GatewayProcessView } from '../../../src/api/gateway-process.ts';
import { answer, api } from '../api-client.ts';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';
import { ConnectorTable } from './connector-table.tsx';
import { Problems } from './problems.tsx';

/** Milliseconds between two looks: nothing tells the page when somebody falls silent. */
const REFRESH_MS = 5_000;

/** Which gateways and connectors there are, how they are, and what is wrong with them. */
export function GatewaysPage(): ReactElement {
  const gateways = useQuery({
    queryKey: ['gateways'],
    queryFn: () => answer(api.GET('/v1/gateways')),
    refetchInterval: REFRESH_MS,
  });
  const connectors = useQuery({
    queryKey: ['connectors'],
    queryFn: () => answer(api.GET('/v1/connectors')),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Stack>
      <PageTitle>Gateways and connectors</PageTitle>
      <Panel title="Gateways">
        <QueryView query={gateways}>
          {({ processes }) => <ProcessTable processes={processes} />}
        </QueryView>
      </Panel>
      <Panel title="Connectors">
        <QueryView query={connectors}>
          {({ connectors: known }) => <ConnectorTable connectors={known} />}
        </QueryView>
      </Panel>
    </Stack>
  );
}

function ProcessTable({
  processes,
}: {
  readonly processes: readonly GatewayProcessView[];
}): ReactElement {
  return (
    <Stack>
      {processes.map(({ log, state, problems }) => (
        <Problems key={log} name={log} state={state} problems={problems} />
      ))}
      <RecordTable
        label="Processes of gateways"
        rows={processes}
        columns={[
          { title: 'Process', cell: ({ log }) => log },
          { title: 'Gateway', cell: ({ gateway }) => gateway, wideOnly: true },
          { title: 'State', cell: (process) => <ProcessState process={process} /> },
          { title: 'Version', cell: ({ version }) => version },
          { title: 'Started', cell: ({ since }) => <Instant at={since} />, wideOnly: true },
          { title: 'Last seen', cell: ({ seenAt }) => <Instant at={seenAt} />, wideOnly: true },
          { title: 'Sessions', cell: ({ sessions }) => sessions.toLocaleString('en') },
        ]}
        keyOf={({ log }) => log}
        empty="No gateway says that it is there."
      />
    </Stack>
  );
}

function ProcessState({
  process: { state, drainingSince },
}: {
  readonly process: GatewayProcessView;
}): ReactElement {
  return (
    <>
      <StateBadge state={state} />
      {state === 'draining' && drainingSince !== undefined && (
        <>
          {' '}
          (since <Instant at={drainingSince} />)
        </>
      )}
    </>
  );
}
