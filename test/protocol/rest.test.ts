import t from 'tap';
import type * as z from 'zod';
import * as rest from '../../protocol/rest.ts';
import { endedSession, realtimeSession, session } from './samples.ts';

const AT = '2026-01-05T09:00:00Z';
const user = { id: 'usr_1', object: 'user', email: 'a@b.example', name: null, created_at: AT };
const item = { id: 'item_1', object: 'item', role: 'user', text: 'hi', status: 'completed', created_at: AT };
const problem = {
  type: 'about:blank',
  title: 'Bad request',
  status: 400,
  detail: 'rating: too big',
  code: 'invalid_value',
  request_id: 'req_1',
  errors: [{ field: 'rating', message: 'too big' }],
  retryable: false,
};
const model = { name: 'm', object: 'model', default: true, description: null, available: true, retires_at: AT };
const figures = {
  model: 'm',
  sessions: 1,
  completed_sessions: 1,
  turns: 4,
  mean_rating: null,
  e2e_latency_p50_ms: 700,
  e2e_latency_p95_ms: null,
  cost_per_session_usd: 0.01,
};
const tokens = { access_token: 'a', token_type: 'Bearer', expires_in_seconds: 900, refresh_token: 'b' };

/** Schema, a good body, and bad ones with the field at fault. */
const BODIES: [string, z.ZodType, object, [object, string][]][] = [
  [
    'createSessionRequest',
    rest.createSessionRequest,
    { model: 'm', voice: 'slt', language: 'en-US', goal: 'x'.repeat(500), greeting: true, max_duration_seconds: 30 },
    [
      [{ goal: 'x'.repeat(501) }, 'goal'],
      [{ max_duration_seconds: 29 }, 'max_duration_seconds'],
      [{ max_duration_seconds: 14_401 }, 'max_duration_seconds'],
      [{ max_duration_seconds: 60.5 }, 'max_duration_seconds'],
      [{ language: 'english please' }, 'language'],
      [{ voice: 'v'.repeat(65) }, 'voice'],
      [{ model: '' }, 'model'],
      [{ greeting: 'yes' }, 'greeting'],
    ],
  ],
  [
    'createSessionResponse',
    rest.createSessionResponse,
    { session, client_secret: { value: 'ek_1', expires_at: AT }, stream_url: 'ws://x/api/sessions/ses_1/stream' },
    [[{ client_secret: { value: 'ek_1', expires_at: 17 } }, 'client_secret.expires_at']],
  ],
  [
    'session',
    rest.session,
    endedSession,
    [
      [{ phase: 'asleep' }, 'phase'],
      [{ created_at: '2026-01-05 09:00' }, 'created_at'],
      [{ created_at: '2026-01-05T09:00:00+01:00' }, 'created_at'],
      [{ wrap_up: undefined }, 'wrap_up'],
    ],
  ],
  [
    'messageRequest',
    rest.messageRequest,
    { text: 'x'.repeat(4000) },
    [
      [{ text: '' }, 'text'],
      [{ text: 'x'.repeat(4001) }, 'text'],
    ],
  ],
  [
    'messageResponse',
    rest.messageResponse,
    { user: { item_id: 'a', text: 'hi' }, coach: { item_id: 'b', text: 'Hi.', audio_url: '/x' }, session },
    [[{ user: { text: 'hi' } }, 'user.item_id']],
  ],
  [
    'feedbackRequest',
    rest.feedbackRequest,
    { rating: 5, comment: 'good' },
    [
      [{ rating: 6 }, 'rating'],
      [{ rating: 1.5 }, 'rating'],
    ],
  ],
  ['itemList', rest.itemList, { data: [item], has_more: false }, [[{ data: [{}] }, 'data.0.id']]],
  [
    'itemsQuery',
    rest.itemsQuery,
    { after: 'item_1', limit: '10' },
    [
      [{ limit: '0' }, 'limit'],
      [{ limit: 'ten' }, 'limit'],
      [{ after: '../x' }, 'after'],
    ],
  ],
  [
    'sessionsQuery',
    rest.sessionsQuery,
    { status: 'active' },
    [
      [{ limit: '101' }, 'limit'],
      [{ status: 'idle' }, 'status'],
    ],
  ],
  ['sessionList', rest.sessionList, { data: [session], next_cursor: null }, [[{ next_cursor: 3 }, 'next_cursor']]],
  [
    'problem',
    rest.problem,
    problem,
    [
      [{ status: 200 }, 'status'],
      [{ errors: undefined }, 'errors'],
    ],
  ],
  ['user', rest.user, user, [[{ email: 'nobody' }, 'email']]],
  [
    'createUserRequest',
    rest.createUserRequest,
    { email: 'a@b.example', password: 'long enough' },
    [[{ password: 'short' }, 'password']],
  ],
  ['tokenRequest', rest.tokenRequest, { email: 'a@b.example', password: 'x' }, [[{ email: undefined }, 'email']]],
  ['refreshRequest', rest.refreshRequest, { refresh_token: 'x' }, [[{ refresh_token: '' }, 'refresh_token']]],
  ['tokenResponse', rest.tokenResponse, tokens, [[{ token_type: 'mac' }, 'token_type']]],
  [
    'userExport',
    rest.userExport,
    { user, sessions: [{ session, items: [item], feedback: null }] },
    [[{ sessions: [{ session }] }, 'sessions.0.items']],
  ],
  [
    'clientSecretsRequest',
    rest.clientSecretsRequest,
    { expires_after: { anchor: 'created_at', seconds: 600 }, session: { type: 'realtime', model: 'm' } },
    [
      [{ expires_after: { seconds: 9 } }, 'expires_after.seconds'],
      [{ session: { type: 'transcription' } }, 'session.type'],
    ],
  ],
  [
    'clientSecretsResponse',
    rest.clientSecretsResponse,
    { value: 'ek_1', expires_at: 1_767_600_000, session: realtimeSession },
    [
      [{ expires_at: AT }, 'expires_at'],
      [{ value: 'sk_1' }, 'value'],
    ],
  ],
  ['modelList', rest.modelList, { data: [model] }, [[{ data: [{ ...model, name: 7 }] }, 'data.0.name']]],
  ['modelAnalyticsList', rest.modelAnalyticsList, { from: AT, to: AT, data: [figures] }, [[{ to: 'now' }, 'to']]],
];

for (const [name, schema, good, bads] of BODIES) {
  t.test(`REST body: ${name}`, (t) => {
    t.same(schema.safeParse(good).error, undefined);
    for (const [bad, field] of bads) {
      t.equal(
        schema.safeParse({ ...good, ...bad }).error?.issues[0]?.path.join('.'),
        field,
        JSON.stringify(bad).slice(0, 60),
      );
    }
    t.end();
  });
}

t.test('queries have defaults', (t) => {
  t.same(rest.itemsQuery.parse({}), { limit: 50 });
  t.same(rest.sessionsQuery.parse({ limit: '5' }), { limit: 5 });
  t.end();
});
