/** One sensitive value in text. */
export interface Finding {
  /** Offset of its first byte, and of the byte behind it. */
  readonly start: number;
  readonly end: number;
  /** A data class. */
  readonly className: string;
}

/**
 * Orders findings, and joins those that overlap: the longer one names the class, and the whole range
 * is covered. A date that is also found to be one of birth is that: its year is not shown.
 */
export function joinFindings(findings: Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  findings.sort((left, right) => left.start - right.start || right.end - left.end);
  const joined: Finding[] = [];
  for (const finding of findings) {
    const last = joined.at(-1);
    if (last === undefined || finding.start >= last.end) {
      joined.push(finding);
      continue;
    }
    const end = Math.max(last.end, finding.end);
    joined[joined.length - 1] = { start: last.start, end, className: classOfBoth(last, finding) };
  }
  return joined;
}

function classOfBoth(first: Finding, second: Finding): string {
  const isSecondLonger = second.end - second.start > first.end - first.start;
  const [longer, other] = isSecondLonger ? [second, first] : [first, second];
  const isOfBirth = longer.className === 'date' && other.className === 'birth-date';
  return isOfBirth ? other.className : longer.className;
}
