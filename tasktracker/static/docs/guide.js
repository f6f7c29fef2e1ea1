"use strict";

/* Every block that is to be run gets a button that copies it. app.js does the copying. */
document.querySelectorAll(".guide pre").forEach((block, place) => {
  const code = block.querySelector("code");
  if (code.matches(".language-text, .language-json")) return;
  code.id = `code-${place}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-xs guide-copy";
  button.dataset.copy = `#${code.id}`;
  button.textContent = "Copy";
  block.before(button);
});
