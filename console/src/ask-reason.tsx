import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactElement, useState } from 'react';
import { Failure } from './query-view.tsx';

interface AskReasonProps {
  /** What the button says, and what is done: `End the session`. */
  readonly title: string;
  readonly onReason: (reason: string) => Promise<unknown>;
}

/** A button that does something which needs a reason, and asks for it first. */
export function AskReason({ title, onReason }: AskReasonProps): ReactElement {
  const [opened, { open, close }] = useDisclosure(false);
  const [reason, setReason] = useState('');
  const [error, setError] = useState<Error>();
  const [isRunning, setRunning] = useState(false);
  const submit = async (): Promise<void> => {
    setRunning(true);
    try {
      await onReason(reason.trim());
      setError(undefined);
      close();
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error('Cannot do it: unknown failure'));
    } finally {
      setRunning(false);
    }
  };
  return (
    <>
      <Button variant="outline" color="red" size="xs" onClick={open}>
        {title}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={title}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <Stack>
            <TextInput
              label="Reason"
              description="It is entered in the ledger."
              required
              data-autofocus
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            {error && <Failure error={error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" color="red" loading={isRunning} disabled={reason.trim() === ''}>
                {title}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
