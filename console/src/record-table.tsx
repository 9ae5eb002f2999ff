import { Box, Stack, Table } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type ReactElement, type ReactNode, useRef } from 'react';
import { useNavigate } from 'react-router';
import { MoreButton } from './more-button.tsx';
import { Nothing } from './query-view.tsx';

/** One column of a list. */
export interface RecordColumn<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Left out where the screen is narrow. */
  readonly wideOnly?: boolean;
}

interface RecordTableProps<Row> {
  /** For screen readers. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly RecordColumn<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Where a row leads. */
  readonly linkOf?: (row: Row) => string;
  readonly empty: string;
  /** Asks for the next page; absent on the last one. */
  readonly onMore?: (() => void) | undefined;
}

/** A list whose rows can be gone through by keys: `j`, `k`, Enter. */
export function RecordTable<Row>(props: RecordTableProps<Row>): ReactElement {
  const { label, rows, columns, keyOf, linkOf, empty, onMore } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  useHotkeys([
    ['j', () => step(body.current, 1)],
    ['k', () => step(body.current, -1)],
  ]);
  if (rows.length === 0) return <Nothing>{empty}</Nothing>;
  return (
    <Stack>
      <Box style={{ overflowX: 'auto' }} tabIndex={0} role="group" aria-label={label}>
        <Table highlightOnHover={linkOf !== undefined} verticalSpacing="xs" aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ title, wideOnly }) => (
                <Table.Th key={title} scope="col" visibleFrom={wideOnly ? 'sm' : undefined}>
                  {title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody ref={body}>
            {rows.map((row) => (
              <RecordRow key={keyOf(row)} row={row} columns={columns} link={linkOf?.(row)} />
            ))}
          </Table.Tbody>
        </Table>
      </Box>
      <MoreButton onMore={onMore} />
    </Stack>
  );
}

function RecordRow<Row>({
  row,
  columns,
  link,
}: {
  readonly row: Row;
  readonly columns: readonly RecordColumn<Row>[];
  readonly link: string | undefined;
}): ReactElement {
  const navigate = useNavigate();
  const open = link === undefined ? undefined : () => void navigate(link);
  return (
    <Table.Tr
      className={open && 'row-link'}
      tabIndex={open && 0}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) open?.();
      }}
    >
      {columns.map(({ title, cell, wideOnly }) => (
        <Table.Td key={title} visibleFrom={wideOnly ? 'sm' : undefined}>
          {cell(row)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function step(body: HTMLTableSectionElement | null, by: 1 | -1): void {
  if (body === null) return;
  const rows = [...body.querySelectorAll<HTMLTableRowElement>('tr[tabindex]')];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}
