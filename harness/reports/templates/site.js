// The page over many runs: filter by machine, kept in the address; choose two runs to compare.
"use strict";
(() => {
  const machine = document.getElementById("machine");

  function show(wanted) {
    for (const row of document.querySelectorAll("tr[data-machine]")) row.hidden = wanted && row.dataset.machine !== wanted;
    for (const suite of document.querySelectorAll(".suite")) {
      [...suite.querySelectorAll(".newest")].forEach((run, i) => { run.hidden = wanted ? run.dataset.machine !== wanted : i > 0; });
      suite.hidden = ![...suite.querySelectorAll("tr[data-machine]")].some(({ hidden }) => !hidden);
    }
  }

  if (machine) {
    const address = new URL(location.href);
    machine.value = [...machine.options].some(({ value }) => value === address.searchParams.get("machine"))
      ? address.searchParams.get("machine") : "";
    machine.addEventListener("change", () => {
      if (machine.value) address.searchParams.set("machine", machine.value);
      else address.searchParams.delete("machine");
      try { history.replaceState(null, "", address); } catch { /* a page from disk keeps its address */ }
      show(machine.value);
    });
    show(machine.value);
  }

  for (const choice of document.querySelectorAll(".pairs")) {
    choice.querySelector("button").addEventListener("click", () => { location.href = choice.querySelector("select").value; });
  }
})();
