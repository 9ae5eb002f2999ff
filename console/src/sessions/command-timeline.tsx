import { Badge, Stack, Text, UnstyledButton } from '@mantine/core';
import type { ReactElement } from 'react';
import type { CommandView } from './channel-views.ts';
import { formatPlace } from './playback-clock.ts';

/** What was tried, in order; each leads to its place in the recording. */
export function CommandTimeline({
  commands,
  atMs,
  onSeek,
}: {
  readonly commands: readonly CommandView[];
  /** Where the player is. */
  readonly atMs: number;
  readonly onSeek: (atMs: number) => void;
}): ReactElement {
  return (
    <Stack component="ol" gap={2} className="command-timeline" aria-label="Commands">
      {commands.map((command, index) => (
        <li key={`command-${String(index)}`}>
          <UnstyledButton
            fz="xs"
            ff="monospace"
            fw={command.atMs <= atMs ? 600 : 400}
            onClick={() => onSeek(command.atMs)}
          >
            {formatPlace(command.atMs)} {command.text}
          </UnstyledButton>
          {command.typedBy !== undefined && (
            <Text component="span" ml="xs" fz="xs">
              by {command.typedBy}
            </Text>
          )}
          {command.decision !== 'allow' && (
            <Badge ml="xs" size="xs" variant="default">
              {command.decision === 'deny' ? 'refused' : 'held'}
            </Badge>
          )}
        </li>
      ))}
    </Stack>
  );
}
