import { Badge, Group, Stack, Table, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { ChannelView, FileEvent } from './channel-views.ts';
import { formatPlace } from './playback-clock.ts';
import { TerminalScreen } from './terminal-screen.tsx';

/** The channels of an SSH session, those opened last on top. */
export function ChannelList({
  channels,
}: {
  readonly channels: readonly ChannelView[];
}): ReactElement {
  return (
    <Stack>
      {channels.toReversed().map((channel) => (
        <Channel key={channel.key} channel={channel} />
      ))}
    </Stack>
  );
}

function Channel({ channel }: { readonly channel: ChannelView }): ReactElement {
  const { opened, screen, text, files, exit } = channel;
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="xs" c="dimmed">
          {formatPlace(opened.atMs)}
        </Text>
        <Text size="sm" fw={600}>
          {opened.what}
        </Text>
        {opened.text !== '' && (
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {opened.text}
          </Text>
        )}
        {opened.account !== '' && <Text size="sm">as {opened.account}</Text>}
        {exit !== undefined && <Badge variant="default">exit {exit}</Badge>}
      </Group>
      {screen && <TerminalScreen screen={screen} />}
      {text !== '' && <pre className="statement">{text}</pre>}
      {files.length > 0 && <Files files={files} />}
    </Stack>
  );
}

function Files({ files }: { readonly files: readonly FileEvent[] }): ReactElement {
  return (
    <Table fz="xs" withTableBorder aria-label="Files">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">What</Table.Th>
          <Table.Th scope="col">File</Table.Th>
          <Table.Th scope="col">Bytes</Table.Th>
          <Table.Th scope="col">SHA-256</Table.Th>
          <Table.Th scope="col">Outcome</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {files.map(({ action, path, newPath, bytes, sha256, outcome }, index) => (
          <Table.Tr key={`file-${String(index)}`}>
            <Table.Td>{action}</Table.Td>
            <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {newPath === undefined ? path : `${path} → ${newPath}`}
            </Table.Td>
            <Table.Td>{bytes?.toLocaleString('en')}</Table.Td>
            <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {sha256}
            </Table.Td>
            <Table.Td>{outcome}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
