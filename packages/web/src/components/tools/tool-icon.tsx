import { Bot, FilePen, FileText, Globe, ListChecks, Map, Plug, Search, Terminal, Wrench } from 'lucide-react';
import type { ToolSummary } from './tool-summary.ts';

const icons = {
  terminal: Terminal,
  file: FileText,
  edit: FilePen,
  search: Search,
  web: Globe,
  agent: Bot,
  list: ListChecks,
  plan: Map,
  plug: Plug,
  tool: Wrench,
} as const;

export function ToolIcon({ icon, className }: { readonly icon: ToolSummary['icon']; readonly className: string }) {
  const Icon = icons[icon];
  return <Icon className={className} aria-hidden />;
}
