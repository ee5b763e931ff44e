// The arrows of docs/architecture.md as rules: transport -> session -> conversation -> providers; protocol stands alone.
const inSrc = (folder) => `^src/${folder}/`;
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|test|tools|bench|demo)/', pathNot: allowed },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-imports-zod-only',
      severity: 'error',
      from: { path: '^protocol/' },
      to: { pathNot: ['^protocol/', 'node_modules/zod/'] },
    },
    only(
      'providers-are-leaves',
      inSrc('providers'),
      ['^src/(providers|audio)/', '^src/(clock|errors)\\.ts$'],
      'A provider knows its seam, nothing of sessions.',
    ),
    only(
      'audio-is-a-leaf',
      inSrc('audio'),
      ['^src/audio/', '^src/(clock|errors)\\.ts$'],
      'Sample handling knows no session.',
    ),
    only(
      'store-is-a-leaf',
      inSrc('store'),
      ['^src/store/', '^src/(clock|errors)\\.ts$'],
      'A store keeps records; it runs nothing.',
    ),
    only(
      'coach-is-below-conversation',
      inSrc('coach'),
      ['^src/coach/', '^src/(providers|store)/types\\.ts$', '^src/(clock|errors)\\.ts$'],
      'What the coach says, not how it is carried.',
    ),
    only(
      'conversation-is-below-session',
      inSrc('conversation'),
      ['^src/(conversation|coach|audio)/', '^src/(providers|store)/types\\.ts$', '^src/(clock|errors)\\.ts$'],
      'One turn; no session, no socket, no store.',
    ),
    only(
      'session-is-below-transport',
      inSrc('session'),
      [
        '^src/(session|conversation|coach|audio|insight)/',
        '^src/(providers|store)/types\\.ts$',
        '^src/(clock|errors)\\.ts$',
      ],
      'Sessions see seams, never a concrete provider or store.',
    ),
    only(
      'accounts',
      inSrc('accounts'),
      ['^src/accounts/', '^src/store/types\\.ts$', '^src/(clock|errors)\\.ts$'],
      'Who may.',
    ),
    only(
      'insight-is-a-leaf',
      inSrc('insight'),
      ['^src/insight/', '^src/(clock|errors)\\.ts$'],
      'Metrics are told, they do not ask.',
    ),
    only(
      'transport',
      inSrc('transport'),
      [
        '^src/(transport|session|accounts|insight|audio)/',
        '^src/(providers|store)/types\\.ts$',
        '^src/(clock|errors)\\.ts$',
      ],
      'No coaching in transport.',
    ),
    {
      name: 'concrete-parts-only-in-main',
      comment: 'Concrete providers and stores are named only in the composition root.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(main|parts|warm-up)\\.ts$', '^src/(providers|store)/'] },
      to: { path: '^src/(providers|store)/', pathNot: '^src/(providers|store)/types\\.ts$' },
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { path: '^(src|protocol)/' },
      to: { path: '^(test|tools|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'] },
  },
};
