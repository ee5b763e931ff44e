import type { ServerEvent } from '../events/index.ts';

/** Events a slow reader may leave waiting before the iterator gives up. */
const MAX_WAITING = 10_000;

/** An async iterator that is pushed to. Ends when `end` was called and everything was read, or at the reader's return. */
export class EventQueue implements AsyncIterableIterator<ServerEvent> {
  #waiting: ServerEvent[] = [];
  #readers: { resolve(result: IteratorResult<ServerEvent>): void; reject(error: Error): void }[] = [];
  #ended = false;
  #error: Error | null = null;
  readonly #release: () => void;

  constructor(release: (queue: EventQueue) => void) {
    this.#release = () => release(this);
  }

  push(event: ServerEvent): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value: event });
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
    else {
      this.#error = new Error(`more than ${MAX_WAITING} events wait for their reader`);
      this.#waiting = [];
      this.end();
    }
  }

  end(): void {
    this.#ended = true;
    this.#release();
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<ServerEvent>> {
    const event = this.#waiting.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#error !== null) {
      const error = this.#error;
      this.#error = null;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<ServerEvent>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
