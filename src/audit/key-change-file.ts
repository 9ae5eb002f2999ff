import path from 'node:path';
import { replaceDurably } from '../encryption/durable-file.ts';
import { readNotes } from './checkpoint-file.ts';

/** In a log's directory: notes by which its keys changed, oldest first, each followed by an empty line. */
export const KEY_CHANGES_FILE = 'key-changes';

/** A key a day for a hundred years. */
const CHANGES_MAX = 36_500;

/** The notes by which a log's keys changed. */
export async function readKeyChanges(logDirectory: string): Promise<readonly string[]> {
  const changes: string[] = [];
  for await (const part of readNotes(path.join(logDirectory, KEY_CHANGES_FILE))) {
    if (part.kind === 'notes') for (const { text } of part.notes) changes.push(text);
    if (changes.length > CHANGES_MAX) break;
  }
  return changes;
}

/** Adds a note, on stable storage. One that an attempt before has left there is not added again. */
export async function addKeyChange(logDirectory: string, note: string): Promise<void> {
  const known = await readKeyChanges(logDirectory);
  const notes = known.at(-1) === note ? known : [...known, note];
  const text = notes.map((each) => `${each}\n`).join('');
  await replaceDurably(path.join(logDirectory, KEY_CHANGES_FILE), text);
}
