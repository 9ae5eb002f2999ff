import { Group, Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useParams } from 'react-router';
import type { SessionView } from '../../../src/api/session.ts';
import { answer, api } from '../api-client.ts';
import { CoverageNotice } from '../coverage-notice.tsx';
import { FactsList } from '../facts-list.tsx';
import { Instant } from '../instant.tsx';
import { MoreButton } from '../more-button.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { Nothing, QueryView } from '../query-view.tsx';
import { StateBadge } from '../state-badge.tsx';
import { moreOf, useList } from '../use-list.ts';
import { EndSession } from './end-session.tsx';
import { JoinSession } from './join-session.tsx';
import { LiveView } from './live-view.tsx';
import { Playback } from './playback.tsx';
import { TimelineList } from './timeline-list.tsx';

/** One session: who, what it did, and what it was shown. */
export function SessionPage(): ReactElement {
  const { id = '' } = useParams();
  const query = useQuery({
    queryKey: ['sessions', 'one', id],
    queryFn: () => answer(api.GET('/v1/sessions/{id}', { params: { path: { id } } })),
  });
  return <QueryView query={query}>{(session) => <SessionDetail session={session} />}</QueryView>;
}

function SessionDetail({ session }: { readonly session: SessionView }): ReactElement {
  const isLive = session.end === undefined;
  // There are accounts on hosts only.
  const hasShell = session.account !== '';
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <PageTitle>{`${session.principalName} on ${session.target}`}</PageTitle>
        <Group>
          <StateBadge state={session.end?.reason ?? 'live'} />
          {isLive && <EndSession id={session.id} />}
        </Group>
      </Group>
      <Panel title="Session">
        <SessionFacts session={session} />
      </Panel>
      <Tabs defaultValue="timeline" keepMounted={false}>
        <Tabs.List aria-label="What the session did">
          <Tabs.Tab value="timeline">Operations</Tabs.Tab>
          {session.recorded && <Tabs.Tab value="playback">Playback</Tabs.Tab>}
          {isLive && session.recorded && <Tabs.Tab value="live">Live</Tabs.Tab>}
          {isLive && hasShell && <Tabs.Tab value="join">Join</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="timeline" pt="md">
          <Timeline id={session.id} />
        </Tabs.Panel>
        <Tabs.Panel value="playback" pt="md">
          <Playback id={session.id} />
        </Tabs.Panel>
        <Tabs.Panel value="live" pt="md">
          <LiveView id={session.id} />
        </Tabs.Panel>
        <Tabs.Panel value="join" pt="md">
          <JoinSession id={session.id} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function SessionFacts({ session }: { readonly session: SessionView }): ReactElement {
  const { end } = session;
  return (
    <FactsList
      facts={[
        ['Id', session.id],
        ['Principal', session.principalId],
        ['Database', session.database],
        ['Account', session.account],
        ['From', session.clientAddress],
        ['Program', session.applicationName],
        ['Started', <Instant key="started" at={session.startedAt} />],
        ['Ended', end && <Instant key="ended" at={end.endedAt} />],
        ['Operations', end && `${end.operations}, ${end.refused} refused`],
        ['Rows shown', end?.rows.toLocaleString('en')],
        ['Recording, SHA-256', end?.recordingSha256],
      ]}
    />
  );
}

function Timeline({ id }: { readonly id: string }): ReactElement {
  const list = useList(['sessions', 'timeline', id], (cursor) =>
    answer(
      api.GET('/v1/sessions/{id}/timeline', {
        params: { path: { id }, query: { ...(cursor !== undefined && { cursor }) } },
      }),
    ),
  );
  return (
    <QueryView query={list}>
      {({ pages }) => {
        const entries = pages.flatMap((page) => page.entries);
        return (
          <Stack>
            <CoverageNotice coverage={pages[0]?.coverage} />
            {entries.length === 0 ? (
              <Nothing>This gateway’s ledger has nothing of it yet.</Nothing>
            ) : (
              <TimelineList entries={entries} />
            )}
            <MoreButton onMore={moreOf(list)} />
          </Stack>
        );
      }}
    </QueryView>
  );
}
