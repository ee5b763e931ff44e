import type { SessionStore } from '../../src/store/types.ts';

/** A store with some of its calls replaced; the others are its own. */
export function storeWith(store: SessionStore, changed: Partial<SessionStore>): SessionStore {
  return {
    name: store.name,
    create: (session) => store.create(session),
    read: (id) => store.read(id),
    acquire: (id) => store.acquire(id),
    commit: (id, commit) => store.commit(id, commit),
    items: (id, page) => store.items(id, page),
    item: (id, itemId) => store.item(id, itemId),
    putAudio: (id, itemId, audio) => store.putAudio(id, itemId, audio),
    getAudio: (id, itemId) => store.getAudio(id, itemId),
    putFeedback: (id, feedback) => store.putFeedback(id, feedback),
    erase: (id) => store.erase(id),
    overdue: (now, limit) => store.overdue(now, limit),
    ready: () => store.ready(),
    close: () => store.close(),
    ...changed,
  };
}
