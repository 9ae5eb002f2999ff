import { Button, Group, NumberInput, Paper, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { DelegationView } from '../../../src/api/delegation.ts';
import { answer, api, newIdempotencyKey } from '../api-client.ts';
import { Instant } from '../instant.tsx';
import { Failure, QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';

const DAY_SECONDS = 86_400;

/** Who reviews in whose place, and a form to let somebody do so. */
export function Delegations(): ReactElement {
  const query = useQuery({
    queryKey: ['delegations'],
    queryFn: () => answer(api.GET('/v1/delegations')),
  });
  return (
    <Stack>
      <DelegationForm />
      <QueryView query={query}>
        {({ delegations }) => (
          <RecordTable
            label="Delegations"
            rows={delegations}
            columns={[
              { title: 'From', cell: ({ from }) => from.name },
              { title: 'To', cell: ({ to }) => to.name },
              { title: 'Groups', cell: ({ groups }) => groups.join(', ') },
              { title: 'Reason', cell: ({ reason }) => reason, wideOnly: true },
              { title: 'Ends', cell: ({ endedAt, endsAt }) => <Instant at={endedAt ?? endsAt} /> },
              { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
              { title: 'Actions', cell: (delegation) => <EndDelegation delegation={delegation} /> },
            ]}
            keyOf={({ id }) => id}
            empty="Nobody reviews in your place, and you in nobody's."
          />
        )}
      </QueryView>
    </Stack>
  );
}

function EndDelegation({
  delegation: { id, mayEnd, state },
}: {
  readonly delegation: DelegationView;
}): ReactElement | null {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => answer(api.POST('/v1/delegations/{id}/end', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['delegations'] }),
  });
  if (!mayEnd || state === 'ended') return null;
  return (
    <Stack gap={4}>
      <Button
        size="xs"
        color="red"
        variant="outline"
        loading={end.isPending}
        onClick={() => end.mutate()}
      >
        End
      </Button>
      {end.isError && <Failure error={end.error} />}
    </Stack>
  );
}

function DelegationForm(): ReactElement {
  const [to, setTo] = useState('');
  const [days, setDays] = useState<number | string>(7);
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(newIdempotencyKey);
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/v1/delegations', {
          params: { header: { 'Idempotency-Key': key } },
          body: {
            to: to.trim(),
            reason: reason.trim(),
            durationSeconds: Math.round(Number(days) * DAY_SECONDS),
          },
        }),
      ),
    onSettled: async () => {
      setKey(newIdempotencyKey());
      await client.invalidateQueries({ queryKey: ['delegations'] });
    },
  });
  return (
    <Paper withBorder p="md" component="section" aria-label="Let somebody review in your place">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <Group align="flex-start">
            <TextInput
              label="To"
              description="Somebody's id, as People shows it"
              required
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
            <NumberInput
              label="Days"
              description="It ends by itself"
              min={1}
              max={365}
              value={days}
              onChange={setDays}
            />
          </Group>
          <TextInput
            label="Reason"
            required
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {create.isError && <Failure error={create.error} />}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Let them review in my place
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
