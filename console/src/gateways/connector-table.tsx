import { List, Stack } from '@mantine/core';
import type { ReactElement } from 'react';
import type { ConnectorView, TunnelView } from '../../../src/api/connector.ts';
import { Instant } from '../instant.tsx';
import { RecordTable } from '../record-table.tsx';
import { StateBadge } from '../state-badge.tsx';
import { Problems } from './problems.tsx';

const MEBIBYTE = 1_048_576;

/** Who carries streams to targets in other networks, and where from. */
export function ConnectorTable({
  connectors,
}: {
  readonly connectors: readonly ConnectorView[];
}): ReactElement {
  return (
    <Stack>
      {connectors.map(({ name, state, problems }) => (
        <Problems key={name} name={name} state={state} problems={problems} />
      ))}
      <RecordTable
        label="Connectors"
        rows={connectors}
        columns={[
          { title: 'Name', cell: ({ name }) => name },
          { title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
          { title: 'Identity until', cell: ({ certificateExpiresAt: at }) => <Until at={at} /> },
          { title: 'Attached to', cell: ({ tunnels }) => <Lines lines={tunnels.map(describe)} /> },
          { title: 'Targets', cell: ({ tunnels }) => <Lines lines={listTargets(tunnels)} /> },
          { title: 'Carries', cell: ({ tunnels }) => describeLoad(tunnels), wideOnly: true },
          {
            title: 'Version',
            cell: ({ tunnels }) => <Lines lines={tunnels.map(({ version }) => version)} />,
            wideOnly: true,
          },
        ]}
        keyOf={({ name }) => name}
        empty="There are no connectors."
      />
    </Stack>
  );
}

function Until({ at }: { readonly at: string | undefined }): ReactElement {
  return at === undefined ? <>none yet</> : <Instant at={at} />;
}

function Lines({ lines }: { readonly lines: readonly string[] }): ReactElement {
  const different = [...new Set(lines)].toSorted();
  if (different.length === 0) return <>–</>;
  return (
    <List size="sm" listStyleType="none">
      {different.map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
    </List>
  );
}

/** The process of a gateway that a tunnel ends in. */
function describe({ log, state }: TunnelView): string {
  return state === 'open' ? log : `${log} (${state})`;
}

function listTargets(tunnels: readonly TunnelView[]): readonly string[] {
  const unreachable = new Set(tunnels.flatMap((tunnel) => tunnel.unreachable));
  return tunnels
    .flatMap(({ targets }) => targets)
    .map((target) => (unreachable.has(target) ? `${target} (not reached)` : target));
}

/** Each tunnel tells the streams and the memory of the whole process. */
function describeLoad(tunnels: readonly TunnelView[]): string {
  if (tunnels.length === 0) return '–';
  const streams = Math.max(...tunnels.map((tunnel) => tunnel.streams));
  const bytes = Math.max(...tunnels.map(({ memoryBytes }) => memoryBytes));
  return `${streams.toLocaleString('en')} streams, ${Math.round(bytes / MEBIBYTE)} MiB`;
}
