// The page shows one dataset at a time, chosen by list, arrow keys or address; tables and commands can be copied.
"use strict";
(() => {
  const articles = [...document.querySelectorAll(".dataset")];
  const select = document.getElementById("dataset");

  // ---- one dataset at a time; the address of anything within a dataset shows that dataset

  function choose(article) {
    for (const each of articles) each.classList.toggle("chosen", each === article);
    select.value = article.id;
  }

  function mark(row) {
    for (const each of document.querySelectorAll("tr.marked")) each.classList.remove("marked");
    row.classList.add("marked");
    const code = row.closest(".dataset").querySelector(".reproduce code");
    code.textContent = row.dataset.command;
  }

  function follow() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    if (!name) choose(articles[0]);
    const target = document.getElementById(name), article = target?.closest(".dataset");
    if (!article) return;
    choose(article);
    if (target.matches("tr")) mark(target);
    const place = target === article ? document.getElementById("datasets") : target;
    place.scrollIntoView({ block: target.matches("tr") ? "center" : "start" });
  }

  function step(by) {
    const next = articles[articles.findIndex(({ id }) => id === select.value) + by];
    if (next) location.hash = next.id;
  }

  if (select && articles.length) {
    addEventListener("hashchange", follow);
    select.addEventListener("change", () => { location.hash = select.value; });
    document.getElementById("previous").addEventListener("click", () => step(-1));
    document.getElementById("next").addEventListener("click", () => step(1));
    addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.target.closest("input, select, textarea, .scroll, .player")) return;  // these need the arrow keys
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    });
    follow();
  }

  // ---- copies

  const escaped = { markdown: (text) => text.replace(/[\\|*<`]/g, "\\$&"), csv: (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text) };
  const shown = (cell) => cell.textContent.trim();
  const full = (cell) => cell.dataset.sort ?? shown(cell);
  const row = { markdown: (cells) => `| ${cells.join(" | ")} |`, csv: (cells) => cells.join(",") };

  function text(table, format) {
    const value = format === "csv" ? full : shown;
    const made = [...table.rows].filter(({ hidden }) => !hidden)
      .map(({ cells }) => row[format]([...cells].map((cell) => escaped[format](value(cell)))));
    if (format === "markdown") {
      made.splice(1, 0, row.markdown([...table.rows[0].cells].map((cell) => (cell.matches(".left, :first-child") ? "---" : "---:"))));
    }
    return made.join("\n") + "\n";
  }

  async function copy(words) {
    try {
      await navigator.clipboard.writeText(words);
    } catch {  // no clipboard for a page from disk, or no permission
      const area = document.createElement("textarea");
      area.value = words;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const format = button.dataset.copy;
      const words = format === "command"
        ? button.closest(".reproduce").querySelector("code").textContent
        : text(button.closest(".dataset").querySelector(".rows table"), format);
      await copy(words);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
})();
