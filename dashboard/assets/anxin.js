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
