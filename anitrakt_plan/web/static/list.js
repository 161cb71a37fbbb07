// The list: queues, facets, rows, many at once; moving and selecting.
"use strict";

// --- what is shown ---

const facetOf = (row, name) => (name === "franchise" ? row.franchise : row.facets[name]);
const inText = (row) => !S.text || `${row.title} ${row.english} ${row.franchise} ${row.key}`.toLowerCase().includes(S.text);
const inFacets = (row, but) => FACETS.every(([name]) => name === but || !S.on[name]?.size || S.on[name].has(facetOf(row, name)));
const inQueue = (row) => (S.queue === "all" ? true : row.queue === S.queue);
const all = () => [...S.rows.values()];
const shown = () => all().filter((row) => inQueue(row) && inText(row) && inFacets(row));
const open = () => all().filter((row) => row.queue !== "decided");
const picked = () => {
  const rows = shown();
  const some = rows.filter((row) => S.selected.has(row.key));
  return some.length ? some : null;
};

function standing() {
  const count = (queue) => all().filter((row) => row.queue === queue).length;
  const waiting = open().length;
  const words = waiting
    ? [
        h("b", {}, `${waiting} need${waiting === 1 ? "s" : ""} you`),
        `: ${count("right")} look right, ${count("choice")} need a choice, ${count("none")} not found. Every answer is saved.`,
      ]
    : [h("b", {}, "Nothing is open."), ` ${entries(S.state.ready)} ready, ${S.state.skipped} skipped. Every answer is saved.`];
  if (report) words.splice(1, 1, report.says);
  $("standing").replaceChildren(...words);
  $("undo").disabled = !S.undo;
  $("undo").textContent = S.undo ? `Undo (${S.undo})` : "Undo";
  document.title = `${waiting ? `(${waiting}) ` : ""}${$("heading").textContent} · anitrakt`;
  for (const [queue] of ALL_QUEUES) {
    // the buttons stay: one that is made anew under a finger loses its click
    const tab = $("queues").querySelector(`[data-queue="${queue}"]`);
    tab.setAttribute("aria-current", String(S.queue === queue));
    tab.querySelector(".count").textContent = queue === "all" ? S.rows.size : count(queue);
  }
}
function goTo(queue) {
  Object.assign(S, { queue, on: {}, from: queue === "right" ? 0.9 : 0.98 });
  S.selected.clear();
  render();
  select(shown()[0]?.key);
}

function facets() {
  const rows = all().filter((row) => inQueue(row) && inText(row));
  const boxes = FACETS.map(([name, title]) => {
    const counts = new Map();
    for (const row of rows)
      if (facetOf(row, name) !== undefined && inFacets(row, name))
        counts.set(facetOf(row, name), (counts.get(facetOf(row, name)) ?? 0) + 1);
    let values = [...counts].sort((one, other) => other[1] - one[1] || String(one[0]).localeCompare(String(other[0])));
    if (name === "franchise") values = values.filter(([, n]) => n > 1).slice(0, 12);
    if (values.length < 2 && !S.on[name]?.size) return null;
    return h(
      "fieldset",
      { "data-facet": name },
      h("legend", {}, title),
      values.map(([value, n]) => {
        const box = h("input", {
          type: "checkbox",
          checked: S.on[name]?.has(value) ?? false,
          onchange: () => {
            const on = (S.on[name] ??= new Set());
            on.has(value) ? on.delete(value) : on.add(value);
            filtered();
            document.querySelector(`[data-facet="${name}"] input[data-value="${CSS.escape(String(value))}"]`)?.focus();
          },
          "data-value": String(value),
        });
        return h("label", {}, box, h("span", {}, String(value)), h("span", { class: "count" }, String(n)));
      }),
    );
  });
  const anyOn = Object.values(S.on).some((on) => on.size);
  $("facets").replaceChildren(
    ...[
      anyOn &&
        button(
          "Clear all filters",
          () => {
            S.on = {};
            filtered();
          },
          "quiet",
        ),
      ...boxes,
    ].filter(Boolean),
  );
  $("layout").classList.toggle("with-facets", !$("facets").hidden && $("facets").hasChildNodes());
  $("filter").textContent = anyOn ? `Filter (${Object.values(S.on).reduce((n, on) => n + on.size, 0)})` : "Filter";
}

function picture(name, title) {
  const hue = [...title].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) % 360, 7);
  const box = h("span", { class: "picture", "aria-hidden": "true", "data-picture": name }, h("span", {}, [...title.trim()][0] ?? "?"));
  box.style.setProperty("--hue", hue);
  if (S.there.has(name)) hang(box, name);
  return box;
}
const hang = (box, name) => {
  if (!box.querySelector("img")) box.append(h("img", { src: `/picture/${name}`, alt: "", loading: "lazy", decoding: "async" }));
};

function meter(confidence) {
  const kind = confidence >= 0.9 ? "good" : confidence >= 0.5 ? "mid" : "";
  const bar = h("i", { class: kind });
  bar.style.width = `${Math.max(2, Math.round(confidence * 100))}%`;
  return h("span", { class: "meter", "aria-hidden": "true" }, bar);
}

const mark = (text, differs) => (differs ? h("span", { class: "differs" }, text) : text);
const facts = (row) =>
  joined([
    row.kind,
    row.year ?? "year unknown",
    row.episodes === 1 && row.kind === "Movie" ? "" : row.episodes ? plural(row.episodes, "episode") : "episodes unknown",
  ]);
const progress = (row) => joined([row.status, row.watched ? `${row.watched} watched` : "", row.finished && `finished ${row.finished}`]);
const place = (best) =>
  joined([
    best.place === "film" ? mark("film", best.differs.kind) : best.place,
    best.place === "film" ? "" : mark(plural(best.count, "episode"), best.differs.count),
  ]);

function rowNode(row) {
  const best = row.decision === "skip" ? null : row.best;
  const theirs = best
    ? h(
        "div",
        { class: "work theirs" },
        picture(best.poster, best.title),
        h(
          "div",
          {},
          h("p", { class: "name" }, best.title, best.year ? [" ", mark(`(${best.year})`, best.differs.year)] : ""),
          h("p", { class: "sub" }, place(best)),
        ),
      )
    : h(
        "div",
        { class: "work theirs" },
        h(
          "p",
          { class: "sub" },
          row.queue === "decided"
            ? row.note || "never sent"
            : row.facets.candidates === "all taken"
              ? "every suggestion is another entry's"
              : S.state.asks === false
                ? "no catalogue was asked"
                : "nothing on Trakt looks like it",
        ),
      );
  const decided = row.queue === "decided";
  const sure = decided
    ? h("span", { class: `state ${row.decision}` }, row.decision)
    : best?.percent
      ? [best.percent, meter(best.confidence)]
      : "";
  return h(
    "div",
    {
      class: `row${best && best.percent && best.confidence < 0.5 ? " unlikely" : ""}`,
      role: "option",
      id: `row-${row.key}`,
      "data-key": row.key,
      "aria-selected": String(S.selected.has(row.key)),
      onclick: (event) => rowClicked(row.key, event),
    },
    h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
    h(
      "div",
      { class: "work" },
      picture(`cover/${row.key}`, row.title),
      h(
        "div",
        {},
        h("p", { class: "name" }, row.title),
        h(
          "p",
          { class: "sub" },
          joined([row.english, ...facts(row).filter((one) => one !== " · "), row.finished && `finished ${row.finished}`]),
        ),
      ),
    ),
    theirs,
    h("div", { class: "sure" }, sure),
  );
}

function list() {
  const rows = shown();
  const groups = [];
  for (const row of rows) {
    if (groups.at(-1)?.[0].group === row.group) groups.at(-1).push(row);
    else groups.push([row]);
  }
  $("rows").replaceChildren(
    ...groups.map((group) =>
      h(
        "div",
        { role: "group", "aria-label": group[0].franchise },
        group.length > 1 &&
          h("div", { class: "group-name", role: "presentation" }, group[0].franchise, h("span", { class: "count" }, String(group.length))),
        group.map(rowNode),
      ),
    ),
  );
  $("rows").hidden = !rows.length;
  empty(rows);
  many(rows);
  highlight();
  askForPictures();
}

function empty(rows) {
  const box = $("empty");
  box.hidden = rows.length > 0;
  if (rows.length) return;
  const filtered = S.text || Object.values(S.on).some((on) => on.size);
  const [next] = QUEUES.filter(([queue]) => queue !== "decided" && queue !== S.queue && all().some((row) => row.queue === queue));
  if (filtered)
    box.replaceChildren(
      h("h2", {}, "Nothing fits these filters"),
      button("Clear the filters", () => {
        S.on = {};
        S.text = $("text").value = "";
        filtered();
      }),
    );
  else if (next && S.queue !== "decided")
    box.replaceChildren(
      h("h2", {}, "This queue is done"),
      h("p", {}, "Every answer is in the file."),
      button(`On to “${next[1]}”`, () => goTo(next[0]), "primary"),
    );
  else if (!open().length && !report)
    box.replaceChildren(h("h2", {}, "Nothing is open any more"), h("p", {}, coded(S.state.next)), button("What next", nextStep, "primary"));
  else box.replaceChildren(h("h2", {}, "Nothing here"));
}

function many(rows) {
  if (report) return;
  const some = picked();
  const box = $("many");
  if (some) {
    const ready = some.filter((row) => row.best?.confidence >= 0.5);
    const clear = () => {
      S.selected.clear();
      list();
    };
    box.replaceChildren(
      h("span", {}, `${some.length} selected`),
      ...acceptButton(ready, (n) => `Accept ${n}`, "primary").filter(Boolean),
      button(`Skip ${some.length}`, skipMany),
      button("Clear", clear, "quiet"),
    );
    return;
  }
  const waiting = rows.filter((row) => row.queue !== "decided"),
    none = rows.filter((row) => row.queue === "none");
  const free = waiting.filter((row) => !row.alone);
  const reach = (rows) => [0.99, 0.98, 0.95, 0.9, 0.8, 0.5].filter((least) => rows.some((row) => row.best?.confidence >= least));
  const steps = reach(free).length ? reach(free) : reach(waiting);
  if (!steps.includes(S.from)) S.from = steps[0] ?? S.from;
  const likely = waiting.filter((row) => row.best?.confidence >= S.from);
  const wrong = likely.filter((row) => !row.alone).reduce((sum, row) => sum + 1 - row.best.confidence, 0);
  const from = h(
    "select",
    {
      "aria-label": "From which confidence up",
      onchange: (event) => {
        S.from = Number(event.target.value);
        many(shown());
        $("many").querySelector("select")?.focus();
      },
    },
    steps.map((least) => h("option", { value: String(least), selected: least === S.from }, `${Math.round(least * 100)} % up`)),
  );
  const isPart = S.text || Object.values(S.on).some((on) => on.size);
  box.replaceChildren(
    ...[
      ...acceptButton(
        likely,
        (n) => `Accept the ${n} shown (${wrong < 0.5 ? "probably none wrong" : `about ${Math.round(wrong)} wrong`})`,
        S.queue === "right" ? "primary" : "",
        steps.length > 1 && h("label", {}, "from", from),
      ),
      none.length > 1 &&
        button(
          S.state.asks === false
            ? `Skip the ${none.length} of which nothing is known …`
            : `Skip the ${none.length} for which Trakt has nothing …`,
          () => skipRows(none, saidOfUnknown(none)),
        ),
      S.state.others > 0 &&
        ["decided", "all"].includes(S.queue) &&
        button(
          `Show the ${S.state.others} automatic ones, too`,
          () => {
            S.scope = "all";
            load();
          },
          "quiet",
        ),
      isPart && waiting.length > 1 && waiting.length > none.length && button(`Skip the ${waiting.length} shown`, skipMany),
    ].filter(Boolean),
  );
}

/** The button for those of these rows that can be accepted together; where none can, it is dead, and says why. */
function acceptButton(rows, label, kind, beside = null) {
  const free = rows.filter((row) => !row.alone);
  if (!rows.length) return [];
  if (free.length) return [button(label(free.length), acceptMany, kind), beside];
  const [{ title, alone }] = rows;
  return [
    button(`Accept the ${rows.length} shown`, acceptMany, "", { disabled: true, "aria-describedby": "why-not" }),
    beside,
    h("span", { id: "why-not", class: "sub" }, rows.length === 1 ? `${title}: ${alone}` : `each of the ${rows.length} has a question of its own`),
  ];
}

/** What is skipped with those that nothing is known of, and what that means where nobody was asked. */
function saidOfUnknown(rows) {
  const kinds = new Map();
  for (const row of rows) kinds.set(row.kind, (kinds.get(row.kind) ?? 0) + 1);
  const counted = [...kinds].sort((one, other) => other[1] - one[1]).map(([kind, n]) => `${n} ${kind}`);
  const asked =
    S.state.asks === false
      ? "No id map here knows them, and no catalogue was asked: Trakt may have some of them. anitrakt login --tmdb and a new plan tell; left open, they do no harm."
      : "Neither the id maps nor a search found anything for them.";
  return `${counted.join(", ")}. ${asked}`;
}

function render() {
  standing();
  facets();
  list();
  if (!S.rows.has(S.active)) panel();
}

/** After a change of the filters: the entry on the right is one of those on the left. */
function filtered() {
  render();
  if (!shown().some((row) => row.key === S.active)) select(shown()[0]?.key);
}
