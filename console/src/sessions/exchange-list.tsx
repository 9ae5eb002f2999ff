import { Box, Stack, Table, Text } from '@mantine/core';
import { type ReactElement, useEffect, useRef } from 'react';
import { StatementText } from '../statement-text.tsx';
import type { Exchange } from './playback-exchanges.ts';

/** Statements with their results, as the client saw them. */
export function ExchangeList({
  exchanges,
  isFollowing = false,
}: {
  readonly exchanges: readonly Exchange[];
  /** Keeps the newest in sight. */
  readonly isFollowing?: boolean;
}): ReactElement {
  const end = useRef<HTMLDivElement>(null);
  const count = exchanges.length;
  useEffect(() => {
    if (isFollowing && count > 0) end.current?.scrollIntoView({ block: 'end' });
  }, [isFollowing, count]);
  return (
    <Stack>
      {exchanges.map((exchange, index) => (
        <ExchangeView key={`${exchange.atMs}-${String(index)}`} exchange={exchange} />
      ))}
      <div ref={end} />
    </Stack>
  );
}

function ExchangeView({ exchange }: { readonly exchange: Exchange }): ReactElement {
  const { atMs, text, parameters, messages, rows, rowCount } = exchange;
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed">
        {formatOffset(atMs)}
      </Text>
      {text !== '' && <StatementText shown={{ text, hidden: [] }} />}
      {parameters.length > 0 && (
        <Text size="xs" ff="monospace">
          {parameters.map((value, index) => `$${index + 1} = ${value ?? 'NULL'}`).join(', ')}
        </Text>
      )}
      {rows.length > 0 && <Rows exchange={exchange} />}
      {rowCount > rows.length && (
        <Text size="xs" c="dimmed">
          and {rowCount - rows.length} rows more
        </Text>
      )}
      {messages.length > 0 && (
        <Text size="xs" ff="monospace" style={{ whiteSpace: 'pre-wrap' }}>
          {messages.join('\n')}
        </Text>
      )}
    </Stack>
  );
}

function Rows({ exchange: { columns, rows } }: { readonly exchange: Exchange }): ReactElement {
  return (
    <Box style={{ overflowX: 'auto' }} tabIndex={0} role="group" aria-label="Result">
      <Table fz="xs" withTableBorder aria-label="Result">
        <Table.Thead>
          <Table.Tr>
            {columns.map((name, index) => (
              <Table.Th key={`${name}-${String(index)}`} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((values, row) => (
            <Table.Tr key={`row-${String(row)}`}>
              {values.map((value, column) => (
                <Table.Td key={`cell-${String(column)}`} ff="monospace">
                  {value ?? (
                    <Text span c="dimmed" inherit>
                      NULL
                    </Text>
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

/** `00:04:31.250` since the session's start. */
function formatOffset(atMs: number): string {
  const at = new Date(atMs).toISOString();
  const days = Math.floor(atMs / 86_400_000);
  return `${days > 0 ? `${days} d ` : ''}${at.slice(11, 23)}`;
}
