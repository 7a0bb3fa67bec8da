// Figures are drawn once the page stands and the browser has nothing else to do, from the top to the bottom.
(() => {
  const address = document.currentScript.dataset.plotly;
  const waiting = new Set(), drawn = new Set();
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const idle = window.requestIdleCallback ? (act) => requestIdleCallback(act, { timeout: 1000 }) : (act) => setTimeout(act, 50);
  let script, busy = false;

  const load = () => (script ??= new Promise((done, failed) => {
    const tag = Object.assign(document.createElement("script"), { src: address, onload: () => done(window.Plotly) });
    tag.onerror = () => { script = undefined; tag.remove(); failed(new Error(address)); };
    document.head.append(tag);
  }));

  const draw = async (at) => {
    const { data, layout } = JSON.parse(at.dataset.figure);
    const plotly = await load();
    if (!at.isConnected) return;
    await plotly.newPlot(at, data, layout, config);
    at.dataset.drawn = "yes";
    drawn.add(at);
  };

  const next = async () => {
    const [at] = waiting;
    if (!at) { busy = false; return; }
    waiting.delete(at);
    try { await draw(at); } catch { at.dataset.drawn = "no"; } // the table beside it says the same
    idle(next);
  };

  new MutationObserver(() => {
    for (const at of drawn) if (!at.isConnected) { window.Plotly.purge(at); drawn.delete(at); }
    for (const at of document.querySelectorAll(".ax-chart:not([data-drawn])")) {
      at.dataset.drawn = "soon";
      waiting.add(at);
    }
    if (waiting.size && !busy) { busy = true; idle(next); }
  }).observe(document, { childList: true, subtree: true });

  // Nobody has read a first page to its end in two seconds: Plotly is there before the first figure is asked for.
  addEventListener("load", () => setTimeout(() => idle(() => load().catch(() => {})), 2000));
})();
