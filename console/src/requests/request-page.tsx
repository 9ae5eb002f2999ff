import { Anchor, Grid, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { AccessRequestDetail } from '../../../src/api/access-request.ts';
import { showInvisible } from '../../../src/api/show-invisible.ts';
import { answer, api } from '../api-client.ts';
import { FactsList } from '../facts-list.tsx';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { Nothing, QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { TimelineList } from '../sessions/timeline-list.tsx';
import { StateBadge } from '../state-badge.tsx';
import { OperationPanel } from './operation-panel.tsx';
import { describeSubject } from './request-table.tsx';
import { ReviewList } from './review-list.tsx';
import { VerdictForm } from './verdict-form.tsx';

/** Everything that helps to judge one access request, and the verdict. */
export function RequestPage(): ReactElement {
  const { id = '' } = useParams();
  const query = useQuery({
    queryKey: ['requests', 'one', id],
    queryFn: () => answer(api.GET('/v1/requests/{id}', { params: { path: { id } } })),
  });
  return <QueryView query={query}>{(request) => <RequestDetail request={request} />}</QueryView>;
}

function RequestDetail({ request }: { readonly request: AccessRequestDetail }): ReactElement {
  const { requester, operation, earlier, sessionSoFar } = request;
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <PageTitle>{titleOf(request)}</PageTitle>
        <StateBadge state={request.state} />
      </Group>
      <Grid>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack>
            {operation === undefined ? (
              <Panel title="What is asked for">
                <Text>{describeSubject(request)}</Text>
              </Panel>
            ) : (
              <OperationPanel operation={operation} />
            )}
            <VerdictForm request={request} />
            <Reviews request={request} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack>
            <Asker request={request} />
            <Rule request={request} />
          </Stack>
        </Grid.Col>
      </Grid>
      {request.sessionId !== undefined && (
        <Panel title="The session so far">
          <Text size="sm" mb="xs">
            <Anchor component={Link} inherit to={`/sessions/${request.sessionId}`}>
              Open the session
            </Anchor>
          </Text>
          <TimelineList entries={sessionSoFar} />
        </Panel>
      )}
      <Panel title={`Earlier requests by ${requester.name}`}>
        <RecordTable
          label="Earlier requests"
          rows={earlier}
          columns={[
            { title: 'What', cell: ({ subject }) => subject },
            { title: 'Target', cell: ({ target }) => target, wideOnly: true },
            { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
            { title: 'When', cell: ({ createdAt }) => <Instant at={createdAt} /> },
          ]}
          keyOf={({ id }) => id}
          linkOf={({ id }) => `/requests/${id}`}
          empty="There are none that you may see."
        />
      </Panel>
    </Stack>
  );
}

function titleOf({ kind, requester, target, operation }: AccessRequestDetail): string {
  switch (kind) {
    case 'operation':
      return `${requester.name}: ${operation?.actions.join(', ') ?? 'operation'} on ${target}`;
    case 'grant':
      return `${requester.name} asks for a grant on ${target}`;
    case 'break-glass':
      return `${requester.name} broke the glass on ${target}`;
  }
}

function Asker({ request }: { readonly request: AccessRequestDetail }): ReactElement {
  const { requester, justification, target, database, createdAt, typedBy } = request;
  return (
    <Panel title="Who asks">
      <FactsList
        facts={[
          ['Name', requester.name],
          ['Id', requester.id],
          ['Kind', requester.kind],
          ['Groups', requester.groups.join(', ')],
          ['Grants', requester.grants.join(', ')],
          ['Signed in by', requester.signIn],
          ['From', requester.clientAddress],
          ['Program', requester.applicationName],
          ['Typed by', typedBy?.join(', ')],
          ['Target', database === undefined ? target : `${target}, database ${database}`],
          ['Asked', <Instant key="asked" at={createdAt} />],
          [
            'Justification',
            justification === undefined ? 'none given' : showInvisible(justification),
          ],
        ]}
      />
    </Panel>
  );
}

function Rule({ request }: { readonly request: AccessRequestDetail }): ReactElement {
  const { policy, rules, state, expiresAt, end } = request;
  return (
    <Panel title="The policy that asks">
      <FactsList
        facts={[
          ['Policy', policy.ids.join(', ')],
          ['Reason', policy.reason],
          ['Policy version', policy.version.slice(0, 12)],
          [
            'Has to be approved by',
            rules.map(({ groups, quorum }) => `${quorum} of ${groups.join(' or ')}`).join(', and '),
          ],
          state === 'pending'
            ? ['Ends', <Instant key="ends" at={expiresAt} />]
            : [
                'Ended',
                end && (
                  <>
                    {end.outcome} <Instant at={end.at} />
                    {end.reason && `: ${end.reason}`}
                  </>
                ),
              ],
        ]}
      />
    </Panel>
  );
}

function Reviews({ request }: { readonly request: AccessRequestDetail }): ReactElement {
  return (
    <Panel title="Reviews">
      {request.reviews.length === 0 ? (
        <Nothing>Nobody has given a verdict.</Nothing>
      ) : (
        <ReviewList reviews={request.reviews} />
      )}
    </Panel>
  );
}
