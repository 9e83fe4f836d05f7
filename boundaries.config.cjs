/** The one direction of imports. Any other edge, and any cycle, fails the build. */
const may = {
  'packages/events': [],
  'packages/read-models': ['packages/events'],
  'packages/client': ['packages/events'],
  'packages/servers': [],
  'packages/stack': ['packages/servers'],
  'apps/api': ['packages/events', 'packages/read-models'],
  'apps/worker': ['packages/events', 'packages/read-models'],
  'apps/web': ['packages/client', 'packages/events'],
  'apps/parley': ['packages/events', 'packages/read-models', 'packages/servers'],
  'tests/integration': [
    'battery',
    'packages/stack',
    'packages/client',
    'packages/events',
    'packages/read-models',
    'packages/servers',
  ],
  bench: ['packages/stack', 'packages/client', 'packages/events', 'packages/servers'],
  battery: ['packages/stack', 'packages/client', 'packages/events', 'packages/servers', 'packages/read-models'],
};
const places = Object.keys(may);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...places.map((place) => ({
      name: `${place}: one direction`,
      severity: 'error',
      from: { path: `^${place}/`, pathNot: '(\\.test\\.ts|/testing/[^/]+\\.ts)$' },
      to: { path: `^(packages|apps|tests|bench|battery)/`, pathNot: [place, ...may[place]].map((to) => `^${to}/`) },
    })),
    // A test, or what tests share in a folder `testing`, may also start the servers that its subject needs.
    ...places.map((place) => ({
      name: `${place}: one direction, with servers for tests`,
      severity: 'error',
      from: { path: `^${place}/.*(\\.test\\.ts|/testing/[^/]+\\.ts)$` },
      to: {
        path: `^(packages|apps|tests|bench|battery)/`,
        pathNot: [place, 'packages/servers', 'packages/stack', ...may[place]].map((to) => `^${to}/`),
      },
    })),
    {
      name: 'the contract runs in a browser',
      severity: 'error',
      from: { path: '^packages/events/src/(contract|fold)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'names that say nothing',
      severity: 'error',
      from: { path: '(^|/)(utils?|helpers?|common|misc|shared|manager|types)(/|\\.)', pathNot: 'node_modules' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(\\.svelte-kit|/build/)' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.svelte'],
    },
    tsPreCompilationDeps: true,
  },
};
