import t from 'tap';
import { Ledger } from '../../tools/talk/ledger.ts';
import { Microphone } from '../../tools/talk/microphone.ts';
import { Speaker } from '../../tools/talk/speaker.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const RATE = 1000;
/** `ms` of one loudness: at RATE, a sample is a millisecond. */
const sound = (ms: number, level = 100) => new Int16Array(ms).fill(level);

t.test('the speaker plays in real time and says how much was heard', async (t) => {
  const speaker = new Speaker(RATE);
  t.equal(speaker.report(0), null, 'nothing was played');
  speaker.push('a', 0, sound(100), false, 1000);
  speaker.push('a', 100, sound(100), false, 1010);
  t.strictSame(speaker.report(1050), { item_id: 'a', audio_ms: 50, done: false });
  t.strictSame(
    speaker.report(1150),
    { item_id: 'a', audio_ms: 150, done: false },
    'the second piece follows the first',
  );
  t.ok(speaker.playing(1199));
  t.notOk(speaker.playing(1200));
  t.strictSame(speaker.report(1300), { item_id: 'a', audio_ms: 200, done: false }, 'more may follow');
  speaker.push('a', 200, sound(0), true, 1310);
  t.strictSame(speaker.report(1320), { item_id: 'a', audio_ms: 200, done: true });
  t.equal(speaker.report(1330), null, 'the end is told once');
  t.equal(speaker.gapMs('a'), 0);
});

t.test('the speaker notices audio that comes too late', async (t) => {
  const speaker = new Speaker(RATE);
  speaker.push('a', 0, sound(100), false, 0);
  speaker.push('a', 100, sound(100), true, 140);
  t.equal(speaker.gapMs('a'), 40);
  t.strictSame(speaker.position(190), { item_id: 'a', audio_ms: 150 }, 'a hole is not heard audio');
  speaker.push('b', 0, sound(10), true, 500);
  t.equal(speaker.gapMs('b'), 0, 'silence between replies is no hole');
});

t.test('the speaker falls silent at once, and plays what is sent again', async (t) => {
  const speaker = new Speaker(RATE);
  speaker.push('a', 0, sound(100, 1), false, 0);
  speaker.push('a', 100, sound(100, 2), true, 0);
  t.strictSame(speaker.flush(130), { item_id: 'a', audio_ms: 130, done: false });
  t.notOk(speaker.playing(131), 'the rest is thrown away');
  t.equal(speaker.report(300), null, 'and is no end of the item');
  speaker.push('a', 100, sound(100, 3), false, 400);
  t.strictSame(speaker.report(450), { item_id: 'a', audio_ms: 150, done: false });
  t.strictSame(speaker.report(500), { item_id: 'a', audio_ms: 200, done: true });
  t.equal(speaker.gapMs('a'), 0, 'an interruption is no hole');

  const recorded = speaker.recording(0, 600);
  t.equal(recorded.length, 600);
  const levels = [50, 120, 129, 131, 399, 401, 499, 501].map((at) => recorded[at]);
  t.strictSame(levels, [1, 2, 2, 0, 0, 3, 3, 0], 'what sounded, in its time');
});

t.test('the recording of pieces that follow each other has no seam', async (t) => {
  const speaker = new Speaker(24_000);
  for (let at = 0; at < 1000; at += 100) speaker.push('a', at, new Int16Array(2400).fill(7), false, 0.3 + at / 2);
  const recorded = speaker.recording(0, 1000.3);
  t.equal(recorded.filter((sample) => sample === 7).length, 24_000);
  t.notOk(recorded.subarray(recorded.indexOf(7), recorded.lastIndexOf(7)).includes(0));
});

t.test('the microphone sends a frame every 20 ms, silence between the lines', async (t) => {
  const clock = new VirtualClock();
  const frames: { at: number; loud: number; length: number }[] = [];
  const microphone = new Microphone(clock, 24_000, (frame) => {
    frames.push({ at: clock.mono(), length: frame.length, loud: frame.filter((one) => Math.abs(one) > 400).length });
  });
  microphone.start();
  await clock.advance(100);
  t.strictSame(
    frames.map(({ at }) => at),
    [0, 20, 40, 60, 80, 100],
  );
  t.ok(frames.every(({ length, loud }) => length === 480 && loud === 0));

  frames.length = 0;
  let said: boolean | null = null;
  // 50 ms of voice, then 30 ms that are no voice any more.
  const line = new Int16Array(24 * 80).fill(5000, 0, 24 * 50);
  const saying = microphone.say(line).then((whole) => {
    said = whole;
  });
  await clock.advance(100);
  await saying;
  t.equal(said, true);
  t.strictSame(
    frames.map(({ loud }) => loud),
    [480, 480, 240, 0, 0],
  );
  t.equal(microphone.voiceEndedAt, frames[2]?.at, 'the frame with its last sound');

  const cut = microphone.say(new Int16Array(24_000));
  await clock.advance(40);
  microphone.stop();
  t.equal(await cut, false, 'a line that is cut was not said');
  t.equal(await microphone.say(line), false);
  t.equal(clock.pending(), 0, 'no timer is left');
});

t.test('a ledger of turns, from the events of a session', async (t) => {
  const ledger = new Ledger();
  let id = 0;
  const event_id = () => `evt_${++id}`;
  const reply = (item_id: string, status: 'completed' | 'cancelled', text: string) => {
    const item = {
      id: item_id,
      object: 'realtime.item' as const,
      type: 'message' as const,
      role: 'assistant' as const,
      status: status === 'completed' ? ('completed' as const) : ('incomplete' as const),
      content: [{ type: 'output_audio' as const, transcript: text }],
    };
    const at = { event_id: event_id(), response_id: `r_${item_id}`, output_index: 0 };
    return {
      added: () => ledger.event({ ...at, type: 'response.output_item.added', item }),
      done: () => ledger.event({ ...at, type: 'response.output_item.done', item }),
    };
  };
  const speech = (item_id: string) =>
    ledger.event({ type: 'input_audio_buffer.speech_started', event_id: event_id(), item_id, audio_start_ms: 0 });
  const transcript = (item_id: string, text: string) =>
    ledger.event({
      type: 'conversation.item.input_audio_transcription.completed',
      event_id: event_id(),
      item_id,
      content_index: 0,
      transcript: text,
      usage: { type: 'duration', seconds: 1 },
    });

  const greeting = reply('g', 'completed', 'Hello.');
  greeting.added();
  greeting.done();
  t.equal(ledger.greeting, 'Hello.');
  t.strictSame(ledger.turns, [], 'a greeting is no turn');

  ledger.begin('spoken', 'one two three four');
  speech('u1');
  t.ok(ledger.busy);
  transcript('u1', 'one two');
  t.notOk(ledger.busy);
  speech('u2');
  transcript('u2', 'tree four');
  const first = reply('a1', 'cancelled', 'That is');
  first.added();
  t.strictSame(ledger.replies, ['a1']);
  ledger.begin('spoken', 'stop');
  speech('u3');
  // The end of a reply comes after the next line began, and still belongs to its own turn.
  first.done();
  ledger.event({
    type: 'conversation.item.truncated',
    event_id: event_id(),
    item_id: 'a1',
    content_index: 0,
    audio_end_ms: 900,
  });
  ledger.event({
    type: 'coach.phase.changed',
    event_id: event_id(),
    phase: 'confirming',
    previous: 'coaching',
    reason: 'user_request',
  });
  ledger.event({ type: 'input_audio_buffer.cleared', event_id: event_id() });
  t.notOk(ledger.busy, 'a sound without words is over');

  t.match(ledger.turns, [
    { said: 'one two three four', heard: 'one two tree four', wer: 0.25, reply: 'That is', cut_ms: 900 },
    { said: 'stop', heard: '', wer: 1, reply: '', cut_ms: null, phase_after: 'confirming' },
  ]);
  t.equal(ledger.turns[0]?.phase_after, 'coaching');
  t.strictSame(ledger.phases, ['coaching', 'confirming']);
});
