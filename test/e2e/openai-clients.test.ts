/** The unmodified clients of OpenAI's Realtime API hold a whole spoken session, on the real embedded engines. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, type RealtimeItem, RealtimeSession } from '@openai/agents-realtime';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/clock.ts';
import { Microphone } from '../../tools/talk/microphone.ts';
import { startServer } from '../../tools/talk/server.ts';
import { SPOKEN_RATE, speakLines } from '../../tools/talk/voice.ts';
import { tlsFront } from '../support/tls.ts';

const LINES = ['I would like to talk about my work today.', 'I think we can stop here for today.', 'Yes, please.'];

async function secretOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/v1/realtime/client_secrets`, { method: 'POST' });
  const { value } = Object(await answer.json());
  return String(value);
}

const server = await startServer(systemClock, new AbortController().signal);
t.teardown(() => server.stop());
const lines = await speakLines(LINES, 'slt', new AbortController().signal);

/** A person who says the lines one after the other, each once the coach has been heard out. */
class Caller {
  readonly mic: Microphone;
  #next = 0;
  constructor(send: (audio: ArrayBuffer) => void) {
    this.mic = new Microphone(systemClock, SPOKEN_RATE, (frame) => send(frame.slice().buffer));
  }
  /** `after` ms: the rest of the reply that is still playing, and a moment to think. */
  sayNext(after: number): void {
    const line = lines[this.#next];
    this.#next += 1;
    if (line !== undefined) systemClock.after(after, () => void this.mic.say(line));
  }
}

t.test('@openai/agents-realtime: RealtimeSession over its WebSocket transport', { timeout: 120_000 }, async (t) => {
  const url = `${server.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;
  const transport = new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true });
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Kuku', instructions: 'ignored' }), { transport });
  t.teardown(() => session.close());
  const errors: unknown[] = [];
  const events: string[] = [];
  let audioMs = 0;
  session.on('error', ({ error }) => errors.push(error));
  session.on('audio', ({ data }) => {
    audioMs += data.byteLength / 48;
  });
  const ended = Promise.withResolvers<void>();
  const caller = new Caller((audio) => session.sendAudio(audio));
  transport.on('*', (event: { type: string }) => {
    events.push(event.type);
    if (event.type === 'response.done') caller.sayNext(1_500);
    if (event.type === 'coach.session.ended') ended.resolve();
  });
  await session.connect({ apiKey: await secretOf(server.url) });
  caller.mic.start();
  caller.sayNext(500);
  await ended.promise;
  caller.mic.stop();

  t.same(errors, [], 'the SDK met nothing that it calls an error');
  const history = session.history.filter((item): item is RealtimeItem & { type: 'message' } => item.type === 'message');
  t.same(
    history.map((item) => item.role),
    ['user', 'assistant', 'user', 'assistant', 'user', 'assistant'],
    'its history has both sides of all three turns',
  );
  for (const item of history) t.equal(item.role === 'system' ? '' : item.status, 'completed');
  t.match(JSON.stringify(history[0]?.content), /talk about/i, 'with the words that were said');
  t.match(JSON.stringify(history.at(-1)?.content), /"transcript":"[^"]{20,}/, "and the coach's goodbye");
  t.ok(audioMs > 5_000, `it played ${Math.round(audioMs)} ms of audio`);
  t.ok(events.includes('coach.phase.changed'));
});

t.test(
  '@openai/agents-realtime: interrupted by voice, its history has what was heard',
  { timeout: 120_000 },
  async (t) => {
    const url = `${server.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;
    const transport = new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true });
    const session = new RealtimeSession(new RealtimeAgent({ name: 'Kuku' }), { transport });
    t.teardown(() => session.close());
    const errors: unknown[] = [];
    session.on('error', ({ error }) => errors.push(error));
    const interrupted = Promise.withResolvers<void>();
    session.on('audio_interrupted', () => interrupted.resolve());
    const settled = Promise.withResolvers<{ item_id: string }>();
    let replies = 0;
    const caller = new Caller((audio) => session.sendAudio(audio));
    transport.on('*', (event: { type: string; item_id?: string }) => {
      // Half a second into the first reply the person speaks again.
      if (event.type === 'response.output_audio.delta' && replies === 0) {
        replies = 1;
        caller.sayNext(500);
      }
      if (event.type === 'conversation.item.truncated') settled.resolve({ item_id: String(event.item_id) });
    });
    await session.connect({ apiKey: await secretOf(server.url) });
    caller.mic.start();
    caller.sayNext(500);
    const { item_id } = await settled.promise;
    await interrupted.promise;
    const shown = Promise.withResolvers<RealtimeItem>();
    session.on('history_updated', (history) => {
      const item = history.find((one) => one.itemId === item_id);
      if (item?.type === 'message' && item.role === 'assistant' && item.status === 'incomplete') shown.resolve(item);
    });
    const item = await shown.promise;
    caller.mic.stop();
    t.match(JSON.stringify(item), /"transcript":"[^"]+"/, 'the words that were heard');
    t.same(errors, []);
  },
);

t.test('openai: OpenAIRealtimeWS over wss', { timeout: 120_000 }, async (t: Test) => {
  const { port, ca } = await tlsFront(t, Number(new URL(server.url).port));
  const client = new OpenAI({ apiKey: await secretOf(server.url), baseURL: `https://localhost:${port}/v1` });
  const rt = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca } }, client);
  t.teardown(() => rt.close());
  const errors: unknown[] = [];
  const seen = new Map<string, number>();
  rt.on('error', (error) => errors.push(error));
  rt.on('event', (event) => seen.set(event.type, (seen.get(event.type) ?? 0) + 1));
  const caller = new Caller((audio) =>
    rt.send({ type: 'input_audio_buffer.append', audio: Buffer.from(audio).toString('base64') }),
  );
  const words: string[] = [];
  rt.on('conversation.item.input_audio_transcription.completed', ({ transcript }) => void words.push(transcript));
  rt.on('response.done', () => caller.sayNext(1_500));
  const closed = new Promise<number>((resolve) => rt.socket.on('close', (code) => resolve(code)));
  await new Promise<void>((resolve) => rt.on('session.created', () => resolve()));
  rt.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 600 } } },
    },
  });
  caller.mic.start();
  caller.sayNext(500);
  t.equal(await closed, 1000, 'the session ended, and the socket with it');
  caller.mic.stop();
  t.same(errors, []);
  t.equal(words.length, 3);
  t.match(words[1], /think we can stop/);
  for (const type of ['session.updated', 'input_audio_buffer.committed', 'conversation.item.done', 'response.done']) {
    t.ok((seen.get(type) ?? 0) > 0, type);
  }
  t.equal(seen.get('response.done'), 3);
});
