import { Text, Textarea } from '@mantine/core';
import type { ReactElement } from 'react';
import type { PolicyFileView } from '../../../src/api/policy.ts';

/** One file of policies, to be changed for a try. */
export function PolicyEditor({
  file,
  onChange,
}: {
  readonly file: PolicyFileView;
  readonly onChange: (text: string) => void;
}): ReactElement {
  return (
    <>
      <Textarea
        aria-label={file.path}
        autosize
        minRows={8}
        maxRows={28}
        spellCheck={false}
        value={file.text}
        onChange={(event) => onChange(event.currentTarget.value)}
        styles={{
          input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' },
        }}
      />
      <Text size="sm" c="dimmed" mt={4}>
        Changes here are tried only. What is in force is in the configuration directory, which a
        team keeps in git.
      </Text>
    </>
  );
}
