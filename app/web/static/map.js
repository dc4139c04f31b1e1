// The map that the server drew becomes one that zooms, and whose points open. Without this it is a map of links.
"use strict";
(() => {
  const { L } = window;
  const REACH = 25; // pixels: what a finger needs; two dots that are nearer than this would cover each other
  const ZOOMS = 4;
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let map = null;

  function named(poles) {
    const names = poles.map((pole) => pole.dataset.name).join(", ");
    return poles.length > 1 ? `${poles.length} pôles : ${names}` : names;
  }

  const Dot = L.Icon.extend({
    createIcon() {
      const { poles } = this.options;
      const dot = document.createElement("button");
      dot.type = "button";
      dot.textContent = poles.length > 1 ? poles.length : "";
      dot.setAttribute("aria-label", named(poles));
      this._setIconStyles(dot, "icon");
      return dot;
    },
    createShadow: () => null,
  });

  // The sheet of the server is in pixels, or on a projection where tiles have their place.
  function ground(atlas) {
    const { width, height, corners } = atlas.dataset;
    if (!corners) return { crs: L.CRS.Simple, at: (x, y) => L.latLng(-y, x) };
    const [west, south, east, north] = corners.split(" ").map(Number);
    const at = (x, y) =>
      L.Projection.SphericalMercator.unproject(
        L.point(west + (x / width) * (east - west), north - (y / height) * (north - south)),
      );
    return { crs: L.CRS.EPSG3857, at };
  }

  function show() {
    const atlas = document.querySelector(".atlas");
    const before = map && map.sheet === atlas.dataset.sheet && map.getZoom() > map.getMinZoom() ? map : null;
    const view = before && [before.getCenter(), before.getZoom()];
    if (map) map.remove();
    map = made(atlas);
    if (view) map.setView(...view, { animate: false });
  }

  function made(atlas) {
    const { crs, at } = ground(atlas);
    const { width, height, tiles, credit, sheet } = atlas.dataset;
    const svg = atlas.querySelector("svg");
    const whole = L.latLngBounds(at(0, Number(height)), at(Number(width), 0));
    const held = document.createElement("div");
    atlas.style.aspectRatio = `${width} / ${height}`;
    atlas.prepend(held);
    atlas.classList.add("alive");
    const here = L.map(held, {
      crs,
      zoomSnap: 0,
      zoomControl: false,
      attributionControl: false,
      scrollWheelZoom: false, // the page scrolls
      maxBoundsViscosity: 1,
      zoomAnimation: moves,
      fadeAnimation: moves,
      markerZoomAnimation: moves,
      inertia: moves,
    });
    Object.assign(here, { sheet, middle: whole.getCenter() });
    if (!moves) here.panBy = (offset) => L.Map.prototype.panBy.call(here, offset, { animate: false });
    held.setAttribute("role", "group");
    held.setAttribute("aria-label", "Carte : les flèches la déplacent, + et − l’agrandissent et la réduisent");
    L.control.zoom({ zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" }).addTo(here);
    if (tiles) {
      L.tileLayer(tiles, { maxNativeZoom: 18 }).addTo(here);
      L.control.attribution({ prefix: false }).addAttribution(credit).addTo(here);
      atlas.classList.add("tiled");
    }
    L.svgOverlay(svg, whole, { interactive: true }).addTo(here);
    svg.addEventListener("click", (event) => event.detail && here.dragging.moved() && event.preventDefault(), true);

    const fit = () => {
      here.setMinZoom(-9);
      const zoom = here.getBoundsZoom(whole);
      here.setMaxZoom(zoom + ZOOMS).setView(here.middle, zoom, { animate: false }).setMinZoom(zoom);
      here.setMaxBounds(whole.pad(0.6)); // room for what a point at the border says
    };
    fit();
    here.on("resize", fit);
    // A finger scrolls the page as long as there is nothing to move; then it moves the map.
    const hold = () => here.dragging[L.Browser.mobile && here.getZoom() <= here.getMinZoom() ? "disable" : "enable"]();
    here.on("zoomend", hold);
    hold();
    placed(here, at, [...atlas.querySelector("template").content.children]);
    return here;
  }

  const covers = (one, other) => Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) < REACH;

  // Puts the poles on the map; those that would cover each other are one dot, until a zoom parts them.
  function placed(here, at, poles) {
    const dots = L.layerGroup().addTo(here);
    const draw = () => {
      dots.clearLayers();
      const groups = [];
      for (const pole of poles) {
        const place = at(Number(pole.dataset.x), Number(pole.dataset.y));
        const pixel = here.project(place);
        const near = groups.find((group) => covers(group.pixel, pixel));
        if (near) near.poles.push(pole);
        else groups.push({ place, pixel, poles: [pole] });
      }
      for (const { place, poles: some } of groups) {
        const className = some.length > 1 ? "spot many" : "spot";
        const icon = new Dot({ iconSize: [24, 24], className, poles: some });
        const marker = L.marker(place, { icon, keyboard: false });
        marker.on("click", () => opened(here, marker, some)).addTo(dots);
      }
    };
    draw();
    here.on("zoomend", draw);
  }

  function opened(here, marker, poles) {
    const said = document.createElement("div");
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "close", textContent: "×", ariaLabel: "Fermer" });
    said.append(...poles.map((pole) => document.importNode(pole, true)), close);
    const { x: width, y: height } = here.getSize();
    const options = { className: "said", minWidth: 150, offset: [0, -4], closeButton: false, closeOnEscapeKey: false };
    const popup = L.popup({ ...options, maxWidth: Math.min(260, width - 75), maxHeight: Math.min(260, height - 95) });
    popup.setLatLng(marker.getLatLng()).setContent(said);
    popup.openOn(here);
    close.addEventListener("click", () => here.closePopup(popup));
    const box = popup.getElement();
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", named(poles));
    box.querySelector("a").focus({ preventScroll: true });
    const escape = (event) => event.key === "Escape" && here.closePopup(popup);
    here.getContainer().addEventListener("keydown", escape);
    popup.once("remove", () => {
      here.getContainer().removeEventListener("keydown", escape);
      if (here.getZoom() <= here.getMinZoom()) here.panTo(here.middle, { animate: moves });
      const lost = box.contains(document.activeElement) || document.activeElement === document.body;
      if (lost) (marker.getElement() ?? here.getContainer()).focus({ preventScroll: true });
    });
  }

  document.addEventListener("ptce:shown", show);
  show();
})();
