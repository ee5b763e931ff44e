import fc from 'fast-check';
import t from 'tap';
import { defaultSettings, type SessionInput, type Settings, type TimerName } from '../../src/session/state.ts';
import { OrderChecker } from '../support/order-checker.ts';
import { Sim } from '../support/sim.ts';

const WORDS = [
  'i want to talk about my job',
  'i think we can stop here',
  'yes',
  'no not yet',
  'hm i do not know',
  'goodbye',
  'okay but can we do the salary talk first',
  'i want to kill myself',
  'i am fine',
  'my sister called me about the house that she wants to sell next spring',
  'mm-hm',
  '',
] as const;
const MANUAL: Settings = { ...defaultSettings, turn_detection: null };
const PATIENT: Settings = {
  ...defaultSettings,
  turn_detection: { type: 'server_vad', create_response: true, interrupt_response: false },
};
const TIMERS: TimerName[] = ['idle', 'near', 'limit', 'heard', 'interrupt'];

/** A step of the world: an input, or what the engines and timers may do next. */
type Step =
  | { do: 'input'; input: SessionInput }
  | { do: 'transcript'; words: string }
  | { do: 'reply'; what: 'text' | 'sent' | 'failed'; heard: number }
  | { do: 'summary' }
  | { do: 'timer'; name: TimerName }
  | { do: 'item'; what: 'retrieve' | 'truncate' | 'delete' | 'playout'; which: number };

const words = fc.constantFrom(...WORDS);
const typed = fc.constantFrom(...WORDS.filter((text) => text !== ''));
const input = fc.oneof(
  fc.constant<SessionInput>({ type: 'attached', dialect: 'kuku.v1', settings: defaultSettings }),
  fc.constant<SessionInput>({ type: 'detached' }),
  fc.boolean().map((manual): SessionInput => ({ type: 'speech_started', at_ms: 10, manual })),
  fc.constant<SessionInput>({ type: 'speech_ended', at_ms: 20 }),
  words.map((text): SessionInput => ({ type: 'partial', text })),
  fc.constant<SessionInput>({ type: 'clear' }),
  fc.constant<SessionInput>({ type: 'commit_empty', event_id: null }),
  fc.constant<SessionInput>({ type: 'configure', settings: defaultSettings, voice: 'slt', language: 'en-GB' }),
  fc.constant<SessionInput>({ type: 'configure', settings: PATIENT, voice: 'slt', language: 'en-GB' }),
  fc.constant<SessionInput>({ type: 'configure', settings: MANUAL, voice: 'slt', language: 'en-GB' }),
  typed.map((text): SessionInput => ({ type: 'item_create', item_id: null, text, event_id: null })),
  fc.constant<SessionInput>({ type: 'respond' }),
  fc.constant<SessionInput>({ type: 'cancel', response_id: null }),
  fc.constantFrom('request', 'confirm', 'decline').map((button): SessionInput => ({ type: 'button', button })),
  typed.map((text): SessionInput => ({ type: 'message', text })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: input.map((one): Step => ({ do: 'input', input: one })) },
  { weight: 5, arbitrary: words.map((text): Step => ({ do: 'transcript', words: text })) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('text', 'sent', 'sent', 'failed'), fc.integer({ min: 0, max: 4 }))
      .map(([what, heard]): Step => ({ do: 'reply', what: what as 'text' | 'sent' | 'failed', heard })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'summary' }) },
  { weight: 3, arbitrary: fc.constantFrom(...TIMERS).map((name): Step => ({ do: 'timer', name })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('retrieve', 'truncate', 'delete', 'playout'), fc.nat(8))
      .map(([what, which]): Step => ({ do: 'item', what: what as 'retrieve', which })),
  },
);

/** Whoever is connected is never left with a session that waits for nothing: something speaks, is heard, or is timed. */
function alive({ state, timers }: Sim): void {
  const { dialect, ending, record, reply, transcribing, input } = state;
  if (dialect === null || ending !== null || record.status === 'ended') return;
  const speaking = input.kind === 'speaking' && !input.manual;
  if (reply === null && !speaking && transcribing.length === 0) {
    if (!timers.has('idle') && !timers.has('heard')) throw new Error('stuck: nothing is under way, and no timer runs');
    if (state.respond_due) throw new Error('stuck: words wait to be answered');
  }
  if (reply?.paused === true && !speaking && transcribing.length === 0) throw new Error('stuck: paused for nobody');
  if (reply?.stage === 'sent' && !reply.paused && !timers.has('heard'))
    throw new Error('stuck: nobody waits for its end');
}

function apply(sim: Sim, one: Step): void {
  const { state } = sim;
  switch (one.do) {
    case 'input':
      // A listener ends only what it began, and hears no second voice inside a first.
      if (one.input.type === 'speech_started' && (state.input.kind === 'speaking' || state.dialect === null)) return;
      // The connection before is always let go first.
      if (one.input.type === 'attached' && state.dialect !== null) sim.do({ type: 'detached' });
      // REST refuses these before they reach a session.
      if (one.input.type === 'message' && (state.ending !== null || state.record.status === 'ended')) return;
      sim.do(one.input);
      return;
    case 'transcript': {
      const item_id = state.transcribing[0]?.item_id ?? 'item_unknown';
      sim.do({ type: 'transcript', item_id, text: one.words, speech_ms: 900 });
      return;
    }
    case 'reply': {
      const response_id = state.reply?.response_id ?? 'resp_late';
      const text = 'One two three four.';
      const heard_text = text.split(' ').slice(0, one.heard).join(' ');
      if (sim.reply !== null) {
        const heard_ms = one.heard * 300;
        sim.reply = { text, heard_text, heard_ms, sent_ms: 1200, unheard_ms: 1200 - heard_ms };
      }
      if (one.what === 'text') sim.do({ type: 'reply_text_done', response_id, text });
      else if (one.what === 'sent') sim.do({ type: 'reply_sent', response_id });
      else sim.do({ type: 'reply_failed', response_id, code: 'provider_failed', message: 'it failed' });
      return;
    }
    case 'summary':
      sim.summary();
      return;
    case 'timer':
      if (sim.timers.has(one.name)) sim.fire(one.name);
      return;
    case 'item': {
      const known = [...state.turns.map(({ id }) => id), state.reply?.item_id ?? 'item_none', 'item_unknown'];
      const item_id = known[one.which % known.length] ?? 'item_unknown';
      if (one.what === 'retrieve') sim.do({ type: 'item_retrieve', item_id, event_id: null });
      else if (one.what === 'delete') sim.do({ type: 'item_delete', item_id, event_id: null });
      else if (one.what === 'playout') sim.do({ type: 'playout_done', item_id });
      else sim.do({ type: 'item_truncate', item_id, audio_ms: 300, heard_text: 'One', event_id: null });
    }
  }
}

t.test('two thousand random orders of events break neither the order of a turn nor a W rule', async (t) => {
  const kinds = new Set<string>();
  let ends = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80 }), fc.boolean(), (steps, small) => {
      const sim = new Sim(small ? { max_messages: 8 } : {});
      const checker = new OrderChecker();
      let seen = 0;
      const check = () => {
        checker.take(sim.effects.slice(seen));
        seen = sim.effects.length;
      };
      sim.attach();
      check();
      for (const one of steps) {
        apply(sim, one);
        check();
        if (sim.state.record.message_count !== sim.state.turns.length) throw new Error('message_count drifted');
        alive(sim);
      }
      // W7, W12: from wherever it is, the session can be ended, and then is final.
      sim.do({ type: 'end' });
      sim.summary();
      check();
      if (sim.state.record.status !== 'ended') throw new Error('W12: it cannot be ended from here');
      ends += 1;
      for (const one of steps.slice(0, 20)) apply(sim, one);
      check();
      for (const kind of checker.kinds) kinds.add(kind);
    }),
    { numRuns: 2000, seed: 20261122 },
  );
  t.equal(ends, 2000);
  // The orders reached everything there is to say, so that the rules above were really tried.
  for (const kind of [
    'coach',
    'ask',
    'ask_again',
    'close',
    'safety',
    'nudge',
    'continue',
    'new_topic',
    'limit_offer',
    'apology',
  ]) {
    t.ok(kinds.has(kind), `a reply of kind ${kind} came up`);
  }
});
