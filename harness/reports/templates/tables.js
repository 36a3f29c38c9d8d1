// Tables: a click on a heading sorts by its column; text typed above hides the rows without it.
"use strict";
(() => {
  const key = (row, column) => parseFloat(row.cells[column].dataset.sort);
  const text = (row, column) => row.cells[column].textContent;

  function order(column, sign) {
    return (one, other) => {
      const a = key(one, column), b = key(other, column);
      if (isNaN(a) !== isNaN(b)) return isNaN(a) ? 1 : -1;  // rows without a number are last in both orders
      return sign * (isNaN(a) ? text(one, column).localeCompare(text(other, column)) : a - b);
    };
  }

  function sort(heading) {
    const table = heading.closest("table");
    const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const each of heading.parentElement.cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(order(heading.cellIndex, direction === "ascending" ? 1 : -1)));
  }

  for (const button of document.querySelectorAll("table.sortable th button")) {
    button.addEventListener("click", () => sort(button.parentElement));
  }

  const groups = [...document.querySelectorAll(".rows")].map((element) => ({
    element,
    rows: [...element.querySelectorAll("tbody tr")].map((row) => ({
      row,
      words: `${element.querySelector("h3").textContent} ${row.textContent}`.toLowerCase(),
    })),
  }));

  function filter(wanted) {
    let shown = 0, all = 0;
    for (const { element, rows } of groups) {
      for (const { row, words } of rows) row.hidden = !wanted.every((each) => words.includes(each));
      const left = rows.filter(({ row }) => !row.hidden).length;
      element.hidden = left === 0;
      shown += left;
      all += rows.length;
    }
    document.body.classList.toggle("filtered", wanted.length > 0);  // in every dataset, only matching rows
    document.getElementById("shown").textContent = wanted.length ? `${shown} of ${all} rows` : "";
  }

  document.getElementById("filter")?.addEventListener("input", ({ target }) => {
    filter(target.value.toLowerCase().split(/\s+/).filter(Boolean));
  });
})();
