import { Button, Checkbox, Group, Progress, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { DataMapProposal, ProposedColumn } from '../../../src/api/data-map.ts';
import { answer, api } from '../api-client.ts';
import { Panel } from '../panel.tsx';
import { Failure, Nothing } from '../query-view.tsx';

/** From here on a proposal is ticked before anybody has looked at it. */
const SURE_CONFIDENCE = 0.9;

/** Looks at a target and proposes what its columns hold, for a person to confirm. */
export function Proposals({ target }: { readonly target: string }): ReactElement {
  const discover = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/v1/targets/{name}/discover', { params: { path: { name: target } }, body: {} }),
      ),
  });
  return (
    <Panel title="Proposals">
      <Stack align="stretch">
        <Text size="sm">
          Names, types and samples of the target's columns are looked at. No value leaves the
          gateway.
        </Text>
        <Group>
          <Button variant="default" loading={discover.isPending} onClick={() => discover.mutate()}>
            Look what is not mapped yet
          </Button>
        </Group>
        {discover.isError && <Failure error={discover.error} />}
        {discover.data && (
          <Confirmation
            key={discover.submittedAt}
            target={target}
            proposal={discover.data}
            onConfirmed={() => discover.reset()}
          />
        )}
      </Stack>
    </Panel>
  );
}

interface ConfirmationProps {
  readonly target: string;
  readonly proposal: DataMapProposal;
  readonly onConfirmed: () => void;
}

function Confirmation({ target, proposal, onConfirmed }: ConfirmationProps): ReactElement {
  const { columns, undecided, patientKeys } = proposal;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(columns.filter(({ confidence }) => confidence >= SURE_CONFIDENCE).map(nameOf)),
  );
  const client = useQueryClient();
  const confirm = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/v1/targets/{name}/data-map', {
          params: { path: { name: target } },
          body: {
            columns: columns
              .filter((column) => chosen.has(nameOf(column)))
              .map(({ schema, relation, column, className, paths }) => ({
                schema,
                relation,
                column,
                className,
                ...(paths && { paths: paths.map((path) => ({ ...path })) }),
              })),
            patientKeys: patientKeys.map((key) => ({ ...key })),
          },
        }),
      ),
    onSuccess: async ({ file, columnsAdded }) => {
      notifications.show({ message: `${columnsAdded} columns were written to ${file}.` });
      onConfirmed();
      await client.invalidateQueries({ queryKey: ['targets', target] });
    },
  });
  if (columns.length === 0 && undecided.length === 0) {
    return <Nothing>Every column is decided.</Nothing>;
  }
  const toggle = (name: string): void => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    setChosen(next);
  };
  return (
    <Stack>
      <ProposalTable columns={columns} chosen={chosen} onToggle={toggle} />
      {undecided.length > 0 && (
        <Text size="sm">
          Too little can be said of {undecided.map(nameOf).join(', ')}. They stay masked where their
          relation is mapped.
        </Text>
      )}
      {confirm.isError && <Failure error={confirm.error} />}
      <Group>
        <Button
          loading={confirm.isPending}
          disabled={chosen.size === 0}
          onClick={() => confirm.mutate()}
        >
          Add {chosen.size} columns to the data map
        </Button>
      </Group>
    </Stack>
  );
}

function ProposalTable({
  columns,
  chosen,
  onToggle,
}: {
  readonly columns: readonly ProposedColumn[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (name: string) => void;
}): ReactElement {
  return (
    <Table.ScrollContainer minWidth={500}>
      <Table aria-label="Proposed columns">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Column</Table.Th>
            <Table.Th scope="col">Data class</Table.Th>
            <Table.Th scope="col">Confidence</Table.Th>
            <Table.Th scope="col">Because</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map((column) => {
            const name = nameOf(column);
            const percent = Math.round(column.confidence * 100);
            return (
              <Table.Tr key={name}>
                <Table.Td>
                  <Checkbox
                    label={name}
                    checked={chosen.has(name)}
                    onChange={() => onToggle(name)}
                  />
                </Table.Td>
                <Table.Td>{column.className}</Table.Td>
                <Table.Td>
                  <Progress value={percent} aria-label={`${percent} percent`} w={80} />
                </Table.Td>
                <Table.Td>{column.reason}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function nameOf({ schema, relation, column }: ProposedColumn): string {
  return `${schema}.${relation}.${column}`;
}
