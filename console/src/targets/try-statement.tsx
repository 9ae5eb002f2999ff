import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { Explanation } from '../../../src/api/explanation.ts';
import { answer, api } from '../api-client.ts';
import { Panel } from '../panel.tsx';
import { Failure } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StatementText } from '../statement-text.tsx';

const OUTCOMES: Readonly<Record<Explanation['outcome'], string>> = {
  run: 'It would run',
  review: 'It would wait for a review',
  refused: 'It would be refused',
};

/** Says what would become of a statement, without running it. */
export function TryStatement({ target }: { readonly target: string }): ReactElement {
  const [sql, setSql] = useState('');
  const explain = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/v1/targets/{name}/explain', {
          params: { path: { name: target } },
          body: { sql },
        }),
      ),
  });
  return (
    <Panel title="What would become of a statement">
      <Stack>
        <Textarea
          label="SQL"
          description="Nothing of it is run."
          autosize
          minRows={2}
          value={sql}
          onChange={(event) => setSql(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Group>
          <Button
            variant="default"
            disabled={sql.trim() === ''}
            loading={explain.isPending}
            onClick={() => explain.mutate()}
          >
            Explain
          </Button>
        </Group>
        {explain.isError && <Failure error={explain.error} />}
        {explain.data && <Outcome explanation={explain.data} />}
      </Stack>
    </Panel>
  );
}

function Outcome({ explanation }: { readonly explanation: Explanation }): ReactElement {
  const { outcome, refusal, statements, sent, columns = [] } = explanation;
  const policies = [...new Set(statements.flatMap(({ decision }) => decision.policies))];
  return (
    <Stack aria-live="polite">
      <Alert
        color={outcome === 'run' ? 'green' : 'yellow'}
        variant="outline"
        title={OUTCOMES[outcome]}
      >
        {refusal !== undefined && <Text size="sm">{refusal.reason}</Text>}
        {refusal?.hint !== undefined && <Text size="sm">{refusal.hint}</Text>}
        {policies.length > 0 && <Text size="sm">Policies: {policies.join(', ')}</Text>}
      </Alert>
      {columns.length > 0 && (
        <RecordTable
          label="Classified columns"
          rows={columns}
          columns={[
            { title: 'Column', cell: ({ column }) => column },
            { title: 'Classes', cell: ({ classes }) => classes.join(', ') },
            { title: 'Seen', cell: ({ seen, mask }) => (seen === 'masked' ? mask : seen) },
            { title: 'Because', cell: ({ because }) => because, wideOnly: true },
          ]}
          keyOf={({ column }) => column}
          empty=""
        />
      )}
      {sent !== undefined && (
        <StatementText shown={{ text: sent, hidden: [] }} label="What the target would get" />
      )}
    </Stack>
  );
}
