// Shows what the address names, and keeps it in step with the history.

import { own, route, setBase } from './core/refs.js';
import { Shell } from './view/shell.js';
import { ProjectsPage } from './view/projects.js';
import { AppsPage } from './view/apps.js';
import { NotesPage } from './view/notespage.js';
import { AppPage } from './view/apppage.js';
import { notice } from './view/notice.js';

/** @typedef {{stop(): void, el: HTMLElement, arrive?(route: any): boolean}} Page */

setBase(new URL('.', import.meta.url).pathname);
const shell = new Shell();
document.getElementById('root')?.append(shell.el);
/** @type {Page | null} */
let page = null;

/** @param {import('./core/refs.js').Route} to @returns {Page} */
function open(to) {
  switch (to.name) {
    case 'projects': return new ProjectsPage(shell);
    case 'apps': return new AppsPage(shell, to.project, to.query);
    case 'notes': return new NotesPage(shell, to.project);
    case 'app': return new AppPage(shell, to.project, to.app, to.view);
    default: {
      shell.crumbs([{ text: 'Not found' }]);
      const el = notice({ title: 'There is no such page', text: `Nothing is at ${to.path}.`,
        links: [{ text: 'All projects', href: own('/') }] });
      return { el, stop() {} };
    }
  }
}

/** Shows the page of the current address. */
function show() {
  const to = route(location.pathname, location.search);
  if (page?.arrive?.(to)) return;
  page?.stop();
  shell.reset();
  page = open(to);
  shell.main.replaceChildren(page.el);
}

/** @param {string} path */
function navigate(path) {
  history.pushState(null, '', path);
  show();
}

shell.navigate = navigate;
addEventListener('popstate', show);
document.addEventListener('click', (event) => {
  const plain = event.button === 0
    && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!plain || event.defaultPrevented || !link || link.origin !== location.origin) return;
  if (link.target || link.hasAttribute('download')) return;
  if (link.pathname.startsWith(own('/api/'))) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
});
show();
