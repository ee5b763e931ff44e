/** A process that commits into the SQLite file it is told, until it is killed. */
import { openSqliteStore } from '../../src/store/sqlite/index.ts';
import { commitForever } from '../contract/child.ts';

await commitForever(await openSqliteStore({ file: process.argv[2] ?? '' }));
