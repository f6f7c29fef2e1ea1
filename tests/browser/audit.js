/* What the tests ask of a page as it is shown: readable text (WCAG AA), names for everything that can be
   pressed, targets that can be hit, and nothing wider than the window. Returns a list of complaints. */
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });

  /* Paint colours over each other and read what comes out, whatever notation they are in. */
  function painted(colours) {
    brush.clearRect(0, 0, 1, 1);
    for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
    return brush.getImageData(0, 0, 1, 1).data;
  }
  function brightness([red, green, blue]) {
    const linear = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }
  function grounds(element) {
    const found = [];
    for (let at = element; at; at = at.parentElement) found.unshift(getComputedStyle(at).backgroundColor);
    return ["white", ...found];
  }
  function contrast(element) {
    const below = grounds(element);
    const ground = brightness(painted(below));
    const ink = brightness(painted([...below, getComputedStyle(element).color]));
    return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
  }
  function isShown(element) {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  }

  const complaints = [];
  if (document.documentElement.scrollWidth > innerWidth) complaints.push("wider than the window");
  if (document.querySelectorAll("h1").length !== 1) complaints.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) complaints.push("not one main");

  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    if (!text || !isShown(element) || element.closest("option, .sr-only")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700) ? 3 : 4.5;
    const found = contrast(element);
    if (found < wanted) complaints.push(`contrast ${found.toFixed(2)}: ${text.slice(0, 40)}`);
  }

  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!isShown(element)) continue;
    const labels = [...(element.labels || [])].map((label) => label.textContent.trim()).join("");
    const name = element.getAttribute("aria-label") || labels || element.textContent.trim() || element.title;
    if (!name && !element.querySelector("img[alt]:not([alt=''])")) complaints.push(`no name: ${element.outerHTML.slice(0, 80)}`);
    const box = element.getBoundingClientRect();
    const isInText = getComputedStyle(element).display === "inline";
    const isBox = ["checkbox", "radio"].includes(element.type);
    if (!isInText && !isBox && Math.min(box.width, box.height) < 24) complaints.push(`small target: ${name}`);
  }

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) complaints.push(`id twice: ${id}`);
  for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    for (const id of `${element.getAttribute("aria-describedby") || ""} ${element.getAttribute("aria-labelledby") || ""}`.split(/\s+/)) {
      if (id && !ids.includes(id)) complaints.push(`described by nothing: ${id}`);
    }
  }
  return complaints;
}
