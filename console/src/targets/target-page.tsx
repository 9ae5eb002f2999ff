import { Code, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useParams } from 'react-router';
import type { DataMapView } from '../../../src/api/data-map.ts';
import type { TargetDetail } from '../../../src/api/target.ts';
import { answer, api } from '../api-client.ts';
import { FactsList } from '../facts-list.tsx';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { Nothing, QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';
import { LabelBadges } from './label-badges.tsx';
import { Proposals } from './proposals.tsx';
import { TryStatement } from './try-statement.tsx';

/** One target: how it is doing, what its columns hold, and what would become of a statement. */
export function TargetPage(): ReactElement {
  const { name = '' } = useParams();
  const query = useQuery({
    queryKey: ['targets', name],
    queryFn: () => answer(api.GET('/v1/targets/{name}', { params: { path: { name } } })),
  });
  return <QueryView query={query}>{(target) => <Detail target={target} />}</QueryView>;
}

function Detail({ target }: { readonly target: TargetDetail }): ReactElement {
  const { name, kind, description, databases, accounts, url, labels, health } = target;
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <PageTitle>{name}</PageTitle>
        <StateBadge state={health.state} />
      </Group>
      <Panel title="Target">
        <FactsList
          facts={[
            ['Kind', kind],
            ['What it is', description],
            ['Databases', databases.join(', ')],
            ['Accounts', accounts.join(', ')],
            ['Address', url],
            ['From a terminal', kind === 'http' && url !== undefined ? curlLine(url) : undefined],
            ['Labels', <LabelBadges key="labels" labels={labels} />],
            ['Looked at', <Instant key="checked" at={health.checkedAt} />],
            [
              'Login took',
              health.latencyMs === undefined ? undefined : `${Math.round(health.latencyMs)} ms`,
            ],
            ['Server', health.serverVersion],
            ['Problem', health.problem],
          ]}
        />
      </Panel>
      {kind === 'postgres' && <DatabaseParts target={target} />}
    </Stack>
  );
}

/** How a program asks a service, with the token of whoever is signed in there. */
function curlLine(url: string): ReactElement {
  return <Code>{`curl -H "Authorization: Bearer $(sallyport token)" ${url}/`}</Code>;
}

/** What there is only of databases: on hosts, the data map is about files, and stands in the target's file. */
function DatabaseParts({ target }: { readonly target: TargetDetail }): ReactElement {
  const { name, dataMap, mayChange } = target;
  return (
    <>
      <Panel title="Data map">
        {dataMap === undefined ? (
          <Nothing>This target has no data map: nothing of it is masked.</Nothing>
        ) : (
          <DataMap dataMap={dataMap} />
        )}
      </Panel>
      {mayChange && <Proposals target={name} />}
      <TryStatement target={name} />
    </>
  );
}

function DataMap({ dataMap }: { readonly dataMap: DataMapView }): ReactElement {
  const { columns, patientKeys } = dataMap;
  return (
    <Stack>
      <RecordTable
        label="Columns of the data map"
        rows={columns}
        columns={[
          { title: 'Column', cell: ({ column }) => column },
          { title: 'Data class', cell: ({ className }) => className },
          {
            title: 'Mask',
            cell: ({ className, mask }) =>
              className === 'none' ? '' : (mask ?? "the class's own"),
            wideOnly: true,
          },
          {
            title: 'Paths in JSON',
            cell: ({ paths }) =>
              paths.map(({ path, className }) => `${path}: ${className}`).join(', '),
            wideOnly: true,
          },
        ]}
        keyOf={({ column }) => column}
        empty="No column is mapped."
      />
      {patientKeys.length > 0 && (
        <Text size="sm">
          Whose rows they are:{' '}
          {patientKeys.map(({ relation, column }) => `${relation}.${column}`).join(', ')}
        </Text>
      )}
    </Stack>
  );
}
