import { Button, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { answer, api } from '../api-client.ts';
import { FactsList } from '../facts-list.tsx';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { useWhoami } from '../use-whoami.ts';

/** Who one is for the gateway, and where one is signed in. */
export function AccountPage(): ReactElement {
  const me = useWhoami();
  const query = useQuery({
    queryKey: ['sign-ins'],
    queryFn: () => answer(api.GET('/v1/sign-ins')),
  });
  return (
    <Stack>
      <PageTitle>Sign-ins</PageTitle>
      <Panel title="You">
        <FactsList
          facts={[
            ['Name', me.name],
            ['Id', me.id],
            ['Groups', me.groups.join(', ')],
            ['Signed in by', me.signIn],
            ['Ends', <Instant key="ends" at={me.expiresAt} />],
          ]}
        />
      </Panel>
      <Panel title="Your sign-ins">
        <QueryView query={query}>
          {({ signIns }) => (
            <RecordTable
              label="Your sign-ins"
              rows={signIns}
              columns={[
                { title: 'Browser', cell: ({ userAgent }) => userAgent },
                { title: 'From', cell: ({ clientAddress }) => clientAddress },
                { title: 'Used', cell: ({ lastUsedAt }) => <Instant at={lastUsedAt} /> },
                { title: 'Ends', cell: ({ endsAt }) => <Instant at={endsAt} />, wideOnly: true },
                {
                  title: 'Actions',
                  cell: ({ id, current }) => (current ? 'this one' : <EndSignIn id={id} />),
                },
              ]}
              keyOf={({ id }) => id}
              empty="You are signed in nowhere else."
            />
          )}
        </QueryView>
      </Panel>
    </Stack>
  );
}

function EndSignIn({ id }: { readonly id: string }): ReactElement {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => answer(api.POST('/v1/sign-ins/{id}/end', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['sign-ins'] }),
  });
  return (
    <Button
      size="xs"
      color="red"
      variant="outline"
      loading={end.isPending}
      onClick={() => end.mutate()}
    >
      End
    </Button>
  );
}
