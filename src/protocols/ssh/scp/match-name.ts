/** What a part of a pattern takes: any number of characters, or one that passes the test. */
type Step = 'many' | ((character: string) => boolean);

/**
 * Compiles one part of a path with wildcards, as shells have them: `*`, `?`, sets. Not by way of a regular expression, which
 * would try every way to divide a long name between many `*`.
 */
export function compileName(pattern: string): (name: string) => boolean {
  const parts = pattern.match(/\[[!^]?[^\]]+\]|[\s\S]/gu) ?? [];
  const steps = parts.map(readStep);
  return (name) => matches(steps, Array.from(name));
}

/** Goes back to the last `*` only: one further back could take nothing that this one cannot. */
function matches(steps: readonly Step[], characters: readonly string[]): boolean {
  let at = 0;
  let step = 0;
  let last: { readonly step: number; at: number } | undefined;
  while (at < characters.length) {
    const test = steps[step];
    if (test === 'many') {
      last = { step, at };
      step += 1;
    } else if (test?.(characters[at] as string) === true) {
      at += 1;
      step += 1;
    } else if (last !== undefined) {
      last.at += 1;
      at = last.at;
      step = last.step + 1;
    } else {
      return false;
    }
  }
  return steps.slice(step).every((rest) => rest === 'many');
}

function readStep(part: string): Step {
  if (part === '*') return 'many';
  if (part === '?') return () => true;
  const set = /^\[([!^]?)([\s\S]+)\]$/u.exec(part);
  if (set === null) return (character) => character === part;
  const [, not = '', content = ''] = set;
  const ranges = Array.from(content.matchAll(/([\s\S])-([\s\S])|[\s\S]/gu));
  const isIn = (character: string): boolean =>
    ranges.some(([text, from = text, to = text]) => from <= character && character <= to);
  return (character) => isIn(character) === (not === '');
}
