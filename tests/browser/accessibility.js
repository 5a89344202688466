() => {
  // Faults of the page as it is shown now, as sentences; see accessibility.py.
  const found = [];
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${e.className ? "." + e.className : ""} "${(e.textContent || "").trim().slice(0, 20)}"`;
  const visible = (e) => e.checkVisibility({ opacityProperty: false, visibilityProperty: true });
  const all = (q) => Array.from(document.querySelectorAll(q)).filter(visible);

  if (!document.documentElement.lang) found.push("html has no lang");
  if (!document.title.trim()) found.push("no title");
  if (all("main").length !== 1) found.push("not exactly one main");
  if (all("h1").length !== 1) found.push("not exactly one h1");
  let level = 0;
  for (const h of all("h1,h2,h3,h4,h5,h6")) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) found.push(`heading skips a level: ${name(h)}`);
    level = now;
  }
  const ids = Array.from(document.querySelectorAll("[id]"), (e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) found.push(`id twice: ${id}`);
  for (const e of all("input:not([type=hidden]),select,textarea")) {
    const label = e.getAttribute("aria-label") || Array.from(e.labels || [], (l) => l.textContent.trim()).join("");
    if (!label) found.push(`no label: ${name(e)} ${e.name}`);
  }
  for (const e of all("fieldset")) if (!e.querySelector("legend")) found.push(`no legend: ${name(e)}`);
  for (const e of all("a[href],button")) if (!(e.textContent.trim() || e.getAttribute("aria-label"))) found.push(`no name: ${name(e)}`);
  for (const e of all("img:not([alt]),svg[role=img]:not([aria-label]):not([aria-labelledby])")) found.push(`no alternative: ${name(e)}`);
  for (const e of all("progress,meter")) if (!e.getAttribute("aria-label") && !e.labels.length) found.push(`no name: ${name(e)}`);
  for (const e of all("[aria-describedby]")) for (const id of e.getAttribute("aria-describedby").split(/\s+/)) if (!document.getElementById(id)) found.push(`describedby nothing: ${id}`);
  for (const e of all(".scale label, .choices label, .button:not(.button-small)")) {
    const box = e.getBoundingClientRect();
    if (box.height < 47.5 || box.width < 44) found.push(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${name(e)}`);
  }
  for (const e of all("[tabindex]")) if (Number(e.getAttribute("tabindex")) > 0) found.push(`tabindex above 0: ${name(e)}`);

  const rgb = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = rgb(getComputedStyle(at).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !visible(e) || e.closest("script,noscript,option")) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(rgb(style.color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${name(e)}`);
  }
  if (document.documentElement.scrollWidth > window.innerWidth) found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return found;
}
