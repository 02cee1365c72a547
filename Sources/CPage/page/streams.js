// A shared worker: one stream of events for all tabs. Each stream holds a connection, and a
// browser opens six to a host: with a stream in every tab the seventh tab would wait for ever.

{
  /**
   * The tabs, and the application that each one follows.
   * @type {Map<MessagePort, string>}
   */
  const tabs = new Map();
  /** @type {EventSource | null} */
  let source = null;
  let address = '';
  let timer = 0;

  /** @param {any} message @param {string | null} app  null for every tab */
  const tell = (message, app = null) => {
    for (const [tab, own] of tabs) if (app === null || own === app) tab.postMessage(message);
  };

  /**
   * Opens the stream, also for the same applications anew: it begins by telling where each one
   * stands, so that nothing is missing between what a tab has loaded and what it is told.
   * @param {string[]} events
   */
  const open = (events) => {
    const wanted = [...new Set(tabs.values())].sort().join(',');
    source?.close();
    source = null;
    if (!wanted) return;
    const mine = source = new EventSource(
      `${address}?${new URLSearchParams({ apps: wanted, view: 'delta' })}`);
    mine.onopen = () => tell({ type: 'open' });
    // Where the server refuses all of them together, each tab goes on with a stream of its own.
    mine.onerror = () => tell({ type: mine.readyState === 2 ? 'refused' : 'error' });
    for (const type of events) {
      mine.addEventListener(type, (event) => {
        const { data } = /** @type {MessageEvent<string>} */ (event);
        const start = /^\{"app":("(?:[^"\\]|\\.)*")/.exec(data);
        tell({ type: 'event', event: type, data },
          start ? JSON.parse(start[1]) : JSON.parse(data).app);
      });
    }
  };

  /** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
    port.onmessage = ({ data }) => {
      if (data.app === undefined) tabs.delete(port);
      else tabs.set(port, data.app);
      address = data.address ?? address;
      const events = data.events ?? [];
      clearTimeout(timer);
      // A tab that goes does not disturb the others: its events are dropped until one comes.
      if (data.app !== undefined || !tabs.size) {
        timer = /** @type {any} */ (setTimeout(() => open(events), 20));
      }
    };
  };
}
