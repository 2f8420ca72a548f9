import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { startAuth } from './lib/auth.ts';
import { reloadWhenReplaced } from './lib/reload-when-replaced.ts';
import './styles.css';

const root = document.getElementById('root');
if (root === null) throw new Error('no #root');
reloadWhenReplaced();
void startAuth();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
