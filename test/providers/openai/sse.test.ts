import fc from 'fast-check';
import t from 'tap';
import { type SseEvent, SseParser } from '../../../src/providers/openai/sse.ts';

/** The events of `text` when its bytes come in pieces that end at `cuts`. */
function parse(text: string, cuts: number[] = []): SseEvent[] {
  const bytes = Buffer.from(text);
  const parser = new SseParser();
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const events: SseEvent[] = [];
  let at = 0;
  for (const end of [...ends, bytes.length]) {
    events.push(...parser.push(bytes.subarray(at, end)));
    at = end;
  }
  return events;
}

t.test('fields, comments, names and line ends', async (t) => {
  t.same(parse('data: a\n\n'), [{ event: '', data: 'a' }]);
  t.same(parse('data:a\r\rdata:  b\r\r'), [
    { event: '', data: 'a' },
    { event: '', data: ' b' },
  ]);
  t.same(parse('event: x\r\nid: 7\r\ndata: 1\r\ndata: 2\r\n\r\n'), [{ event: 'x', data: '1\n2' }]);
  t.same(parse(': keep-alive\n\nretry: 3\ndata\n\n'), [{ event: '', data: '' }]);
  t.same(parse('event: lost\n\ndata: kept\n\n'), [{ event: '', data: 'kept' }], 'a name without data is no event');
  t.same(parse('data: never ended\n'), []);
  t.same(parse('data: a:b\n\n'), [{ event: '', data: 'a:b' }]);
});

t.test('however the bytes are split, the events are the same', async (t) => {
  const word = fc.string({ unit: fc.constantFrom('a', ' ', ':', 'é', '€', '😀', '"'), maxLength: 6 });
  const end = fc.constantFrom('\n', '\r', '\r\n');
  const line = fc.tuple(fc.constantFrom('data: ', 'data:', 'event: ', ': ', 'other: ', ''), word, end);
  const stream = fc
    .array(line, { maxLength: 30 })
    .map((lines) => `${lines.map((parts) => parts.join('')).join('')}\n\n`);
  fc.assert(
    fc.property(stream, fc.array(fc.nat(2000), { maxLength: 20 }), (text, cuts) => {
      t.same(parse(text, cuts), parse(text));
      return true;
    }),
    { seed: 20, numRuns: 500 },
  );
});

t.test('what is written comes out', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.json(), { maxLength: 10 }), fc.array(fc.nat(5000), { maxLength: 50 }), (items, cuts) => {
      const text = items.map((json) => `data: ${json}\n\n`).join('');
      t.same(
        parse(text, cuts).map(({ data }) => data),
        items,
      );
      return true;
    }),
    { seed: 21, numRuns: 300 },
  );
});

t.test('a line without end is refused before it fills the memory', async (t) => {
  const parser = new SseParser();
  const piece = new Uint8Array(256 * 1024).fill(65);
  t.throws(() => {
    for (let i = 0; i < 5; i++) parser.push(piece);
  }, RangeError);
});
