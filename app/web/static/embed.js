// <script src="…/embed.js" data-region="84"></script> puts the poles of a région where it stands.
// Attributes: data-view (map, list, both), data-theme (light, dark, auto), and every filter of the API.
"use strict";
(() => {
  const here = document.currentScript;
  const origin = new URL(here.src).origin;

  class Registre extends HTMLElement {
    static observedAttributes = ["query"];

    connectedCallback() {
      if (!this.shadowRoot) this.attachShadow({ mode: "open" });
      this.setAttribute("lang", "fr");
      this.show();
    }

    attributeChangedCallback() {
      if (this.isConnected && this.shadowRoot) this.show();
    }

    async show() {
      const query = this.getAttribute("query") || "";
      const theme = new URLSearchParams(query).get("theme");
      for (const one of ["light", "dark"]) this.classList.toggle(one, one === theme);
      try {
        const answer = await fetch(`${origin}/embed/fragment?${query}`);
        const page = await answer.text();
        if (!answer.ok) throw new Error(JSON.parse(page).detail);
        this.shadowRoot.innerHTML = page;
      } catch (error) {
        this.shadowRoot.textContent = `Le Registre des PTCE ne répond pas ici : ${error.message}`;
      }
    }
  }
  if (!customElements.get("ptce-registre")) customElements.define("ptce-registre", Registre);

  const made = document.createElement("ptce-registre");
  made.setAttribute("query", new URLSearchParams({ ...here.dataset }).toString());
  if (!document.head.contains(here)) here.after(made);
  else addEventListener("DOMContentLoaded", () => document.body.prepend(made)); // a page that has nothing before it
})();
