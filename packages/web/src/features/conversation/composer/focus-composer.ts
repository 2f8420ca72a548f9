export const composerId = 'composer';

/** Puts the cursor where prompts are written. Not on a touch screen, where that would bring up the keyboard. */
export function focusComposer(): void {
  if (matchMedia('(pointer: fine)').matches) document.getElementById(composerId)?.focus({ preventScroll: true });
}
