/**
 * Frames that a viewer gets in one go, in their order. Viewers that are equally far get the same parcel: what is made of it to be sent is made once
 * for all of them.
 */
export class Parcel {
  readonly texts: readonly string[];
  #packed: Uint8Array | undefined;

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  /** The last of them is the end of the session. */
  get ends(): boolean {
    return this.texts.at(-1)?.startsWith('{"type":"session_end"') === true;
  }

  /** @param pack makes of the texts what is sent; the same for everybody. */
  packed(pack: (texts: readonly string[]) => Uint8Array): Uint8Array {
    return (this.#packed ??= pack(this.texts));
  }
}
