import { useCallback, useState } from 'react';
import { ScrollBox } from '../../../components/ui/scroll-box.tsx';
import { imageType } from './preview-kind.ts';

/** An image, never larger than it is. An SVG shows as an image too: its scripts do not run. */
export function ImagePreview({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }) {
  const [size, setSize] = useState<string>();
  const [broken, setBroken] = useState(false);
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(new Blob([bytes], { type: imageType(name) ?? '' }));
      image.src = url;
      return () => URL.revokeObjectURL(url);
    },
    [bytes, name],
  );
  return (
    <ScrollBox label={`Image ${name}`} className="checkered flex min-h-0 flex-1 flex-col overflow-auto p-4">
      {broken ? (
        <p className="m-auto rounded-md bg-surface px-3 py-2">This image cannot be shown. Download it to look at it in another program.</p>
      ) : (
        <img
          ref={show}
          alt={name}
          className="m-auto max-w-full"
          onLoad={({ currentTarget }) => setSize(`${currentTarget.naturalWidth} × ${currentTarget.naturalHeight}`)}
          onError={() => setBroken(true)}
        />
      )}
      {size !== undefined && <p className="mx-auto mt-3 rounded bg-surface px-2 text-xs text-muted-foreground">{size} pixels</p>}
    </ScrollBox>
  );
}
