import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { answer, api } from '../api-client.ts';
import { AskReason } from '../ask-reason.tsx';

/** Ends a session that runs. */
export function EndSession({ id }: { readonly id: string }): ReactElement {
  const client = useQueryClient();
  return (
    <AskReason
      title="End the session"
      onReason={async (reason) => {
        await answer(
          api.POST('/v1/sessions/{id}/end', { params: { path: { id } }, body: { reason } }),
        );
        await client.invalidateQueries({ queryKey: ['sessions'] });
      }}
    />
  );
}
