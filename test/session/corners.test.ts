/** Sequences that once left a session silent, lost a yes, or missed a crisis. */
import t from 'tap';
import { Rig } from '../support/rig.ts';

t.test('clearing the buffer does not lose words that were taken already', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear_ms = 500;
  rig.engines.script.hear = ['i talked to my manager yesterday', 'and then i went home'];
  await rig.speak(actor);
  while (!client.types().includes('input_audio_buffer.speech_stopped')) await rig.silence(actor, 20);
  actor.event({ type: 'input_audio_buffer.clear' });
  await rig.silence(actor, 8_000);
  t.equal(client.last('response.done').response.status, 'completed');
  await rig.speak(actor);
  await rig.silence(actor, 9_000);
  t.equal(client.of('response.done').length, 2, 'and the next turn is answered too');
});

t.test('W10: a crisis, then a breath: it is answered as soon as the breath turns out to be nothing', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  rig.engines.script.hear_ms = 600;
  rig.engines.script.hear = ['i want to kill myself', ''];
  await rig.speak(actor);
  while (!client.types().includes('input_audio_buffer.speech_stopped')) await rig.silence(actor, 20);
  await rig.speak(actor, 200);
  await rig.silence(actor, 6_000);
  t.equal(client.of('coach.safety').length, 1);
  t.ok(client.frames.length > 0, 'and spoken to');
});

t.test('W13: a yes whose words come after the connection broke closes the session', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  actor.event({ type: 'coach.wrap_up.request' });
  await rig.silence(actor, 9_000);
  rig.engines.script.hear = ['yes'];
  await rig.speak(actor, 700);
  while (!client.types().includes('input_audio_buffer.speech_stopped')) await rig.silence(actor, 20);
  actor.detach(client);
  await rig.clock.advance(2_000);
  await rig.settle();
  t.equal((await rig.registry.view(id)).phase, 'closing');
  const { actor: again, client: second } = await rig.attach(id);
  await rig.silence(again, 30_000);
  t.equal(second.last('coach.session.ended').reason, 'user_confirmed', 'and the goodbye is spoken to who comes back');
});

t.test('W8: the time limit holds over REST, where no timer runs', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create({ max_duration_seconds: 100 });
  const say = async (text: string) => {
    const turn = rig.registry.use(id, (actor) => actor.message(text));
    for (let i = 0; i < 10; i += 1) {
      await rig.clock.advance(100);
      await rig.settle();
    }
    return turn;
  };
  t.equal((await say('i want to talk about my work')).session.phase, 'coaching');
  await rig.clock.advance(82_000);
  const offered = await say('and about my manager');
  t.equal(offered.session.phase, 'confirming');
  t.equal(offered.session.wrap_up.requested_by, 'time_limit');
  t.equal((await say('no i want to go on')).session.phase, 'coaching');
  await rig.clock.advance(20_000);
  const last = await say('one more thing');
  t.equal(last.session.end_reason, 'time_limit');
});

t.test('a session that was left in a crisis ends when its time is up, and keeps no other from ending', async (t) => {
  const rig = await Rig.open(t);
  const left = await rig.create({ max_duration_seconds: 60 });
  const { actor, client } = await rig.attach(left);
  rig.engines.script.hear = ['i want to kill myself'];
  await rig.speak(actor);
  await rig.silence(actor, 9_000);
  actor.detach(client);
  const other = await rig.create({ max_duration_seconds: 60 });
  await rig.clock.advance(70_000);
  const swept = rig.registry.sweep();
  for (let i = 0; i < 20; i += 1) {
    await rig.clock.advance(100);
    await rig.settle();
  }
  await swept;
  t.equal((await rig.registry.view(left)).end_reason, 'time_limit');
  t.equal((await rig.registry.view(other)).end_reason, 'time_limit');
  t.equal(rig.registry.live, 0);
});

t.test('W10: a crisis spoken over the end of the goodbye is heard before the session ends', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  actor.event({ type: 'coach.wrap_up.request' });
  await rig.silence(actor, 4_000);
  actor.event({ type: 'coach.wrap_up.confirm' });
  const { length } = client.of('response.done');
  while (client.of('response.done').length === length) await rig.silence(actor, 100);
  rig.engines.script.hear = ['i want to kill myself'];
  await rig.speak(actor, 900);
  actor.event({
    type: 'coach.playout',
    item_id: client.last('coach.audio.started').item_id,
    audio_ms: 60_000,
    done: true,
  });
  await rig.silence(actor, 6_000);
  t.equal(client.of('coach.safety').length, 1);
  t.equal(actor.view().phase, 'coaching');
  t.equal(client.closed, null);
});

t.test('W9: silence is met with a nudge also where the client commits by hand', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  actor.event({ type: 'session.update', session: { audio: { input: { turn_detection: null } } } });
  await rig.silence(actor, 125_000);
  t.equal(client.of('response.created').length, 1);
});

t.test('interrupt_response false: the coach finishes, and then answers what was said meanwhile', async (t) => {
  const rig = await Rig.open(t);
  const { actor, client } = await rig.attach(await rig.create());
  const turn_detection = { type: 'server_vad' as const, interrupt_response: false };
  actor.event({ type: 'session.update', session: { audio: { input: { turn_detection } } } });
  rig.engines.script.hear = ['please count for me now', 'mm-hm', 'what comes after that'];
  rig.engines.script.replies = ['One two three four five six seven eight nine ten eleven twelve thirteen fourteen.'];
  await rig.speak(actor);
  await rig.silence(actor, 2_000);
  await rig.speak(actor, 300);
  await rig.silence(actor, 1_000);
  await rig.speak(actor, 700);
  await rig.silence(actor, 16_000);
  t.same(
    client.of('response.done').map(({ response }) => response.status),
    ['completed', 'completed'],
  );
  t.equal(client.of('conversation.item.truncated').length, 0);
});

t.test('a client that streams on while the session ends is told of the end, and not of its mistakes', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  rig.engines.script.ttft_ms = 3_000;
  rig.engines.script.replies = ['You are tired.'];
  rig.engines.script.hear = ['i am tired'];
  await rig.speak(actor);
  await rig.silence(actor, 7_000);
  const ended = rig.registry.end(id);
  await rig.clock.advance(100);
  for (let i = 0; i < 50; i += 1) {
    actor.event({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    actor.event({ type: 'coach.playout', item_id: 'item_x', audio_ms: 10 });
  }
  await rig.silence(actor, 4_000);
  await ended;
  t.equal(client.types().at(-1), 'coach.session.ended');
  t.equal(client.closed?.code, 1000);
  t.same(rig.leftOpen(), {});
});

t.test('what waits to be sent to one connection is not sent to the next', async (t) => {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor } = await rig.attach(id);
  rig.engines.script.hear = ['please count for me now'];
  await rig.speak(actor);
  await rig.silence(actor, 2_500);
  const { client: second } = await rig.attach(id);
  t.equal(second.types()[0], 'session.created');
});
