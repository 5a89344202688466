"use strict";
// The receipt: copy the code, or keep it as a picture drawn here; nothing is sent anywhere.
(() => {
  const code = document.getElementById("code");
  const keep = document.getElementById("keep");
  const kept = document.getElementById("kept");
  if (window.dandangDraft) window.dandangDraft.clear();
  if (!code || !keep || !kept) return;
  const name = code.dataset.name;
  keep.hidden = false;

  async function copy() {
    try {
      await navigator.clipboard.writeText(code.textContent);
      kept.textContent = "已复制。";
    } catch {
      window.getSelection().selectAllChildren(code);
      kept.textContent = `已选中${name}，请长按或按 Ctrl+C 复制。`;
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
    if (code.dataset.time) line(`提交时间 ${code.dataset.time}`, 136, 26, "#5a5856");
    line(name, 206, 26, "#5a5856");
    line(code.textContent, 270, 56, "#1c1b1a", "600");
    line(code.dataset.office ? `如需撤回，用原链接办理，或向${code.dataset.office}告知回执码。` : "截止前凭个人码可以查看、修改、撤回；丢失后无法补发。", 350, 26, "#5a5856");
    const address = canvas.toDataURL("image/png");
    const image = document.createElement("img");
    Object.assign(image, { src: address, width: 360, height: 210, alt: `${name} ${code.textContent}` });
    const link = document.createElement("a");
    Object.assign(link, { href: address, download: `${name}-${code.textContent}.png`, textContent: "下载图片" });
    kept.replaceChildren(image, document.createElement("br"), link, document.createTextNode("；手机上也可以长按图片保存。"));
  }

  keep.addEventListener("click", (event) => {
    const deed = event.target.dataset.do;
    if (deed === "copy") copy();
    if (deed === "picture") picture();
  });
})();
