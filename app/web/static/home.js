// The home page works without this: it only suggests communes while their name is being written.
"use strict";
(() => {
  const field = document.getElementById("near");
  const list = document.getElementById("communes");
  let latest = 0;

  field.addEventListener("input", async () => {
    const asked = ++latest;
    const written = field.value.trim();
    if (written.length < 2) return list.replaceChildren();
    const query = new URLSearchParams({ q: written, limit: "8", fields: "name,departement" });
    const answer = await fetch(`/v1/communes?${query}`);
    if (!answer.ok || asked !== latest) return; // a later letter has its own answer
    const { items } = await answer.json();
    list.replaceChildren(
      ...items.map(({ name, departement }) => {
        const option = document.createElement("option");
        option.value = name;
        option.label = `${name} (${departement.name})`;
        return option;
      }),
    );
  });
})();
