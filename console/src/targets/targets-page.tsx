import { Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { answer, api } from '../api-client.ts';
import { PageTitle } from '../page-title.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { LabelBadges } from './label-badges.tsx';

/** The targets that whoever looks may connect to. */
export function TargetsPage(): ReactElement {
  const query = useQuery({
    queryKey: ['targets'],
    queryFn: () => answer(api.GET('/v1/targets')),
  });
  return (
    <Stack>
      <PageTitle>Targets</PageTitle>
      <QueryView query={query}>
        {({ targets }) => (
          <RecordTable
            label="Targets"
            rows={targets}
            columns={[
              { title: 'Name', cell: ({ name }) => name },
              { title: 'Kind', cell: ({ kind }) => kind },
              { title: 'What it is', cell: ({ description }) => description, wideOnly: true },
              {
                title: 'Labels',
                cell: ({ labels }) => (
                  <Group gap={4}>
                    <LabelBadges labels={labels} />
                  </Group>
                ),
                wideOnly: true,
              },
            ]}
            keyOf={({ name }) => name}
            linkOf={({ name }) => `/targets/${encodeURIComponent(name)}`}
            empty="There is no target that you may connect to."
          />
        )}
      </QueryView>
    </Stack>
  );
}
