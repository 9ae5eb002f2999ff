import { endReasonSchema } from './grant.ts';
import { idPathSchema } from './identifiers.ts';
import { liveQuerySchema, playbackEventSchema, recordingQuerySchema } from './playback-event.ts';
import { problemSchema } from './problem.ts';
import { rawTrackPieceSchema } from './raw-track.ts';
import { JSON_TYPE, type Route } from './route.ts';
import { sessionListSchema, sessionQuerySchema, sessionViewSchema } from './session.ts';
import { timelineQuerySchema, timelineSchema } from './timeline.ts';

/** Sessions: looking them up, watching and ending them. */
export const SESSION_ROUTES: readonly Route[] = [
  {
    id: 'listSessions',
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Sessions that the asker may see, newest first',
    access: { kind: 'signed-in' },
    query: sessionQuerySchema,
    weight: 5,
    answer: { mediaType: JSON_TYPE, schema: sessionListSchema },
    problem: problemSchema,
  },
  {
    id: 'getSession',
    method: 'GET',
    path: '/v1/sessions/{id}',
    summary: 'One session',
    access: { kind: 'session-policy', action: 'session.list' },
    pathParameters: idPathSchema,
    answer: { mediaType: JSON_TYPE, schema: sessionViewSchema },
    problem: problemSchema,
  },
  {
    id: 'getRecording',
    method: 'GET',
    path: '/v1/sessions/{id}/recording',
    summary: 'What a session did and was shown, one event a line',
    access: { kind: 'session-policy', action: 'session.watch' },
    pathParameters: idPathSchema,
    weight: 20,
    query: recordingQuerySchema,
    answer: { mediaType: 'application/x-ndjson', schema: playbackEventSchema },
    problem: problemSchema,
  },
  {
    id: 'getRawTrack',
    method: 'GET',
    path: '/v1/sessions/{id}/raw-track',
    summary:
      'The sealed raw track of a session, in pieces, one a line: only its recipients can read it',
    access: { kind: 'session-policy', action: 'session.unseal' },
    pathParameters: idPathSchema,
    answer: { mediaType: 'application/x-ndjson', schema: rawTrackPieceSchema },
    problem: problemSchema,
  },
  {
    id: 'watchSession',
    method: 'GET',
    path: '/v1/sessions/{id}/live',
    summary: 'What a session does and is shown, as it happens',
    access: { kind: 'session-policy', action: 'session.watch' },
    pathParameters: idPathSchema,
    query: liveQuerySchema,
    weight: 5,
    answer: { mediaType: 'text/event-stream', schema: playbackEventSchema },
    problem: problemSchema,
  },
  {
    id: 'getTimeline',
    method: 'GET',
    path: '/v1/sessions/{id}/timeline',
    summary: 'What a session did, by the ledger: statements with decision, masks and rows',
    access: { kind: 'session-policy', action: 'session.watch' },
    pathParameters: idPathSchema,
    query: timelineQuerySchema,
    weight: 20,
    answer: { mediaType: JSON_TYPE, schema: timelineSchema },
    problem: problemSchema,
  },
  {
    id: 'endSession',
    method: 'POST',
    path: '/v1/sessions/{id}/end',
    summary: 'End a session that runs',
    access: { kind: 'session-policy', action: 'session.end' },
    pathParameters: idPathSchema,
    json: endReasonSchema,
    answer: { mediaType: JSON_TYPE, schema: sessionViewSchema },
    problem: problemSchema,
  },
];
