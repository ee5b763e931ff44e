import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseCatalogue } from '../../src/coach/catalogue.ts';
import { KukuError } from '../../src/errors.ts';

const shipped: unknown = JSON.parse(readFileSync(new URL('../../models.json', import.meta.url), 'utf8'));
const paid = {
  provider: 'openai',
  upstream: { env: 'KUKU_X', base: 'base-id' },
  prompt_version: 'p1',
  price: { input: 1, output: 2 },
};
const free = { provider: 'embedded', prompt_version: 'p1' };

const voices = { transcription: { model: 'hears' }, speech: { model: 'speaks', voices: ['one'] } };

/** A catalogue's file with these models. */
const withModels = (models: unknown): unknown => ({ ...voices, models });

/** The fields that the error names. */
function problems(json: unknown): string[] {
  try {
    parseCatalogue(json);
  } catch (error) {
    if (error instanceof KukuError && error.code === 'invalid_catalogue') return error.fields.map(({ field }) => field);
    throw error;
  }
  return [];
}

t.test('the shipped catalogue has the default model and the embedded coach', async (t) => {
  const catalogue = parseCatalogue(shipped);
  t.match(catalogue.lookup('gpt41mini_hyper2'), {
    provider: 'openai',
    upstream: 'gpt-4.1-mini',
    temperature: 0.7,
    fallback: 'embedded',
    retires_at: '2027-01-14T00:00:00Z',
  });
  t.match(catalogue.lookup('embedded'), {
    provider: 'embedded',
    upstream: null,
    price: null,
    weight: 0,
    fallback: null,
  });
  t.same(
    catalogue.models.map(({ name }) => name),
    ['gpt41mini_hyper2', 'embedded'],
  );
});

t.test('a private id comes from the environment; unset or blank means the base', async (t) => {
  const upstream = (value: string | undefined) => {
    const asked: string[] = [];
    const catalogue = parseCatalogue(withModels({ x: paid }), (variable) => {
      asked.push(variable);
      return value;
    });
    t.same(asked, ['KUKU_X']);
    return catalogue.lookup('x')?.upstream;
  };
  t.equal(upstream('ft:private:1'), 'ft:private:1');
  t.equal(upstream(' '), 'base-id');
  t.equal(upstream(undefined), 'base-id');
});

t.test('defaults: weight 0, cached input at the price of input', async (t) => {
  t.match(parseCatalogue(withModels({ x: paid })).lookup('x'), {
    weight: 0,
    temperature: null,
    price: { input: 1, cached_input: 1, output: 2 },
  });
});

t.test('an unknown name is null, those of Object included', async (t) => {
  const { lookup } = parseCatalogue(shipped);
  for (const name of ['nope', '', 'constructor', '__proto__', 'toString']) t.equal(lookup(name), null, name);
});

t.test('what is wrong is named by its field', async (t) => {
  t.same(problems(null), ['file']);
  t.same(problems({}), ['models', 'transcription', 'speech']);
  t.same(problems(withModels({})), ['models']);
  t.same(problems(withModels({ x: { ...paid, temperature: 3 } })), ['models.x.temperature']);
  t.same(problems(withModels({ x: { ...paid, price: { input: -1, output: '2' } } })), [
    'models.x.price.input',
    'models.x.price.output',
  ]);
  t.same(problems(withModels({ x: { ...paid, upstream: { env: 'lower', base: '' } } })), [
    'models.x.upstream.env',
    'models.x.upstream.base',
  ]);
  t.same(problems(withModels({ x: { ...paid, provider: 'other' } })), ['models.x.provider']);
  t.same(problems(withModels({ x: { ...free, wieght: 1 } })), ['models.x']);
  t.same(problems(withModels({ 'a b': free })), ['models.a b']);
  t.same(problems(withModels({ x: { ...free, retires_at: 'soon' } })), ['models.x.retires_at']);
  t.same(problems(withModels({ x: { ...free, fallback: 'y' } })), ['models.x.fallback']);
  t.same(problems(withModels({ x: { ...free, fallback: 'y' }, y: { ...free, fallback: 'x' } })), [
    'models.x.fallback',
    'models.y.fallback',
  ]);
  t.same(problems(withModels({ x: { ...free, fallback: 'x' } })), ['models.x.fallback']);
  t.same(problems({ ...voices, models: { x: free }, speech: { model: 'm', voices: [] } }), ['speech.voices']);
  t.throws(() => parseCatalogue(withModels({ x: { ...paid, temperature: 3 } })), {
    message: /models\.x\.temperature/,
    param: 'models.x.temperature',
  });
});
