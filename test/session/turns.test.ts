import t from 'tap';
import { ProviderError } from '../../src/errors.ts';
import { Rig } from '../support/rig.ts';

/** PROTOCOL.md, order of a turn; the user's deltas come once the words are final. */
const SPOKEN_TURN = [
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.committed',
  'conversation.item.added',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.done',
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
  'response.output_audio.done',
  'response.content_part.done',
  'response.output_item.done',
  'conversation.item.done',
  'response.done',
];

/** Event types in order, runs of deltas as one, without what may come anywhere. */
function order(types: string[]): string[] {
  const anywhere = new Set([
    'rate_limits.updated',
    'coach.input.partial',
    'coach.audio.started',
    'coach.turn.metrics',
    'coach.input.ack',
  ]);
  const kept = types.filter((type) => !anywhere.has(type));
  return kept.filter((type, i) => !type.endsWith('.delta') || kept[i - 1] !== type);
}

t.test('a spoken turn has the order of PROTOCOL.md, in both dialects', async (t) => {
  for (const dialect of ['kuku.v1', 'realtime'] as const) {
    const rig = await Rig.open(t);
    const id = await rig.create();
    const { actor, client } = await rig.attach(id, dialect);
    t.same(client.types(), ['session.created']);
    rig.engines.script.hear = ['i want to start my day with less stress'];
    await rig.speak(actor);
    await rig.silence(actor, 8_000);
    const expected = dialect === 'realtime' ? SPOKEN_TURN.toSpliced(12, 0, 'response.output_audio.delta') : SPOKEN_TURN;
    const seen = order(client.types()).slice(1);
    if (dialect === 'realtime') {
      const deltas = new Set(['response.output_audio_transcript.delta', 'response.output_audio.delta']);
      t.same(
        seen.filter((type) => !deltas.has(type)),
        expected.filter((type) => !deltas.has(type)),
      );
      t.ok(seen.includes('response.output_audio.delta'));
    } else {
      t.same(seen, expected);
      t.ok(client.frames.length > 10, 'audio came as binary frames');
      t.equal(client.frames.at(-1)?.last, true, 'the last frame says so');
    }
    const { items } = await rig.store.items(id, { limit: 10 });
    t.same(
      items.map(({ role, status }) => [role, status]),
      [
        ['user', 'completed'],
        ['assistant', 'completed'],
      ],
    );
    t.equal(items[0]?.text, 'i want to start my day with less stress');
    t.same(rig.faults, []);
  }
});

t.test('event ids grow by one through the connection', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear = ['hello there coach'];
  await rig.speak(actor);
  await rig.silence(actor, 6_000);
  const ids = client.events.map(({ event_id }) => Number(event_id.slice(4)));
  t.same(
    ids,
    ids.map((_, i) => i + 1),
  );
});

t.test('audio is paced to a small lead over playout', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear = ['tell me something long'];
  await rig.speak(actor);
  await rig.silence(actor, 10_000);
  const [first] = client.frames;
  t.ok(first);
  for (const frame of client.frames) {
    const played = frame.at - (first?.at ?? 0);
    t.ok(frame.start_ms + frame.ms - played <= 700 + 100, `at ${played} ms, ${frame.start_ms + frame.ms} ms were sent`);
  }
  const total = client.frames.reduce((sum, { ms }) => sum + ms, 0);
  t.ok(total > 4_000, `${total} ms of audio came`);
});

t.test('the next chunk is synthesised while this one plays', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear = ['go'];
  rig.engines.script.replies = [
    'First comes this short one. Then a second sentence follows it. And a third one ends it.',
  ];
  await rig.speak(actor);
  await rig.silence(actor, 9_000);
  const frames = client.frames.filter(({ ms }) => ms > 0);
  for (const [i, frame] of frames.entries()) {
    const next = frames[i + 1];
    if (next !== undefined) t.equal(Math.round(next.start_ms - frame.start_ms - frame.ms), 0, 'no hole');
  }
  t.equal(rig.engines.spoken.length, 3);
});

t.test('turn metrics take the total apart', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear = ['i have decided to run every morning'];
  await rig.speak(actor);
  await rig.silence(actor, 8_000);
  const metrics = client.last('coach.turn.metrics');
  t.equal(metrics.transcription_ms, 100);
  t.equal(metrics.llm_ttft_ms, 200);
  t.equal(metrics.tts_ttfb_ms, 100);
  t.ok((metrics.end_of_turn_delay_ms ?? 0) >= 200);
  t.equal(metrics.server_ms, 0, 'in virtual time the server itself takes none');
  t.equal(rig.turns.length, 1);
});

t.test('typed and spoken turns mix in one session; the prompt has both', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  rig.engines.script.hear = ['this i say aloud'];
  await rig.speak(actor);
  await rig.silence(actor, 8_000);
  const content = [{ type: 'input_text' as const, text: 'And this I type.' }];
  actor.event({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  actor.event({ type: 'response.create' });
  await rig.silence(actor, 8_000);
  const { items } = await rig.store.items(id, { limit: 10 });
  t.same(
    items.map(({ role }) => role),
    ['user', 'assistant', 'user', 'assistant'],
  );
  t.equal(items[2]?.text, 'And this I type.');
  t.equal(client.of('response.done').length, 2);
});

t.test('turn_detection null: nothing happens until the client commits', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  actor.event({ type: 'session.update', session: { audio: { input: { turn_detection: null } } } });
  t.equal(client.last('session.updated').session.audio.input.turn_detection, null);
  rig.engines.script.hear = ['committed by hand'];
  await rig.speak(actor);
  await rig.silence(actor, 3_000);
  t.equal(client.of('input_audio_buffer.committed').length, 0);
  actor.event({ type: 'input_audio_buffer.commit' });
  actor.event({ type: 'response.create' });
  await rig.silence(actor, 8_000);
  t.equal(client.of('input_audio_buffer.committed').length, 1);
  t.equal(client.of('input_audio_buffer.speech_started').length, 0);
  t.equal(client.of('response.done').length, 1, 'response.create waited for the words');
  actor.event({ type: 'input_audio_buffer.clear' });
  actor.event({ type: 'input_audio_buffer.commit', event_id: 'mine' });
  await rig.settle();
  const { error } = client.last('error');
  t.equal(error.code, 'input_audio_buffer_commit_empty');
  t.equal(error.event_id, 'mine');
});

t.test('noise without words makes no turn', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  rig.engines.script.hear = [''];
  await rig.speak(actor, 300);
  await rig.silence(actor, 5_000);
  t.equal(client.of('input_audio_buffer.cleared').length, 1);
  t.equal(client.of('conversation.item.added').length, 0);
  t.equal((await rig.store.items(id, { limit: 10 })).items.length, 0);
});

t.test('a transcription that fails is said so, and the session goes on', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear = [new ProviderError('scripted', 'down'), 'now it works again'];
  await rig.speak(actor);
  await rig.silence(actor, 8_000);
  t.equal(client.last('conversation.item.input_audio_transcription.failed').error.code, 'provider_failed');
  await rig.speak(actor);
  await rig.silence(actor, 8_000);
  t.equal(client.last('response.done').response.status, 'completed');
});

t.test('a coach that fails: the words are kept, the failure is typed, an apology is spoken', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  rig.engines.script.hear = ['will you answer me'];
  rig.engines.script.replies = [new ProviderError('scripted', 'down')];
  await rig.speak(actor);
  await rig.silence(actor, 10_000);
  const [failed, apology] = client.of('response.done');
  t.equal(failed?.response.status, 'failed');
  t.equal(failed?.response.status_details?.error?.code, 'provider_failed');
  t.equal(apology?.response.status, 'completed');
  const { items } = await rig.store.items(id, { limit: 10 });
  t.equal(items[0]?.text, 'will you answer me');
});
