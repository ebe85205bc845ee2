// Draws the figures a page carries as <script type="application/json" data-chart>, when they come into view.
// Colours in a figure are CSS variables ("var(--gain)" or "var(--gain)/0.2"), so a change of theme only draws again.
"use strict";
(() => {
  const VARIABLE = /^var\((--[\w-]+)\)(?:\/([\d.]+))?$/;
  const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, scrollZoom: false };
  const figures = new Map();

  function colour(name, opacity, styles) {
    const hex = styles.getPropertyValue(name).trim();
    if (opacity === undefined) return hex;
    const [red, green, blue] = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
    return `rgba(${red},${green},${blue},${opacity})`;
  }

  function resolve(value, styles) {
    if (typeof value === "string") {
      const found = VARIABLE.exec(value);
      return found ? colour(found[1], found[2], styles) : value;
    }
    if (Array.isArray(value)) return value.map((item) => resolve(item, styles));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, styles)]));
    }
    return value;
  }

  const axis = (given) => ({
    gridcolor: "var(--line)",
    linecolor: "var(--line-strong)",
    tickfont: { color: "var(--ink-3)" },
    zeroline: false,
    fixedrange: true,
    automargin: true,
    ...given,
    title: given?.title && { standoff: 10, font: { color: "var(--ink-3)", size: 12 }, ...given.title },
  });

  function layout(given, styles) {
    return resolve({
      margin: { t: 12, r: 12, b: 40, l: 52 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: styles.getPropertyValue("--font"), size: 12, color: "var(--ink-2)" },
      hoverlabel: { bgcolor: "var(--surface)", bordercolor: "var(--line-strong)", font: { color: "var(--ink)" } },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: "var(--ink-2)" } },
      dragmode: false,
      ...given,
      xaxis: axis(given.xaxis),
      yaxis: axis(given.yaxis),
    }, styles);
  }

  async function draw(box) {
    const figure = figures.get(box);
    if (!figure) return;
    const styles = getComputedStyle(box); // of the box: between looks its colours say nothing
    await window.Plotly.react(box.firstElementChild, resolve(figure.data, styles), layout(figure.layout, styles), CONFIG);
    box.dataset.ready = "";
  }

  // A chart inside a closed <details> has no width; it waits until it is seen.
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "600px" });

  function take(script) {
    const box = script.parentElement;
    figures.set(box, JSON.parse(script.textContent));
    const canvas = document.createElement("div");
    canvas.className = "chart-canvas";
    box.replaceChildren(canvas);
    seen.observe(box);
  }

  /** Plotly listens to the window for every chart it drew; one that a swap took away must be let go. */
  function release() {
    for (const box of figures.keys()) {
      if (box.isConnected) continue;
      seen.unobserve(box);
      if (box.firstElementChild) window.Plotly.purge(box.firstElementChild);
      figures.delete(box);
    }
  }

  function takeAll() {
    release();
    document.querySelectorAll("script[data-chart]").forEach(take);
  }

  document.addEventListener("htmx:after:swap", takeAll);
  document.addEventListener("netlift:theme", () => document.querySelectorAll(".chart[data-ready]").forEach(draw));
  takeAll();
})();
