import { Alert, Anchor, Button, Group, List, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactElement, useState } from 'react';
import type { ReportAnswer, ReportFileView, ReportQuery } from '../../../src/api/report.ts';
import { answer, api } from '../api-client.ts';
import { CoverageNotice } from '../coverage-notice.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { Failure } from '../query-view.tsx';

const FORMATS: readonly ReportQuery['format'][] = ['html', 'pdf', 'csv'];
const DAY_MS = 86_400_000;
/** Of the period that is offered first. */
const DAYS = 90;

/** Reports for auditors, made from the ledger when they are asked for. */
export function ReportsPage(): ReactElement {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error>();
  const [made, setMade] = useState<ReportAnswer>();
  const make = async (query: ReportQuery): Promise<void> => {
    setRunning(true);
    setMade(undefined);
    try {
      setMade(await answer(api.GET('/v1/reports/hipaa', { params: { query } })));
      setError(undefined);
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error('Cannot make the report'));
    } finally {
      setRunning(false);
    }
  };
  return (
    <Stack>
      <PageTitle>Reports</PageTitle>
      <Panel title="Evidence for the HIPAA Security and Privacy Rules">
        <PeriodForm isRunning={isRunning} onSubmit={(query) => void make(query)} />
      </Panel>
      {isRunning && (
        <Text role="status">Verifying and reading the ledger; a large one takes minutes.</Text>
      )}
      {error && <Failure error={error} />}
      {made && <Made report={made} />}
    </Stack>
  );
}

/** Which days, and as what. */
function PeriodForm({
  isRunning,
  onSubmit,
}: {
  readonly isRunning: boolean;
  readonly onSubmit: (query: ReportQuery) => void;
}): ReactElement {
  const [from, setFrom] = useState(() => formatDay(Date.now() - DAYS * DAY_MS));
  const [to, setTo] = useState(() => formatDay(Date.now()));
  const [format, setFormat] = useState<ReportQuery['format']>('html');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // The last day belongs to the period.
    const end = new Date(Date.parse(startOfDay(to)) + DAY_MS).toISOString();
    onSubmit({ from: startOfDay(from), to: end, format });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          Verifies the ledger, then reads all of it. The report names principals, never values or
          statements, and says for which rules each section is evidence. What it is worth, people
          judge. That it was made is entered in the ledger.
        </Text>
        <Group align="flex-end">
          <TextInput
            type="date"
            label="First day (UTC)"
            required
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label="Last day (UTC)"
            required
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Select
            label="Format"
            data={FORMATS}
            value={format}
            onChange={(value) => setFormat(FORMATS.find((known) => known === value) ?? 'html')}
            allowDeselect={false}
            w={120}
          />
          <Button type="submit" loading={isRunning} disabled={from > to}>
            Make the report
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({
  report: { files, isWhole, coverage, madeAt },
}: {
  readonly report: ReportAnswer;
}): ReactElement {
  return (
    <Panel title="The report">
      <Stack>
        {isWhole ? (
          <Text size="sm">The ledger was found whole. Made at {madeAt}.</Text>
        ) : (
          <Alert color="red" variant="outline" title="The ledger is not whole" role="alert">
            The report says where, in its section on integrity.
          </Alert>
        )}
        <CoverageNotice coverage={coverage} />
        <List size="sm">
          {files.map((file) => (
            <List.Item key={file.name}>
              <Download file={file} />
            </List.Item>
          ))}
        </List>
      </Stack>
    </Panel>
  );
}

/** Saved, never shown in this page: it was made of names that others chose. */
function Download({
  file: { name, mediaType, content },
}: {
  readonly file: ReportFileView;
}): ReactElement {
  const save = (): void => {
    const bytes = Uint8Array.from(atob(content), (character) => character.codePointAt(0) ?? 0);
    const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Anchor component="button" type="button" inherit onClick={save}>
      {name}
    </Anchor>
  );
}

function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

function startOfDay(day: string): string {
  return `${day}T00:00:00.000Z`;
}
