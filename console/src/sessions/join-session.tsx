import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactElement,
  useEffect,
  useRef,
  useState,
} from 'react';
import type { JoinEvent } from '../../../src/api/join.ts';
import type { ScreenView } from './channel-views.ts';
import { applyScreen } from './channel-views.ts';
import { JoinedSession } from './joined-session.ts';
import { encodeKey, encodePaste } from './key-bytes.ts';
import { TerminalScreen } from './terminal-screen.tsx';

type Keyboard = JoinEvent & { readonly kind: 'keyboard' };
type LeaveReason = (JoinEvent & { readonly kind: 'left' })['reason'];

const LEFT: Readonly<Record<LeaveReason, string>> = {
  left: 'You have left.',
  disconnected: 'The connection is lost.',
  'not-permitted': 'You may not take part in it any more.',
  'sees-less': 'You may see less now than the principal of the session.',
  over: 'The terminal was closed.',
};

/** Lets somebody take part in a shell that runs. That they do is entered in the ledger. */
export function JoinSession({ id }: { readonly id: string }): ReactElement {
  const [isJoining, setJoining] = useState(false);
  const [farewell, setFarewell] = useState<string>();
  if (isJoining) {
    const leave = (said: string): void => {
      setFarewell(said);
      setJoining(false);
    };
    return <Joined id={id} onLeft={leave} />;
  }
  return (
    <Stack align="flex-start">
      {farewell !== undefined && <Alert>{farewell}</Alert>}
      <Text size="sm">
        You see its terminal, and can take the keyboard. That you join is entered in the ledger, and
        everybody in the terminal is told.
      </Text>
      <Button onClick={() => setJoining(true)}>Join it</Button>
    </Stack>
  );
}

function Joined({
  id,
  onLeft,
}: {
  readonly id: string;
  readonly onLeft: (said: string) => void;
}): ReactElement {
  const { session, screen, keyboard, trouble, setTrouble } = useJoined(id, onLeft);
  const isOwn = keyboard?.holder === 'you';
  const hold = async (): Promise<void> => {
    try {
      const outcome = await session?.hold(!isOwn);
      if (outcome === 'busy') setTrouble('A line is being decided: try again.');
      else if (outcome === 'refused') setTrouble('You may not have a shell on this target.');
      else setTrouble(undefined);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <Stack>
      <Group>
        <Button disabled={keyboard === undefined} onClick={() => void hold()}>
          {isOwn ? 'Give the keyboard back' : 'Take the keyboard'}
        </Button>
        <Button variant="default" onClick={() => onLeft(LEFT.left)}>
          Leave
        </Button>
        <Text size="sm" aria-live="polite">
          {describeKeyboard(keyboard)}
        </Text>
      </Group>
      {trouble !== undefined && <Alert color="red">{trouble}</Alert>}
      <Keys onKeys={isOwn ? (keys) => void session?.type(keys) : undefined}>
        {screen && <TerminalScreen screen={screen} showsCursor />}
      </Keys>
    </Stack>
  );
}

/** Takes the keys that are pressed in what it holds. */
function Keys({
  onKeys,
  children,
}: {
  readonly onKeys: ((keys: string) => void) | undefined;
  readonly children: ReactElement | undefined;
}): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const isTaking = onKeys !== undefined;
  useEffect(() => {
    if (isTaking) place.current?.querySelector<HTMLElement>('[tabindex]')?.focus();
  }, [isTaking]);
  const press = (event: KeyboardEvent): void => {
    const keys = event.nativeEvent.isComposing ? undefined : encodeKey(event);
    if (keys === undefined || onKeys === undefined) return;
    // The page's own keys are not meant.
    event.preventDefault();
    event.stopPropagation();
    onKeys(keys);
  };
  const paste = (event: ClipboardEvent): void => {
    event.preventDefault();
    onKeys?.(encodePaste(event.clipboardData.getData('text')));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the terminal within takes the focus, and its keys come here
    <div ref={place} onKeyDown={press} onPaste={paste}>
      {children}
      {isTaking && (
        <Text size="xs" c="dimmed">
          What you type goes to the terminal while it has the focus; Shift+Tab leaves it.
        </Text>
      )}
    </div>
  );
}

/** Takes part as long as it is shown. */
function useJoined(id: string, onLeft: (said: string) => void) {
  const [session, setSession] = useState<JoinedSession>();
  const [screen, setScreen] = useState<ScreenView>();
  const [keyboard, setKeyboard] = useState<Keyboard>();
  const [trouble, setTrouble] = useState<string>();
  const leave = useRef(onLeft);
  leave.current = onLeft;
  useEffect(() => {
    let isShown = true;
    const joined = new JoinedSession(id, {
      onEvent(event) {
        if (event.kind === 'screen') setScreen((before) => applyScreen(before, event));
        if (event.kind === 'keyboard') setKeyboard(event);
        if (event.kind === 'left') leave.current(LEFT[event.reason]);
      },
      onTrouble: (error) => setTrouble((error as Error).message),
    });
    setSession(joined);
    joined.follow().then(
      () => isShown && leave.current(LEFT.disconnected),
      (error: unknown) => isShown && leave.current((error as Error).message),
    );
    return () => {
      isShown = false;
      joined.leave();
    };
  }, [id]);
  return { session, screen, keyboard, trouble, setTrouble };
}

function describeKeyboard(keyboard: Keyboard | undefined): string {
  switch (keyboard?.holder) {
    case undefined:
      return '';
    case 'you':
      return 'You have the keyboard.';
    case 'principal':
      return 'The session’s principal has the keyboard.';
    case 'guest':
      return `${keyboard.name} has the keyboard.`;
  }
}
