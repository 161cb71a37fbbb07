// The page for a repair: groups of plays, each decided by a person. It shows what the server says; every rule is the server's.
"use strict";

const STATES = [
  ["open", "Open"],
  ["decided", "Decided"],
  ["all", "All"],
];
const REPAIR_KEYS = [
  ["a", "do what is suggested"],
  ["k", "keep: the plays stay as they are"],
  ["r", "remove the plays"],
  ["d", "redate the plays, where the group names a day"],
  ["A", "do so for all shown of this kind and suggestion; asks first"],
  ["v", "open a decided group again"],
  ["n  ↓", "next group"],
  ["b  ↑", "group before"],
  ["o", "open its page on Trakt"],
  ["/", "filter by title"],
  ["u", "undo, without end"],
  ["?", "these keys"],
];
const FEW_PLAYS = 12;

// --- what is shown ---

const groups = (n) => plural(n, "group");
const plays = (n) => plural(n, "play");
const sum = (rows) => rows.reduce((n, row) => n + row.count, 0);
const all = () => [...S.rows.values()];
const waiting = (rows) => rows.filter((row) => row.queue === "open");
const fits = (row) => (S.queue === "all" || row.queue === S.queue) && (!S.text || `${row.about} ${row.key}`.toLowerCase().includes(S.text));
const shown = () => all().filter((row) => fits(row) && (!S.kind || row.kind === S.kind));
const capital = (word) => word[0].toUpperCase() + word.slice(1);
const days = (row) => row.days.join(" – ");
const suggestion = (row) => (row.suggest === "redate" && row.to ? `redate to ${row.to}` : row.suggest);

function render() {
  const left = waiting(all());
  $("standing").replaceChildren(
    ...(left.length
      ? [
          h("b", {}, `${groups(left.length)} need${left.length === 1 ? "s" : ""} you`),
          `: ${plays(sum(left))}. Every answer is saved; nothing is sent from here.`,
        ]
      : [h("b", {}, "Nothing is open."), ` ${decidedWords()}. Every answer is saved.`]),
  );
  $("undo").disabled = !S.undo;
  $("undo").textContent = S.undo ? `Undo (${S.undo})` : "Undo";
  document.title = `${left.length ? `(${left.length}) ` : ""}Repair · anitrakt`;
  for (const tab of $("queues").children) {
    const name = tab.dataset.queue;
    tab.setAttribute("aria-current", String(S.queue === name));
    tab.querySelector(".count").textContent = all().filter((row) => name === "all" || row.queue === name).length;
  }
  for (const tab of $("kinds").children) {
    const kind = tab.dataset.kind;
    tab.setAttribute("aria-current", String(S.kind === kind));
    tab.querySelector(".count").textContent = all().filter((row) => fits(row) && (!kind || row.kind === kind)).length;
  }
  list();
  if (!S.rows.has(S.active)) panel();
}
const decidedWords = () =>
  ["remove", "redate", "keep"]
    .map((word) => [word, all().filter((row) => row.decision === word)])
    .filter(([, rows]) => rows.length)
    .map(([word, rows]) => `${word} ${plays(sum(rows))}`)
    .join(", ") || "No group is decided";

function rowNode(row) {
  const decided = row.queue === "decided";
  return h(
    "div",
    {
      class: "row",
      role: "option",
      id: `row-${row.key}`,
      "data-key": row.key,
      "aria-selected": String(row.key === S.active),
      onclick: () => {
        select(row.key);
        $("layout").classList.add("open");
        if (matchMedia("(max-width: 820px)").matches) $("panel").focus();
      },
    },
    h("div", {}, h("p", { class: "name" }, row.about), h("p", { class: "sub" }, joined([row.key, days(row)]))),
    h(
      "div",
      { class: "sure" },
      h("p", {}, plays(row.count)),
      h("p", { class: decided ? `state ${row.decision}` : `sub ${row.suggest}` }, decided ? row.decision : suggestion(row)),
    ),
  );
}
function list() {
  const rows = shown(),
    sections = [];
  for (const row of rows) {
    if (sections.at(-1)?.[0].kind === row.kind) sections.at(-1).push(row);
    else sections.push([row]);
  }
  $("rows").replaceChildren(
    ...sections.map((some) =>
      h(
        "div",
        { role: "group", "aria-label": some[0].kind },
        h(
          "div",
          { class: "group-name", role: "presentation" },
          some[0].kind,
          h("span", { class: "count" }, `${groups(some.length)}, ${plays(sum(some))}`),
        ),
        some.map(rowNode),
      ),
    ),
  );
  $("rows").hidden = !rows.length;
  nothing(rows);
  many(rows);
  highlight();
}
function nothing(rows) {
  $("empty").hidden = rows.length > 0;
  if (rows.length) return;
  if (S.text || S.kind)
    $("empty").replaceChildren(
      h("h2", {}, "Nothing fits these filters"),
      button("Clear the filters", () => {
        S.kind = S.text = $("text").value = "";
        filtered();
      }),
    );
  else if (S.queue === "open")
    $("empty").replaceChildren(
      h("h2", {}, "Nothing is open any more"),
      h("p", {}, coded(S.state.next)),
      button("What next", nextStep, "primary"),
    );
  else $("empty").replaceChildren(h("h2", {}, "Nothing here"));
}

/** One button for each kind and suggestion of which several wait. */
function many(rows) {
  const alike = new Map();
  for (const row of waiting(rows)) {
    const name = `${row.kind} ${row.suggest}`;
    alike.set(name, [...(alike.get(name) ?? []), row]);
  }
  $("many").replaceChildren(
    ...[...alike.values()]
      .filter((some) => some.length > 1)
      .map((some) => button(`${capital(some[0].suggest)} ${plays(sum(some))} of ${some.length} × ${some[0].kind}`, () => decideAll(some[0]))),
  );
}
function filtered() {
  render();
  if (!shown().some((row) => row.key === S.active)) select(shown()[0]?.key);
}

// --- one group ---

async function panel() {
  const row = S.rows.get(S.active);
  for (const node of $("rows").querySelectorAll(".row")) node.setAttribute("aria-selected", String(node.dataset.key === S.active));
  if (!row) {
    S.detail = null;
    $("panel").replaceChildren(h("p", { class: "empty" }, "Choose a group to see its plays."));
    return;
  }
  const key = row.key;
  if (S.detail?.key !== key) {
    S.detail = null;
    $("panel").replaceChildren(h("div", { class: "skeleton" }));
  }
  try {
    const detail = await query("group", { key });
    if (S.active !== key) return;
    S.detail = withQueue(detail);
    take([S.detail], false);
    draw();
  } catch (refused) {
    told(refused);
  }
}
const goesTo = (d, decision) => (decision === "redate" ? ` to ${d.to}` : "");
function draw() {
  const d = S.detail,
    decided = d.queue === "decided";
  const acts = decided ? d.decision : d.suggest;
  const like = waiting(shown()).filter((row) => row.kind === d.kind && row.suggest === d.suggest);
  const choice = (decision) =>
    button(
      `${capital(decision)} ${plays(d.count)}${goesTo(d, decision)}`,
      () => decide(decision),
      !decided && decision === d.suggest ? "primary" : "",
      { "data-decision": decision, disabled: d.decision === decision },
    );
  $("panel").replaceChildren(
    ...[
      button(
        "← Back to the list",
        () => {
          $("layout").classList.remove("open");
          $("rows").focus();
        },
        "quiet back",
      ),
      h("h2", {}, d.about),
      h("p", { class: "facts" }, joined([d.key, d.kind, plays(d.count), days(d), d.url && link(d.url, "on Trakt")])),
      h("p", { class: "meaning" }, S.state.means[d.kind] ?? ""),
      h("h3", {}, "What speaks for it"),
      h("p", {}, d.why),
      d.against && h("h3", {}, "What speaks against it"),
      d.against && h("p", { class: "why" }, d.against),
      d.note && h("p", { class: "note" }, d.note),
      decided && h("p", { class: "decided" }, "Decided: ", h("b", {}, `${d.decision}${goesTo(d, d.decision)}`)),
      h(
        "div",
        { class: "actions" },
        d.choices.map(choice),
        decided && button("Open again", reopen),
        like.length > 1 && button(`The same for all ${like.length} shown of this kind`, () => decideAll(d)),
      ),
      ...table(HEADINGS[acts](d), d.plays),
      ...table(`What stays (${d.keeps.length})`, d.keeps),
    ].filter(Boolean),
  );
}
const HEADINGS = {
  remove: (d) => `What goes (${d.count})`,
  redate: (d) => `What gets the day ${d.to} (${d.count})`,
  keep: (d) => `What this is about (${d.count})`,
};
function table(title, some) {
  if (!some.length) return [];
  const row = (play) =>
    h(
      "tr",
      {},
      h("td", {}, play.url ? link(play.url, play.item) : play.item),
      h("td", {}, play.title),
      h("td", { class: "at" }, play.at),
    );
  const body = h("tbody", {}, some.slice(0, FEW_PLAYS).map(row));
  const more =
    some.length > FEW_PLAYS &&
    button(
      `Show all ${some.length}`,
      () => {
        body.replaceChildren(...some.map(row));
        more.remove();
      },
      "quiet",
    );
  const head = h("thead", {}, h("tr", {}, ["Episode", "Title", "Watched at"].map((name) => h("th", { scope: "col" }, name))));
  return [h("h3", {}, title), h("table", { class: "plays", "aria-label": title }, head, body), more];
}

// --- answers ---

const withQueue = (row) => ({ ...row, queue: row.decision === "review" ? "open" : "decided" });
const withQueues = (said) => ({ ...said, rows: said.rows.map(withQueue) });

async function decide(decision, goOn = true) {
  if (!S.detail) return;
  if (decision !== "review" && !S.detail.choices.includes(decision)) return toast("This group names no day to redate to.");
  try {
    answered(withQueues(await api("decide", { ...seen(S.detail), decision })), goOn);
  } catch (refused) {
    told(refused);
  }
}
const reopen = () => S.detail?.queue === "decided" && decide("review", false);
async function decideAll(row) {
  const like = waiting(shown()).filter((one) => one.kind === row.kind && one.suggest === row.suggest);
  if (!like.length) return toast("None like it waits.");
  try {
    const said = await api("alike", { key: row.key, among: like.map((one) => one.key) });
    if (!said.items.length) return toast("None like it waits.");
    const names = h(
      "ul",
      { class: "plain scroll", tabindex: "0", "aria-label": "Groups" },
      said.items.map((one) => h("li", {}, one.says)),
    );
    const sure = await ask(said.question, [names], [
      ["No", false],
      [`${capital(row.suggest)} ${plays(sum(like))}`, true, "primary"],
    ]);
    if (sure) answered(withQueues(await api("decide-all", { items: said.items })));
  } catch (refused) {
    told(refused);
  }
}
const nextStep = () =>
  ask(
    "What next",
    [h("p", {}, `${decidedWords()}; ${groups(waiting(all()).length)} open.`), h("p", { class: "says" }, coded(S.state.next))],
    [["Close", false, "primary"]],
  );

// --- keys ---

const TOUCHES = {
  a: () => S.detail && decide(S.detail.suggest),
  k: () => decide("keep"),
  r: () => decide("remove"),
  d: () => decide("redate"),
  A: () => S.detail && decideAll(S.detail),
  v: reopen,
  n: () => move(1),
  b: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  o: () => S.detail?.url && window.open(S.detail.url, "_blank", "noopener"),
  "/": () => $("text").focus(),
  u: takeBack,
  "?": () => keyList(REPAIR_KEYS),
  Escape: () => $("rows").focus(),
  Enter: () => $("panel").focus(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  if (event.target.closest("input")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.target.closest("button, a") && ["Enter", " "].includes(event.key)) return;
  const act = TOUCHES[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- beginning ---

async function load() {
  const { rows, ...state } = withQueues(await query("state", {}));
  Object.assign(S, { rows: new Map(rows.map((row) => [row.key, row])), state, version: state.version, undo: state.undo });
  const kinds = [...new Set(rows.map((row) => row.kind))];
  const tab = (kind, name) =>
    button(
      [name, h("span", { class: "count" })],
      () => {
        S.kind = kind;
        filtered();
      },
      "",
      { "data-kind": kind },
    );
  if ($("kinds").childElementCount !== kinds.length + 1) $("kinds").replaceChildren(tab("", "Every kind"), ...kinds.map((kind) => tab(kind, kind)));
  render();
  select(S.rows.has(S.active) ? S.active : shown()[0]?.key);
}
async function begin() {
  Object.assign(S, { queue: "open", kind: "" });
  filterByTitle();
  $("queues").replaceChildren(
    ...STATES.map(([queue, name]) =>
      button(
        [name, h("span", { class: "count" })],
        () => {
          S.queue = queue;
          filtered();
        },
        "",
        { "data-queue": queue },
      ),
    ),
  );
  return start(() => keyList(REPAIR_KEYS));
}
begin();
