import { Anchor, Group, List, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { RaisedAlert } from '../../../src/api/alert.ts';
import { answer, api } from '../api-client.ts';
import { AskReason } from '../ask-reason.tsx';
import { FactsList } from '../facts-list.tsx';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { QueryView } from '../query-view.tsx';
import { StateBadge } from '../state-badge.tsx';
import { useWhoami } from '../use-whoami.ts';

/** One alert, the entries behind it, and what somebody made of it. */
export function AlertPage(): ReactElement {
  const { id = '' } = useParams();
  const query = useQuery({
    queryKey: ['alert', id],
    queryFn: () => answer(api.GET('/v1/alerts/{id}', { params: { path: { id } } })),
  });
  return (
    <Stack>
      <PageTitle>Alert</PageTitle>
      <QueryView query={query}>{(alert) => <Details alert={alert} />}</QueryView>
    </Stack>
  );
}

function Details({ alert }: { readonly alert: RaisedAlert }): ReactElement {
  const { summary, rule, principalId, target, at, state, closedBy, closedAt, reason } = alert;
  const { permitted, id: own } = useWhoami();
  const mayClose = state === 'open' && permitted.includes('alert.close') && own !== principalId;
  return (
    <Stack>
      <Text fw={600}>{summary}</Text>
      <FactsList
        facts={[
          ['State', <StateBadge key="state" state={state} />],
          ['Rule', rule],
          ['Who', principalId === '' ? 'nobody who had signed in' : principalId],
          ['Target', target ?? 'several, or none'],
          ['When', <Instant key="at" at={at} />],
          ...(closedBy === undefined || closedAt === undefined
            ? []
            : ([
                ['Closed by', closedBy],
                ['Closed', <Instant key="closed" at={closedAt} />],
                ['Reason', reason ?? ''],
              ] as const)),
        ]}
      />
      {mayClose && <Closing id={alert.id} />}
      <Panel title="Entries behind it">
        <List size="sm">
          {alert.entries.map(({ log, index }) => (
            <List.Item key={`${log}/${index}`}>
              <Anchor component={Link} inherit to={`/ledger/${encodeURIComponent(log)}/${index}`}>
                {log}, entry {index}
              </Anchor>
            </List.Item>
          ))}
        </List>
      </Panel>
    </Stack>
  );
}

function Closing({ id }: { readonly id: string }): ReactElement {
  const client = useQueryClient();
  const close = async (state: 'dismissed' | 'confirmed', reason: string): Promise<void> => {
    await answer(
      api.POST('/v1/alerts/{id}/close', { params: { path: { id } }, body: { state, reason } }),
    );
    await client.invalidateQueries();
  };
  return (
    <Group>
      <AskReason
        title="Dismiss as a false alarm"
        onReason={(reason) => close('dismissed', reason)}
      />
      <AskReason title="Confirm" onReason={(reason) => close('confirmed', reason)} />
    </Group>
  );
}
