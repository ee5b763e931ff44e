/** Typed messages that no event has confirmed yet: they are said again after a connection was lost, under the same id. */
export class PendingSays {
  #pending = new Map<string, { text: string; connection: number }>();

  add(item_id: string, text: string): void {
    this.#pending.set(item_id, { text, connection: 0 });
  }

  /** It went out on the connection of this number (1, 2, …). */
  sent(item_id: string, connection: number): void {
    const say = this.#pending.get(item_id);
    if (say !== undefined) say.connection = connection;
  }

  confirmed(item_id: string): void {
    this.#pending.delete(item_id);
  }

  /** Sent on an earlier connection and still without an answer. */
  unanswered(connection: number): { item_id: string; text: string }[] {
    return [...this.#pending]
      .filter(([, say]) => say.connection !== 0 && say.connection < connection)
      .map(([item_id, { text }]) => ({ item_id, text }));
  }
}
