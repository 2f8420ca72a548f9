/** Waits until the condition holds; throws with the given text when it never does. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  complaint: () => string = () => 'it did not happen in time',
  timeoutMs = 40_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
