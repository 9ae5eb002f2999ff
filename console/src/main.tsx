import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('Cannot show the console: the page has no root element');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
