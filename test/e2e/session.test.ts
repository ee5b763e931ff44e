/** Whole sessions from speech in to speech out: real engines, a server process of its own, real sockets, real time. */
import t from 'tap';
import { createSession, sendMessage } from '../../protocol/index.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { systemClock } from '../../src/clock.ts';
import { DEFAULT_LINES } from '../../tools/talk/script.ts';
import { startServer } from '../../tools/talk/server.ts';
import { type TalkResult, talk } from '../../tools/talk/session.ts';
import { SPOKEN_RATE, speakLines } from '../../tools/talk/voice.ts';

const server = await startServer(systemClock, new AbortController().signal);
t.teardown(() => server.stop());

/** Loudness of the coach's side, so that silence does not pass for speech. */
function rms({ samples }: TalkResult['audio']): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

t.test('six spoken turns: request, question, yes, the spoken close', { timeout: 180_000 }, async (t) => {
  const result = await talk({ url: server.url, lines: DEFAULT_LINES });
  t.equal(result.end_reason, 'user_confirmed');
  t.same(result.phases, ['coaching', 'confirming', 'closing', 'ended']);
  t.equal(result.turns.length, 6);
  t.ok((result.wer ?? 1) <= 0.25, `word error rate ${result.wer}`);
  for (const { reply, metrics } of result.turns) {
    t.ok(reply.length > 10, reply);
    t.ok((metrics?.e2e_latency_ms ?? 0) > 0);
  }
  t.ok(rms(result.audio) > 200, 'the coach was heard');
  t.ok(result.summary !== null);
  t.same(result.errors, []);
});

t.test('asked, and answered with no: the coaching goes on', { timeout: 120_000 }, async (t) => {
  const lines = ['I want to talk about my work.', 'I think we can stop here for today.', 'No, I want to keep going.'];
  const result = await talk({ url: server.url, lines });
  t.same(result.phases, ['coaching', 'confirming', 'coaching']);
  t.equal(result.end_reason, null);
  t.same(result.errors, []);
});

t.test(
  'interrupted in the middle of a reply: the next words are heard and answered',
  { timeout: 120_000 },
  async (t) => {
    const lines = [
      'I want to talk about my manager and my work.',
      '!interrupt 1.0',
      'Wait a moment, I mean my sister.',
    ];
    const result = await talk({ url: server.url, lines });
    t.equal(result.turns.length, 2);
    t.match(result.turns[1]?.heard, /sister/);
    t.ok((result.turns[1]?.reply.length ?? 0) > 10);
    t.same(result.errors, []);
  },
);

t.test('by REST alone: typed and uploaded turns to the goodbye', { timeout: 60_000 }, async (t) => {
  const created = await createSession(server.url, {});
  const token = created.client_secret.value;
  const { id } = created.session;
  const said = async (text: string) => sendMessage(server.url, id, text, { token });
  const first = await said('I would like to sleep better.');
  t.match(first.coach.text, /\w+.*/);
  const audio = await fetch(`${server.url}${first.coach.audio_url}`);
  t.equal(audio.status, 200);
  t.equal(audio.headers.get('content-type'), 'audio/wav');
  t.ok((await audio.arrayBuffer()).byteLength > 30_000, 'a second of speech at least');

  const [samples = new Int16Array()] = await speakLines(
    ['I think we can stop here for today.'],
    'slt',
    new AbortController().signal,
  );
  const form = new FormData();
  form.append('audio', new Blob([writeWav(samples, SPOKEN_RATE)], { type: 'audio/wav' }), 'words.wav');
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/api/sessions/${id}/messages`, { method: 'POST', headers, body: form });
  t.equal(answer.status, 200);
  const spoken = Object(await answer.json());
  t.match(spoken.user.text, /think we can stop/);
  t.equal(spoken.session.phase, 'confirming');
  const last = await said('yes');
  t.equal(last.session.status, 'ended', 'W2: both in the same call');
  t.equal(last.session.end_reason, 'user_confirmed');
  t.ok(last.session.summary);
});
