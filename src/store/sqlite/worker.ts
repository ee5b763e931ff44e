/**
 * The thread that owns the file. All that waits in its queue goes into one transaction (one fsync for all), with a
 * savepoint for each call, so that one refused write takes no other with it; answers go out after the commit.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { KukuError } from '../../errors.ts';
import { openFile } from './file.ts';
import { Operations } from './operations.ts';
import { type Answer, type Call, type Result, type ThreadData, toPlain } from './rpc.ts';

/** Calls in one transaction at most: bounds how long the first of them waits for the last. */
const BATCH = 256;
const READS = new Set<Call['request']['op']>(['read', 'items', 'item', 'get_audio', 'overdue']);

const { file, audioCap, busyTimeoutMs }: ThreadData = workerData;
const port = parentPort;
if (port === null) throw new Error('to be run as a worker');

let open: { db: DatabaseSync; operations: Operations } | null = null;

port.on('message', (first: Call) => {
  let next: Call | undefined = first;
  while (next !== undefined) {
    const batch: Call[] = [];
    for (; next !== undefined && batch.length < BATCH; next = receive()) batch.push(next);
    for (const result of answer(batch)) send(result);
    if (batch.some(({ request }) => request.op === 'close')) return port.close();
  }
});

function receive(): Call | undefined {
  return port === null ? undefined : receiveMessageOnPort(port)?.message;
}

function send(result: Result): void {
  const audio = 'value' in result && typeof result.value === 'object' && result.value !== null ? result.value : null;
  const moved = audio !== null && 'pcm' in audio && audio.pcm.buffer instanceof ArrayBuffer ? [audio.pcm.buffer] : [];
  port?.postMessage(result, moved);
}

/** One result for each call, in order. Never throws. */
function answer(batch: Call[]): Result[] {
  const failed = (error: unknown): Result[] => batch.map(({ seq }) => ({ seq, error: toPlain(error) }));
  try {
    const { db, operations } = opened();
    if (batch.every(({ request }) => READS.has(request.op))) return batch.map((call) => attempt(call, operations));
    db.exec('BEGIN IMMEDIATE');
    try {
      const results = batch.map((call) => {
        db.exec('SAVEPOINT call');
        const result = attempt(call, operations);
        // Some failures (disk full, I/O) undo the whole transaction: then no call of it was done.
        if (!db.isTransaction) throw new KukuError('sqlite: the transaction was undone', unwell);
        db.exec('error' in result ? 'ROLLBACK TO call; RELEASE call' : 'RELEASE call');
        return result;
      });
      db.exec('COMMIT');
      return results;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      return failed(error);
    } finally {
      if (batch.some(({ request }) => request.op === 'close')) db.close();
    }
  } catch (error) {
    return failed(error);
  }
}

const unwell = { code: 'store_failed', status: 503, retryable: true };

function attempt({ seq, request }: Call, operations: Operations): Result {
  try {
    const value: Answer = operations.run(request);
    return { seq, value };
  } catch (error) {
    return { seq, error: toPlain(error) };
  }
}

/** Opened at the first call, and tried again at each one until it works. */
function opened(): { db: DatabaseSync; operations: Operations } {
  if (open === null) {
    const db = openFile(file, busyTimeoutMs);
    open = { db, operations: new Operations(db, audioCap) };
  }
  return open;
}
