// Nothing here is needed: without it the pages do all they must.
"use strict";

// After handing in: "reload" must not send the slip, or its code, a second time.
if (document.querySelector("[data-sent]")) history.replaceState(null, "", location.href);

// Cover what is written when somebody comes near.
const cover = document.querySelector("[data-cover]");
if (cover) {
  cover.hidden = false;
  cover.addEventListener("click", () => {
    const covered = document.body.classList.toggle("covered");
    document.querySelector("main").inert = covered;
    cover.textContent = covered ? cover.dataset.uncover : cover.dataset.cover;
  });
}
