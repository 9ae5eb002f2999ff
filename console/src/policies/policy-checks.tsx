import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type {
  PolicyFileView,
  PolicyProblemView,
  PolicyReplay,
  PolicyReplayChange,
  PolicyTestReport,
  PolicyValidation,
  ReplayedDecision,
} from '../../../src/api/policy.ts';
import { answer, api } from '../api-client.ts';
import { CoverageNotice } from '../coverage-notice.tsx';
import { Instant } from '../instant.tsx';
import { Failure } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';

/** Operations that a replay looks back at. */
const REPLAY_LAST = 500;

/** Validates, tests and replays policies as they stand in the editor. */
export function PolicyChecks({
  files,
  isChanged,
}: {
  readonly files: readonly PolicyFileView[];
  readonly isChanged: boolean;
}): ReactElement {
  const draft = files.map((file) => ({ ...file }));
  const validate = useMutation({
    mutationFn: () => answer(api.POST('/v1/policies/validate', { body: { files: draft } })),
  });
  const test = useMutation({
    mutationFn: () => answer(api.POST('/v1/policies/test', { body: { files: draft } })),
  });
  const replay = useMutation({
    mutationFn: () =>
      answer(api.POST('/v1/policies/replay', { body: { files: draft, last: REPLAY_LAST } })),
  });
  const failed = [validate, test, replay].find(({ isError }) => isError);
  return (
    <Stack>
      <Group>
        <Button variant="default" loading={validate.isPending} onClick={() => validate.mutate()}>
          Validate
        </Button>
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
          Run the tests
        </Button>
        <Button variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
          Replay the last {REPLAY_LAST} operations
        </Button>
        {isChanged && <Text size="sm">with your changes</Text>}
      </Group>
      {failed?.error && <Failure error={failed.error} />}
      <Stack aria-live="polite">
        {validate.data && <Validation validation={validate.data} />}
        {test.data && <Tests report={test.data} />}
        {replay.data && <Replay replay={replay.data} />}
      </Stack>
    </Stack>
  );
}

function Validation({ validation }: { readonly validation: PolicyValidation }): ReactElement {
  return validation.valid ? (
    <Alert color="green" variant="outline" title="The policies are valid" />
  ) : (
    <Problems problems={validation.problems} />
  );
}

function Problems({ problems }: { readonly problems: readonly PolicyProblemView[] }): ReactElement {
  return (
    <Alert color="red" variant="outline" title="The policies are not valid">
      <List size="sm">
        {problems.map(({ file, line, column, message }) => (
          <List.Item key={`${file}:${line}:${column}:${message}`}>
            {file}:{line}:{column}: {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Tests({ report }: { readonly report: PolicyTestReport }): ReactElement {
  const { problems, passed, failed, tests, untested } = report;
  if (problems.length > 0) return <Problems problems={problems} />;
  return (
    <Alert
      color={failed === 0 ? 'green' : 'red'}
      variant="outline"
      title={`${passed} tests passed, ${failed} failed`}
    >
      <List size="sm">
        {tests
          .filter((each) => !each.passed)
          .map(({ name, file, line, message }) => (
            <List.Item key={`${file}:${line}`}>
              {file}:{line}: {name}: {message}
            </List.Item>
          ))}
      </List>
      {untested.length > 0 && <Text size="sm">No test is decided by {untested.join(', ')}.</Text>}
    </Alert>
  );
}

function Replay({ replay }: { readonly replay: PolicyReplay }): ReactElement {
  const { problems, replayed, skipped, unchanged, changes, coverage } = replay;
  if (problems.length > 0) return <Problems problems={problems} />;
  return (
    <Stack>
      <CoverageNotice coverage={coverage} />
      <Text size="sm">
        {replayed} operations decided again: {unchanged} as before, {changes.length} otherwise
        {skipped > 0 && `; ${skipped} could not be`}.
      </Text>
      <RecordTable
        label="Operations that would be decided otherwise"
        rows={changes}
        columns={[
          { title: 'When', cell: ({ at }) => <Instant at={at} /> },
          { title: 'Who', cell: ({ principal }) => principal },
          { title: 'Target', cell: ({ target }) => target, wideOnly: true },
          { title: 'Operation', cell: (change) => <Operation change={change} /> },
          { title: 'Was', cell: ({ was }) => <DecisionCell decision={was} /> },
          { title: 'Would be', cell: ({ would }) => <DecisionCell decision={would} /> },
        ]}
        keyOf={({ ledger }) => `${ledger.log}/${ledger.index}`}
        empty="Nothing would be decided otherwise."
      />
    </Stack>
  );
}

function Operation({ change }: { readonly change: PolicyReplayChange }): ReactElement {
  return (
    <Text size="xs" ff="monospace" lineClamp={2} maw={360}>
      {change.text}
    </Text>
  );
}

function DecisionCell({ decision }: { readonly decision: ReplayedDecision }): ReactElement {
  return (
    <Stack gap={2} align="flex-start">
      <StateBadge state={decision.kind} />
      <Text size="xs">{decision.policies.join(', ')}</Text>
    </Stack>
  );
}
