/* Keeps the code on the card fresh: asks for the next one before the shown one runs out, and again when the
   phone is woken. Without a network the old code is dimmed and the page says so. Nothing is stored. */
(() => {
  "use strict";
  const card = document.querySelector("[data-card]");
  if (!card) return;
  const bar = card.querySelector("[data-clock]");
  const state = card.querySelector("[data-state]");
  const frame = card.querySelector("[data-code-frame]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const RETRY_MS = 3000;
  let timer = 0;
  let asking = false;
  let endsAt = 0;

  function wait(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(renew, milliseconds);
  }

  function show(leftMs) {
    endsAt = performance.now() + leftMs;
    delete frame.dataset.stale;
    state.textContent = state.dataset.fresh;
    if (bar && !calm.matches) {
      bar.getAnimations().forEach((running) => running.cancel());
      const from = `scaleX(${Math.min(1, leftMs / 30000)})`;
      bar.animate([{ transform: from }, { transform: "scaleX(0)" }], { duration: leftMs, fill: "forwards" });
    }
    wait(leftMs + 150);
  }

  function stale() {
    if (performance.now() > endsAt + 25000) {
      frame.dataset.stale = "";
      state.textContent = state.dataset.offline;
    }
    wait(RETRY_MS);
  }

  async function renew() {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(card.dataset.source, { cache: "no-store", redirect: "manual", credentials: "same-origin" });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const picture = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
      if (picture.localName !== "svg") throw new Error("no picture");
      frame.replaceChildren(document.importNode(picture, true));
      show(Number(answer.headers.get("Emma-Code-Left-Ms")) || 1000);
    } catch {
      stale();
    } finally {
      asking = false;
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else renew();
  });
  addEventListener("online", renew);
  addEventListener("pageshow", (event) => { if (event.persisted) renew(); });
  show(Number(card.dataset.leftMs));
})();
