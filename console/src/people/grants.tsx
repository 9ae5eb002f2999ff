import { Group, Stack, Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { GrantView } from '../../../src/api/grant.ts';
import { answer, api } from '../api-client.ts';
import { AskReason } from '../ask-reason.tsx';
import { Instant } from '../instant.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';
import { moreOf, useList } from '../use-list.ts';
import { AskForGrant } from './ask-for-grant.tsx';

/** Grants in force and ended ones, and a form to ask for one. */
export function Grants(): ReactElement {
  const [isAll, setAll] = useState(false);
  const list = useList(['grants', isAll], (cursor) => {
    const query = {
      ...(cursor !== undefined && { cursor }),
      ...(!isAll && { inForce: 'true' }),
    };
    return answer(api.GET('/v1/grants', { params: { query } }));
  });
  return (
    <Stack>
      <AskForGrant />
      <Switch
        label="Show those that have ended, too"
        checked={isAll}
        onChange={(event) => setAll(event.currentTarget.checked)}
      />
      <QueryView query={list}>
        {({ pages }) => (
          <RecordTable
            label="Grants"
            rows={pages.flatMap(({ grants }) => grants)}
            columns={[
              {
                title: 'Grant',
                cell: ({ name, breakGlass }) => name + (breakGlass ? ' (break-glass)' : ''),
              },
              { title: 'Who', cell: ({ principal }) => principal.name },
              { title: 'Target', cell: ({ target }) => target },
              { title: 'Reason', cell: ({ reason }) => reason, wideOnly: true },
              { title: 'Ends', cell: (grant) => <End grant={grant} /> },
              { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
              { title: 'Actions', cell: (grant) => <GrantActions grant={grant} /> },
            ]}
            keyOf={({ id }) => id}
            empty={isAll ? 'There has been no grant that you may see.' : 'No grant is in force.'}
            onMore={moreOf(list)}
          />
        )}
      </QueryView>
    </Stack>
  );
}

function End({ grant: { end, endsAt } }: { readonly grant: GrantView }): ReactElement {
  if (end === undefined) return <Instant at={endsAt} />;
  return (
    <>
      {end.kind} <Instant at={end.at} />
      {end.by && ` by ${end.by.name}`}
    </>
  );
}

function GrantActions({ grant }: { readonly grant: GrantView }): ReactElement | null {
  const client = useQueryClient();
  if (!grant.mayRevoke || grant.state === 'ended') return null;
  return (
    <Group gap="xs">
      <AskReason
        title="Revoke"
        onReason={async (reason) => {
          const path = { id: grant.id };
          await answer(api.POST('/v1/grants/{id}/revoke', { params: { path }, body: { reason } }));
          await client.invalidateQueries({ queryKey: ['grants'] });
        }}
      />
    </Group>
  );
}
