// Suggests communes while their name is being written: a combobox of the ARIA guide. Without this the name alone is sent.
"use strict";
(() => {
  const field = document.getElementById("near");
  const list = document.createElement("ul");
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": "communes", "aria-expanded": false };
  for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
  Object.assign(list, { id: "communes", role: "listbox", ariaLabel: "Communes", hidden: true });
  field.after(list);
  let latest = 0;

  const options = () => [...list.children];
  const active = () => list.querySelector("[aria-selected=true]");

  function close() {
    latest++; // what is still asked comes too late
    list.hidden = true;
    field.setAttribute("aria-expanded", false);
    field.removeAttribute("aria-activedescendant");
  }

  function activate(option) {
    active()?.setAttribute("aria-selected", false);
    option.setAttribute("aria-selected", true);
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  }

  function choose(option) {
    field.value = option.textContent;
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function option({ name, departement }, position) {
    const made = document.createElement("li");
    Object.assign(made, { id: `commune-${position}`, role: "option", textContent: `${name} (${departement.name})` });
    made.setAttribute("aria-selected", false);
    made.addEventListener("click", () => choose(made));
    return made;
  }

  field.addEventListener("input", async () => {
    close();
    const asked = latest;
    const written = field.value.trim();
    if (written.length < 2) return;
    const query = new URLSearchParams({ q: written, limit: "8", fields: "name,departement" });
    const answer = await fetch(`/v1/communes?${query}`);
    if (!answer.ok) return;
    const { items } = await answer.json();
    if (asked !== latest || !items.length) return; // a later letter has its own answer
    list.replaceChildren(...items.map(option));
    list.hidden = false;
    field.setAttribute("aria-expanded", true);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = options();
    const at = all.indexOf(active());
    if (event.key === "ArrowDown") activate(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") activate(all.at(at <= 0 ? -1 : at - 1));
    else if (event.key === "Enter" && at >= 0) choose(all[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
})();
