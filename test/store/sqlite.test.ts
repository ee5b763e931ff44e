import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openSqliteStore } from '../../src/store/sqlite/index.ts';
import { storeContract } from '../contract/store.ts';

const CHILD = fileURLToPath(new URL('./sqlite-child.ts', import.meta.url));

storeContract(t, 'sqlite', (t) => {
  const file = join(t.testdir(), 'data', 'kuku.db');
  return {
    open: () => openSqliteStore({ file }),
    child: ['--disable-warning=ExperimentalWarning', CHILD, file],
  };
});
