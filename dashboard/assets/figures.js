// A figure is drawn when it comes within half a screen of what can be seen, and the browser has nothing else to do.
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

  const attempt = (at) => {
    waiting.delete(at);
    near.unobserve(at);
    return draw(at).catch(() => { at.dataset.drawn = "no"; }); // the table beside it says the same
  };

  const next = async () => {
    const [at] = waiting;
    if (!at) { busy = false; return; }
    await attempt(at);
    idle(next);
  };

  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) if (isIntersecting) waiting.add(target); else waiting.delete(target);
    if (waiting.size && !busy) { busy = true; idle(next); }
  }, { rootMargin: "50%", scrollMargin: "50%" });

  new MutationObserver(() => {
    for (const at of drawn) if (!at.isConnected) { window.Plotly.purge(at); drawn.delete(at); }
    for (const at of document.querySelectorAll(".ax-chart:not([data-drawn])")) { at.dataset.drawn = "soon"; near.observe(at); }
  }).observe(document, { childList: true, subtree: true });

  // Paper shows all of a page.
  addEventListener("beforeprint", () => document.querySelectorAll(".ax-chart[data-drawn=soon]").forEach(attempt));

  // Nobody has read a first page to its end in two seconds: Plotly is there before the first figure is asked for. What
  // draws for the first time takes three times as long, since the browser compiles it then: so it has drawn a trifle.
  const warm = async () => {
    const plotly = await load();
    if (busy || drawn.size) return;
    const at = document.createElement("div");
    at.style.cssText = "position:fixed;visibility:hidden;width:300px;height:200px";
    document.body.append(at);
    const y = ["1", "2"], bars = { type: "bar", orientation: "h", x: [1, 2], y, marker: { cornerradius: 4 }, hovertemplate: "1" };
    const map = { type: "heatmap", z: [[1, 2], [2, 1]], x: ["1", "2"], y, showscale: false };
    const words = { type: "scatter", mode: "markers+text", x: ["1", "2"], y, text: y };
    for (const data of [[bars], [map, words]]) await plotly.newPlot(at, data, { xaxis: { side: "top", automargin: true } }, config);
    plotly.purge(at);
    at.remove();
  };
  addEventListener("load", () => setTimeout(() => idle(() => warm().catch(() => {})), 2000));
})();
