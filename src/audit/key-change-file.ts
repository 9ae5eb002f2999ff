import path from 'node:path';
import { replaceDurably } from '../encryption/durable-file.ts';
import { readCheckpointNotes } from './checkpoint-file.ts';

/** In a log's directory: notes by which its keys changed, oldest first, each followed by an empty line. */
export const KEY_CHANGES_FILE = 'key-changes';

/** The notes by which a log's keys changed. */
export async function readKeyChanges(logDirectory: string): Promise<readonly string[]> {
  const { notes } = await readCheckpointNotes(path.join(logDirectory, KEY_CHANGES_FILE));
  return notes.map(({ text }) => text);
}

/** Adds a note, on stable storage. */
export async function addKeyChange(logDirectory: string, note: string): Promise<void> {
  const notes = [...(await readKeyChanges(logDirectory)), note];
  const text = notes.map((each) => `${each}\n`).join('');
  await replaceDurably(path.join(logDirectory, KEY_CHANGES_FILE), text);
}
