import { Group, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { ReviewView } from '../../../src/api/access-request.ts';
import { showInvisible } from '../../../src/api/show-invisible.ts';
import { Instant } from '../instant.tsx';
import { StateBadge } from '../state-badge.tsx';

/** Who gave which verdict, and why. */
export function ReviewList({ reviews }: { readonly reviews: readonly ReviewView[] }): ReactElement {
  return (
    <Stack gap="xs">
      {reviews.map(({ reviewer, verdict, comment, at, onBehalfOf }) => (
        <Group key={reviewer.id} gap="xs" align="flex-start">
          <StateBadge state={verdict} />
          <Text size="sm">
            {reviewer.name}
            {onBehalfOf && ` for ${onBehalfOf.name}`}, <Instant at={at} />
            {comment && `: ${showInvisible(comment)}`}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
