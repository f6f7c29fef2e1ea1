"use strict";

/* Small comforts. Every page works without this file. */

document.documentElement.classList.add("has-script");

function say(text) {
  const notice = document.getElementById("notice");
  if (notice) notice.textContent = text;
}

/* A button with data-copy="#id" copies the text of that element. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const label = button.querySelector("[data-label]") || button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    label.textContent = "Copied";
    say("Copied");
  } catch {
    getSelection().selectAllChildren(source);
    label.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
});

/* What a search does not say does not stand in the URL. */
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.closest("[role=search]")) return;
  for (const [name, value] of Object.entries(event.detail.parameters)) if (value === "") delete event.detail.parameters[name];
});

/* A checkbox with data-picks="name" chooses all boxes of that name. */
document.addEventListener("change", (event) => {
  const name = event.target.dataset && event.target.dataset.picks;
  if (!name) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
});

/* A select with data-guess-zone offers the browser's time zone. */
function guessZones(root) {
  for (const select of root.querySelectorAll("select[data-guess-zone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.value === "UTC" && [...select.options].some((option) => option.value === zone)) select.value = zone;
    delete select.dataset.guessZone;
  }
}

/* A request that was refused outright says so, where nothing could be put in the page. */
document.addEventListener("htmx:responseError", (event) => {
  const wait = event.detail.xhr.getResponseHeader("Retry-After");
  tell(wait ? `Too many requests. Try again in ${wait} seconds.` : "That did not work. Reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => tell("The server cannot be reached."));
document.addEventListener("htmx:afterSwap", () => guessZones(document));

/* Where the whole content changed and what had the focus is gone, the content has it: the keyboard goes on there. */
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "main" || document.activeElement !== document.body) return;
  document.getElementById("main").focus({ preventScroll: true });
});

function tell(text) {
  say(text);
  const main = document.getElementById("main");
  if (!main) return;
  const box = main.querySelector(".alert[data-told]") || document.createElement("div");
  box.className = "alert alert-error alert-soft";
  box.dataset.told = "";
  box.textContent = text;
  main.prepend(box);
}

guessZones(document);
