import { Stack, Tabs, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactElement, useState } from 'react';
import { answer, api } from '../api-client.ts';
import { Instant } from '../instant.tsx';
import { PageTitle } from '../page-title.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { moreOf, useList } from '../use-list.ts';
import { useWhoami } from '../use-whoami.ts';
import { Delegations } from './delegations.tsx';
import { Grants } from './grants.tsx';

/** Milliseconds without a key before a search begins. */
const TYPING_MS = 300;

/** Who there is, who holds what for how long, and who reviews in whose place. */
export function PeoplePage(): ReactElement {
  const { permitted } = useWhoami();
  const mayReadPeople = permitted.includes('people.read');
  return (
    <Stack>
      <PageTitle>People and grants</PageTitle>
      <Tabs defaultValue="grants" keepMounted={false}>
        <Tabs.List aria-label="What to show">
          <Tabs.Tab value="grants">Grants</Tabs.Tab>
          <Tabs.Tab value="delegations">Delegations</Tabs.Tab>
          {mayReadPeople && <Tabs.Tab value="people">People</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="grants" pt="md">
          <Grants />
        </Tabs.Panel>
        <Tabs.Panel value="delegations" pt="md">
          <Delegations />
        </Tabs.Panel>
        <Tabs.Panel value="people" pt="md">
          <People />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function People(): ReactElement {
  const [words, setWords] = useState('');
  const [asked] = useDebouncedValue(words.trim(), TYPING_MS);
  const list = useList(['people', asked], (cursor) => {
    const query = { ...(cursor !== undefined && { cursor }), ...(asked !== '' && { q: asked }) };
    return answer(api.GET('/v1/people', { params: { query } }));
  });
  return (
    <Stack>
      <TextInput
        label="Name or id"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        maw={320}
      />
      <QueryView query={list}>
        {({ pages }) => (
          <RecordTable
            label="People"
            rows={pages.flatMap(({ people }) => people)}
            columns={[
              { title: 'Name', cell: ({ name }) => name },
              { title: 'Id', cell: ({ id }) => id },
              { title: 'Kind', cell: ({ kind }) => kind, wideOnly: true },
              { title: 'Groups', cell: ({ groups }) => groups.join(', '), wideOnly: true },
              { title: 'Seen', cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} /> },
              { title: 'Barred', cell: ({ disabled }) => (disabled ? 'yes' : ''), wideOnly: true },
            ]}
            keyOf={({ id }) => id}
            empty="Nobody has signed in."
            onMore={moreOf(list)}
          />
        )}
      </QueryView>
    </Stack>
  );
}
