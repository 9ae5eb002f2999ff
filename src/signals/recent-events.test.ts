import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentEvents } from './recent-events.ts';

const NOW_MS = Date.parse('2026-01-05T10:00:00Z');
const YEAR_MS = 365 * 86_400_000;

test('what was said is not said again for an hour, and then is', () => {
  const events = new RecentEvents(1, 600_000);
  const note = (atMs: number): boolean =>
    events.note('ana', atMs, { log: 'gw-1', seq: 1 }, 2) !== undefined;
  assert.deepEqual(
    [0, 1, 59, 60].map((minutes) => note(NOW_MS + minutes * 60_000)),
    [true, false, false, true],
  );
});

test('a clock that was wrong for a moment silences nobody until then', () => {
  const events = new RecentEvents(1, 600_000);
  const note = (atMs: number): boolean =>
    events.note('ana', atMs, { log: 'gw-1', seq: 1 }, 2) !== undefined;
  assert.equal(note(NOW_MS + YEAR_MS), true);
  assert.equal(note(NOW_MS), true);
});
