import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import type { LedgerCoverage } from '../../src/api/ledger-coverage.ts';

/** Says that an answer leaves something out. Nothing where it does not. */
export function CoverageNotice({
  coverage,
}: {
  readonly coverage: LedgerCoverage | undefined;
}): ReactElement | null {
  if (coverage === undefined || coverage.missing.length === 0) return null;
  const { read, missing } = coverage;
  return (
    <Alert color="yellow" title="Not everything is shown" icon={<IconAlertTriangle aria-hidden />}>
      {read.length === 0 ? 'No log was read' : `Read: ${read.join(', ')}`}. Not read, as their
      gateways do not answer: {missing.join(', ')}.
    </Alert>
  );
}
