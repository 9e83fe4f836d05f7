/**
 * Prints, as the very last line of a test run, `N passed, N failed, N skipped`; a file that can't be run counts as failed.
 * The lines above it name what failed, each with the first line of its reason, so that the end of a long log says it.
 */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    const failures = unhandledErrors.map((error) => named('outside of any test', [error]));
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        counts[state] += 1;
        tests += 1;
        if (state === 'failed') failures.push(named(`${module.relativeModuleId} > ${test.fullName}`, errors));
      }
      // Errors outside of any test: a file that does not load, a hook that fails.
      if (module.state() === 'failed' && (tests === 0 || module.errors().length > 0)) {
        counts.failed += 1;
        failures.push(named(module.relativeModuleId, module.errors()));
      }
    }
    const line = `${counts.passed} passed, ${counts.failed + counts.pending} failed, ${counts.skipped} skipped`;
    process.once('exit', () => process.stdout.write(`${[...failures, line].join('\n')}\n`));
  }
}

function named(what, errors) {
  const [reason = ''] = String(errors[0]?.message ?? '').split('\n');
  return `FAILED TEST ${what}: ${reason.slice(0, 200)}`;
}
