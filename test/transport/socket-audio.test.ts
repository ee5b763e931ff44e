import t from 'tap';
import type { AudioFormat } from '../../protocol/index.ts';
import { bytesPerMs, type AudioFormat as Codec, createEncoder } from '../../src/audio/format.ts';
import { pcm, SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** Loud enough for the scripted detector after any codec. */
const LOUD = 12_000;
const WORDS = 'my mornings are chaos';
const FRAME_MS = 20;

async function open(server: TestServer, protocol: 'kuku.v1' | 'realtime'): Promise<SocketClient> {
  const { id, token } = await server.create();
  const client = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token, protocols: [protocol] });
  await client.next('session.created');
  return client;
}

/** Speech and the silence behind it in a format of the wire, at least 5 s. */
function speech(format: Codec, ms = 1_000): Uint8Array {
  const encoder = createEncoder(format, 24_000);
  const loud = new Int16Array(ms * 24).fill(LOUD);
  const bytes = Buffer.concat([encoder.encode(loud), encoder.encode(new Int16Array(4_000 * 24)), encoder.flush()]);
  encoder.close();
  return bytes;
}

/** Frames of kuku.v1, with the capture time of each. */
function frames(bytes: Uint8Array, perMs: number, frameMs = FRAME_MS): [number, Uint8Array][] {
  const size = frameMs * perMs;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => [
    i * frameMs,
    bytes.subarray(i * size, (i + 1) * size),
  ]);
}

const STANDARD: Codec = { type: 'audio/pcm', rate: 24_000 };

/** Length of what was taken as the utterance, s. */
async function heard(client: SocketClient): Promise<number> {
  const { transcript, usage } = await client.next('conversation.item.input_audio_transcription.completed');
  if (transcript !== WORDS) throw new Error(`heard ${transcript}`);
  return usage.seconds;
}

t.test('kuku.v1: speech in and speech out as binary frames, acknowledged once it is safe', async (t) => {
  const server = await startServer(t, { script: { hear: [WORDS] } });
  const client = await open(server, 'kuku.v1');
  for (const [at, payload] of frames(speech(STANDARD, 2_000), 48)) client.audio(at, payload);
  const done = await client.next('response.done');
  t.equal(done.response.status, 'completed');
  const started = client.events.find((event) => event.type === 'coach.audio.started');
  t.match(started, { response_id: done.response.id, item_id: done.response.output[0]?.id });
  await client.when(() => client.frames.some(({ last }) => last));
  t.notOk(client.types().includes('response.output_audio.delta'), 'no base64 beside it');
  let position = 0;
  for (const { stream, start_ms, payload } of client.frames) {
    t.equal(stream, started?.type === 'coach.audio.started' ? started.stream : -1);
    t.ok(Math.abs(start_ms - position) <= 1, `a frame starts where the one before ended: ${start_ms} ms`);
    position += payload.length / 48;
  }
  const said = server.engines.spoken.join('').length * server.engines.script.char_ms;
  t.ok(Math.abs(position - said) < 5, `${position} ms of audio for ${said} ms of speech`);
  t.equal(client.frames.at(-1)?.last, true);

  // A microphone goes on: with the next frame comes what has become safe meanwhile.
  client.audio(6_000, pcm(20, 0));
  await client.when(() => client.events.some((event) => event.type === 'coach.input.ack' && event.audio_ms > 4_500));
  const acks = client.events.flatMap((event) => (event.type === 'coach.input.ack' ? [event.audio_ms] : []));
  t.same(
    acks,
    [...acks].sort((a, b) => a - b),
    'ever more of it',
  );
  t.ok((acks.at(-1) ?? 0) <= 6_020, 'never more than there was');
  const word = client.types().indexOf('conversation.item.done');
  const pastSpeech = client.events.findIndex((event) => event.type === 'coach.input.ack' && event.audio_ms > 100);
  t.ok(word !== -1 && word < pastSpeech, 'the spoken words are stored before their audio is acknowledged');
});

t.test('row 6: what was sent before is dropped by its start_ms, whole or in part', async (t) => {
  const server = await startServer(t);
  const all = speech(STANDARD);
  const once = async (send: (client: SocketClient) => void) => {
    server.engines.script.hear = [WORDS];
    const client = await open(server, 'kuku.v1');
    send(client);
    return heard(client);
  };
  const plain = await once((client) => {
    for (const [at, payload] of frames(all, 48)) client.audio(at, payload);
  });
  t.ok(plain > 1 && plain < 3, `${plain} s`);
  const twice = await once((client) => {
    for (const [at, payload] of frames(all, 48)) {
      client.audio(at, payload);
      client.audio(at, payload);
    }
  });
  t.equal(twice, plain, 'each frame twice');
  const resent = await once((client) => {
    const list = frames(all, 48);
    for (const [at, payload] of list.slice(0, 40)) client.audio(at, payload);
    for (const [at, payload] of list) client.audio(at, payload);
  });
  t.equal(resent, plain, 'all of it again after 800 ms, as after a reconnect');
  const overlapping = await once((client) => {
    for (const [at] of frames(all, 48)) client.audio(at, all.subarray(at * 48, (at + 30) * 48));
  });
  t.ok(Math.abs(overlapping - plain) <= 0.04, `overlapping frames: ${overlapping} s`);
  const pcmu = speech({ type: 'audio/pcmu' });
  const odd = await once((client) => {
    client.send({ type: 'session.update', session: { audio: { input: { format: { type: 'audio/pcmu' } } } } });
    for (const [at, payload] of frames(pcmu, 8)) {
      client.audio(at, payload.subarray(0, 81));
      client.audio(at, payload);
    }
  });
  t.ok(Math.abs(odd - plain) <= 0.04, `G.711 frames of an odd length: ${odd} s`);
  for (const ms of [10, 30, 60]) {
    const other = await once((client) => {
      for (const [at, payload] of frames(all, 48, ms)) client.audio(at, payload);
    });
    t.ok(Math.abs(other - plain) <= 0.04, `frames of ${ms} ms lose nothing: ${other} s`);
  }
});

t.test('realtime: base64 both ways; formats are what they say they are', async (t) => {
  const server = await startServer(t);
  const formats: AudioFormat[] = [
    { type: 'audio/pcm', rate: 24_000 },
    { type: 'audio/pcm', rate: 16_000 },
    { type: 'audio/pcm', rate: 48_000 },
    { type: 'audio/pcmu' },
    { type: 'audio/pcma' },
  ];
  const lengths: number[] = [];
  for (const format of formats) {
    if (format.type === 'audio/opus') continue;
    server.engines.script.hear = [WORDS];
    server.engines.spoken.length = 0;
    const client = await open(server, 'realtime');
    client.send({ type: 'session.update', session: { audio: { input: { format }, output: { format } } } });
    t.match((await client.next('session.updated')).session.audio, { input: { format }, output: { format } });
    const name = JSON.stringify(format);
    for (const [, payload] of frames(speech(format), bytesPerMs(format))) {
      client.send({ type: 'input_audio_buffer.append', audio: Buffer.from(payload).toString('base64') });
    }
    lengths.push(await heard(client));
    await client.next('response.done');
    const out = client.events.flatMap((event) =>
      event.type === 'response.output_audio.delta' ? [Buffer.from(event.delta, 'base64')] : [],
    );
    const ms = Buffer.concat(out).length / bytesPerMs(format);
    const said = server.engines.spoken.join('').length * server.engines.script.char_ms;
    t.ok(said > 100 && Math.abs(ms - said) < 5, `${name}: ${ms} ms of bytes for ${said} ms of speech`);
    t.equal(client.frames.length, 0, 'no binary frames in this dialect');
    client.ws.terminate();
  }
  for (const length of lengths) t.ok(Math.abs(length - (lengths[0] ?? 0)) <= 0.04, `heard the same: ${lengths} s`);
});

t.test('formats that are not there are refused by name, and what was in force stays', async (t) => {
  const server = await startServer(t);
  for (const protocol of ['kuku.v1', 'realtime'] as const) {
    const client = await open(server, protocol);
    for (const side of ['input', 'output'] as const) {
      const opus = { audio: { [side]: { format: { type: 'audio/opus' as const } } } };
      client.send({ type: 'session.update', event_id: 'mine', session: opus });
      t.match(await client.error(), { param: `session.audio.${side}.format.type`, event_id: 'mine' });
    }
    const rate = {
      type: 'session.update',
      session: { audio: { input: { format: { type: 'audio/pcm', rate: 8_000 } } } },
    };
    client.raw(JSON.stringify(rate));
    t.equal((await client.error()).param, 'session.audio.input.format.rate');
    client.send({ type: 'session.update', session: {} });
    const { audio } = (await client.next('session.updated')).session;
    t.match([audio.input.format, audio.output.format], [STANDARD, STANDARD]);
  }
});

t.test('manual commits: turn_detection null waits for the commit, and an empty one is an error', async (t) => {
  const server = await startServer(t, { script: { hear: [WORDS] } });
  const client = await open(server, 'kuku.v1');
  client.send({ type: 'session.update', session: { audio: { input: { turn_detection: null } } } });
  await client.next('session.updated');
  client.send({ type: 'input_audio_buffer.commit', event_id: 'mine' });
  t.match(await client.error(), { code: 'input_audio_buffer_commit_empty', event_id: 'mine' });
  for (const [at, payload] of frames(pcm(500, LOUD), 48)) client.audio(at, payload);
  client.send({ type: 'input_audio_buffer.commit' });
  client.send({ type: 'response.create' });
  const length = await heard(client);
  t.ok(Math.abs(length - 0.5) < 0.005, `all of it and nothing else: ${length} s`);
  t.equal((await client.next('response.done')).response.status, 'completed');
});
