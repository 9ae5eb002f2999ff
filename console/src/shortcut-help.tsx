import { Group, Kbd, Modal, Table } from '@mantine/core';
import type { ReactElement } from 'react';
import { PAGES } from './pages.ts';

const IN_LISTS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['Enter'], 'Open the row'],
];

/** Which keys do what. */
export function ShortcutHelp({
  opened,
  onClose,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
}): ReactElement {
  const rows = [
    ...PAGES.map(({ key, title }) => [['g', key], title] as const),
    ...IN_LISTS,
    [['?'], 'This list'] as const,
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keys"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Table>
        <Table.Tbody>
          {rows.map(([keys, does]) => (
            <Table.Tr key={does}>
              <Table.Td>
                <Group gap={4}>
                  {keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
