import t from 'tap';
import {
  initialWrapUp,
  type Limit,
  type Meaning,
  type ReplyKind,
  SAFETY_TURNS,
  type WrapUpInput,
  type WrapUpOutcome,
  type WrapUpState,
  wrapUp,
} from '../../src/session/wrap-up.ts';

const NOW = 1_700_000_000_000;
const MEANINGS: Meaning[] = ['end_request', 'yes', 'no', 'unclear', 'new_topic', 'ordinary', 'crisis'];
const LIMITS: Limit[] = ['time_limit', 'message_limit'];
const say = (meaning: Meaning): WrapUpInput => ({ kind: 'user_turn', meaning });
const press = (button: 'request' | 'confirm' | 'decline'): WrapUpInput => ({ kind: 'button', button });
const near = (limit: Limit): WrapUpInput => ({ kind: 'limit_near', limit });
const reached = (limit: Limit): WrapUpInput => ({ kind: 'limit_reached', limit });
const ALL: WrapUpInput[] = [
  ...MEANINGS.map(say),
  press('request'),
  press('confirm'),
  press('decline'),
  ...LIMITS.flatMap((limit) => [near(limit), reached(limit)]),
  { kind: 'silence', nudged: false },
  { kind: 'silence', nudged: true },
  { kind: 'goodbye_heard' },
  { kind: 'force_end' },
  { kind: 'failure' },
];
const BY_USER: WrapUpInput['kind'][] = ['user_turn', 'button', 'goodbye_heard'];
const QUESTIONS: (ReplyKind | null)[] = ['ask', 'ask_again', 'limit_offer'];

/** Plays inputs from the start; the replies given and the last outcome. */
function play(...inputs: WrapUpInput[]): { replies: (ReplyKind | null)[]; last: WrapUpOutcome; state: WrapUpState } {
  let last: WrapUpOutcome = { state: initialWrapUp, reply: null, ended: null, reason: '' };
  const replies: (ReplyKind | null)[] = [];
  for (const input of inputs) {
    last = wrapUp(last.state, input, NOW);
    replies.push(last.reply);
  }
  return { replies, last, state: last.state };
}

t.test('W1 a request in coaching is asked about, once, and recorded', async (t) => {
  const { last } = play(say('ordinary'), say('end_request'));
  t.match(last, {
    reply: 'ask',
    ended: null,
    reason: 'user_request',
    state: { phase: 'confirming', end_reason: null },
  });
  t.match(last.state.wrap_up, { requested_by: 'user', prompts: 1, in_a_row: 1 });
  t.match(play(press('request')).state, { phase: 'confirming', wrap_up: { requested_by: 'client' } });
});

t.test('W2 yes closes, and the goodbye that was heard ends it', async (t) => {
  for (const yes of [say('yes'), press('confirm')]) {
    const closing = play(say('end_request'), yes).last;
    t.match(closing, { reply: 'close', ended: null, reason: 'confirmed', state: { phase: 'closing' } });
    t.equal(closing.state.end_reason, 'user_confirmed');
    const over = wrapUp(closing.state, { kind: 'goodbye_heard' }, NOW);
    t.match(over, { reply: null, ended: 'user_confirmed', reason: 'goodbye_heard', state: { phase: 'ended' } });
  }
  t.match(play({ kind: 'goodbye_heard' }).last, { reply: null, ended: null, state: { phase: 'coaching' } });
});

t.test('W3 no goes on; no offer by the server for four user turns, though the user may ask at once', async (t) => {
  for (const no of [say('no'), press('decline')]) {
    const declined = play(say('end_request'), no);
    t.match(declined.last, { reply: 'continue', reason: 'declined', state: { phase: 'coaching' } });
    t.match(declined.state.wrap_up, { declined_at: NOW, turns_since_decline: 0 });
    let state = declined.state;
    for (let turn = 1; turn <= 4; turn++) {
      state = wrapUp(state, say('ordinary'), NOW).state;
      t.equal(wrapUp(state, near('time_limit'), NOW).reply, null, `no offer on the reply to turn ${turn}`);
    }
    state = wrapUp(state, say('ordinary'), NOW).state;
    t.equal(wrapUp(state, near('time_limit'), NOW).reply, 'limit_offer', 'the fifth may carry it');
  }
  t.same(play(say('end_request'), say('no'), say('end_request')).replies, ['ask', 'continue', 'ask']);
});

t.test('W4 unclear is asked again once, then coaching; a new topic is taken up at once', async (t) => {
  const unclear = play(say('end_request'), say('unclear'), say('unclear'));
  t.same(unclear.replies, ['ask', 'ask_again', 'continue']);
  t.match(unclear.last, { reason: 'unclear_twice', state: { phase: 'coaching', wrap_up: { prompts: 2 } } });
  for (const meaning of ['new_topic', 'ordinary'] as const) {
    const topic = play(say('end_request'), say(meaning)).last;
    t.match(topic, { reply: 'new_topic', reason: 'new_topic', state: { phase: 'coaching' } });
  }
  t.same(play(near('time_limit'), say('unclear'), say('yes')).replies, ['limit_offer', 'ask_again', 'close']);
});

t.test('W5 a second request is a yes, in words or by the button', async (t) => {
  for (const again of [say('end_request'), press('request')]) {
    t.match(play(say('end_request'), again).last, { reply: 'close', state: { end_reason: 'user_confirmed' } });
  }
});

t.test('W6 yes and no change nothing in coaching and closing', async (t) => {
  for (const input of [say('yes'), say('no')])
    t.match(play(input).last, { reply: 'coach', state: { phase: 'coaching' } });
  for (const input of [press('confirm'), press('decline')]) t.same(play(input).last.state, initialWrapUp);
  for (const input of [say('yes'), say('no'), press('confirm'), press('decline'), say('end_request')]) {
    const closing = play(say('end_request'), say('yes'), input).last;
    t.match(closing, { reply: null, ended: null, state: { phase: 'closing', end_reason: 'user_confirmed' } });
  }
});

t.test('W7 a forced end ends every phase, once', async (t) => {
  for (const before of [[], [say('end_request')], [say('end_request'), say('yes')], [say('crisis')]]) {
    const forced = play(...before, { kind: 'force_end' });
    t.match(forced.last, { reply: null, ended: 'forced', state: { phase: 'ended', end_reason: 'forced' } });
    t.match(wrapUp(forced.state, { kind: 'force_end' }, NOW), { ended: null, state: { end_reason: 'forced' } });
  }
  t.match(play({ kind: 'failure' }).last, { ended: 'error', state: { end_reason: 'error' } });
});

t.test('W8 near a limit: one offer a limit; at the limit: closing without a question', async (t) => {
  for (const limit of LIMITS) {
    const offered = play(near(limit)).last;
    t.match(offered, { reply: 'limit_offer', reason: limit, state: { phase: 'confirming' } });
    t.match(offered.state.wrap_up, { requested_by: limit, prompts: 1 });
    t.equal(wrapUp(offered.state, say('yes'), NOW).state.end_reason, 'user_confirmed');
    const end = wrapUp(offered.state, reached(limit), NOW);
    t.match(end, { reply: 'close', reason: limit, state: { phase: 'closing', end_reason: limit } });
    t.same(wrapUp(end.state, reached(limit), NOW).state, end.state, 'already closing: nothing');
    t.match(wrapUp(end.state, { kind: 'goodbye_heard' }, NOW), { ended: limit });
  }
  const both = play(near('time_limit'), say('new_topic'), say('ordinary'), near('time_limit'), near('message_limit'));
  t.same(both.replies, ['limit_offer', 'new_topic', 'coach', null, 'limit_offer']);
  t.same(both.state.wrap_up.limits_offered, ['message_limit', 'time_limit']);
});

t.test('W9 silence: a nudge, then the end; the goodbye is not cut by it', async (t) => {
  const nudged = play(say('end_request'), { kind: 'silence', nudged: false }).last;
  t.match(nudged, { reply: 'nudge', ended: null, state: { phase: 'confirming' } });
  t.match(wrapUp(nudged.state, { kind: 'silence', nudged: true }, NOW), { reply: null, ended: 'idle' });
  const closing = play(say('end_request'), say('yes'), { kind: 'silence', nudged: true }).last;
  t.match(closing, { reply: null, ended: null, state: { phase: 'closing' } });
});

t.test('W10 a crisis comes before every phase and stays in force without a question', async (t) => {
  for (const before of [[], [say('end_request')], [say('end_request'), say('yes')], [reached('time_limit')]]) {
    const crisis = play(...before, say('crisis')).last;
    t.match(crisis, { reply: 'safety', ended: null, reason: 'safety' });
    t.match(crisis.state, { phase: 'coaching', safety_turns: SAFETY_TURNS, end_reason: null });
  }
  const held = play(say('crisis'), press('request'), near('time_limit'), reached('time_limit'), press('confirm'));
  t.same(held.replies, ['safety', 'safety', null, null, null]);
  t.match(held.state, { phase: 'coaching', safety_turns: SAFETY_TURNS });
  const later = play(say('crisis'), say('ordinary'), say('yes'), say('end_request'), say('end_request'));
  t.same(later.replies, ['safety', 'safety', 'safety', 'safety', 'ask']);
  const freed = play(say('crisis'), say('no'), say('no'), say('no'), reached('time_limit')).last;
  t.match(freed, { reply: 'close', state: { end_reason: 'time_limit' } });
});

t.test('W12 two unclear answers and a limit at the same boundary make no third question', async (t) => {
  const { replies } = play(say('end_request'), say('unclear'), say('unclear'), near('time_limit'), say('ordinary'));
  t.same(replies, ['ask', 'ask_again', 'continue', null, 'coach']);
});

// Everything reachable, folded: `prompts` only counts, and `row` is the test's own count of questions in a row.
interface Node {
  state: WrapUpState;
  row: number;
  depth: number;
}

function keyOf({ state, row }: Node): string {
  return JSON.stringify([{ ...state, wrap_up: { ...state.wrap_up, prompts: 0 } }, row]);
}

/** The rules that an edge breaks, by number. */
function broken(from: Node, input: WrapUpInput, out: WrapUpOutcome, row: number): string[] {
  const found: string[] = [];
  const rule = (name: string, holds: boolean) => {
    if (!holds) found.push(name);
  };
  const before = from.state;
  const { state, reply, ended } = out;
  const meaning = input.kind === 'user_turn' ? input.meaning : null;
  const pressed = input.kind === 'button' ? input.button : null;
  const question = QUESTIONS.includes(reply);
  const unchanged = JSON.stringify(state) === JSON.stringify(before);
  const free = before.phase === 'coaching' && before.safety_turns === 0;
  const yes = meaning === 'yes' || pressed === 'confirm';
  const no = meaning === 'no' || pressed === 'decline';
  const request = meaning === 'end_request' || pressed === 'request';

  rule('ended exactly on entering ended', (ended !== null) === (state.phase === 'ended' && before.phase !== 'ended'));
  rule(
    'end_reason from closing on',
    (state.end_reason !== null) === (state.phase === 'closing' || state.phase === 'ended'),
  );
  rule('ended by its reason', ended === null || ended === state.end_reason);
  rule('questions lead to confirming', !question || state.phase === 'confirming');
  rule(
    'confirming is entered by a question',
    state.phase !== 'confirming' || before.phase === 'confirming' || question,
  );
  rule(
    'closing is entered by a close',
    (reply === 'close') === (state.phase === 'closing' && before.phase !== 'closing'),
  );
  rule('prompts', state.wrap_up.prompts - before.wrap_up.prompts === (question ? 1 : 0));
  rule('reason', out.reason !== '');

  if (free && request) rule('W1', reply === 'ask' && state.wrap_up.requested_by === (pressed ? 'client' : 'user'));
  if (before.phase === 'confirming') {
    if (yes) rule('W2', reply === 'close' && state.end_reason === 'user_confirmed');
    if (no) rule('W3', reply === 'continue' && state.phase === 'coaching' && state.wrap_up.turns_since_decline === 0);
    if (meaning === 'unclear') rule('W4', (reply === 'ask_again') === (before.wrap_up.in_a_row === 1));
    if (meaning === 'new_topic') rule('W4', reply === 'new_topic' && state.phase === 'coaching');
    if (request) rule('W5', reply === 'close');
  }
  if (before.phase === 'closing' && input.kind === 'goodbye_heard') rule('W2', ended === before.end_reason);
  if (reply === 'limit_offer') rule('W3', (before.wrap_up.turns_since_decline ?? 99) > 4);
  if (before.phase !== 'confirming' && (yes || no)) rule('W6', state.phase === before.phase && !question);
  if (before.phase !== 'confirming' && pressed !== null && !request) rule('W6', unchanged && reply === null);
  if (before.phase !== 'ended' && input.kind === 'force_end') rule('W7', ended === 'forced');
  if (before.phase !== 'ended' && input.kind === 'failure') rule('failure', ended === 'error');
  if (input.kind === 'limit_near') {
    if (!free || before.wrap_up.limits_offered.includes(input.limit)) rule('W8', unchanged && reply === null);
    else rule('W8', reply === null || (reply === 'limit_offer' && state.wrap_up.requested_by === input.limit));
  }
  if (input.kind === 'limit_reached') {
    if (free || before.phase === 'confirming') rule('W8', reply === 'close' && state.end_reason === input.limit);
    else rule('W8', unchanged && reply === null);
  }
  if (input.kind === 'silence') {
    if (before.phase === 'closing' || before.phase === 'ended') rule('W9', unchanged && reply === null);
    else rule('W9', input.nudged ? ended === 'idle' : reply === 'nudge' && unchanged);
  }
  rule('W9', reply !== 'nudge' || input.kind === 'silence');
  if (before.phase !== 'ended' && meaning === 'crisis') {
    rule(
      'W10',
      reply === 'safety' && state.phase === 'coaching' && state.safety_turns === 3 && state.end_reason === null,
    );
  } else if (before.phase !== 'ended' && before.safety_turns > 0) {
    rule('W10', !question && (state.phase === 'coaching' || state.phase === 'ended') && reply !== 'close');
    if (meaning) rule('W10', reply === 'safety' && state.safety_turns === before.safety_turns - 1);
  } else rule('W10', reply !== 'safety' || before.phase === 'ended');
  if (before.phase === 'ended') rule('W11', unchanged && reply === null && ended === null);
  rule('W12', row <= 2 && state.wrap_up.in_a_row <= 2);
  return found;
}

t.test('W1..W12 hold on every edge of every reachable state, and W12 from each one ended can be reached', async (t) => {
  const start: Node = { state: initialWrapUp, row: 0, depth: 0 };
  const seen = new Map<string, Node>([[keyOf(start), start]]);
  const into = new Map<string, Set<string>>();
  const queue = [start];
  const failures: string[] = [];
  let edges = 0;
  for (let node = queue.shift(); node; node = queue.shift()) {
    const copy = JSON.stringify(node.state);
    for (const input of ALL) {
      const out = wrapUp(node.state, input, NOW);
      edges++;
      const spoke = out.reply !== null && out.reply !== 'nudge'; // a nudge does not break a row of questions
      const row = QUESTIONS.includes(out.reply) ? node.row + 1 : spoke ? 0 : node.row;
      for (const rule of broken(node, input, out, row)) {
        failures.push(`${rule}: ${keyOf(node)} --${JSON.stringify(input)}--> ${JSON.stringify(out)}`);
      }
      const next: Node = { state: out.state, row, depth: node.depth + 1 };
      const key = keyOf(next);
      if (BY_USER.includes(input.kind)) into.set(key, (into.get(key) ?? new Set()).add(keyOf(node)));
      if (seen.has(key)) continue;
      seen.set(key, next);
      queue.push(next);
    }
    if (JSON.stringify(node.state) !== copy) failures.push(`the input state was changed: ${copy}`);
    if (failures.length > 20 || seen.size > 50_000) break;
  }
  t.same(failures, []);
  t.equal(queue.length, 0, 'closure was reached');
  t.ok(seen.size > 100, `${seen.size} states, ${edges} edges`);

  // Backwards from `ended`, by what the person does alone: no force, no failure, no silence, no limit.
  const reach = new Set([...seen].filter(([, node]) => node.state.phase === 'ended').map(([key]) => key));
  for (const key of reach) for (const source of into.get(key) ?? []) reach.add(source);
  t.same(
    [...seen.keys()].filter((key) => !reach.has(key)),
    [],
    'W12 ended is reachable from each state',
  );
  t.comment(`${seen.size} states, ${edges} edges, depth ${Math.max(...[...seen.values()].map((node) => node.depth))}`);
});

t.test('W12 the user alone, in words, can end it from every depth of confusion', async (t) => {
  for (const before of [[], [say('crisis')], [say('end_request'), say('no')], [say('end_request'), say('unclear')]]) {
    let state = play(...before).state;
    let turns = 0;
    for (; turns < 10 && state.phase !== 'closing'; turns++) state = wrapUp(state, say('end_request'), NOW).state;
    t.equal(state.phase, 'closing');
    t.ok(turns <= SAFETY_TURNS + 2, `after ${turns} turns`);
  }
});

t.test('W13 the outcome is all there is to store: same state and input, same outcome', async (t) => {
  const state = play(say('end_request')).state;
  const stored: WrapUpState = JSON.parse(JSON.stringify(state));
  t.same(wrapUp(stored, say('yes'), NOW), wrapUp(state, say('yes'), NOW));
  t.same(wrapUp(stored, say('yes'), NOW).state.wrap_up.prompts, 1, 'no question is asked twice after a restart');
});
