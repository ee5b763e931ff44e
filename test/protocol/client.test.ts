import t, { type Test } from 'tap';
import { encodeFrame, KukuClient, pcmSamples, type ReplyAudio, type ServerEvent } from '../../protocol/index.ts';
import { next, Peer, state } from './peer.ts';
import { coachItem, endedSession, realtimeSession, serverSamples, userItem } from './samples.ts';

async function peerOf(t: Test, dialect?: 'kuku.v1' | 'realtime'): Promise<Peer> {
  const peer = await Peer.open(dialect);
  t.teardown(() => peer.close());
  return peer;
}

t.test('connects to a session and brings the token as a subprotocol', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client({ token: () => Promise.resolve('ek_secret') });
  const states: string[] = [];
  client.on('state', (change) => states.push(change.state));
  await client.connect();
  const link = await peer.link();
  t.equal(link.url, '/api/sessions/ses_1/stream');
  t.same(link.offered, ['kuku.v1', 'openai-insecure-api-key.ek_secret']);
  t.same(states, ['connecting', 'open']);
  const created = next(client, 'session.created');
  link.hello();
  t.equal((await created).session.id, 'ses_1');
  t.equal(client.session?.phase, 'coaching');
  t.equal(client.lastEventId, 'evt_1');
  await t.rejects(client.connect(), { message: /before/ });
  t.throws(() => new KukuClient({ sessionId: 'ses_1' }), TypeError);
});

t.test('tells every event of the contract to its own listener, in order', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client();
  const seen: string[] = [];
  for (const type of ['error', 'coach.notice', 'response.done', 'coach.safety'] as const) {
    client.on(type, (event) => seen.push(event.type));
  }
  const all: string[] = [];
  client.on('*', (event) => all.push(event.type));
  await client.connect();
  const link = await peer.link();
  const types = Object.keys(serverSamples).filter((type) => type !== 'coach.going_away');
  for (const [i, type] of types.entries()) {
    link.raw(JSON.stringify({ type, event_id: `evt_${i + 10}`, ...serverSamples[type]?.good }));
  }
  await next(client, 'coach.notice');
  t.same(seen, ['response.done', 'error', 'coach.safety', 'coach.notice']);
  t.same(all, types);
});

t.test('what it cannot read does not stop it', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client();
  const malformed: string[] = [];
  const unknown: string[] = [];
  client.on('malformed', ({ what }) => malformed.push(what));
  client.on('*', (event) => unknown.push(event.type));
  await client.connect();
  const link = await peer.link();
  link.raw('{"type": "session.cre');
  link.raw('[1,2]');
  link.raw('{"type":"coach.input.ack","event_id":"evt_1","audio_ms":"much"}');
  link.raw(Uint8Array.of(1, 2, 3));
  link.raw(encodeFrame({ stream: 9, start_ms: 0, last: false, payload: new Uint8Array(2) }));
  link.raw('{"type":"coach.of_the_future","event_id":"evt_2","x":1}');
  link.send(3, { type: 'coach.input.partial', item_id: 'a', text: 'still here' });
  t.match(await next(client, 'coach.input.partial'), { text: 'still here' });
  t.same(malformed, ['json', 'event', 'event', 'frame', 'frame']);
  t.same(unknown, ['coach.input.ack', 'coach.of_the_future', 'coach.input.partial']);
  t.equal(client.state, 'open');
});

t.test('the vocabulary of a person: say, buttons, playout, commit', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client();
  await client.connect();
  const link = await peer.link();
  const said = client.say('hello');
  client.requestWrapUp();
  client.confirmWrapUp();
  client.declineWrapUp();
  client.commit();
  client.clear();
  client.cancel();
  client.cancel('resp_1');
  client.reportPlayout('item_2', 120);
  client.reportPlayout('item_2', 240.5, true);
  client.updateSession({ audio: { output: { voice: 'slt' } } });
  await link.until(() => link.events.length === 12);
  t.match(link.events, [
    { type: 'conversation.item.create', item: { id: said, content: [{ type: 'input_text', text: 'hello' }] } },
    { type: 'response.create' },
    { type: 'coach.wrap_up.request' },
    { type: 'coach.wrap_up.confirm' },
    { type: 'coach.wrap_up.decline' },
    { type: 'input_audio_buffer.commit' },
    { type: 'input_audio_buffer.clear' },
    { type: 'response.cancel' },
    { type: 'response.cancel', response_id: 'resp_1' },
    { type: 'coach.playout', item_id: 'item_2', audio_ms: 120 },
    { type: 'coach.playout', audio_ms: 240.5, done: true },
    { type: 'session.update', session: { audio: { output: { voice: 'slt' } } } },
  ]);
  t.throws(() => client.updateSession({ audio: { output: { speed: 9 } } }), { name: 'ZodError' });
});

t.test('binary frames become audio of the item that coach.audio.started bound', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client();
  const heard: ReplyAudio[] = [];
  client.onAudio((audio) => heard.push(audio));
  await client.connect();
  const link = await peer.link();
  link.send(1, { type: 'coach.audio.started', stream: 3, item_id: 'item_2', response_id: 'resp_1' });
  link.raw(encodeFrame({ stream: 3, start_ms: 40, last: false, payload: Uint8Array.of(1, 0, 255, 255) }));
  link.raw(encodeFrame({ stream: 3, start_ms: 60, last: true, payload: new Uint8Array(0) }));
  link.send(2, { type: 'input_audio_buffer.cleared' });
  await next(client, 'input_audio_buffer.cleared');
  t.match(heard, [
    { item_id: 'item_2', response_id: 'resp_1', start_ms: 40, last: false },
    { item_id: 'item_2', start_ms: 60, last: true },
  ]);
  t.same([...pcmSamples(heard[0]?.payload ?? new Uint8Array())], [1, -1]);
});

t.test('in the realtime dialect audio goes both ways as base64', async (t) => {
  const peer = await peerOf(t, 'realtime');
  const client = peer.client({ subprotocols: ['realtime'] });
  const heard: ReplyAudio[] = [];
  client.onAudio((audio) => heard.push(audio));
  await client.connect();
  const link = await peer.link();
  link.hello();
  const reply = { response_id: 'resp_1', output_index: 0, item_id: 'item_2', content_index: 0 };
  const delta = Buffer.alloc(960).toString('base64');
  link.send(2, { type: 'response.output_audio.delta', ...reply, delta });
  link.send(3, { type: 'response.output_audio.delta', ...reply, delta });
  link.send(4, { type: 'response.output_audio.done', ...reply });
  client.sendAudio(Int16Array.from({ length: 480 }, (_, i) => i));
  await link.until(() => link.events.length === 1);
  const sent = link.events[0];
  t.equal(sent?.type, 'input_audio_buffer.append');
  const bytes = Buffer.from(sent?.type === 'input_audio_buffer.append' ? sent.audio : '', 'base64');
  t.equal(bytes.length, 960);
  t.equal(bytes.readInt16LE(958), 479);
  t.equal(client.unacknowledgedMs, 0, 'nothing is kept where nothing is acknowledged');
  while (heard.length < 3) await next(client, 'audio');
  t.match(heard, [
    { start_ms: 0, last: false },
    { start_ms: 20, last: false },
    { start_ms: 40, last: true },
  ]);
});

t.test('events() ends with the client, and a break takes the reader off', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client();
  await client.connect();
  const link = await peer.link();
  const first: ServerEvent[] = [];
  const broken = (async () => {
    for await (const event of client.events()) {
      first.push(event);
      break;
    }
  })();
  const all: string[] = [];
  const whole = (async () => {
    for await (const event of client.events()) all.push(event.type);
  })();
  link.send(1, { type: 'conversation.item.done', item: userItem });
  link.send(2, { type: 'conversation.item.done', item: coachItem });
  link.send(3, { type: 'coach.session.ended', reason: 'user_confirmed', session: endedSession });
  link.close(1000);
  await Promise.all([broken, whole]);
  t.equal(first.length, 1);
  t.same(all, ['conversation.item.done', 'conversation.item.done', 'coach.session.ended']);
  t.equal(client.state, 'closed');
  t.equal(client.session?.status, 'ended');
  t.same(await client.events().next(), { done: true, value: undefined });
});

t.test('a listener that is taken off hears no more; one listener does not hinder another', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client();
  const heard: string[] = [];
  const off = client.on('coach.notice', () => heard.push('a'));
  client.on('coach.notice', () => heard.push('b'));
  await client.connect();
  const link = await peer.link();
  link.send(1, { type: 'coach.notice', code: 'x', message: 'y' });
  await next(client, 'coach.notice');
  off();
  link.send(2, { type: 'coach.notice', code: 'x', message: 'y' });
  await next(client, 'coach.notice');
  t.same(heard, ['a', 'b', 'b']);
});

t.test('an address of /v1/realtime makes a session; later connections go to that one with its secret', async (t) => {
  const peer = await peerOf(t);
  const client = peer.client({ url: `ws://127.0.0.1:${peer.port}/v1/realtime?model=m`, token: 'mine' });
  await client.connect();
  const link = await peer.link();
  t.equal(link.url, '/v1/realtime?model=m');
  const client_secret = { value: 'ek_own', expires_at: '2026-01-05T10:00:00Z' };
  link.send(1, { type: 'session.created', session: { ...realtimeSession, client_secret } });
  await next(client, 'session.created');
  const lost = state(client, 'reconnecting');
  link.cut();
  await lost;
  await peer.clock.advance(1000);
  const again = await peer.link();
  t.equal(again.url, '/api/sessions/ses_1/stream?after=evt_1');
  t.same(again.offered, ['kuku.v1', 'openai-insecure-api-key.ek_own']);
});
