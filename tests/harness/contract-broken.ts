/** Fails the run with a fault in what a server sent, whatever the test waits for: one that it does not look at is a fault all the same. */
export function contractBroken(fault: string): void {
  queueMicrotask(() => {
    throw new Error(`The server broke the contract: ${fault}`);
  });
}
