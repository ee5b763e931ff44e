import t from 'tap';
import type { SessionActor } from '../../src/session/actor.ts';
import { Rig, type TestConnection } from '../support/rig.ts';

const LONG =
  'One two three four five six seven eight nine ten. Eleven twelve thirteen fourteen fifteen sixteen seventeen.';

async function speaking(
  t: Parameters<typeof Rig.open>[0],
  then: (string | Error)[],
): Promise<{ rig: Rig; id: string; actor: SessionActor; client: TestConnection }> {
  const rig = await Rig.open(t);
  const id = await rig.create();
  const { actor, client } = await rig.attach(id);
  rig.engines.script.hear = ['please count for me now', ...then];
  rig.engines.script.replies = [LONG];
  await rig.speak(actor);
  await rig.silence(actor, 3_500);
  t.ok(client.frames.length > 5, 'the coach is speaking');
  t.equal(client.of('response.done').length, 0, 'and has more to say');
  return { rig, id, actor, client };
}

t.test('barge-in: no more audio, response cancelled, the item cut to what was heard', async (t) => {
  const { rig, id, actor, client } = await speaking(t, ['stop i want to say something else']);
  const framesBefore = client.frames.length;
  await rig.speak(actor, 200);
  const started = client.timeOf('input_audio_buffer.speech_started');
  t.equal(client.frames.filter(({ at }) => at > started).length, 0, 'nothing after speech_started');
  await rig.speak(actor, 800);
  await rig.silence(actor, 8_000);
  const [first] = client.of('response.done');
  t.equal(first?.response.status, 'cancelled');
  t.equal(first?.response.status_details?.reason, 'turn_detected');
  const cut = client.last('conversation.item.truncated');
  const { items } = await rig.store.items(id, { limit: 10 });
  const reply = items[1];
  t.equal(reply?.id, cut.item_id);
  t.equal(reply?.status, 'incomplete');
  t.ok(LONG.startsWith(reply?.text ?? '-'), 'what was heard is how it began');
  t.ok((reply?.text.length ?? 999) < LONG.length);
  const played = client.frames.slice(0, framesBefore).reduce((sum, { ms }) => sum + ms, 0);
  t.ok(cut.audio_end_ms <= played, 'never more than was sent');
  // 60 ms a character: the heard text and the heard audio agree to a word.
  t.ok(Math.abs((reply?.text.length ?? 0) * 60 - cut.audio_end_ms) < 900, `${reply?.text} at ${cut.audio_end_ms} ms`);
  t.equal(items[2]?.text, 'stop i want to say something else');
  t.equal(client.of('response.done').length, 2, 'and it is answered');
});

t.test("the client's playout report decides what was heard", async (t) => {
  const { rig, id, actor, client } = await speaking(t, ['stop it there please']);
  const { item_id } = client.last('coach.audio.started');
  await rig.speak(actor, 100);
  actor.event({ type: 'coach.playout', item_id, audio_ms: 620 });
  await rig.speak(actor, 800);
  await rig.silence(actor, 4_000);
  t.equal(client.last('conversation.item.truncated').audio_end_ms, 620);
  const { items } = await rig.store.items(id, { limit: 10 });
  t.equal(items[1]?.text, 'One two', '620 ms at 60 ms a character');
});

t.test('a cough does not stop the coach', async (t) => {
  const { rig, actor, client } = await speaking(t, []);
  await rig.cough(actor);
  await rig.silence(actor, 8_000);
  t.equal(client.of('input_audio_buffer.speech_started').length, 1, 'only the turn itself');
  t.equal(client.last('response.done').response.status, 'completed');
});

t.test('an "mm-hm" pauses the reply, and it goes on from where it was heard', async (t) => {
  const { rig, id, actor, client } = await speaking(t, ['mm-hm']);
  rig.engines.script.partial_after_ms = null;
  await rig.speak(actor, 300);
  const paused = client.frames.length;
  await rig.silence(actor, 12_000);
  t.equal(client.last('response.done').response.status, 'completed');
  t.equal(client.of('conversation.item.truncated').length, 0);
  t.equal(client.of('input_audio_buffer.cleared').length, 1, 'it was no turn');
  const again = client.frames[paused];
  const before = client.frames[paused - 1];
  t.ok(again && before && again.stream === before.stream + 1, 'in a new stream');
  t.ok(again && before && again.start_ms <= before.start_ms + before.ms, 'nothing is skipped');
  const items_of = client.of('coach.audio.started').map(({ item_id }) => item_id);
  t.equal(items_of.at(-1), items_of.at(-2), 'of the same item');
  const { items } = await rig.store.items(id, { limit: 10 });
  t.same(
    items.map(({ text }) => text),
    ['please count for me now', LONG],
  );
});

t.test('a late response.cancel, and one for another reply, are harmless', async (t) => {
  const { rig, actor, client } = await speaking(t, []);
  actor.event({ type: 'response.cancel', response_id: 'resp_other' });
  await rig.silence(actor, 9_000);
  t.equal(client.last('response.done').response.status, 'completed');
  actor.event({ type: 'response.cancel' });
  await rig.silence(actor, 100);
  t.equal(client.of('error').length, 0);
  t.equal(client.of('response.done').length, 1);
});

t.test('conversation.item.truncate cuts to what the client says; retrieve shows it; never longer again', async (t) => {
  const { rig, id, actor, client } = await speaking(t, []);
  const { item_id } = client.last('coach.audio.started');
  actor.event({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 1_200 });
  await rig.silence(actor, 500);
  t.equal(client.last('response.done').response.status, 'cancelled');
  t.equal(client.last('conversation.item.truncated').audio_end_ms, 1_200);
  actor.event({ type: 'conversation.item.retrieve', item_id });
  actor.event({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 5_000 });
  actor.event({ type: 'conversation.item.retrieve', item_id });
  await rig.settle();
  const shown = client.of('conversation.item.retrieved').map(({ item }) => JSON.stringify(item.content));
  t.equal(shown[0], JSON.stringify([{ type: 'output_audio', transcript: 'One two three four' }]));
  t.equal(shown[1], shown[0]);
  t.equal((await rig.store.item(id, item_id))?.text, 'One two three four');
  actor.event({ type: 'conversation.item.retrieve', item_id: 'item_none', event_id: 'q1' });
  await rig.settle();
  t.same(client.last('error').error, {
    type: 'invalid_request_error',
    code: 'item_not_found',
    message: 'item_id: there is no such item',
    param: 'item_id',
    event_id: 'q1',
  });
});

t.test(
  'speech before the first sound of a reply: nothing was heard, so nothing is kept, and both are answered',
  async (t) => {
    const rig = await Rig.open(t);
    const id = await rig.create();
    const { actor, client } = await rig.attach(id);
    rig.engines.script.ttft_ms = 2_000;
    rig.engines.script.hear = ['first i say this', 'and then i say that'];
    await rig.speak(actor);
    await rig.silence(actor, 1_200);
    t.equal(client.of('response.created').length, 1);
    await rig.speak(actor, 1_200);
    await rig.silence(actor, 10_000);
    const { items } = await rig.store.items(id, { limit: 10 });
    t.same(
      items.map(({ role, text }) => [role, text.split(' ')[0]]),
      [
        ['user', 'first'],
        ['user', 'and'],
        ['assistant', 'You'],
      ],
    );
    t.equal(client.of('conversation.item.deleted').length, 1);
  },
);

t.test('a second connection wins; the first is closed with 4409', async (t) => {
  const { rig, id, actor, client } = await speaking(t, []);
  const { client: second } = await rig.attach(id);
  t.equal(client.closed?.code, 4409);
  const before = client.events.length;
  rig.engines.script.hear = ['i am here now instead'];
  await rig.speak(actor);
  await rig.silence(actor, 9_000);
  t.equal(client.events.length, before, 'the old one hears nothing more');
  t.equal(second.last('response.done').response.status, 'completed');
});
