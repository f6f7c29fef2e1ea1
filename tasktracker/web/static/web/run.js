"use strict";

/* The log of a run while it is written: server-sent events, or questions where there can be none.
   The page shows what was there before, and works without this file. */

(() => {
  const LINES_MOST = 5000;
  const LONGEST = 4000;
  const ASK_AGAIN = 3000;
  const list = document.getElementById("run-log");
  if (!list || !list.dataset.stream) return;

  let next = Number(list.dataset.next);
  let isOver = false;

  const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

  /* As run_log.py says it. */
  function read(entry) {
    const notification = object(object(entry).notification);
    const params = object(notification.params);
    const update = object(params.update);
    const isUpdate = notification.method === "session/update";
    const kind = isUpdate ? update.sessionUpdate : notification.method;
    const texts = [params.message, params.content, params.text, object(update.content).text];
    const text = texts.find((each) => typeof each === "string");
    const rest = Object.keys(params).length ? params : entry;
    return {
      kind: typeof kind === "string" && kind !== "_posthog/console" ? kind : "",
      isError: params.level === "error",
      text: (text === undefined ? JSON.stringify(rest) : text).slice(0, LONGEST),
    };
  }

  function show(entry) {
    const said = read(entry);
    const line = document.createElement("li");
    if (said.isError) line.className = "text-error";
    if (said.kind) {
      const kind = document.createElement("span");
      kind.className = "quiet";
      kind.textContent = `${said.kind} `;
      line.append(kind);
    }
    line.append(said.text);
    list.append(line);
    while (list.children.length > LINES_MOST) list.firstElementChild.remove();
  }

  /* Stays at the end for whoever is there; whoever reads further up is left alone. */
  function add(entries) {
    if (!entries.length) return;
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 40;
    entries.forEach(show);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
    document.getElementById("no-log")?.remove();
  }

  function refresh() {
    if (window.htmx) window.htmx.trigger("#run", "refresh");
  }

  function end() {
    isOver = true;
    refresh();
  }

  function watch() {
    const source = new EventSource(`${list.dataset.stream}?start=${next}`);
    source.onmessage = (event) => {
      const said = JSON.parse(event.data);
      if (said.type === "task_run_state") {
        refresh();
        return;
      }
      const number = Number(event.lastEventId);
      if (number < next) return;
      next = number + 1;
      add([said]);
    };
    source.addEventListener("stream-end", () => { source.close(); end(); });
    source.addEventListener("error", (event) => {
      if (event.data) { /* sent by us: the run is over, and nothing was ever written */
        source.close();
        end();
      } else if (source.readyState === EventSource.CLOSED && !isOver) {
        setTimeout(ask, ASK_AGAIN);
      }
    });
  }

  /* Too many streams are open: ask for what is new, then try again. */
  async function ask() {
    try {
      const answer = await fetch(`${list.dataset.entries}?limit=1000&offset=${next}`);
      if (answer.ok) {
        const entries = await answer.json();
        next += entries.length;
        add(entries);
      }
    } catch {
      /* The server is away; it is asked again. */
    }
    watch();
  }

  list.scrollTop = list.scrollHeight;
  watch();
})();
