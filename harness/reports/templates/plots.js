// Plots: each is drawn when it comes near the window, in the page's colours, with a legend for the keyboard.
"use strict";
(() => {
  const THEMES = JSON.parse(document.getElementById("themes").textContent);
  const DARK = matchMedia("(prefers-color-scheme: dark)");
  const TOUCH = matchMedia("(pointer: coarse)").matches;
  const AHEAD = "600px";  // how near to the window a plot is drawn
  const STEP = 80;  // milliseconds per frame
  const NARROW = 640;  // pixels across, below which marks have no names
  const PAPER = 980;  // pixels across a printed page
  const BUTTONS = [["toImage"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]];  // without those that send data to a server
  const AT_ONCE = { mode: "immediate", frame: { duration: 0, redraw: false }, transition: { duration: 0 } };
  const SVG = new Set(["svg", "path", "line", "circle"]);
  const drawn = new Set();

  const theme = () => THEMES[DARK.matches ? "dark" : "light"];

  function element(name, attributes = {}, ...children) {
    const made = SVG.has(name)
      ? document.createElementNS("http://www.w3.org/2000/svg", name)
      : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // ---- the legend: one switch per name, its sign drawn as Plotly draws it

  const DASHES = { dot: "2 3", dash: "6 3", longdash: "9 3", dashdot: "6 3 2 3", longdashdot: "9 3 2 3" };
  const CORNERS = {  // corners, turn in degrees, and how far in every other one stands
    square: [4, 45], diamond: [4, 0], "triangle-up": [3, 0], "triangle-down": [3, 180], pentagon: [5, 0],
    hexagon: [6, 0], star: [10, 0, 0.45],
  };

  function outline(corners, turn, inner = 1) {
    const points = Array.from({ length: corners }, (_, i) => {
      const angle = ((360 * i) / corners + turn - 90) * (Math.PI / 180), radius = i % 2 ? 6 * inner : 6;
      return `${(14 + radius * Math.cos(angle)).toFixed(1)},${(8 + radius * Math.sin(angle)).toFixed(1)}`;
    });
    return `M${points.join("L")}Z`;
  }

  function mark({ color, symbol = "circle", line = {} }) {
    const colour = [].concat(color ?? line.color ?? "currentColor")[0];
    const [, shape, open] = /^(.*?)(-open)?(?:-dot)?$/.exec([].concat(symbol)[0]);
    const paint = { fill: open ? "none" : colour, stroke: colour, "stroke-width": 1.5 };
    if (shape === "x-thin") return element("path", { d: "M9 3L19 13M19 3L9 13", ...paint });
    if (!(shape in CORNERS)) return element("circle", { cx: 14, cy: 8, r: 5, ...paint });
    return element("path", { d: outline(...CORNERS[shape]), ...paint });
  }

  function sign(traces) {
    const svg = element("svg", { width: 28, height: 16, "aria-hidden": "true" });
    const lined = traces.find(({ mode = "lines", type }) => type === "scatter" && mode.includes("lines"));
    const marked = traces.find(({ mode = "" }) => mode.includes("markers"));
    if (lined) {
      const { color = "currentColor", dash = "solid" } = lined.line ?? {};
      const stroke = { x1: 0, x2: 28, y1: 8, y2: 8, stroke: color, "stroke-width": 2 };
      svg.append(element("line", { ...stroke, "stroke-dasharray": DASHES[dash] ?? "none" }));
    }
    if (marked) svg.append(mark(marked.marker ?? {}));
    return svg;
  }

  const PLAIN = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  const plain = (text) => text.replace(/&(?:lt|gt|amp);/g, (each) => PLAIN[each]);

  function breakable(name) {
    const parts = name.split(/(?<=[,[_=/+])/);  // where its parts meet, not within a word
    return element("span", {}, ...parts.flatMap((part) => [part, element("wbr")]));
  }

  function legend(holder, drawing, visible) {
    const entries = new Map();
    drawing.data.forEach((trace, i) => {
      if (trace.type === "heatmap" || !trace.name || trace.showlegend === false || !visible[i]) return;
      const name = trace.legendgroup || trace.name;
      entries.set(name, [...(entries.get(name) ?? []), i]);
    });
    holder.replaceChildren(...[...entries.values()].map((indices) => {
      const traces = indices.map((i) => drawing.data[i]);
      const name = breakable(plain(traces[0].name));
      const button = element("button", { type: "button", "aria-pressed": "true" }, sign(traces), name);
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", on);
        Plotly.restyle(drawing, { visible: on }, indices);
      });
      return button;
    }));
  }

  // ---- choices: the traces that are shown together

  function shownBy(select, count) {
    const options = [...(select?.options ?? [])].map((each) => each.dataset.traces.split(" ").map(Number));
    const chosen = new Set(options[select?.selectedIndex]), any = new Set(options.flat());
    return Array.from({ length: count }, (_, i) => chosen.has(i) || !any.has(i));
  }

  // ---- animation: a button and a slider over the frames

  function player(box, drawing, names) {
    const [button, slider, output] = box.children;
    let timer = 0;
    const show = (i) => {
      slider.value = i;
      output.textContent = `epoch ${names[i]}`;
      slider.setAttribute("aria-valuetext", output.textContent);
      return Plotly.animate(drawing, [names[i]], AT_ONCE);
    };
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      button.textContent = "Play";
    };
    const step = () => {
      if (slider.valueAsNumber >= names.length - 1) stop();
      else show(slider.valueAsNumber + 1);
    };
    slider.addEventListener("input", () => {
      stop();
      show(slider.valueAsNumber);
    });
    button.addEventListener("click", () => {
      if (timer) return stop();
      if (slider.valueAsNumber >= names.length - 1) show(0);
      button.textContent = "Pause";
      timer = setInterval(step, STEP);
    });
  }

  // ---- drawing

  function config(name) {
    return {
      responsive: true,
      displaylogo: false,
      ...(TOUCH && { displayModeBar: false }),
      modeBarButtons: BUTTONS,
      showSendToCloud: false,
      plotlyServerURL: "",
      toImageButtonOptions: { filename: name, format: "svg" },
    };
  }

  function dressed(layout) {
    const made = { ...layout, template: theme(), showlegend: false };
    if (!TOUCH) return made;
    made.dragmode = false;  // a finger on a plot moves the page
    for (const axis of Object.keys(made).filter((key) => /^[xy]axis\d*$/.test(key))) {
      made[axis] = { ...made[axis], fixedrange: true };
    }
    return made;
  }

  function draw(plot) {
    if (drawn.has(plot)) return;
    drawn.add(plot);
    const drawing = plot.querySelector(".drawing"), select = plot.querySelector("select");
    const { data, layout, frames = [] } = JSON.parse(plot.querySelector("script").textContent);
    const visible = shownBy(select, data.length);
    data.forEach((trace, i) => { if (select) trace.visible = visible[i]; });
    if (drawing.clientWidth < NARROW) {
      for (const trace of data) if (trace.meta === "named") trace.mode = "markers";  // no room for names; the legend has them
    }
    Plotly.newPlot(drawing, { data, layout: dressed(layout), frames, config: config(plot.id) }).then(() => {
      for (const svg of drawing.querySelectorAll(".main-svg")) svg.setAttribute("aria-hidden", "true");  // the caption says it
    });
    legend(plot.querySelector(".legend"), drawing, visible);
    select?.addEventListener("change", () => {
      const now = shownBy(select, data.length);
      Plotly.restyle(drawing, { visible: now });
      legend(plot.querySelector(".legend"), drawing, now);
    });
    if (frames.length) player(plot.querySelector(".player"), drawing, frames.map(({ name }) => name));
  }

  const waiting = [...document.querySelectorAll(".plot")].filter((plot) => plot.querySelector(".drawing"));
  const drawings = () => [...drawn].map((plot) => plot.querySelector(".drawing"));

  if (typeof Plotly === "undefined") {
    for (const plot of waiting) plot.querySelector(".drawing").textContent = "Plotly's script is not beside this page.";
    return;
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target.closest(".plot"));
    }
  }, { rootMargin: AHEAD });
  for (const plot of waiting) near.observe(plot.querySelector(".drawing"));

  DARK.addEventListener("change", () => {
    for (const drawing of drawings()) Plotly.relayout(drawing, { template: theme() });
  });

  addEventListener("beforeprint", () => {
    for (const plot of waiting) if (plot.tagName !== "DETAILS" || plot.open) draw(plot);
    for (const drawing of drawings()) Plotly.relayout(drawing, { template: THEMES.light, width: PAPER });
  });
  addEventListener("afterprint", () => {
    for (const drawing of drawings()) Plotly.relayout(drawing, { template: theme(), width: null, autosize: true });
  });
})();
