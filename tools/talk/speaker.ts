/** A loudspeaker that nobody hears: plays the coach's audio in real time, knows how much was heard, and records it. */

interface Piece {
  item_id: string;
  /** Position of its first sample inside the item, ms. */
  start_ms: number;
  /** When its first sample sounds, monotonic ms. */
  at: number;
  samples: Int16Array;
}

export interface Heard {
  item_id: string;
  /** How much of the item was heard, ms. */
  audio_ms: number;
  /** All of it was; told once. */
  done: boolean;
}

/** Less than this between two pieces is the clock's grain, no gap, ms. */
const GAP_MS = 5;

/** Pure: every call takes `now`, monotonic ms. Mono samples of one rate. */
export class Speaker {
  readonly rate: number;
  /** Heard already; every one of them cut to what sounded. */
  #played: Piece[] = [];
  #queue: Piece[] = [];
  #current: { item_id: string; heard_ms: number; told: boolean } | null = null;
  #whole = new Set<string>();
  #gaps_ms = new Map<string, number>();

  constructor(rate: number) {
    this.rate = rate;
  }

  /** Plays after what is queued; at once where nothing is. `last`: nothing of the item follows. */
  push(item_id: string, start_ms: number, samples: Int16Array, last: boolean, now: number): void {
    this.#advance(now);
    if (last) this.#whole.add(item_id);
    if (samples.length === 0) return;
    const tail = this.#queue.at(-1) ?? this.#played.at(-1);
    const ends = tail === undefined ? 0 : this.#end(tail);
    // The item's audio ran dry: the listener hears a hole.
    if (tail?.item_id === item_id && now - ends > GAP_MS && this.#current?.item_id === item_id) {
      this.#gaps_ms.set(item_id, this.gapMs(item_id) + now - ends);
    }
    this.#queue.push({ item_id, start_ms, at: Math.max(now, ends), samples });
    this.#advance(now);
  }

  /** Nothing of the item will follow. */
  finish(item_id: string): void {
    this.#whole.add(item_id);
  }

  /** Falls silent at once; what was not heard is thrown away. Returns where it stopped, null when it was silent. */
  flush(now: number): Heard | null {
    const heard = this.report(now);
    this.#queue = [];
    const last = this.#played.at(-1);
    if (last !== undefined && this.#end(last) > now) {
      last.samples = last.samples.subarray(0, Math.max(0, this.#samples(now - last.at)));
    }
    this.#current = null;
    return heard;
  }

  /** What is being heard, or was heard last; null before anything was, and after it fell silent. */
  position(now: number): { item_id: string; audio_ms: number } | null {
    this.#advance(now);
    return this.#current === null ? null : { item_id: this.#current.item_id, audio_ms: this.#current.heard_ms };
  }

  /** As `position`, with the item's end where it was reached: that is told once, and null from then on. */
  report(now: number): Heard | null {
    const at = this.position(now);
    if (at === null || this.#current === null || this.#current.told) return null;
    const done = !this.playing(now) && this.#whole.has(at.item_id);
    if (done) this.#current.told = true;
    return { ...at, done };
  }

  /** Something sounds, or is about to. */
  playing(now: number): boolean {
    this.#advance(now);
    const last = this.#queue.at(-1) ?? this.#played.at(-1);
    return last !== undefined && this.#end(last) > now;
  }

  /** When the item's first sound was heard, monotonic ms; null while it was not. */
  startedAt(item_id: string): number | null {
    return [...this.#played, ...this.#queue].find((piece) => piece.item_id === item_id)?.at ?? null;
  }

  /** Silence inside the item because its audio came too late, ms. */
  gapMs(item_id: string): number {
    return this.#gaps_ms.get(item_id) ?? 0;
  }

  /** Everything that sounded since `from`, in its time: silence where it was silent. */
  recording(from: number, now: number): Int16Array {
    this.#advance(now);
    const all = new Int16Array(Math.max(0, this.#samples(now - from)));
    let free = 0;
    for (const { at, samples } of this.#played) {
      // Pieces that follow each other do so to the sample, whatever the clock's fraction.
      const due = Math.max(0, this.#samples(at - from));
      const start = Math.abs(due - free) <= 1 ? free : due;
      all.set(samples.subarray(0, Math.max(0, all.length - start)), Math.min(start, all.length));
      free = start + samples.length;
    }
    return all;
  }

  #advance(now: number): void {
    for (let piece = this.#queue[0]; piece !== undefined && piece.at <= now; piece = this.#queue[0]) {
      this.#queue.shift();
      this.#played.push(piece);
      this.#current = { item_id: piece.item_id, heard_ms: piece.start_ms, told: false };
    }
    const piece = this.#played.at(-1);
    if (piece === undefined || this.#current?.item_id !== piece.item_id) return;
    this.#current.heard_ms = piece.start_ms + Math.min(Math.max(0, now - piece.at), this.#length(piece));
  }

  #length(piece: Piece): number {
    return (piece.samples.length / this.rate) * 1000;
  }

  #end(piece: Piece): number {
    return piece.at + this.#length(piece);
  }

  #samples(ms: number): number {
    return Math.round((ms * this.rate) / 1000);
  }
}
