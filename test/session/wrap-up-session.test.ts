import t from 'tap';
import type { SessionActor } from '../../src/session/actor.ts';
import { Rig, type TestConnection } from '../support/rig.ts';

interface Talk {
  rig: Rig;
  id: string;
  actor: SessionActor;
  client: TestConnection;
  /** Says this, and waits until the coach's answer was heard. */
  say(words: string): Promise<void>;
}

async function talk(t: Parameters<typeof Rig.open>[0], options: Parameters<Rig['create']>[0] = {}): Promise<Talk> {
  const rig = await Rig.open(t);
  const id = await rig.create(options);
  const { actor, client } = await rig.attach(id);
  const say = async (words: string) => {
    rig.engines.script.hear = [words];
    await rig.speak(actor, 800);
    await rig.silence(actor, 16_000);
  };
  return { rig, id, actor, client, say };
}

const phases = (client: TestConnection) => client.of('coach.phase.changed').map(({ phase }) => phase);

t.test('W1, W2: a spoken request, the question, a yes, the spoken close, and only then the end', async (t) => {
  const { rig, id, actor, client, say } = await talk(t);
  await say('i want to call my boss about the project');
  await say('okay i think we can stop here for today');
  t.same(phases(client), ['confirming']);
  t.match(client.of('response.output_audio_transcript.done').at(-1)?.transcript, /\?/, 'it asks');
  rig.engines.script.hear = ['yes please'];
  await rig.speak(actor, 800);
  await rig.silence(actor, 2_500);
  t.same(phases(client), ['confirming', 'closing']);
  t.equal(client.closed, null, 'the goodbye is being spoken');
  const { stream, item_id } = client.last('coach.audio.started');
  for (let waited = 0; !client.frames.some((frame) => frame.stream === stream && frame.last); waited += 1) {
    t.ok(waited < 40, 'the goodbye comes to its last word');
    await rig.silence(actor, 500);
  }
  t.equal(client.closed, null, 'all of it was sent, and it is not heard yet');
  actor.event({ type: 'coach.playout', item_id, audio_ms: 9_000, done: true });
  await rig.settle();
  t.same(phases(client), ['confirming', 'closing', 'ended']);
  t.equal(client.types().at(-1), 'coach.session.ended');
  t.equal(client.last('coach.session.ended').reason, 'user_confirmed');
  t.equal(client.closed?.code, 1000);
  const session = await rig.registry.view(id);
  t.equal(session.status, 'ended');
  t.same(session.summary?.action_items, [{ title: 'Call your boss' }]);
  t.equal(client.last('coach.session.ended').session.summary?.text, session.summary?.text);
});

t.test('W2: without an acknowledgement the session ends 5 s after the goodbye must be over', async (t) => {
  const { rig, actor, client } = await talk(t);
  actor.event({ type: 'coach.wrap_up.request' });
  await rig.silence(actor, 500);
  actor.event({ type: 'coach.wrap_up.confirm' });
  await rig.silence(actor, 60_000);
  t.equal(client.closed?.code, 1000);
  const { start_ms, at } = client.frames.at(-1) ?? { start_ms: 0, at: 0 };
  const first = client.frames.find(({ stream }) => stream === client.frames.at(-1)?.stream)?.at ?? 0;
  const audioOver = first + start_ms;
  const ended = client.timeOf('coach.session.ended');
  t.ok(ended >= audioOver + 4_900 && ended <= audioOver + 5_600, `${ended - audioOver} ms after its last sound`);
  t.ok(at < ended);
});

t.test('W3: a no goes on with the coaching', async (t) => {
  const { client, say } = await talk(t);
  await say('i think we can stop here for today');
  await say('no not yet i want to go on');
  t.same(phases(client), ['confirming', 'coaching']);
  t.equal(client.closed, null);
  t.equal(client.last('response.done').response.status, 'completed');
});

t.test('W4: an unclear answer is asked again once, in other words, and then coaching goes on', async (t) => {
  const { client, say } = await talk(t);
  await say('i think we can stop here for today');
  const first = client.of('response.output_audio_transcript.done').at(-1)?.transcript;
  await say('hm i do not know');
  const second = client.of('response.output_audio_transcript.done').at(-1)?.transcript;
  t.not(first, second);
  t.same(phases(client), ['confirming']);
  await say('hm i really do not know');
  t.same(phases(client), ['confirming', 'coaching']);
});

t.test('W5: a second request is a yes', async (t) => {
  const { client, say } = await talk(t);
  await say('i think we can stop here for today');
  await say('let us stop now');
  t.equal(phases(client)[1], 'closing');
});

t.test('a goodbye is not cut off by what is said over it', async (t) => {
  const { rig, actor, client } = await talk(t);
  actor.event({ type: 'coach.wrap_up.request' });
  await rig.silence(actor, 4_000);
  actor.event({ type: 'coach.wrap_up.confirm' });
  await rig.silence(actor, 1_500);
  const started = client.of('input_audio_buffer.speech_started').length;
  rig.engines.script.hear = ['thank you so much bye'];
  await rig.speak(actor, 900);
  await rig.silence(actor, 40_000);
  t.equal(client.of('input_audio_buffer.speech_started').length, started, 'nothing tells the client to fall silent');
  t.equal(client.last('response.done').response.status, 'completed');
  t.equal(client.last('coach.session.ended').reason, 'user_confirmed');
});

t.test('W10: a crisis comes before the question, and before the goodbye', async (t) => {
  const { rig, actor, client, say } = await talk(t);
  await say('i think we can stop here for today');
  await say('i want to kill myself');
  t.same(phases(client), ['confirming', 'coaching']);
  t.equal(client.of('coach.safety').length, 1);
  t.ok(client.last('coach.safety').resources.length > 0);
  actor.event({ type: 'coach.wrap_up.confirm' });
  await rig.silence(actor, 500);
  t.same(phases(client), ['confirming', 'coaching'], 'a late yes changes nothing');
  await say('i am fine bye');
  t.same(phases(client), ['confirming', 'coaching'], 'it stays in force');
  t.equal(client.of('coach.safety').length, 2);
});

t.test('W8: at 80 % of the time the coach offers to close, at 100 % it closes', async (t) => {
  const { rig, actor, client } = await talk(t, { max_duration_seconds: 100 });
  await rig.silence(actor, 79_000);
  t.same(phases(client), []);
  await rig.silence(actor, 8_000);
  t.same(phases(client), ['confirming']);
  t.equal(actor.view().wrap_up.requested_by, 'time_limit');
  await rig.silence(actor, 40_000);
  t.same(phases(client), ['confirming', 'closing', 'ended']);
  t.equal(client.last('coach.session.ended').reason, 'time_limit');
});

t.test('W8: 100 % never comes in the middle of what the user says', async (t) => {
  const { rig, actor, client } = await talk(t, { max_duration_seconds: 60 });
  actor.event({ type: 'coach.wrap_up.request' });
  actor.event({ type: 'coach.wrap_up.decline' });
  await rig.silence(actor, 55_000);
  rig.engines.script.hear = ['this is a long sentence and it goes on'];
  await rig.speak(actor, 8_000);
  t.notOk(phases(client).includes('closing'), 'still listening');
  await rig.silence(actor, 30_000);
  t.equal(client.last('coach.session.ended').reason, 'time_limit');
});

t.test('W9: silence is met with one nudge, and then with the end', async (t) => {
  const { rig, actor, client } = await talk(t);
  await rig.silence(actor, 119_000);
  t.equal(client.of('response.created').length, 0);
  await rig.silence(actor, 10_000);
  t.equal(client.of('response.created').length, 1, 'one nudge');
  await rig.silence(actor, 130_000);
  t.equal(client.of('response.created').length, 1, 'and no second');
  t.equal(client.last('coach.session.ended').reason, 'idle');
});

t.test('W7: a forced end comes at once, from the middle of a reply, with a summary', async (t) => {
  const { rig, id, actor, client } = await talk(t);
  rig.engines.script.hear = ['i want to call my boss about the project'];
  await rig.speak(actor, 800);
  await rig.silence(actor, 2_500);
  const ends = Promise.all([rig.registry.end(id), rig.registry.end(id)]);
  await rig.silence(actor, 500);
  const [one, two] = await ends;
  t.equal(one.status, 'ended');
  t.equal(one.end_reason, 'forced');
  t.ok(one.summary);
  t.equal(two.ended_at, one.ended_at, 'once');
  t.equal(client.closed?.code, 1000);
  t.equal(client.types().at(-1), 'coach.session.ended');
});

t.test('W13: after a crash in confirming no question is asked again, and a yes still counts', async (t) => {
  const { rig, id, actor, client, say } = await talk(t);
  await say('i think we can stop here for today');
  actor.detach(client);
  await rig.settle();
  t.equal(rig.registry.live, 0, 'as after a restart, the session is only in the store');
  const { actor: again, client: second } = await rig.attach(id);
  await rig.silence(again, 5_000);
  t.equal(second.of('response.created').length, 0);
  rig.engines.script.hear = ['yes'];
  await rig.speak(again, 800);
  await rig.silence(again, 3_000);
  t.same(phases(second), ['closing']);
});

t.test('a turn that nobody answered is answered when the client is back', async (t) => {
  const { rig, id, actor, client } = await talk(t);
  rig.engines.script.hear = ['did you hear what i said'];
  await rig.speak(actor, 800);
  while (!client.types().includes('input_audio_buffer.speech_stopped')) await rig.silence(actor, 20);
  actor.detach(client);
  await rig.clock.advance(2_000);
  await rig.settle();
  const { actor: again, client: second } = await rig.attach(id);
  await rig.silence(again, 9_000);
  t.equal(second.last('response.done').response.status, 'completed');
  const { items } = await rig.store.items(id, { limit: 10 });
  t.same(
    items.map(({ role }) => role),
    ['user', 'assistant'],
  );
});

t.test('greeting: the coach speaks first, once', async (t) => {
  const { rig, id, actor, client } = await talk(t, { greeting: true });
  await rig.silence(actor, 12_000);
  t.equal(client.of('response.done').length, 1);
  actor.detach(client);
  const { actor: again, client: second } = await rig.attach(id);
  await rig.silence(again, 3_000);
  t.equal(second.of('response.created').length, 0);
});
