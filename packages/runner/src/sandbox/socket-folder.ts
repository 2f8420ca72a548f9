import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

/** sun_path in linux/un.h holds 108 bytes, the last of them zero. */
const LONGEST_ADDRESS = 107;

/** Gives addresses for sockets in a folder, also where the folder's path is too long for a socket address. */
export class SocketFolder implements Disposable {
  #folder: string;
  #handle: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Valid until disposal. */
  address(name: string): string {
    if (!/^[\w.-]+$/.test(name)) throw new Error(`not a socket name: ${name}`);
    const path = join(this.#folder, name);
    if (Buffer.byteLength(path) <= LONGEST_ADDRESS) return path;
    this.#handle ??= openSync(this.#folder, constants.O_RDONLY | constants.O_DIRECTORY);
    // By pid and not by `self`: the address is good for this process and its children.
    return `/proc/${process.pid}/fd/${this.#handle}/${name}`;
  }

  /** Addresses that have been given go on leading to it, if they are listened on already. */
  moved(folder: string): void {
    this.#folder = folder;
  }

  [Symbol.dispose](): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}
