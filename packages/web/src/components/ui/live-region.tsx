import { useEffect, useState } from 'react';
import { onAnnouncement } from '../../lib/announcer.ts';

/** Where announcements are read out from; one in the whole page. */
export function LiveRegion() {
  const [text, setText] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onAnnouncement((next) => {
      clearTimeout(timer);
      // The same words twice are read twice only if the region was empty in between.
      setText('');
      timer = setTimeout(() => setText(next), 50);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  return (
    <output aria-live="polite" className="sr-only">
      {text}
    </output>
  );
}
