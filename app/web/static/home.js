// Filters, links of the map and pages change the page in place: the server draws it whole, and its parts are taken.
// Without this the same form and the same links load the same pages.
"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const result = document.querySelector(".result");
  const announced = document.getElementById("annonce");
  const PAUSE = 300; // ms after a letter
  let latest = 0;
  let timer = 0;
  let typing = false;

  function address() {
    const asked = [...new FormData(form)].filter(([, value]) => value.trim());
    const query = new URLSearchParams(asked).toString();
    return query ? `/?${query}` : "/";
  }

  async function show(url, { typed = false, pushed = true, all = false } = {}) {
    const asked = ++latest;
    clearTimeout(timer);
    result.setAttribute("aria-busy", true);
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    const text = await answer?.text();
    if (asked !== latest) return; // a later wish has its own answer
    result.removeAttribute("aria-busy");
    if (!answer) return location.assign(url); // the browser says best that nothing answers
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!answer.ok) return refused(page);
    if (pushed) {
      const same = new URL(url, location.href).href === location.href;
      history[same || (typed && typing) ? "replaceState" : "pushState"](null, "", url);
    }
    typing = typed;
    fill(page, all);
  }

  function refused(page) {
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.textContent = page.querySelector("main p").textContent;
    document.querySelector("[data-part=notices]").replaceChildren(notice);
    announced.textContent = notice.textContent;
  }

  function fill(page, all) {
    const held = document.activeElement;
    const part = held.closest("[data-part]")?.dataset.part;
    for (const fresh of page.querySelectorAll("[data-part]")) {
      document.querySelector(`[data-part=${fresh.dataset.part}]`).replaceWith(fresh);
    }
    for (const field of form.querySelectorAll("select, input[id]")) {
      const fresh = page.getElementById(field.id);
      const { value } = fresh;
      if (field.matches("select")) field.replaceChildren(...fresh.childNodes);
      else if (!all && field === held) continue; // never under the fingers of who writes
      field.value = value; // an option that moves from page to page forgets that it is chosen
    }
    document.dispatchEvent(new Event("ptce:shown"));
    announced.textContent = document.getElementById("liste").textContent;
    if (!held.isConnected) document.getElementById(part === "map" ? "carte" : "liste").focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(address());
  });
  form.addEventListener("change", (event) => event.target.name !== "q" && show(address()));
  form.elements.q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => show(address(), { typed: true }), PAUSE);
  });
  form.elements.q.addEventListener("blur", () => (typing = false));
  document.querySelector("main").addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = !event.defaultPrevented && !event.button && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain) return;
    const url = new URL(link.href.baseVal ?? link.href, location.href); // a link of the drawing has an animated address
    if (url.origin !== location.origin || url.pathname !== "/" || url.hash) return;
    event.preventDefault();
    show(url.pathname + url.search, { all: true });
  });
  addEventListener("popstate", () => show(location.pathname + location.search, { pushed: false, all: true }));
})();
