import { Alert, Anchor, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { Link } from 'react-router';
import type { AlertView, Overview } from '../../../src/api/overview.ts';
import { answer, api } from '../api-client.ts';
import { CoverageNotice } from '../coverage-notice.tsx';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { Nothing, QueryView } from '../query-view.tsx';
import { RequestTable } from '../requests/request-table.tsx';
import { SessionTable } from '../sessions/session-table.tsx';

/** Lines of the lists on this page. */
const LINES = 8;

/** What goes on, and what waits for whoever looks. */
export function OverviewPage(): ReactElement {
  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: () => answer(api.GET('/v1/overview')),
  });
  return (
    <Stack>
      <PageTitle>Overview</PageTitle>
      <QueryView query={overview}>{(data) => <Numbers overview={data} />}</QueryView>
      <WaitingRequests />
      <LiveSessions />
    </Stack>
  );
}

function Numbers({ overview }: { readonly overview: Overview }): ReactElement {
  const { today, health, alerts } = overview;
  return (
    <Stack>
      {health.ledger !== 'healthy' && (
        <Alert color="red" variant="outline" title={`The ledger is ${health.ledger}`} role="alert">
          Nothing runs that cannot be entered in it.
        </Alert>
      )}
      {health.store !== 'healthy' && (
        <Alert color="red" variant="outline" title="The store does not answer" role="alert">
          Reviews and grants cannot be given until it does.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        <Count name="Waiting for you" value={overview.reviewable} to="/requests" />
        <Count name="Your requests" value={overview.ownWaiting} to="/requests?view=mine" />
        <Count name="Live sessions" value={overview.liveSessions} to="/sessions?state=live" />
        <Count name="Unreviewed break-glass" value={overview.unreviewedBreakGlass} to="/requests" />
        {today !== undefined && (
          <>
            <Count name="Refusals today" value={today.refusals} />
            <Count name="Masked values today" value={today.maskedValues} />
          </>
        )}
      </SimpleGrid>
      <CoverageNotice coverage={today?.coverage} />
      {alerts.length > 0 && <Alerts alerts={alerts} />}
    </Stack>
  );
}

function Count({
  name,
  value,
  to,
}: {
  readonly name: string;
  readonly value: number;
  readonly to?: string;
}): ReactElement {
  const content = (
    <>
      <Text size="xl" fw={700}>
        {value.toLocaleString('en')}
      </Text>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
    </>
  );
  return to === undefined ? (
    <Paper withBorder p="sm">
      {content}
    </Paper>
  ) : (
    <Paper withBorder p="sm" component={Link} to={to} c="inherit" td="none">
      {content}
    </Paper>
  );
}

function Alerts({ alerts }: { readonly alerts: readonly AlertView[] }): ReactElement {
  return (
    <Panel title="Alerts">
      <Stack gap="xs">
        {alerts.map(({ id, at, text, requestId, alertId }) => (
          <Group key={id} gap="xs" wrap="nowrap" align="flex-start">
            <IconAlertTriangle size={18} aria-hidden />
            <Text size="sm">
              <AlertText text={text} to={linkOf({ requestId, alertId })} />, <Instant at={at} />
            </Text>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

function linkOf({
  requestId,
  alertId,
}: Pick<AlertView, 'requestId' | 'alertId'>): string | undefined {
  if (requestId !== undefined) return `/requests/${requestId}`;
  return alertId === undefined ? undefined : `/alerts/${alertId}`;
}

function AlertText({
  text,
  to,
}: {
  readonly text: string;
  readonly to: string | undefined;
}): ReactNode {
  if (to === undefined) return text;
  return (
    <Anchor component={Link} inherit to={to}>
      {text}
    </Anchor>
  );
}

function WaitingRequests(): ReactElement {
  const query = useQuery({
    queryKey: ['requests', 'waiting'],
    queryFn: () =>
      answer(api.GET('/v1/requests', { params: { query: { reviewable: 'true', limit: LINES } } })),
  });
  return (
    <Panel title="Waiting for your review">
      <QueryView query={query}>
        {({ requests }) =>
          requests.length === 0 ? (
            <Nothing>Nothing waits for you.</Nothing>
          ) : (
            <RequestTable label="Waiting for your review" requests={requests} />
          )
        }
      </QueryView>
    </Panel>
  );
}

function LiveSessions(): ReactElement {
  const query = useQuery({
    queryKey: ['sessions', 'live'],
    queryFn: () =>
      answer(api.GET('/v1/sessions', { params: { query: { state: 'live', limit: LINES } } })),
  });
  return (
    <Panel title="Live sessions">
      <QueryView query={query}>
        {({ sessions }) => (
          <SessionTable label="Live sessions" sessions={sessions} empty="Nobody is connected." />
        )}
      </QueryView>
    </Panel>
  );
}
