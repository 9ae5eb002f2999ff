import { Badge, Group, Select, Stack, Text } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import type { AlertList, RaisedAlert } from '../../../src/api/alert.ts';
import { answer, api } from '../api-client.ts';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { QueryView } from '../query-view.tsx';
import { type RecordColumn, RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';
import { moreOf, useList } from '../use-list.ts';

const STATES: readonly RaisedAlert['state'][] = ['open', 'confirmed', 'dismissed'];

const COLUMNS: readonly RecordColumn<RaisedAlert>[] = [
  { title: 'When', cell: ({ at }) => <Instant at={at} /> },
  { title: 'What', cell: ({ summary }) => summary },
  { title: 'Rule', cell: ({ rule }) => rule, wideOnly: true },
  { title: 'State', cell: ({ state }) => <StateBadge state={state} />, wideOnly: true },
];

/** What rules over the ledger found, and how much of it was nothing. */
export function AlertsPage(): ReactElement {
  const [state, setState] = useState<RaisedAlert['state'] | null>('open');
  const list = useList(['alerts', state], (cursor) => {
    const query = { ...(cursor !== undefined && { cursor }), ...(state !== null && { state }) };
    return answer(api.GET('/v1/alerts', { params: { query } }));
  });
  return (
    <Stack>
      <PageTitle>Alerts</PageTitle>
      <Select
        label="State"
        placeholder="all"
        data={STATES}
        value={state}
        onChange={(chosen) => setState(STATES.find((known) => known === chosen) ?? null)}
        clearable
        clearButtonProps={{ 'aria-label': 'Show all' }}
        maw={320}
      />
      <QueryView query={list}>
        {({ pages }) => (
          <Stack>
            <RecordTable
              label="Alerts"
              rows={pages.flatMap(({ alerts }) => alerts)}
              columns={COLUMNS}
              keyOf={({ id }) => id}
              linkOf={({ id }) => `/alerts/${id}`}
              empty="There are no such alerts."
              onMore={moreOf(list)}
            />
            <Counts counts={pages[0]?.counts ?? []} />
          </Stack>
        )}
      </QueryView>
    </Stack>
  );
}

/** False alarms stay counted: a rule that is mostly wrong should be set otherwise. */
function Counts({ counts }: Pick<AlertList, 'counts'>): ReactElement {
  const rules = [...new Set(counts.map(({ rule }) => rule))];
  return (
    <Panel title="By rule">
      <Stack gap="xs">
        {rules.length === 0 && <Text size="sm">No rule has found anything yet.</Text>}
        {rules.map((rule) => (
          <Group key={rule} gap="xs">
            <Text size="sm" miw={140}>
              {rule}
            </Text>
            {counts
              .filter((count) => count.rule === rule)
              .map(({ state, count }) => (
                <Badge key={state} variant="default" tt="none">
                  {count} {state}
                </Badge>
              ))}
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
