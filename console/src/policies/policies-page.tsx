import { Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { PolicyFileView, PolicySetView } from '../../../src/api/policy.ts';
import { answer, api } from '../api-client.ts';
import { FactsList } from '../facts-list.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { QueryView } from '../query-view.tsx';
import { RecordTable } from '../record-table.tsx';
import { PolicyChecks } from './policy-checks.tsx';
import { PolicyEditor } from './policy-editor.tsx';

/** The policies in force, and what others would do in their place. */
export function PoliciesPage(): ReactElement {
  const query = useQuery({
    queryKey: ['policies'],
    queryFn: () => answer(api.GET('/v1/policies')),
  });
  return (
    <Stack>
      <PageTitle>Policies</PageTitle>
      <QueryView query={query}>{(set) => <Policies key={set.version} set={set} />}</QueryView>
    </Stack>
  );
}

function Policies({ set }: { readonly set: PolicySetView }): ReactElement {
  const [files, setFiles] = useState<readonly PolicyFileView[]>(set.files);
  const change = (path: string, text: string): void => {
    setFiles(files.map((file) => (file.path === path ? { path, text } : file)));
  };
  const isChanged = files.some(({ text }, index) => text !== set.files[index]?.text);
  return (
    <Stack>
      <FactsList
        facts={[
          ['Version', set.version],
          ['Policies', String(set.policies.length)],
        ]}
      />
      <Panel title="What is in force">
        <RecordTable
          label="Policies"
          rows={set.policies}
          columns={[
            { title: 'Policy', cell: ({ id }) => id },
            {
              title: 'Effect',
              cell: ({ effect, review }) => (review ? 'asks for review' : effect),
            },
            { title: 'Reason', cell: ({ reason = '' }) => reason, wideOnly: true },
            {
              title: 'Reviewed by',
              cell: ({ review }) => review && `${review.quorum} of ${review.groups.join(' or ')}`,
              wideOnly: true,
            },
            { title: 'Where', cell: ({ file, line }) => `${file}:${line}` },
          ]}
          keyOf={({ id }) => id}
          empty="There are no policies: nothing is permitted."
        />
      </Panel>
      <Panel title="Try a change">
        <Stack>
          <Tabs defaultValue={files[0]?.path ?? null} keepMounted={false}>
            <Tabs.List aria-label="Files of policies">
              {files.map(({ path }) => (
                <Tabs.Tab key={path} value={path}>
                  {path}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {files.map((file) => (
              <Tabs.Panel key={file.path} value={file.path} pt="sm">
                <PolicyEditor file={file} onChange={(text) => change(file.path, text)} />
              </Tabs.Panel>
            ))}
          </Tabs>
          <PolicyChecks files={files} isChanged={isChanged} />
        </Stack>
      </Panel>
    </Stack>
  );
}
