import t, { type Test } from 'tap';
import { createOpenAI } from '../../../src/providers/openai/client.ts';
import { type CoachOptions, createOpenAICoach } from '../../../src/providers/openai/coach.ts';
import type { CoachRequest } from '../../../src/providers/types.ts';
import { type Fault, quickScript, SUMMARY } from '../../support/openai-script.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { collect, failure, SECRET, setup, until } from './support.ts';

const request: CoachRequest = {
  model: 'gpt-test',
  task: 'coach',
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'I would like to talk about my week.' },
  ],
  user_turns: 1,
  goal: null,
  language: 'en-US',
};
const never = new AbortController().signal;

async function start(t: Test, options: Omit<CoachOptions, 'client'> = {}, clock?: VirtualClock) {
  const { server, client } = await setup(t, clock === undefined ? {} : { clock });
  return { server, coach: createOpenAICoach({ client, ...options }) };
}

t.test('a reply comes in its tokens, by the right request', async (t) => {
  const { server, coach } = await start(t, { resolveModel: (name) => `ft:${name}`, temperature: () => 0.4 });
  const deltas = await collect(coach.reply(request, never));
  t.equal(deltas.join(''), quickScript().chat.reply([]));
  t.ok(deltas.length > 5);
  t.match(server.requests[0], { path: '/chat/completions', headers: { authorization: `Bearer ${SECRET}` } });
  t.same(server.requests[0]?.body, {
    model: 'ft:gpt-test',
    temperature: 0.4,
    messages: request.messages,
    stream: true,
  });
});

t.test('the connection of a whole reply serves the next ones', async (t) => {
  const { server, coach } = await start(t);
  for (let i = 0; i < 6; i++) {
    await collect(coach.reply(request, never));
    t.equal(await server.requests[i]?.ended, 'sent');
  }
  // The reply is known to be whole a moment before the connection is free, so a second one may be opened; never a third.
  const connections = new Set(server.requests.map(({ connection }) => connection));
  t.ok(connections.size <= 2, `${connections.size} connections for six replies`);
});

const statuses: [Fault & { kind: 'status' }, object][] = [
  [
    { kind: 'status', status: 429, retry_after: '2' },
    { code: 'provider_rate_limited', retryable: true, retry_after_ms: 2000, message: /429/ },
  ],
  [
    { kind: 'status', status: 429, code: 'insufficient_quota' },
    { code: 'provider_quota', retryable: false },
  ],
  [
    { kind: 'status', status: 500 },
    { code: 'provider_failed', retryable: true, retry_after_ms: null },
  ],
  [
    { kind: 'status', status: 503 },
    { code: 'provider_failed', retryable: true },
  ],
  [
    { kind: 'status', status: 401, code: 'invalid_api_key' },
    { code: 'provider_auth', retryable: false },
  ],
  [
    { kind: 'status', status: 404, code: 'model_not_found' },
    { code: 'provider_no_such_model', retryable: false },
  ],
  [
    { kind: 'status', status: 400 },
    { code: 'provider_rejected', retryable: false },
  ],
];

for (const [fault, expected] of statuses) {
  t.test(`FAULTS 17: ${fault.status} ${fault.code ?? ''} is typed, and asked once`, async (t) => {
    const { server, coach } = await start(t);
    server.script.chat.fault = fault;
    t.match(await failure(t, collect(coach.reply(request, never))), { status: 502, ...expected });
    t.equal(server.requests.length, 1, 'no retry that nobody asked for');
  });
}

const cuts: [Fault, string][] = [
  [{ kind: 'end', after: 3 }, 'provider_cut'],
  [{ kind: 'end', after: 0 }, 'provider_cut'],
  [{ kind: 'reset', after: 3 }, 'provider_cut'],
  [{ kind: 'garbage', after: 3 }, 'provider_broken'],
];

for (const [fault, code] of cuts) {
  t.test(`FAULTS 19, 20: ${fault.kind} after ${'after' in fault && fault.after} tokens`, async (t) => {
    const { server, coach } = await start(t);
    server.script.chat.fault = fault;
    const heard: string[] = [];
    const reply = async () => {
      for await (const delta of coach.reply(request, never)) heard.push(delta);
    };
    t.match(await failure(t, reply()), { code, retryable: true });
    t.equal(heard.length, 'after' in fault ? fault.after : 0, 'what came before was passed on');
  });
}

t.test('FAULTS 18: a hang ends at the first-byte deadline, and upstream with it', async (t) => {
  const clock = new VirtualClock();
  const { server, coach } = await start(t, { deadlines: { first_ms: 700 } }, clock);
  server.script.chat.fault = { kind: 'hang' };
  const failed = failure(t, collect(coach.reply(request, never)));
  await until(() => server.requests.length === 1);
  await clock.advance(700);
  t.match(await failed, { code: 'provider_timeout', status: 504, message: /700 ms/ });
  t.equal(await server.requests[0]?.ended, 'aborted');
  t.equal(clock.pending(), 0);
});

t.test('FAULTS 18: a stall ends at the idle deadline', async (t) => {
  const clock = new VirtualClock();
  const { server, coach } = await start(t, { deadlines: { idle_ms: 300 } }, clock);
  server.script.chat.fault = { kind: 'stall', after: 2 };
  const reply = coach.reply(request, never)[Symbol.asyncIterator]();
  await reply.next();
  await reply.next();
  const failed = failure(t, reply.next());
  await clock.advance(300);
  t.match(await failed, { code: 'provider_timeout', message: /300 ms/ });
  t.equal(await server.requests[0]?.ended, 'aborted');
});

t.test('an abort reaches upstream at once, before the first byte and in the middle', async (t) => {
  for (const fault of [{ kind: 'hang' }, { kind: 'stall', after: 1 }] as const) {
    const { server, coach } = await start(t);
    server.script.chat.fault = fault;
    const caller = new AbortController();
    const reply = coach.reply(request, caller.signal)[Symbol.asyncIterator]();
    if (fault.kind === 'stall') await reply.next();
    const failed = t.rejects(reply.next(), { message: 'barge-in' });
    await until(() => server.requests.length === 1);
    const before = performance.now();
    caller.abort(new Error('barge-in'));
    await failed;
    const rejected = performance.now() - before;
    t.equal(await server.requests[0]?.ended, 'aborted');
    const reached = performance.now() - before;
    t.ok(rejected < 50 && reached < 250, `rejected after ${rejected.toFixed(1)} ms, upstream ${reached.toFixed(1)} ms`);
  }
});

t.test('a consumer that stops ends the request', async (t) => {
  const { server, coach } = await start(t);
  server.script.chat.fault = { kind: 'stall', after: 2 };
  for await (const _ of coach.reply(request, never)) break;
  t.equal(await server.requests[0]?.ended, 'aborted');
});

t.test('nobody listens there', async (t) => {
  const client = createOpenAI({ apiKey: SECRET, baseURL: 'http://127.0.0.1:9/v1', clock: new VirtualClock() });
  t.teardown(() => client.close());
  const coach = createOpenAICoach({ client });
  const error = await failure(t, collect(coach.reply(request, never)));
  t.match(error, { code: 'provider_unreachable', retryable: true, message: /ECONNREFUSED/ });
});

t.test('a summary is read from JSON', async (t) => {
  for (const json of ['json_schema', 'json_object'] as const) {
    const { server, coach } = await start(t, { json });
    t.same(await coach.summarise(request.messages.slice(1), 'gpt-test', never), {
      text: SUMMARY.text,
      takeaways: SUMMARY.takeaways,
      action_items: [{ title: 'Block two mornings', due: 'this week' }, { title: 'Tell Ana' }],
    });
    t.match(server.requests[0]?.body, { model: 'gpt-test', response_format: { type: json } });
  }
});

t.test('a summary that is none is an error', async (t) => {
  const { server, coach } = await start(t);
  for (const whole of ['I would rather not', '{"text": "", "takeaways": [], "action_items": []}', '{}']) {
    server.script.chat.whole = () => whole;
    t.match(await failure(t, coach.summarise([], 'gpt-test', never)), { code: 'provider_broken' }, whole);
  }
  server.script.chat.fault = { kind: 'garbage', after: 0 };
  t.match(await failure(t, coach.summarise([], 'gpt-test', never)), { code: 'provider_broken' });
  server.script.chat.fault = { kind: 'status', status: 500 };
  t.match(await failure(t, coach.summarise([], 'gpt-test', never)), { code: 'provider_failed' });
});

t.test('a summary that hangs ends at its own deadline', async (t) => {
  const clock = new VirtualClock();
  const { server, coach } = await start(t, {}, clock);
  server.script.chat.fault = { kind: 'hang' };
  const failed = failure(t, coach.summarise([], 'gpt-test', never));
  await until(() => server.requests.length === 1);
  await clock.advance(9000);
  t.match(await failed, { code: 'provider_timeout' });
  t.equal(await server.requests[0]?.ended, 'aborted');
});
