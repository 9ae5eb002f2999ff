import type { Entry } from '../../audit/decode-entry.ts';
import { fieldsOf, textOf } from '../../audit/entry-fields.ts';
import { RULES } from '../rules.ts';
import type { SectionCollector } from '../section-collector.ts';
import { Tally } from '../tally.ts';

interface SignIns {
  count: number;
  lastAt: string;
}

/** Who signed in, how, and what was turned away. */
export function collectAuthentication(): SectionCollector {
  const accepted = new Tally<SignIns>(startSignIns);
  const refused = new Tally<SignIns>(startSignIns);
  const tokens = new Tally<{ issued: number; revoked: number }>(() => ({ issued: 0, revoked: 0 }));
  return {
    add({ entry, isWithin }) {
      if (!isWithin) return;
      const { kind } = entry;
      if (kind === 'sign-in') note(accepted.find(...describeSignIn(entry)), entry);
      if (kind === 'sign-in.refuse') {
        const address = textOf(entry['clientAddress']) ?? '';
        note(refused.find(textOf(entry['reason']) ?? '', address), entry);
      }
      if (kind === 'token.issue' || kind === 'token.revoke') {
        const figures = tokens.find(textOf(entry['principal']) ?? '');
        if (figures === undefined) return;
        if (kind === 'token.issue') figures.issued += 1;
        else figures.revoked += 1;
      }
    },
    finish: () => ({
      id: 'authentication',
      title: 'Authentication',
      rules: [RULES.authentication, RULES.loginMonitoring, RULES.proposedMultiFactor],
      notes: [
        'Identity is proved to the identity provider; whether it asked for several factors is known there, not here.',
      ],
      tables: [
        {
          id: 'sign-ins',
          title: 'Sign-ins',
          columns: ['Principal', 'Method', 'Count', 'Last'],
          rows: accepted.rows(({ count, lastAt }) => [count, lastAt]),
          omitted: accepted.omitted,
        },
        {
          id: 'refused-sign-ins',
          title: 'Sign-ins that were refused',
          columns: ['Reason', 'From', 'Count', 'Last'],
          rows: refused.rows(({ count, lastAt }) => [count, lastAt]),
          omitted: refused.omitted,
        },
        {
          id: 'tokens',
          title: 'Tokens of the gateway',
          columns: ['Principal', 'Issued', 'Revoked'],
          rows: tokens.rows(({ issued, revoked }) => [issued, revoked]),
          omitted: tokens.omitted,
        },
      ],
    }),
  };
}

function startSignIns(): SignIns {
  return { count: 0, lastAt: '' };
}

function note(figures: SignIns | undefined, { at, count }: Entry): void {
  if (figures === undefined) return;
  // One entry may stand for many refusals of the same kind.
  figures.count += typeof count === 'number' ? count : 1;
  if (at > figures.lastAt) figures.lastAt = at;
}

/** To a target the entry describes the principal; to the console it names it. */
function describeSignIn({ principal, method }: Entry): readonly [string, string] {
  const named = textOf(principal);
  if (named !== undefined) return [named, textOf(method) ?? ''];
  const { id, signIn } = fieldsOf(principal);
  return [textOf(id) ?? '', textOf(signIn) ?? ''];
}
