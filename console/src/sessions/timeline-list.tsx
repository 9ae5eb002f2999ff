import { Anchor, Group, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { showInvisible } from '../../../src/api/show-invisible.ts';
import type { TimelineEntry, TimelineResult, TimelineTransfer } from '../../../src/api/timeline.ts';
import { Instant } from '../instant.tsx';
import { Nothing } from '../query-view.tsx';
import { StateBadge } from '../state-badge.tsx';
import { StatementText, type TextLanguage } from '../statement-text.tsx';

/** What a session did, by the ledger. */
export function TimelineList({
  entries,
}: {
  readonly entries: readonly TimelineEntry[];
}): ReactElement {
  if (entries.length === 0) return <Nothing>Nothing is entered for it that you may see.</Nothing>;
  return (
    <Stack component="ol" gap="md" className="timeline">
      {entries.map((entry) => (
        <li key={entry.number}>
          <Stack gap={4}>
            <Group gap="xs">
              <Text size="sm" fw={600}>
                {entry.kind}
              </Text>
              {entry.decision && <StateBadge state={entry.decision.kind} />}
              <Text size="sm" c="dimmed">
                <Instant at={entry.at} />
              </Text>
              <Anchor
                size="sm"
                component={Link}
                to={`/ledger/${encodeURIComponent(entry.ledger.log)}/${entry.ledger.index}`}
              >
                entry {entry.ledger.index}
              </Anchor>
              {entry.requestId && (
                <Anchor size="sm" component={Link} to={`/requests/${entry.requestId}`}>
                  request
                </Anchor>
              )}
            </Group>
            {entry.statement && (
              <StatementText shown={entry.statement} language={languageOf(entry.actions)} />
            )}
            {entry.withheld && (
              <Text size="sm" fs="italic">
                {WITHHELD[entry.withheld]}
              </Text>
            )}
            <Text size="sm" c="dimmed">
              {describeEntry(entry)}
            </Text>
          </Stack>
        </li>
      ))}
    </Stack>
  );
}

function languageOf(actions: readonly string[]): TextLanguage {
  return actions.every((action) => action.startsWith('sql.')) ? 'sql' : 'command';
}

const WITHHELD: Readonly<Record<NonNullable<TimelineEntry['withheld']>, string>> = {
  sealed: 'The statement is sealed: this gateway has no key for it.',
  expired: 'The statement has expired.',
  damaged: 'The statement is not the one that was entered: verify the ledger.',
};

function describeEntry({ decision, result, relations, transfer }: TimelineEntry): string {
  const parts = [
    decision && decision.policies.length > 0 && `by ${decision.policies.join(', ')}`,
    decision?.reason,
    relations.length > 0 && relations.join(', '),
    result && describeResult(result),
    transfer && describeTransfer(transfer),
  ];
  const said = parts.filter((part) => typeof part === 'string' && part !== '');
  return showInvisible(said.join(' · '));
}

function describeTransfer({ action, outcome, place, bytes, sha256 }: TimelineTransfer): string {
  const parts = [
    action,
    place,
    bytes !== undefined && `${bytes.toLocaleString('en')} bytes`,
    sha256 !== undefined && `SHA-256 ${sha256}`,
    outcome !== 'done' && outcome,
  ];
  return parts.filter((part) => typeof part === 'string').join(' · ');
}

function describeResult({ rows, masked, raw }: TimelineResult): string {
  const classes = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const parts = [
    `${rows} ${rows === 1 ? 'row' : 'rows'}`,
    Object.keys(masked).length > 0 && `masked: ${classes(masked)}`,
    raw.length > 0 && `shown as they are: ${raw.join(', ')}`,
  ];
  return parts.filter((part) => part !== false).join(' · ');
}
