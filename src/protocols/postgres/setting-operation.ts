import { classifySetting } from '../../sql/postgres/settings.ts';
import type { GuardedAction } from '../guard.ts';

/** Settings that clients send at their start; an attacker cannot fill the memory with others. */
const SETTINGS_MAX = 1_000;

/** A setting asked for in the startup message, as an operation. */
export interface SettingOperation {
  /** The same object for the same action and name. */
  readonly key: object;
  readonly action: string;
  readonly actions: (database: string) => readonly GuardedAction[];
}

const operations = new Map<string, SettingOperation>();

/** The operation that setting `name` to `value` at the start of a session is. */
export function describeSetting(name: string, value: string): SettingOperation {
  const action = classifySetting(name, value);
  const id = `${action} ${name.toLowerCase()}`;
  let operation = operations.get(id);
  if (operation === undefined) {
    operation = build(action, name.toLowerCase());
    if (operations.size < SETTINGS_MAX) operations.set(id, operation);
  }
  return operation;
}

function build(action: string, name: string): SettingOperation {
  return {
    key: {},
    action,
    actions: (database) => [
      {
        action,
        facts: {
          command: 'SET',
          reads: [],
          writes: [],
          relations: [],
          columns: [],
          functions: [],
          objectKind: '',
          objects: [name],
          hasWhere: false,
          limit: -1,
          bulk: false,
          opaque: false,
          ambiguous: false,
          database,
          protocol: 'postgres',
          statements: 1,
        },
      },
    ],
  };
}
