import {
  Alert,
  Anchor,
  Button,
  Group,
  NumberInput,
  Paper,
  Select,
  Stack,
  TextInput,
} from '@mantine/core';
import {
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { Link } from 'react-router';
import type { GrantRequestSubmission } from '../../../src/api/access-request.ts';
import type { GrantAnswer, GrantKindView } from '../../../src/api/grant.ts';
import { answer, api, newIdempotencyKey } from '../api-client.ts';
import { Failure } from '../query-view.tsx';

const HOUR_SECONDS = 3_600;

/** Asking for a review, or taking it now. */
type Way = '/v1/grant-requests' | '/v1/break-glass';

/** Asks for a grant on a target, or takes it in an emergency where policy allows that. */
export function AskForGrant(): ReactElement {
  const [target, setTarget] = useState<string | null>(null);
  const targets = useQuery({
    queryKey: ['targets'],
    queryFn: () => answer(api.GET('/v1/targets')),
  });
  const kinds = useQuery({
    queryKey: ['grant-kinds', target],
    queryFn: () =>
      answer(api.GET('/v1/grant-kinds', { params: { query: { target: target ?? '' } } })),
    enabled: target !== null,
  });
  const open = (kinds.data?.grantKinds ?? []).filter(
    ({ mayRequest, mayBreakGlass }) => mayRequest !== 'no' || mayBreakGlass === true,
  );
  return (
    <Paper withBorder p="md" component="section" aria-label="Ask for a grant">
      <Stack>
        <Select
          label="Target"
          placeholder="On which target"
          data={targets.data?.targets.map(({ name }) => name) ?? []}
          value={target}
          onChange={setTarget}
          maw={320}
        />
        {target !== null && kinds.isSuccess && open.length === 0 && (
          <Alert
            color="gray"
            variant="outline"
            title="There is no grant that you may ask for here"
          />
        )}
        {kinds.isError && <Failure error={kinds.error} />}
        {target !== null && open.length > 0 && <Form key={target} target={target} kinds={open} />}
      </Stack>
    </Paper>
  );
}

function Form({
  target,
  kinds,
}: {
  readonly target: string;
  readonly kinds: readonly GrantKindView[];
}): ReactElement {
  const [grant, setGrant] = useState(kinds[0]?.name ?? '');
  const [hours, setHours] = useState<number | string>(1);
  const [reason, setReason] = useState('');
  const ask = useAsk();
  const chosen = kinds.find(({ name }) => name === grant);
  const submit = (way: Way): void => {
    const durationSeconds = Math.round(Number(hours) * HOUR_SECONDS);
    ask.mutate({ way, body: { grant, target, reason: reason.trim(), durationSeconds } });
  };
  const isReady = reason.trim() !== '' && Number(hours) > 0;
  return (
    <Stack>
      <Group align="flex-start">
        <Select
          label="Grant"
          data={kinds.map(({ name }) => name)}
          value={grant}
          onChange={(value) => setGrant(value ?? '')}
          allowDeselect={false}
          description={chosen?.description}
        />
        <NumberInput
          label="Hours"
          min={0.1}
          max={(chosen?.durationSecondsMax ?? 0) / HOUR_SECONDS}
          decimalScale={1}
          value={hours}
          onChange={setHours}
          description={chosen && `at most ${chosen.durationSecondsMax / HOUR_SECONDS}`}
        />
      </Group>
      <TextInput
        label="Reason"
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {chosen && <Ways kind={chosen} isReady={isReady} isPending={ask.isPending} onAsk={submit} />}
      {ask.isError && <Failure error={ask.error} />}
      {ask.data && <Asked answer={ask.data} />}
    </Stack>
  );
}

interface Asking {
  readonly way: Way;
  readonly body: GrantRequestSubmission;
}

/** Asks once, however often the answer is lost. */
function useAsk(): UseMutationResult<GrantAnswer, Error, Asking> {
  const [key, setKey] = useState(newIdempotencyKey);
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ way, body }: Asking) =>
      answer(api.POST(way, { params: { header: { 'Idempotency-Key': key } }, body })),
    onSettled: async () => {
      setKey(newIdempotencyKey());
      await client.invalidateQueries({ queryKey: ['grants'] });
    },
  });
}

/** What became of it. */
function Asked({
  answer: { outcome, request },
}: {
  readonly answer: Pick<GrantAnswer, 'outcome' | 'request'>;
}): ReactElement {
  return (
    <Alert color="green" variant="outline" role="status" title={titleOf(outcome)}>
      {request && (
        <Anchor component={Link} to={`/requests/${request.id}`}>
          Open the request
        </Anchor>
      )}
    </Alert>
  );
}

interface WaysProps {
  readonly kind: GrantKindView;
  readonly isReady: boolean;
  readonly isPending: boolean;
  readonly onAsk: (way: Way) => void;
}

/** The ways that policy leaves open. */
function Ways({ kind, isReady, isPending, onAsk }: WaysProps): ReactElement {
  return (
    <Group>
      {kind.mayRequest !== 'no' && (
        <Button disabled={!isReady} loading={isPending} onClick={() => onAsk('/v1/grant-requests')}>
          {kind.mayRequest === 'at-once' ? 'Take it' : 'Ask for it'}
        </Button>
      )}
      {kind.mayBreakGlass === true && (
        <Button
          color="red"
          variant="outline"
          disabled={!isReady}
          loading={isPending}
          onClick={() => onAsk('/v1/break-glass')}
        >
          Break the glass
        </Button>
      )}
    </Group>
  );
}

function titleOf(outcome: 'granted' | 'waiting'): string {
  return outcome === 'granted' ? 'The grant is in force' : 'Your request waits for a review';
}
