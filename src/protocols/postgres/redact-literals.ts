/**
 * Replaces every string constant of a statement: for statements that set a password, whose text
 * goes into records. Rather too much than too little: dollar quotes and all forms of '…' are replaced.
 */
export function redactLiterals(text: string): string {
  return text
    .replaceAll(
      /\$([A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$[\s\S]*?(\$\1\$|$)/gu,
      "'…'",
    )
    .replaceAll(/'(?:[^'\\]|''|\\[\s\S])*('|$)/gu, "'…'");
}
