"use strict";
// The receipt: copy the code, or keep it as a picture drawn here; nothing is sent anywhere.
(() => {
  const code = document.getElementById("code");
  const keep = document.getElementById("keep");
  const kept = document.getElementById("kept");
  if (window.dandangDraft) window.dandangDraft.clear();
  if (!code || !keep || !kept) return;
  keep.hidden = false;

  async function copy() {
    try {
      await navigator.clipboard.writeText(code.textContent);
      kept.textContent = "已复制。";
    } catch {
      window.getSelection().selectAllChildren(code);
      kept.textContent = "已选中回执码，请长按或按 Ctrl+C 复制。";
    }
  }

  function picture() {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 720, height: 420 });
    const pen = canvas.getContext("2d");
    const family = getComputedStyle(document.body).fontFamily;
    const line = (text, y, size, colour = "#1c1b1a", weight = "") => {
      pen.font = `${weight} ${size}px ${family}`;
      pen.fillStyle = colour;
      pen.fillText(text, 48, y, 624);
    };
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 720, 420);
    pen.fillStyle = "#9a1b1e";
    pen.fillRect(0, 0, 720, 10);
    line(code.dataset.title, 84, 32, "#1c1b1a", "600");
    line(`提交时间 ${code.dataset.time}`, 136, 26, "#5a5856");
    line("回执码", 206, 26, "#5a5856");
    line(code.textContent, 270, 56, "#1c1b1a", "600");
    line(`如需撤回，请向${code.dataset.office}提出并告知回执码。`, 350, 26, "#5a5856");
    const address = canvas.toDataURL("image/png");
    const image = document.createElement("img");
    Object.assign(image, { src: address, width: 360, height: 210, alt: `回执码 ${code.textContent}` });
    const link = document.createElement("a");
    Object.assign(link, { href: address, download: `回执-${code.textContent}.png`, textContent: "下载图片" });
    kept.replaceChildren(image, document.createElement("br"), link, document.createTextNode("；手机上也可以长按图片保存。"));
  }

  keep.addEventListener("click", (event) => {
    const deed = event.target.dataset.do;
    if (deed === "copy") copy();
    if (deed === "picture") picture();
  });
})();
