/** What comes back from a reply under way: sent, heard, failed. */
import { startReply } from './begin.ts';
import type { Draft } from './draft.ts';
import { finish } from './ending.ts';
import { GOODBYE_GRACE_MS } from './quiet.ts';
import { apology } from './say.ts';
import { settle } from './settle.ts';
import { talking } from './state.ts';
import { takeUp } from './turns.ts';

/** Somebody speaks over the end of the goodbye: what they say may be a crisis (W10), and is waited for this often, ms. */
const PUT_OFF_MS = 1_000;
const MAX_PUT_OFF = 8;

/** All of it was handed to the client (or, where nobody listens, written). */
export function replySent(d: Draft): void {
  const reply = d.state.reply;
  if (reply === null || reply.stage !== 'active') return;
  const text = reply.text ?? d.ctx.reply?.text ?? '';
  settle(d, reply, text, 'completed', { type: 'completed' });
  d.state.reply = { ...reply, stage: 'sent' };
  if (!reply.spoken) return replyHeard(d);
  if (!reply.paused) awaitHearing(d);
}

/** Arms the timer for the moment the listener has heard the rest. */
export function awaitHearing(d: Draft): void {
  const reply = d.state.reply;
  if (reply === null || reply.stage !== 'sent') return;
  const rest = d.ctx.reply?.unheard_ms ?? 0;
  d.arm('heard', rest + (reply.kind === 'close' ? GOODBYE_GRACE_MS : 0));
}

/** The reply was heard to its end. */
export function replyHeard(d: Draft): void {
  const reply = d.state.reply;
  if (reply === null || reply.stage !== 'sent') return;
  const spoken = talking(d.state) || d.state.transcribing.length > 0;
  if (reply.kind === 'close' && spoken && reply.put_off < MAX_PUT_OFF) {
    d.state.reply = { ...reply, put_off: reply.put_off + 1 };
    d.arm('heard', PUT_OFF_MS);
    return;
  }
  d.disarm('heard', 'interrupt');
  d.effects.push({ do: 'cancel_reply' });
  d.state.reply = null;
  if (reply.kind === 'nudge') d.state.nudged = true;
  if (reply.kind === 'close') finish(d, d.wrapUp({ kind: 'goodbye_heard' }));
  else takeUp(d);
}

/** The providers gave up on it: what was spoken stays, and the user is told. */
export function replyFailed(d: Draft, code: string, message: string): void {
  const reply = d.state.reply;
  if (reply === null || reply.stage !== 'active') return;
  const heard = d.ctx.reply?.heard_text ?? '';
  const error = { type: 'server_error', code, message };
  d.effects.push({ do: 'cancel_reply' });
  d.disarm('heard', 'interrupt');
  settle(d, reply, heard, 'incomplete', { type: 'failed', error });
  d.state.reply = null;
  if (reply.kind === 'apology') {
    d.effects.push({ do: 'refuse', code, message: 'the coach cannot answer right now', status: 503, retryable: true });
    takeUp(d);
  } else if (reply.kind === 'close') {
    finish(d, d.wrapUp({ kind: 'goodbye_heard' }));
  } else {
    d.record.reply_due = true;
    d.store();
    startReply(d, 'apology', apology(d));
  }
}
