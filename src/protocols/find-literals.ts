import type { HeldLiteral } from '../access/access-request.ts';
import type { Detectors } from '../masking/detectors/detectors.ts';
import type { Fact, Facts } from '../policy/operation.ts';

/** Characters of a command that are looked through: nobody else is served meanwhile. */
const LOOKED_AT_MAX: number = 16 * 1024;
/** No identifier is longer. */
const IDENTIFIER_LENGTH_MAX = 256;
/** In the place of what is not looked through. */
const UNSEEN = '…';

/**
 * Where identifiers stand in a command: people who may not see their class are shown none. What is behind
 * the first 16 KiB counts as one of no known class.
 */
export function findLiterals(text: string, detectors: Detectors): readonly HeldLiteral[] {
  if (text.length <= LOOKED_AT_MAX) return findIn(text, detectors);
  const found = findIn(text.slice(0, LOOKED_AT_MAX), detectors);
  const restStart = LOOKED_AT_MAX - IDENTIFIER_LENGTH_MAX;
  const start = Math.min(restStart, ...found.filter(({ end }) => end > restStart).map(startOf));
  const rest = { start, end: text.length, className: undefined };
  return [...found.filter(({ end }) => end <= start), rest];
}

function startOf({ start }: HeldLiteral): number {
  return start;
}

function findIn(text: string, detectors: Detectors): readonly HeldLiteral[] {
  const bytes = Buffer.from(text);
  let end = 0;
  let units = 0;
  // Findings are counted in bytes, literals in UTF-16.
  const advance = (offset: number): number => {
    units += bytes.toString('utf8', end, offset).length;
    end = offset;
    return units;
  };
  return detectors.find(bytes, 0, bytes.length).map((finding) => ({
    start: advance(finding.start),
    end: advance(finding.end),
    className: finding.className,
  }));
}

/** The facts as people are shown them: the same words, whoever looks, so identifiers are masked for all. */
export function maskFacts(facts: Facts, detectors: Detectors): Facts {
  let left = LOOKED_AT_MAX;
  const mask = (text: string): string => {
    left -= text.length;
    if (left < 0) return UNSEEN;
    const bytes = Buffer.from(text);
    return detectors.redact(bytes, 0, bytes.length)?.toString('utf8') ?? text;
  };
  const masked: Record<string, Fact> = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact === 'string') masked[name] = mask(fact);
    else masked[name] = typeof fact === 'object' ? fact.map(mask) : fact;
  }
  return masked;
}
