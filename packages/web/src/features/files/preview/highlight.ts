import './code-colors.css';
import highlighter from 'highlight.js/lib/common';

/** The text as HTML, escaped, its parts in spans of class `hljs-…`. */
export function highlighted(text: string, language: string): string {
  if (highlighter.getLanguage(language) === undefined) language = 'plaintext';
  return highlighter.highlight(text, { language, ignoreIllegals: true }).value;
}
