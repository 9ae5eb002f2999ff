import { Code, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { showPlainly } from '../../../src/api/show-plainly.ts';
import type {
  ShownChange,
  ShownContext,
  ShownOperation,
} from '../../../src/api/shown-operation.ts';
import { FactsList } from '../facts-list.tsx';
import { Panel } from '../panel.tsx';
import { StatementText } from '../statement-text.tsx';
import { layOutChange } from './changed-rows.ts';

/** Exactly what would run, and what is known of it. */
export function OperationPanel({
  operation,
}: {
  readonly operation: ShownOperation;
}): ReactElement {
  const [form, setForm] = useState<'formatted' | 'original'>('formatted');
  const isHiding = operation.original.hidden.length > 0;
  const isSql = operation.protocol === 'postgres';
  return (
    <Panel title={operation.at === 'commit' ? 'What would be committed' : 'What would run'}>
      <Stack>
        {isSql && (
          <SegmentedControl
            aria-label="How the statement is laid out"
            size="xs"
            data={[
              { value: 'formatted', label: 'Laid out' },
              { value: 'original', label: 'As sent' },
            ]}
            value={form}
            onChange={(value) => setForm(value === 'original' ? 'original' : 'formatted')}
            maw={240}
          />
        )}
        <StatementText shown={operation[form]} language={isSql ? 'sql' : 'command'} />
        {isHiding && (
          <Text size="sm" c="dimmed">
            What is marked is hidden from you: it may be protected information of a class that you
            may not see.
          </Text>
        )}
        <Parameters operation={operation} />
        {isSql ? <OperationFacts operation={operation} /> : <CommandFacts operation={operation} />}
        {operation.context && <Context context={operation.context} />}
        {operation.changes?.map((change) => (
          <Change key={change.relation} change={change} />
        ))}
      </Stack>
    </Panel>
  );
}

/** Of something tried on a host, or asked of a service. */
function CommandFacts({ operation }: { readonly operation: ShownOperation }): ReactElement {
  const { facts } = operation;
  const textOf = (name: string): string | undefined => {
    const fact = facts[name];
    if (typeof fact === 'boolean') return fact ? 'yes' : 'no';
    if (fact === undefined) return undefined;
    return showPlainly(typeof fact === 'object' ? fact.join(', ') : String(fact));
  };
  return (
    <FactsList
      facts={[
        ['Actions', operation.actions.join(', ')],
        ['Account', textOf('account')],
        ['Method', textOf('method')],
        ['Verb', textOf('verb')],
        ['Resource', textOf('resource')],
        ['Namespace', textOf('namespace')],
        ['Name', textOf('name')],
        ['Programs', textOf('commands')],
        ['Effects', textOf('effects')],
        ['Path', textOf('path')],
        ['New path', textOf('newPath')],
        ['Query', textOf('query')],
        ['Content type', textOf('contentType')],
        ['Service', textOf('service')],
        ['Fields', textOf('fields')],
        ['FHIR type', textOf('fhirType')],
        ['FHIR interaction', textOf('fhirInteraction')],
        ['Subresource', textOf('subresource')],
        ['To', [textOf('host'), textOf('port')].filter((part) => part !== undefined).join(':')],
        ['Can do more than it shows', textOf('opaque')],
        ['Could be read', textOf('known')],
        ['Seen only, not enforced', textOf('observed')],
        ['SHA-256', operation.textSha256 && <Code>{operation.textSha256}</Code>],
      ]}
    />
  );
}

function OperationFacts({ operation }: { readonly operation: ShownOperation }): ReactElement {
  const { facts, estimatedRows } = operation;
  const yesNo = (name: string): string | undefined =>
    typeof facts[name] === 'boolean' ? (facts[name] ? 'yes' : 'no') : undefined;
  return (
    <FactsList
      facts={[
        ['Actions', operation.actions.join(', ')],
        ['Relations', showPlainly(operation.relations.join(', '))],
        ['Data classes touched', operation.classesTouched.join(', ') || 'none'],
        ['Many rows', yesNo('bulk')],
        ['Restricted by WHERE', yesNo('hasWhere')],
        ['Names not certain', yesNo('ambiguous')],
        ['Can do more than it shows', yesNo('opaque')],
        [
          'Rows, as the planner guesses',
          estimatedRows === null ? 'not known' : estimatedRows.toLocaleString('en'),
        ],
        ['SHA-256', operation.textSha256 && <Code>{operation.textSha256}</Code>],
      ]}
    />
  );
}

/** What the text means depends on this, and so does the approval. */
function Context({ context }: { readonly context: ShownContext }): ReactElement {
  const { searchPath, formats, settings, earlierSettings, setsRole, isCertain } = context;
  const earlier = earlierSettings > 0 ? `, and ${earlierSettings} before these` : '';
  return (
    <Stack gap="xs">
      <Text size="sm" fw={700}>
        The approval is for this session’s settings too
      </Text>
      <FactsList
        facts={[
          [
            'Schemas searched',
            searchPath === null ? 'not known for certain' : showPlainly(searchPath.join(', ')),
          ],
          ['Role', setsRole ? 'set in the session, see below' : 'as the gateway signed in'],
          ...Object.entries(formats),
          ['Set in the session', `${settings.length}${earlier}`],
          ['Certain', isCertain ? 'yes' : 'no: something else may have been set, or undone'],
        ]}
      />
      {settings.map((shown, index) => (
        <StatementText key={`setting-${String(index)}`} shown={shown} label="Setting" />
      ))}
    </Stack>
  );
}

function Parameters({ operation }: { readonly operation: ShownOperation }): ReactElement | null {
  if (operation.parameters.length === 0) return null;
  if (operation.protocol !== 'postgres') return <SentBeside parameters={operation.parameters} />;
  return (
    <FactsList
      facts={operation.parameters.map(
        ({ value, hidden, className }, index) =>
          [
            `$${index + 1}`,
            <>
              {value === null ? 'NULL' : <Code>{showPlainly(value)}</Code>}
              {hidden && ` hidden${className === undefined ? '' : `: ${className}`}`}
            </>,
          ] as const,
      )}
    />
  );
}

/** What goes with a request: its body, and a query of which the text hides something. */
function SentBeside({
  parameters,
}: {
  readonly parameters: ShownOperation['parameters'];
}): ReactElement {
  return (
    <Stack gap="xs">
      <Text size="sm" fw={700}>
        What is sent with it
      </Text>
      {parameters.map(({ value, hidden }, index) => (
        <StatementText
          key={`sent-${String(index)}`}
          shown={{
            text: value ?? '',
            hidden: hidden ? [{ start: 0, end: (value ?? '').length }] : [],
          }}
          language="command"
          label="Sent with it"
        />
      ))}
      {parameters.some(({ hidden }) => hidden) && (
        <Text size="sm" c="dimmed">
          It is shown to who may see every class of the target. The approval is for it, too.
        </Text>
      )}
    </Stack>
  );
}

function Change({ change }: { readonly change: ShownChange }): ReactElement {
  const { relation, counts, columns, rows } = layOutChange(change);
  return (
    <div>
      <Text size="sm" fw={700}>
        {relation}: {counts}
      </Text>
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={400}>
          <Table aria-label={`Rows of ${relation} that changed`} fz="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Row</Table.Th>
                {columns.map((column) => (
                  <Table.Th key={column} scope="col">
                    {column}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ key, name, values }) => (
                <Table.Tr key={key}>
                  <Table.Th scope="row">{name}</Table.Th>
                  {values.map((value, index) => (
                    <Table.Td key={`${key}-${String(index)}`}>
                      {value === null ? 'NULL' : <Code>{value}</Code>}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </div>
  );
}
