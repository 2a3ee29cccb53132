/** Who may import whom, as docs/architecture.md draws it. A folder may always import from itself. */
const everywhere = ['errors', 'domain'];
const allowed = {
  domain: [],
  codec: ['domain'],
  exchanges: ['domain'],
  machines: ['domain'],
  streams: ['domain', 'exchanges'],
  workers: ['domain', 'exchanges', 'streams', 'codec'],
  sinks: ['domain', 'codec'],
  store: ['domain', 'codec'],
  actors: ['domain', 'exchanges', 'machines', 'streams'],
  api: ['domain', 'codec'],
  simulator: [],
};
/** npm packages that a layer may use; what is not named here is for the composition root and the CLI. */
const packages = {
  domain: [],
  codec: ['apache-arrow'],
  exchanges: [],
  machines: ['xstate'],
  streams: ['rxjs'],
  workers: ['piscina'],
  sinks: ['@clickhouse/client', 'kafkajs'],
  store: ['@clickhouse/client', 'chdb', 'apache-arrow'],
  actors: ['xstate', 'rxjs', 'ws'],
  api: ['fastify', '@fastify/', 'typebox', 'prom-client'],
  simulator: ['ws', 'yaml'],
};

const rules = Object.entries(allowed).flatMap(([layer, others]) => {
  const reach = [layer, ...others];
  const shared = layer === 'simulator' ? '' : `|^src/${everywhere[0]}\\.ts$`;
  return [
    {
      name: `${layer}-imports`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${reach.join('|')})/${shared}` },
    },
    {
      name: `${layer}-packages`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: 'node_modules', pathNot: packages[layer].length ? `node_modules/(${packages[layer].join('|')})` : '^$' },
    },
  ];
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'src-not-to-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    ...rules,
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } },
};
