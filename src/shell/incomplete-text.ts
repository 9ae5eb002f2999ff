import { forEachChild, type SyntaxNode } from 'unbash';
import { parseScript } from './parse-script.ts';

/**
 * Whether a shell at which the text was typed waits for more of it: an open quote or construct, a here-document, a
 * backslash at the end.
 */
export function isIncomplete(text: string): boolean {
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) return true;
  const script = parseScript(text);
  if (script === 'too-large') return false;
  let isOpen = false;
  let isWrong = false;
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'HereDoc' && node.closing === undefined) isOpen = true;
    if ('errors' in node) {
      for (const { message } of node.errors ?? []) {
        if (/^unexpected token|redirect target/.test(message)) isWrong = true;
        else isOpen = true;
      }
    }
    forEachChild(node, visit);
  };
  try {
    visit(script);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
  return isOpen && !isWrong;
}
