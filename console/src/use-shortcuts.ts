import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { PAGES } from './pages.ts';

/** Milliseconds that a second key may come after `g`. */
const SEQUENCE_MS_MAX = 1_500;

/** `g` and a letter goes to a page, `?` shows the keys. Not while something is typed. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const pressedAt = useRef(0);
  useHotkeys([['shift+?', onHelp]]);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === 'g') {
        pressedAt.current = event.timeStamp;
        return;
      }
      const page = PAGES.find(({ key }) => key === event.key);
      if (page === undefined || event.timeStamp - pressedAt.current > SEQUENCE_MS_MAX) return;
      pressedAt.current = 0;
      event.preventDefault();
      void navigate(page.path);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [navigate]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
