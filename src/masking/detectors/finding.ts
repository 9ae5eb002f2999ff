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
 * is covered.
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
    const longer = finding.end - finding.start > last.end - last.start ? finding : last;
    const end = Math.max(last.end, finding.end);
    joined[joined.length - 1] = { start: last.start, end, className: longer.className };
  }
  return joined;
}
