/**
 * The floor: the least that can do a turn. A bare `ws` server and raw undici, energy as voice activity, no session, no
 * store, no protocol. Speaks binary PCM at 16 kHz in and 24 kHz out; says `{"at_ms"}` where a hangover ended.
 * PROVIDER_URL is the provider's base URL. Prints its address.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { type WebSocket, WebSocketServer } from 'ws';
import { writeWav } from '../src/audio/wav.ts';
import { FRAME_MS, FRAME_SAMPLES, HANGOVER_MS, RATE, rms } from './audio.ts';

const provider = process.env.PROVIDER_URL ?? '';
const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
/** Root mean square of a frame that is speech; the callers' silence is at 4. */
const LOUD = 100;
const BOUNDARY = 'floor';

function listen(socket: WebSocket): void {
  let position = 0;
  let silent = 0;
  let utterance: Int16Array[] | null = null;
  socket.on('message', (data: Buffer) => {
    const frame = new Int16Array(new Uint8Array(data).buffer, 0, FRAME_SAMPLES);
    position += FRAME_MS;
    const loud = rms(frame) >= LOUD;
    if (loud) utterance ??= [];
    if (utterance === null) return;
    utterance.push(frame);
    silent = loud ? 0 : silent + FRAME_MS;
    if (silent < HANGOVER_MS) return;
    socket.send(JSON.stringify({ at_ms: position }));
    turn(socket, utterance).catch((error) => socket.close(1011, String(error).slice(0, 100)));
    utterance = null;
    silent = 0;
  });
}

async function turn(socket: WebSocket, utterance: Int16Array[]): Promise<void> {
  const text = await transcribe(utterance);
  const body = JSON.stringify({ model: 'bench', stream: true, messages: [{ role: 'user', content: text }] });
  const { body: events } = await post('/chat/completions', 'application/json', body);
  let rest = '';
  let sentence = '';
  let spoken = Promise.resolve();
  const say = (words: string) => {
    spoken = spoken.then(() => speak(socket, words));
  };
  for await (const chunk of events) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      sentence += JSON.parse(line.slice(6)).choices[0].delta.content ?? '';
      if (!/[.?!]\s*$/.test(sentence)) continue;
      say(sentence);
      sentence = '';
    }
  }
  await spoken;
}

async function transcribe(utterance: Int16Array[]): Promise<string> {
  const samples = new Int16Array(utterance.length * FRAME_SAMPLES);
  for (const [i, frame] of utterance.entries()) samples.set(frame, i * FRAME_SAMPLES);
  const upload = Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="model"\r\n\r\nbench\r\n`),
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`),
    writeWav(samples, RATE),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
  const { body } = await post('/audio/transcriptions', `multipart/form-data; boundary=${BOUNDARY}`, upload);
  return String(Object(await body.json()).text);
}

async function speak(socket: WebSocket, input: string): Promise<void> {
  const body = JSON.stringify({ model: 'bench', voice: 'bench', input, response_format: 'pcm' });
  const { body: audio } = await post('/audio/speech', 'application/json', body);
  for await (const chunk of audio) socket.send(chunk);
}

function post(path: string, type: string, body: string | Buffer) {
  return request(provider + path, { dispatcher, method: 'POST', headers: { 'content-type': type }, body });
}

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', listen);
http.listen(0, '127.0.0.1');
await once(http, 'listening');
console.log(`listening on http://127.0.0.1:${(http.address() as AddressInfo).port}`);
