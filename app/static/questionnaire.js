"use strict";
// A page of items: the next unanswered one comes into view, each tap is kept on the phone, the page is
// sent and sent again until the network is back. Without this file the page works as a plain form.
(() => {
  const form = document.getElementById("questions");
  const state = document.getElementById("state");
  const draft = window.dandangDraft;
  if (!form || !state || !draft) return;
  const page = form.dataset.page;
  const items = Array.from(form.querySelectorAll("fieldset.item"));
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const answered = (item) => item.disabled || item.querySelector("input:checked") !== null;
  const done = new Set(items.filter(answered));
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
  const say = (words) => { if (state.textContent !== words) state.textContent = words; };
  let changed = false;
  let sending = false;
  let byPointer = false;

  // how long the page was in view, in milliseconds
  const earlier = Number(form.elements.page_ms.value) || 0;
  let since = document.hidden ? null : performance.now();
  let seen = 0;
  const lookedAt = () => Math.round(earlier + seen + (since === null ? 0 : performance.now() - since));

  // what is on the page
  const names = () => new Set(Array.from(form.elements, (e) => e.name).filter((n) => n && !["csrf", "go", "checked", "page_ms"].includes(n)));
  function values() {
    const data = new FormData(form);
    const found = {};
    for (const name of names()) if (data.has(name)) found[name] = data.get(name);
    return found;
  }
  function body(go) {
    form.elements.page_ms.value = lookedAt();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("go", go);
    return fields;
  }
  const post = (go, keepalive) => fetch(form.action, {
    method: "POST", body: body(go), headers: { Accept: "application/json" }, credentials: "same-origin", keepalive,
  });

  // questions that concern only some
  function showConditional() {
    for (const item of form.querySelectorAll("[data-if]")) {
      const chosen = form.querySelector(`input[name="${item.dataset.if}"]:checked`);
      item.hidden = item.disabled = !(chosen && chosen.value === item.dataset.value);
    }
  }

  function bringIntoView(item, focus) {
    const input = item.querySelector("input");
    if (focus && input) input.focus({ preventScroll: true });
    if (calm) return;
    const box = item.getBoundingClientRect();
    if (box.top < 0 || box.bottom > window.innerHeight * 0.7) item.scrollIntoView({ behavior: "smooth", block: "center" });
  }
  const nextOpen = (item) => items.slice(items.indexOf(item) + 1).find((one) => !answered(one));

  async function keep() {
    changed = true;
    const kept = await draft.write(page, values());
    if (!sending) say(kept ? `已存在本机 ${clock()}，点“下一页”后上传` : "点“下一页”后保存");
  }

  form.addEventListener("pointerdown", () => { byPointer = true; });
  form.addEventListener("change", (event) => {
    const item = event.target.closest("fieldset.item");
    showConditional();
    keep();
    if (!item) return;
    const first = !done.has(item);
    done.add(item);
    item.classList.remove("item-missing");
    const open = nextOpen(item);
    if (first && byPointer && open) bringIntoView(open, false);
    byPointer = false;
  });
  form.addEventListener("input", (event) => { if (event.target.tagName === "TEXTAREA") keep(); });

  // keys on a desk: 1–5 answer the item in focus or the first open one, Enter goes on
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = document.activeElement;
    if (at && at.tagName === "TEXTAREA") return;
    if (event.key === "Enter" && (!at || at === document.body || at.id === "main")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[value=next]"));
    }
    if (!/^[1-9]$/.test(event.key)) return;
    const item = (at && at.closest("fieldset.item")) || items.find((one) => !answered(one));
    const input = item && item.querySelectorAll("input")[Number(event.key) - 1];
    if (!input) return;
    event.preventDefault();
    byPointer = false;
    const first = !done.has(item);
    if (!input.checked) {
      input.checked = true;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const open = first && nextOpen(item);
    if (open) bringIntoView(open, true); else input.focus();
  });

  // send, and send again until it has arrived
  const pause = (seconds) => new Promise((wake) => {
    const timer = setTimeout(wake, seconds * 1000);
    window.addEventListener("online", () => { clearTimeout(timer); wake(); }, { once: true });
  });
  async function send(go) {
    for (let wait = 2; ; wait = Math.min(wait * 2, 30)) {
      let answer = null;
      try { answer = await post(go, false); } catch { answer = null; }
      if (answer && answer.ok && (answer.headers.get("content-type") || "").includes("json")) {
        changed = false;
        await draft.drop(page);
        location.assign((await answer.json()).next);
        return;
      }
      if (answer && answer.status < 500 && answer.status !== 429) return plain(go);
      const kept = await draft.write(page, values());
      say(kept ? "待上传：网络中断，答案已存在本机，联网后会自动提交。" : "待上传：网络中断，请不要关闭本页，联网后会自动提交。");
      await pause(wait);
    }
  }
  function plain(go) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "go", value: go });
    form.append(field);
    changed = false;
    form.submit();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    const button = event.submitter || document.activeElement;
    say("正在保存");
    send(button && button.name === "go" ? button.value : "next");
  });

  // leaving the page or the app: what was tapped goes to the server as well
  document.addEventListener("visibilitychange", async () => {
    if (!document.hidden) { since = performance.now(); return; }
    seen += since === null ? 0 : performance.now() - since;
    since = null;
    if (!changed || sending) return;
    try {
      const answer = await post("stay", true);
      if (!answer.ok) return;
      const saved = (await answer.json()).saved;
      changed = false;
      if (saved && !sending) say(`已保存 ${saved}`);
    } catch { /* it is kept on this device and goes with the next page */ }
  });

  // back from the cache after the button was pressed: the page can be sent again
  window.addEventListener("pageshow", (event) => { if (event.persisted) sending = false; });

  async function restore() {
    const kept = await draft.read(page);
    if (!kept) return;
    let count = 0;
    for (const [name, value] of Object.entries(kept.values)) {
      const field = form.elements[name];
      if (!field || field.value === value) continue;
      if (field.value && kept.at <= Number(form.dataset.saved)) continue;
      field.value = value;
      if (field.value === value) count += 1;
    }
    items.filter(answered).forEach((item) => { done.add(item); item.classList.remove("item-missing"); });
    showConditional();
    if (count === 0) return;
    changed = true;
    say(`已恢复本机保存的 ${count} 题，点“下一页”后上传`);
  }

  showConditional();
  restore();
})();
