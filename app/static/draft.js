"use strict";
// Answers kept on this device between taps, encrypted. The key is derived from the link, so whoever
// has the device without the link reads nothing. Without a secure context (plain HTTP) nothing is kept.
(() => {
  const token = location.pathname.split("/")[2] || "";
  const able = Boolean(window.isSecureContext && window.crypto && crypto.subtle && window.TextEncoder);
  const bytes = (text) => new TextEncoder().encode(text);
  let made = null;
  let turn = Promise.resolve();

  async function keys() {
    const seed = await crypto.subtle.importKey("raw", bytes(token), "HKDF", false, ["deriveKey", "deriveBits"]);
    const from = (info) => ({ name: "HKDF", hash: "SHA-256", salt: bytes("dandang"), info: bytes(info) });
    const place = new Uint8Array(await crypto.subtle.deriveBits(from("place"), seed, 128));
    const key = await crypto.subtle.deriveKey(from("draft"), seed, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    return { key, place: "dandang:" + Array.from(place, (b) => b.toString(16).padStart(2, "0")).join("") };
  }

  const ready = () => (made = made || keys());

  async function readAll() {
    const { key, place } = await ready();
    const kept = localStorage.getItem(place);
    if (!kept) return {};
    try {
      const sealed = Uint8Array.from(atob(kept), (c) => c.charCodeAt(0));
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, 12) }, key, sealed.slice(12));
      return JSON.parse(new TextDecoder().decode(plain));
    } catch {
      localStorage.removeItem(place);
      return {};
    }
  }

  async function writeAll(all) {
    const { key, place } = await ready();
    if (Object.keys(all).length === 0) return localStorage.removeItem(place);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes(JSON.stringify(all))));
    return localStorage.setItem(place, btoa(String.fromCharCode(...iv, ...sealed)));
  }

  // one after the other, so that two quick taps do not overwrite each other; false when nothing was kept
  const next = (deed) => (turn = turn.then(deed).then(() => true, () => false));

  window.dandangDraft = {
    able,
    read: async (page) => (able ? (await readAll().catch(() => ({})))[page] : undefined),
    write: (page, values) => (able ? next(async () => {
      const all = await readAll();
      all[page] = { at: Date.now(), values };
      await writeAll(all);
    }) : Promise.resolve(false)),
    drop: (page) => (able ? next(async () => {
      const all = await readAll();
      delete all[page];
      await writeAll(all);
    }) : Promise.resolve(false)),
    clear: () => (able ? next(() => writeAll({})) : Promise.resolve(false)),
  };
})();
