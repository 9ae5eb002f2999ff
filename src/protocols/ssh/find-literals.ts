import type { HeldLiteral } from '../../access/access-request.ts';
import type { Detectors } from '../../masking/detectors/detectors.ts';
import type { Fact, Facts } from '../../policy/operation.ts';

/** Where identifiers stand in a command: people who may not see their class are shown none. */
export function findLiterals(text: string, detectors: Detectors): readonly HeldLiteral[] {
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
  const mask = (text: string): string => {
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
