import { throwLater } from './platform.ts';

type Listeners<M> = { [K in keyof M]?: Set<(event: M[K]) => void> };

/** Typed listeners. One that throws stops neither the others nor the client; the error surfaces as an uncaught one. */
export class Emitter<M> {
  #listeners: Listeners<M> = {};

  /** Returns the function that takes the listener off again. */
  on<K extends keyof M>(type: K, listener: (event: M[K]) => void): () => void {
    const set: Set<(event: M[K]) => void> = this.#listeners[type] ?? new Set();
    set.add(listener);
    this.#listeners[type] = set;
    return () => {
      set.delete(listener);
    };
  }

  emit<K extends keyof M>(type: K, event: M[K]): void {
    for (const listener of [...(this.#listeners[type] ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        throwLater(error);
      }
    }
  }

  clear(): void {
    this.#listeners = {};
  }
}
