import { SegmentedControl, Stack } from '@mantine/core';
import type { ReactElement } from 'react';
import { useSearchParams } from 'react-router';
import type { AccessRequestList } from '../../../src/api/access-request.ts';
import { answer, api } from '../api-client.ts';
import { PageTitle } from '../page-title.tsx';
import { QueryView } from '../query-view.tsx';
import { moreOf, useList } from '../use-list.ts';
import { RequestTable } from './request-table.tsx';

type View = 'inbox' | 'mine' | 'all';

const VIEWS: readonly { readonly value: View; readonly label: string }[] = [
  { value: 'inbox', label: 'To review' },
  { value: 'mine', label: 'Mine' },
  { value: 'all', label: 'History' },
];

/** The inbox of reviewers, one's own requests, and the history. */
export function RequestsPage(): ReactElement {
  const [parameters, setParameters] = useSearchParams();
  const view = VIEWS.find(({ value }) => value === parameters.get('view'))?.value ?? 'inbox';
  const list = useList(['requests', view], (cursor) => askRequests(view, cursor));
  return (
    <Stack>
      <PageTitle>Requests</PageTitle>
      <SegmentedControl
        aria-label="Which requests"
        data={VIEWS.map((each) => ({ ...each }))}
        value={view}
        onChange={(value) => setParameters({ view: value })}
        maw={420}
      />
      <QueryView query={list}>
        {({ pages }) => (
          <RequestTable
            label="Requests"
            requests={pages.flatMap(({ requests }) => requests)}
            onMore={moreOf(list)}
          />
        )}
      </QueryView>
    </Stack>
  );
}

function askRequests(view: View, cursor: string | undefined): Promise<AccessRequestList> {
  const query = {
    ...(cursor !== undefined && { cursor }),
    ...(view === 'inbox' && { reviewable: 'true' }),
    ...(view === 'mine' && { mine: 'true' }),
  };
  return answer(api.GET('/v1/requests', { params: { query } }));
}
