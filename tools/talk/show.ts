/** A session as text, line by line, as it happens. */
import type { ServerEvent } from '../../protocol/index.ts';
import type { TurnMetrics } from './ledger.ts';
import type { TalkEvent } from './types.ts';

export interface Screen {
  write(text: string): void;
  /** Width in characters where lines may be overwritten; null: no terminal, so no control codes. */
  columns: number | null;
}

const ERASE_LINE = '\r\u001b[K';
const LABEL = 9;
const TIME = 7;

export class Show {
  readonly #screen: Screen;
  /** What the cursor's line holds: nothing, words that may still change, or a reply that grows. */
  #line: 'empty' | 'partial' | 'reply' = 'empty';

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  event(event: TalkEvent): void {
    const { at_ms } = event;
    if (event.type === 'talk.started') this.line(at_ms, 'session', `${event.session_id} at ${event.url}`);
    else if (event.type === 'talk.says') {
      const how = { spoken: 'say', typed: 'type', wav: 'play' }[event.how];
      const text = event.text ?? '(a recording)';
      this.line(at_ms, `you ${how}`, event.over ? `(interrupting) ${text}` : text);
    } else if (event.type === 'talk.connection') {
      const { state, code, reason, attempt } = event.change;
      if (state !== 'reconnecting') return;
      this.line(at_ms, 'network', `lost (${code ?? ''} ${reason ?? ''}), try ${attempt ?? 1}`);
    } else this.#server(at_ms, event.event);
  }

  /** A whole line of its own. */
  line(at_ms: number, label: string, text: string): void {
    this.#clear();
    this.#screen.write(`${seconds(at_ms)}  ${label.padEnd(LABEL)} ${text}\n`);
  }

  /** Text that is no event: tables, the end. */
  text(text: string): void {
    this.#clear();
    this.#screen.write(text);
  }

  #server(at_ms: number, event: ServerEvent): void {
    switch (event.type) {
      case 'coach.input.partial':
        return this.#partial(at_ms, event.text);
      case 'conversation.item.input_audio_transcription.completed':
        return this.line(at_ms, 'heard', event.transcript);
      case 'conversation.item.input_audio_transcription.failed':
        return this.line(at_ms, 'unheard', `${event.error.code}: ${event.error.message}`);
      case 'input_audio_buffer.cleared':
        return this.line(at_ms, 'unheard', 'no words in that');
      case 'response.output_audio_transcript.delta':
        return this.#reply(at_ms, event.delta);
      case 'conversation.item.truncated':
        return this.line(at_ms, 'cut', `the reply ends after ${(event.audio_end_ms / 1000).toFixed(1)} s`);
      case 'coach.turn.metrics':
        return this.line(at_ms, 'timings', timings(event));
      case 'coach.phase.changed':
        return this.line(at_ms, 'phase', `${event.previous} -> ${event.phase} (${event.reason})`);
      case 'coach.safety':
        return this.line(at_ms, 'safety', event.resources.map(({ name }) => name).join(', '));
      case 'coach.notice':
        return this.line(at_ms, 'notice', event.message);
      case 'coach.session.ended':
        return this.line(at_ms, 'ended', event.reason);
      case 'error':
        return this.line(at_ms, 'error', `${event.error.code ?? event.error.type}: ${event.error.message}`);
      default:
    }
  }

  #partial(at_ms: number, text: string): void {
    const { columns, write } = this.#screen;
    const line = `${seconds(at_ms)}  ${'...'.padEnd(LABEL)} ${text}`;
    if (columns === null) return this.line(at_ms, '...', text);
    if (this.#line !== 'partial') this.#clear();
    // One that wraps could not be overwritten: its newest words are shown.
    const room = Math.max(LABEL + TIME + 4, columns - 1);
    const head = line.length - text.length;
    const shown = line.length <= room ? line : line.slice(0, head) + text.slice(text.length - (room - head));
    write(ERASE_LINE + shown);
    this.#line = 'partial';
  }

  #reply(at_ms: number, delta: string): void {
    if (this.#line !== 'reply') {
      this.#clear();
      this.#screen.write(`${seconds(at_ms)}  ${'coach'.padEnd(LABEL)} `);
    }
    this.#screen.write(delta);
    this.#line = 'reply';
  }

  /** Takes the cursor to an empty line. */
  #clear(): void {
    if (this.#line === 'partial') this.#screen.write(ERASE_LINE);
    else if (this.#line === 'reply') this.#screen.write('\n');
    this.#line = 'empty';
  }
}

function timings(metrics: TurnMetrics): string {
  const stages: [string, number | null | undefined][] = [
    ['pause', metrics.end_of_turn_delay_ms],
    ['transcription', metrics.transcription_ms],
    ['coach', metrics.llm_ttft_ms],
    ['voice', metrics.tts_ttfb_ms],
    ['server', metrics.server_ms],
    ['total', metrics.e2e_latency_ms],
  ];
  const known = stages.flatMap(([name, value]) => (typeof value === 'number' ? [`${name} ${Math.round(value)}`] : []));
  return known.length === 0 ? 'none' : `${known.join(' + ').replace(/ \+ total/, ' = total')} ms`;
}

function seconds(ms: number): string {
  return (ms / 1000)
    .toFixed(1)
    .padStart(TIME - 2)
    .concat(' s');
}
