// With this script: one block a screen, a keypad, reading aloud, gentle checks. Without it the form is one long page.
// Nothing is written to cookies or storage; whatever was ticked is gone as soon as the page is left.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const at = id => document.getElementById(id);
  root.classList.add("js");

  addEventListener("DOMContentLoaded", () => {
    const form = document.forms[0];
    const words = form.dataset;
    const screens = all(".screen");
    const last = screens.length - 1;
    const code = at("code"), alert = at("alert"), help = at("help"), cover = at("cv"), nudge = at("nudge");
    let here = 0, leaving = false, asked = null;

    // ---- screens
    function show(place, focus) {
      here = Math.max(0, Math.min(last, place));
      screens.forEach((screen, index) => { screen.hidden = index !== here; });
      at("bar").value = here + 1;
      at("back").hidden = here === 0;
      at("next").hidden = here === last;
      at("left").hidden = here !== last || isBlank() || !firstEmpty();
      nudge.textContent = "";
      speak(null);
      scrollTo(0, 0);
      if (focus) screens[here].querySelector("h2").focus({ preventScroll: true });
    }
    function go(place) {
      history.pushState(place, "");
      tell("");
      show(place, true);
    }
    function tell(text) {
      alert.textContent = text;
      if (text) alert.scrollIntoView({ block: "center" });
    }
    function isEmpty(question) {
      const none = question.querySelector(".z input");
      return none ? none.checked : !question.querySelector("input[type=checkbox]:checked");
    }
    // Whoever hands in a blank pages through like everyone else and isn't asked about empty questions.
    function isBlank() { return form.elements.p.value === "0"; }
    function firstEmpty() {
      return all("fieldset", form).slice(1).find(isEmpty);
    }
    function next() {
      if (here === 0 && isEmpty(screens[0].querySelector("fieldset"))) { nudge.textContent = words.choose; return; }
      if (here === 1 && !isWhole(plain())) return refuseCode(words.mistyped);
      go(here + 1);
    }
    at("next").onclick = next;
    at("back").onclick = () => go(here - 1);
    at("look").onclick = () => {
      const question = firstEmpty();
      go(screens.indexOf(question.closest(".screen")));
      question.scrollIntoView({ block: "center" });
      question.querySelector("input:not([hidden])").focus({ preventScroll: true });
    };
    addEventListener("popstate", event => { tell(""); closeHelp(); show(event.state || 0, true); });
    form.addEventListener("keydown", event => {
      if (event.key !== "Enter" || event.target.tagName !== "INPUT" || here === last) return;
      event.preventDefault();
      next();
    });

    // ---- a multiple choice: real checkboxes drive the pairs that are handed in
    all(".m").forEach(pair => {
      const [yes, no] = all("input", pair);
      const box = document.createElement("input");
      const label = document.createElement("label");
      const icon = pair.querySelector(".ico");
      box.type = "checkbox";
      box.checked = yes.checked;
      box.onchange = () => {
        pick(yes, no, box);
        const alone = isNone(yes);
        if (box.checked) all(".n", pair.parentNode).forEach(other => {
          if (other !== box && (alone || other.dataset.none)) { other.checked = false; other.onsync(); }
        });
      };
      box.onsync = () => pick(yes, no, box);
      box.className = "n";
      if (isNone(yes)) box.dataset.none = 1;
      label.append(box, ...(icon ? [icon] : []), pair.getAttribute("aria-label"));
      pair.hidden = true;
      pair.before(label);
    });
    function pick(yes, no, box) { (box.checked ? yes : no).checked = true; }
    function isNone(yes) { return yes.parentNode.dataset.none !== undefined; }

    // ---- the code: from the slip's address, from the keypad, or typed
    const value = new Map(Array.from(words.alphabet, (character, place) => [character, place]));
    function plain() {
      return code.value.normalize("NFKC").toUpperCase().replace(/[^0-9A-Z]/g, "")
        .replace(/[IL]/g, "1").replace(/O/g, "0").replace(/U/g, "V");
    }
    function timesX(sum) { return (sum << 1) ^ (sum & 16 ? 37 : 0); }
    function isWhole(text) {
      return text.length === 13 && Array.from(text).reduce((sum, each) => timesX(sum) ^ value.get(each), 0) === 0;
    }
    function write(text) { code.value = text.slice(0, 13).replace(/(.{4})(?=.)/g, "$1-"); }
    function refuseCode(text) { show(1, false); tell(text); code.setAttribute("aria-invalid", "true"); code.focus(); }
    if (matchMedia("(pointer: coarse)").matches) code.inputMode = "none"; // the keypad below instead of the system's
    code.oninput = () => code.removeAttribute("aria-invalid");
    code.onchange = () => { if (plain().length === 13) write(plain()); };
    const keys = at("keys");
    function key(text, press, label) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      if (label) button.setAttribute("aria-label", label);
      button.onclick = () => { press(); code.oninput(); };
      keys.append(button);
    }
    Array.from(words.alphabet, each => key(each, () => write(plain() + each)));
    key("⌫", () => write(plain().slice(0, -1)), words.erase);
    const slip = location.hash.slice(1);
    if (slip && slip !== "help" && slip !== "main") {
      code.value = decodeURIComponent(slip);
      write(plain());
      at("hint").textContent = words.slip;
    }
    history.replaceState(0, "", location.pathname + location.search);
    // What came in an address may go on in one; what was typed stands in none, for the browser writes addresses down.
    all(".langs a").forEach(link => { link.hash = code.value && plain(); });

    // ---- handing in: the answers stay in the page until they are saved
    form.addEventListener("submit", async event => {
      event.preventDefault();
      if (at("send").disabled) return;
      if (!isWhole(plain())) return refuseCode(words.mistyped);
      const sheet = new URLSearchParams(new FormData(form));
      sheet.set("c", plain());
      at("send").disabled = true;
      at("state").textContent = words.sending;
      tell("");
      await send(sheet);
      at("send").disabled = false;
      at("state").textContent = "";
    });
    async function send(sheet) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), 30000);
      try {
        const reply = await fetch(form.action, { method: "POST", body: sheet, redirect: "manual", credentials: "omit", signal: stop.signal });
        if (reply.type === "opaqueredirect") return leave();
        const page = new DOMParser().parseFromString(await reply.text(), "text/html");
        const said = page.getElementById("alert");
        const text = said ? said.textContent : page.getElementById("main").textContent;
        if (reply.status === 409) code.value = "";
        if (reply.status === 409 || reply.status === 422) refuseCode(text); else tell(text);
      } catch (_) {
        tell(words.unsaved);
      } finally {
        clearTimeout(timer);
      }
    }
    function leave() {
      forget();
      location.replace(words.done);
    }

    // ---- leaving: nothing that was ticked outlives the page
    function forget() {
      leaving = true;
      form.reset();
      all(".n").forEach(box => { box.checked = false; });
      code.value = "";
      cover.checked = false;
    }
    addEventListener("pagehide", forget);
    addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
    addEventListener("beforeunload", event => {
      if (!leaving && here > 1) { event.preventDefault(); event.returnValue = ""; }
    });

    // ---- help, and the cover
    function closeHelp() {
      if (!root.classList.contains("helping")) return;
      root.classList.remove("helping");
      if (asked) asked.focus();
    }
    at("ask").onclick = event => {
      event.preventDefault();
      asked = event.currentTarget;
      root.classList.add("helping");
      scrollTo(0, 0);
      help.focus();
    };
    at("return").onclick = closeHelp;
    addEventListener("keydown", event => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      cover.checked = true;
      speak(null);
      cover.focus();
    });

    // ---- reading aloud, by voices of this machine only
    const speech = window.speechSynthesis;
    let reading = null;
    function speak(button) {
      if (reading) { speech.cancel(); reading.textContent = words.read; reading = null; }
      if (!button) return;
      const question = button.parentNode;
      const parts = [question.querySelector("legend"), ...all("fieldset > label:not(.z)", form).filter(label => label.parentNode === question)].map(part => part.textContent);
      const text = new SpeechSynthesisUtterance(parts.join("。 "));
      text.voice = voice();
      text.lang = root.lang;
      text.rate = 0.9;
      text.onend = () => { if (reading === button) { button.textContent = words.read; reading = null; } };
      reading = button;
      button.textContent = words.stop;
      speech.speak(text);
    }
    function voice() {
      return speech.getVoices().find(held => held.localService && held.lang.slice(0, 2) === root.lang.slice(0, 2));
    }
    function offerReading() {
      if (!voice() || form.querySelector(".read")) return;
      all("fieldset", form).forEach(question => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "read";
        button.textContent = words.read;
        button.onclick = () => speak(reading === button ? null : button);
        question.querySelector("legend").after(button);
      });
    }
    if (speech) { offerReading(); speech.onvoiceschanged = offerReading; }

    if (alert.textContent.trim()) show(last, false); else show(0, false);
  });
})();
