import t from 'tap';
import type { Detection } from '../../src/conversation/endpointing.ts';
import { Listener } from '../../src/conversation/listener.ts';
import { VAD_FRAME_SAMPLES, VoiceActivity, type VoiceActivityDetector } from '../../src/providers/types.ts';

/** Takes loud frames for voices: what a real one does is tested with the engines. */
const byLoudness: VoiceActivityDetector = {
  feed: (frame) => ((frame[100] ?? 0) > 1_000 ? VoiceActivity.SPEECH : VoiceActivity.SILENCE),
  reset() {},
  close() {},
};

function listener(detection: Detection | null) {
  const seen: string[] = [];
  const heard: number[] = [];
  const listens = new Listener(byLoudness, detection, {
    onSpeech: (at) => seen.push(`speech ${Math.round(at)}`),
    onSamples: (samples) => heard.push(...samples),
    onEnd: (at, pause) => seen.push(`end ${Math.round(at)} after ${Math.round(pause)}`),
  });
  /** `ms` of sound whose samples all are `level`. */
  const feed = (ms: number, level: number, piece = VAD_FRAME_SAMPLES) => {
    const samples = new Int16Array(ms * 16).fill(level);
    for (let at = 0; at < samples.length; at += piece) listens.feed(samples.subarray(at, at + piece));
  };
  return { listens, seen, heard, feed };
}

t.test('an utterance begins before its first voiced frame: pre-roll keeps the first syllable', async (t) => {
  const { seen, heard, feed } = listener({ type: 'server_vad', silence_duration_ms: 300 });
  feed(2_000, 1);
  feed(400, 5_000);
  feed(300, 2);
  t.match(seen[0], /^speech 15[0-9]0$|^speech 15[0-9][0-9]$/);
  const quietBefore = heard.indexOf(5_000) / 16;
  t.ok(quietBefore >= 300, `${quietBefore} ms before the voice were kept`);
  t.equal(seen.length, 2);
});

t.test('server_vad: the utterance ends after exactly its silence, and says where the voice ended', async (t) => {
  const { seen, feed } = listener({ type: 'server_vad', silence_duration_ms: 300 });
  feed(1_000, 0);
  feed(500, 5_000);
  feed(280, 0);
  t.equal(seen.length, 1);
  feed(20, 0);
  t.match(seen[1], /^end 1[45][0-9]0 after 300$/);
});

t.test('semantic_vad: words that promise more are waited for', async (t) => {
  const ends = (partial: string) => {
    const { listens, seen, feed } = listener({ type: 'semantic_vad', eagerness: 'medium' });
    feed(1_000, 0);
    feed(1_500, 5_000);
    listens.partial = partial;
    let waited = 0;
    while (seen.length < 2 && waited < 5_000) {
      feed(20, 0);
      waited += 20;
    }
    return waited;
  };
  t.ok(ends('i talked to my manager yesterday') <= 500);
  t.ok(ends('i talked to my manager because') >= 1_500);
});

t.test('a pause inside the utterance does not end it, and the voice after it belongs to it', async (t) => {
  const { seen, heard, feed } = listener({ type: 'server_vad', silence_duration_ms: 600 });
  feed(1_000, 0);
  feed(400, 5_000);
  feed(500, 0);
  feed(400, 6_000);
  feed(600, 0);
  t.equal(seen.length, 2);
  t.ok(heard.includes(5_000) && heard.includes(6_000));
});

t.test('packets of any size give the same events', async (t) => {
  const run = (piece: number) => {
    const { seen, feed } = listener({ type: 'server_vad', silence_duration_ms: 300 });
    feed(1_000, 0, piece);
    feed(500, 5_000, piece);
    feed(800, 0, piece);
    return seen;
  };
  const whole = run(VAD_FRAME_SAMPLES);
  for (const piece of [1, 7, 160, 319, 321, 5_000]) t.same(run(piece), whole, `${piece} samples a packet`);
});

t.test('manual: everything is the utterance until the commit', async (t) => {
  const { listens, seen, heard, feed } = listener(null);
  t.equal(listens.commit(), false, 'nothing to commit yet');
  feed(200, 3);
  feed(200, 5_000);
  feed(2_000, 3);
  t.same(seen, ['speech 0']);
  t.equal(listens.commit(), true);
  t.equal(heard.length, 2_400 * 16);
  t.match(seen[1], /^end 2400/);
});

t.test('clear forgets what was being said', async (t) => {
  const { listens, seen, feed } = listener({ type: 'server_vad', silence_duration_ms: 300 });
  feed(1_000, 0);
  feed(300, 5_000);
  listens.clear();
  feed(1_000, 0);
  t.equal(seen.length, 1, 'it never ends, because it is gone');
  t.equal(listens.speaking, false);
});

t.test('audio that nothing was said in is safe to forget, running words are not', async (t) => {
  const { listens, feed } = listener({ type: 'server_vad', silence_duration_ms: 300 });
  feed(3_000, 0);
  t.ok(listens.safeMs >= 2_400 && listens.safeMs <= 3_000, `${listens.safeMs}`);
  feed(1_000, 5_000);
  t.ok(listens.safeMs <= 3_000, 'not beyond where the utterance starts');
});
