import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
// oxlint-disable-next-line import/default -- `?url` is Vite's: the address of the file
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url';
import { useEffect, useRef, useState } from 'react';
import { Notice } from '../../../components/ui/notice.tsx';
import { ScrollBox } from '../../../components/ui/scroll-box.tsx';
import { Spinner } from '../../../components/ui/spinner.tsx';

GlobalWorkerOptions.workerSrc = workerUrl;

const mostPages = 200;

/** The pages of a PDF, drawn one after another as they come into sight. */
export function PdfPreview({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }) {
  const [document, setDocument] = useState<PDFDocumentProxy>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    // The worker takes the bytes away; those of the cache stay.
    const task = getDocument({ data: bytes.slice(), enableXfa: false });
    task.promise.then(setDocument, () => setBroken(true));
    return () => void task.destroy();
  }, [bytes]);
  if (broken)
    return (
      <Notice className="m-4" title="This PDF cannot be shown">
        Download it to look at it in another program.
      </Notice>
    );
  if (document === undefined) return <Spinner label="Opening the PDF…" />;
  const count = Math.min(mostPages, document.numPages);
  return (
    <ScrollBox label={`Pages of ${name}`} className="min-h-0 flex-1 space-y-3 overflow-auto bg-muted p-3">
      {Array.from({ length: count }, (_, index) => (
        <PdfPage key={index} document={document} number={index + 1} />
      ))}
      {count < document.numPages && <p className="text-center text-muted-foreground">Further pages: download the file.</p>}
    </ScrollBox>
  );
}

function PdfPage({ document, number }: { readonly document: PDFDocumentProxy; readonly number: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    const place = canvas.current;
    if (place === null) return undefined;
    let task: { cancel(): void } | undefined;
    const draw = async () => {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      setText(items.map((item) => ('str' in item ? item.str : '')).join(' '));
      const width = place.parentElement?.clientWidth ?? 600;
      const natural = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: (width / natural.width) * devicePixelRatio });
      place.width = viewport.width;
      place.height = viewport.height;
      const drawing = page.render({ canvas: place, viewport });
      task = drawing;
      await drawing.promise;
    };
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting !== true) return;
      observer.disconnect();
      void draw().catch(() => undefined);
    });
    observer.observe(place);
    return () => {
      observer.disconnect();
      task?.cancel();
    };
  }, [document, number]);
  return (
    <figure className="mx-auto max-w-3xl">
      <canvas ref={canvas} aria-hidden className="block min-h-40 w-full bg-white shadow-sm" />
      <figcaption className="sr-only">
        Page {number}. {text}
      </figcaption>
    </figure>
  );
}
