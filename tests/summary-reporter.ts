import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one line, `N passed, N failed, N skipped`, and names each skipped test: a skip says its reason in
 * its title. In CI nothing may be skipped. A test that failed and passed when it was tried again is named too.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state);
    const broken = modules.filter(
      (module) => module.state() === 'failed' && ![...module.children.allTests()].some((test) => test.result().state === 'failed'),
    );
    const skipped = count('skipped');
    const failed = count('failed').length + broken.length + unhandledErrors.length;
    for (const test of tests) if (test.diagnostic()?.flaky) process.stdout.write(`failed once, then passed: ${test.fullName}\n`);
    for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`);
    if (skipped.length > 0 && process.env['CI'] === 'true') {
      process.stdout.write('CI skips nothing: install what the skipped tests name.\n');
      process.exitCode = 1;
    }
    process.stdout.write(`${count('passed').length} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`);
  }
}
