// Streamlit lives at the root, whatever page is open: without this it tries every folder of the address first.
window.__streamlit = { BACKEND_BASE_URL: location.origin + "/", MAIN_PAGE_BASE_URL: location.origin + "/" };

// A tab asks now and then whether its session still lives, and leaves when it does not:
// signing out in one tab, or losing the account, empties all others.
(() => {
  const ask = async () => {
    try {
      const reply = await fetch("/session", { cache: "no-store" });
      if (reply.status === 401) location.replace("/signin");
    } catch {
      // The network is away; Streamlit says so by itself.
    }
  };
  setInterval(ask, 30000);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
})();

// Our own links stay inside the running page where that is possible, and a sheet prints itself.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-go]");
  if (event.target.closest?.("[data-print]")) print();
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  scrollTo(0, 0);
});
