// A shared worker: one stream of events for all tabs. Each stream holds a connection, and a
// browser opens six to a host: with a stream in every tab the seventh tab would wait for ever.

{
  /**
   * The tabs, and what each one follows: `project/app`, or a project's list as `project`, each
   * percent-encoded.
   * @type {Map<MessagePort, string>}
   */
  const tabs = new Map();
  /** @type {EventSource | null} */
  let source = null;
  let address = '';
  let timer = 0;
  const LISTS = ['list', 'app'];

  /** @param {any} message @param {string | null} topic  null for every tab */
  const tell = (message, topic = null) => {
    for (const [tab, own] of tabs) if (topic === null || own === topic) tab.postMessage(message);
  };

  /**
   * Whom an event is for.
   * @param {string} type
   * @param {string} data
   * @returns {string}
   */
  const topicOf = (type, data) => {
    if (LISTS.includes(type)) return encodeURIComponent(JSON.parse(data).project);
    const start = /^\{"app":("(?:[^"\\]|\\.)*")/.exec(data);
    return start ? JSON.parse(start[1]) : JSON.parse(data).app;
  };

  /**
   * Opens the stream, also for the same topics anew: it begins by telling where each one stands, so
   * that nothing is missing between what a tab has loaded and what it is told. A stream tells of
   * one project's list; tabs with another one are refused, and ask from time to time.
   * @param {string[]} events
   */
  const open = (events) => {
    const topics = [...new Set(tabs.values())].sort();
    const apps = topics.filter((topic) => topic.includes('/')).join(',');
    const [project, ...others] = topics.filter((topic) => !topic.includes('/'));
    source?.close();
    source = null;
    if (!topics.length) return;
    const query = new URLSearchParams({ view: 'delta' });
    if (apps) query.set('apps', apps);
    if (project) query.set('project', decodeURIComponent(project));
    const mine = source = new EventSource(`${address}?${query}`);
    mine.onopen = () => tell({ type: 'open' });
    others.forEach((other) => tell({ type: 'refused' }, other));
    // Where the server refuses all of them together, each tab goes on with a stream of its own.
    mine.onerror = () => tell({ type: mine.readyState === 2 ? 'refused' : 'error' });
    for (const type of [...events, ...LISTS]) {
      mine.addEventListener(type, (event) => {
        const { data } = /** @type {MessageEvent<string>} */ (event);
        tell({ type: 'event', event: type, data }, topicOf(type, data));
      });
    }
  };

  /** The events of applications that a tab wants. */
  let events = /** @type {string[]} */ ([]);

  /** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
    port.onmessage = ({ data }) => {
      if (data.topic === undefined) tabs.delete(port);
      else tabs.set(port, data.topic);
      address = data.address ?? address;
      if (data.topic?.includes('/')) ({ events } = data);
      clearTimeout(timer);
      // A tab that goes does not disturb the others: its events are dropped until one comes.
      if (data.topic !== undefined || !tabs.size) {
        timer = /** @type {any} */ (setTimeout(() => open(events), 20));
      }
    };
  };
}
