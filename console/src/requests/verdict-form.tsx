import { Alert, Button, Group, Paper, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type {
  AccessRequestDetail,
  ReviewBarView,
  ReviewSubmission,
} from '../../../src/api/access-request.ts';
import { answer, api, newIdempotencyKey } from '../api-client.ts';
import { Failure } from '../query-view.tsx';
import { describeEnd } from './describe-end.ts';

const BARS: Readonly<Record<ReviewBarView, string>> = {
  'not-a-reviewer': 'You are in none of the groups that may review this.',
  'own-request': 'Nobody reviews their own request.',
  'already-reviewed': 'You have given your verdict.',
  'delegator-reviewed': 'The person for whom you would review has given a verdict.',
  over: 'This request is over.',
};

/** Approve or reject; withdraw, for whoever asked. */
export function VerdictForm({ request }: { readonly request: AccessRequestDetail }): ReactElement {
  const { id, mayReview, reviewBar, mayWithdraw } = request;
  return (
    <Stack>
      {mayReview && <Verdict request={request} />}
      <Text size="sm" c="dimmed" role="status">
        {describeEnd(request) ?? (reviewBar && BARS[reviewBar])}
      </Text>
      {mayWithdraw && <Withdrawal id={id} />}
    </Stack>
  );
}

function Verdict({
  request: { id, kind },
}: {
  readonly request: AccessRequestDetail;
}): ReactElement {
  const [comment, setComment] = useState('');
  const [isMissing, setMissing] = useState(false);
  const [key] = useState(newIdempotencyKey);
  const client = useQueryClient();
  const review = useMutation({
    mutationFn: (body: ReviewSubmission) =>
      answer(
        api.POST('/v1/requests/{id}/reviews', {
          params: { path: { id }, header: { 'Idempotency-Key': `${key}-${body.verdict}` } },
          body: { ...body, comment: body.comment },
        }),
      ),
    onSuccess: ({ state }) => {
      notifications.show({ message: `Your verdict is in the ledger. The request is ${state}.` });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
  const submit = (verdict: ReviewSubmission['verdict']): void => {
    const text = comment.trim();
    setMissing(verdict === 'reject' && text === '');
    if (verdict === 'reject' && text === '') return;
    review.mutate({ verdict, ...(text !== '' && { comment: text }) });
  };
  const isAfterwards = kind === 'break-glass';
  return (
    <Paper withBorder p="md" className="verdict" component="section" aria-label="Your verdict">
      <Stack gap="sm">
        <Textarea
          label="Comment"
          description="Required to reject. The requester sees it."
          autosize
          minRows={1}
          value={comment}
          error={isMissing && 'Say why, so that the requester knows what to do.'}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        {review.isError && <Failure error={review.error} />}
        <Group grow preventGrowOverflow={false}>
          <Button onClick={() => submit('approve')} loading={review.isPending}>
            {isAfterwards ? 'Acknowledge' : 'Approve'}
          </Button>
          <Button
            variant="outline"
            color="red"
            onClick={() => submit('reject')}
            disabled={review.isPending}
          >
            {isAfterwards ? 'Object' : 'Reject'}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function Withdrawal({ id }: { readonly id: string }): ReactElement {
  const client = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => answer(api.POST('/v1/requests/{id}/withdraw', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
  return (
    <Alert color="gray" variant="outline" title="This is your own request">
      <Stack gap="xs" align="flex-start">
        {withdraw.isError && <Failure error={withdraw.error} />}
        <Button
          variant="default"
          size="xs"
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate()}
        >
          Withdraw it
        </Button>
      </Stack>
    </Alert>
  );
}
