import { Group, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api-client.ts';
import { CoverageNotice } from '../coverage-notice.tsx';
import { PageTitle } from '../page-title.tsx';
import { QueryView } from '../query-view.tsx';
import { moreOf, useList } from '../use-list.ts';
import { SessionTable } from './session-table.tsx';

/** Milliseconds without a key before a search begins. */
const TYPING_MS = 300;

/** Sessions, narrowed down by state, person, target or words of their statements. */
export function SessionsPage(): ReactElement {
  const [parameters] = useSearchParams();
  const [state, setState] = useState(readState(parameters.get('state')));
  const [words, setWords] = useState('');
  const [principal, setPrincipal] = useState('');
  const [target, setTarget] = useState('');
  const [asked] = useDebouncedValue({ words, principal, target }, TYPING_MS);
  const list = useList(['sessions', state, asked], (cursor) => {
    const query = {
      ...(cursor !== undefined && { cursor }),
      ...(state !== null && { state }),
      ...(asked.words.trim() !== '' && { q: asked.words.trim() }),
      ...(asked.principal.trim() !== '' && { principal: asked.principal.trim() }),
      ...(asked.target.trim() !== '' && { target: asked.target.trim() }),
    } as const;
    return answer(api.GET('/v1/sessions', { params: { query } }));
  });
  return (
    <Stack>
      <PageTitle>Sessions</PageTitle>
      <Group align="flex-end" role="search">
        <TextInput
          label="Words in statements"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <TextInput
          label="Principal"
          placeholder="provider:subject"
          value={principal}
          onChange={(event) => setPrincipal(event.currentTarget.value)}
        />
        <TextInput
          label="Target"
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
        />
        <Select
          label="State"
          data={[
            { value: 'live', label: 'Live' },
            { value: 'ended', label: 'Ended' },
          ]}
          value={state}
          onChange={(value) => setState(readState(value))}
          placeholder="All"
          clearable
          clearButtonProps={{ 'aria-label': 'All states' }}
        />
      </Group>
      <QueryView query={list}>
        {({ pages }) => (
          <>
            <CoverageNotice coverage={pages[0]?.coverage} />
            <SessionTable
              label="Sessions"
              sessions={pages.flatMap(({ sessions }) => sessions)}
              empty="There are no such sessions that you may see."
              onMore={moreOf(list)}
            />
          </>
        )}
      </QueryView>
    </Stack>
  );
}

function readState(value: string | null): 'live' | 'ended' | null {
  return value === 'live' || value === 'ended' ? value : null;
}
