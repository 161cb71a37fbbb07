// The page for review. It shows what the server says and sends what the person answers; every rule is the server's.
"use strict";

const $ = (id) => document.getElementById(id);
const QUEUES = [["right", "Look right"], ["choice", "Need a choice"], ["none", "Not found"], ["decided", "Decided"]];
const ALL_QUEUES = [...QUEUES, ["all", "All"]];
const FACETS = [["why", "Why it is open"], ["candidates", "Candidates"], ["sure", "Best suggestion"], ["kind", "Kind"],
  ["status", "Status"], ["year", "Year"], ["maps", "Id maps"], ["decision", "Decision"], ["change", "What is new"], ["franchise", "Franchise"]];
const FACETS_FROM = 60;     // so many open entries open the filters by themselves
const KEYS = [["a", "accept the best suggestion"], ["1–5", "choose a candidate"], ["/", "search"], ["i", "type an id or paste an address"],
  ["s", "skip, with a note"], ["n  j", "next entry"], ["b  k", "entry before"], ["o", "open its page"], ["e", "what spoke for and against"],
  ["r", "reopen a decision"], ["x", "select; with Shift up to here"], ["A", "accept the selected, or all shown"], ["S", "skip the selected, or all shown"],
  ["f", "the same for its franchise"], ["u", "undo, without end"], ["?", "these keys"]];

const report = $("data") ? JSON.parse($("data").textContent) : null;
const S = { rows: new Map(), queue: "", scope: "open", on: {}, text: "", selected: new Set(), active: null, anchor: null, detail: null,
  run: null, token: "", version: "", undo: 0, session: {}, from: 0.9, note: "", there: new Set(), never: new Set() };

// --- small tools ---

function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false && one !== ""));
  return node;
}
const button = (label, onclick, kind = "", more = {}) => h("button", { type: "button", class: kind, onclick, ...more }, label);
const plural = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;
const entries = (n) => plural(n, "entry", "entries");
const link = (url, text) => (url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text);

class Refused extends Error { constructor(said, status) { super(said.what); this.said = said; this.status = status; } }

async function api(path, body) {
  const asked = { headers: { "X-Anitrakt-Token": S.token } };
  if (body instanceof Blob) Object.assign(asked, { method: "POST", body, headers: { ...asked.headers, "Content-Type": "application/zip" } });
  else if (body !== undefined) Object.assign(asked, { method: "POST", body: JSON.stringify(body), headers: { ...asked.headers, "Content-Type": "application/json" } });
  let answer, said;
  try {
    answer = await fetch(`/api/${path}`, asked);
    said = await answer.json();
  } catch {
    banner("The review's server does not answer. Everything answered is in the file; run anitrakt review --web again to go on.");
    throw new Refused({ what: "The server does not answer." }, 0);
  }
  banner("");
  if (!answer.ok) throw new Refused(said, answer.status);
  return said;
}
const query = (name, given) => api(`${name}?${new URLSearchParams(given)}`);

function banner(words) { $("banner").hidden = !words; $("banner").textContent = words; }
function toast(words, undo = false) {
  const box = h("div", {}, h("span", {}, words), undo && S.undo > 0 && button("Undo", takeBack));
  $("toast").replaceChildren(box);
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => $("toast").replaceChildren(), 9000);
}

/** Ask in a dialog; resolves to the value of the button that was pressed, null for Escape. `safe`: Enter presses the first. */
function ask(title, content, buttons, safe = false) {
  const dialog = $("dialog");
  return new Promise((resolve) => {
    let value = null;
    const row = buttons.map(([label, given, kind]) => button(label, () => { value = given; dialog.close(); }, kind ?? "", { "data-value": String(given) }));
    dialog.replaceChildren(h("h2", { id: "dialog-title" }, title), ...content, h("div", { class: "buttons" }, row));
    dialog.onclose = () => { const note = dialog.querySelector("input[name=note]"); S.note = note ? note.value : ""; resolve(value); };
    dialog.showModal();
    (dialog.querySelector("input") ?? (safe ? row[0] : row.at(-1))).focus();
  });
}

// --- what is shown ---

const facetOf = (row, name) => (name === "franchise" ? row.franchise : row.facets[name]);
const inText = (row) => !S.text || `${row.title} ${row.english} ${row.franchise} ${row.key}`.toLowerCase().includes(S.text);
const inFacets = (row, but) => FACETS.every(([name]) => name === but || !S.on[name]?.size || S.on[name].has(facetOf(row, name)));
const inQueue = (row) => (S.queue === "all" ? true : row.queue === S.queue);
const all = () => [...S.rows.values()];
const shown = () => all().filter((row) => inQueue(row) && inText(row) && inFacets(row));
const open = () => all().filter((row) => row.queue !== "decided");
const picked = () => { const rows = shown(); const some = rows.filter((row) => S.selected.has(row.key)); return some.length ? some : null; };

function standing() {
  const count = (queue) => all().filter((row) => row.queue === queue).length;
  const waiting = open().length;
  const words = waiting
    ? [h("b", {}, `${waiting} need${waiting === 1 ? "s" : ""} you`), `: ${count("right")} look right, ${count("choice")} need a choice, ${count("none")} not found. Every answer is saved.`]
    : [h("b", {}, "Nothing is open."), ` ${entries(S.state.ready)} ready, ${S.state.skipped} skipped. Every answer is saved.`];
  if (report) words.splice(1, 1, report.says);
  $("standing").replaceChildren(...words);
  $("undo").disabled = !S.undo;
  $("undo").textContent = S.undo ? `Undo (${S.undo})` : "Undo";
  document.title = `${waiting ? `(${waiting}) ` : ""}${$("heading").textContent} · anitrakt`;
  for (const [queue] of ALL_QUEUES) {     // the buttons stay: one that is made anew under a finger loses its click
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
    for (const row of rows) if (facetOf(row, name) !== undefined && inFacets(row, name)) counts.set(facetOf(row, name), (counts.get(facetOf(row, name)) ?? 0) + 1);
    let values = [...counts].sort((one, other) => other[1] - one[1] || String(one[0]).localeCompare(String(other[0])));
    if (name === "franchise") values = values.filter(([, n]) => n > 1).slice(0, 12);
    if (values.length < 2 && !S.on[name]?.size) return null;
    return h("fieldset", { "data-facet": name }, h("legend", {}, title), values.map(([value, n]) => {
      const box = h("input", { type: "checkbox", checked: S.on[name]?.has(value) ?? false, onchange: () => {
        const on = (S.on[name] ??= new Set());
        on.has(value) ? on.delete(value) : on.add(value);
        filtered();
        document.querySelector(`[data-facet="${name}"] input[data-value="${CSS.escape(String(value))}"]`)?.focus();
      }, "data-value": String(value) });
      return h("label", {}, box, h("span", {}, String(value)), h("span", { class: "count" }, String(n)));
    }));
  });
  const anyOn = Object.values(S.on).some((on) => on.size);
  $("facets").replaceChildren(...[anyOn && button("Clear all filters", () => { S.on = {}; filtered(); }, "quiet"), ...boxes].filter(Boolean));
  $("filter").textContent = anyOn ? `Filter (${Object.values(S.on).reduce((n, on) => n + on.size, 0)})` : "Filter";
}

function picture(name, title) {
  const hue = [...title].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) % 360, 7);
  const box = h("span", { class: "picture", "aria-hidden": "true", "data-picture": name }, h("span", {}, [...title.trim()][0] ?? "?"));
  box.style.setProperty("--hue", hue);
  if (S.there.has(name)) hang(box, name);
  return box;
}
const hang = (box, name) => { if (!box.querySelector("img")) box.append(h("img", { src: `/picture/${name}`, alt: "", loading: "lazy", decoding: "async" })); };

function meter(confidence) {
  const kind = confidence >= 0.9 ? "good" : confidence >= 0.5 ? "mid" : "";
  const bar = h("i", { class: kind });
  bar.style.width = `${Math.max(2, Math.round(confidence * 100))}%`;
  return h("span", { class: "meter", "aria-hidden": "true" }, bar);
}

const coded = (text) => text.split("`").map((part, n) => (n % 2 ? h("code", {}, part) : part));
const mark = (text, differs) => (differs ? h("span", { class: "differs" }, text) : text);
const joined = (parts) => parts.filter((one) => one !== "" && one !== null && one !== undefined).flatMap((one, n) => (n ? [" · ", one] : [one]));
const facts = (row) => joined([row.kind, row.year ?? "year unknown", row.episodes === 1 && row.kind === "Movie" ? "" : row.episodes ? plural(row.episodes, "episode") : "episodes unknown"]);
const progress = (row) => joined([row.status, row.watched ? `${row.watched} watched` : "", row.finished && `finished ${row.finished}`]);
const place = (best) => joined([best.place === "film" ? mark("film", best.differs.kind) : best.place, best.place === "film" ? "" : mark(plural(best.count, "episode"), best.differs.count)]);

function rowNode(row) {
  const best = row.decision === "skip" ? null : row.best;
  const theirs = best
    ? h("div", { class: "work theirs" }, picture(best.poster, best.title), h("div", {}, h("p", { class: "name" }, best.title, best.year ? [" ", mark(`(${best.year})`, best.differs.year)] : ""), h("p", { class: "sub" }, place(best))))
    : h("div", { class: "work theirs" }, h("p", { class: "sub" }, row.queue === "decided" ? row.note || "never sent" : row.facets.candidates === "all taken" ? "every suggestion is another entry's" : "nothing on Trakt looks like it"));
  const decided = row.queue === "decided";
  const sure = decided ? h("span", { class: `state ${row.decision}` }, row.decision)
    : best?.percent ? [best.percent, meter(best.confidence)] : "";
  return h("div", { class: `row${best && best.percent && best.confidence < 0.5 ? " unlikely" : ""}`, role: "option", id: `row-${row.key}`, "data-key": row.key, "aria-selected": String(S.selected.has(row.key)),
    onclick: (event) => rowClicked(row.key, event) },
  h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
  h("div", { class: "work" }, picture(`cover/${row.key}`, row.title), h("div", {}, h("p", { class: "name" }, row.title), h("p", { class: "sub" }, [row.english ? row.english + " · " : "", ...facts(row)]))),
  theirs, h("div", { class: "sure" }, sure));
}

function list() {
  const rows = shown();
  const groups = [];
  for (const row of rows) {
    if (groups.at(-1)?.[0].group === row.group) groups.at(-1).push(row);
    else groups.push([row]);
  }
  $("rows").replaceChildren(...groups.map((group) => h("div", { role: "group", "aria-label": group[0].franchise },
    group.length > 1 && h("div", { class: "group-name", role: "presentation" }, group[0].franchise, h("span", { class: "count" }, String(group.length))),
    group.map(rowNode))));
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
  if (filtered) box.replaceChildren(h("h2", {}, "Nothing fits these filters"), button("Clear the filters", () => { S.on = {}; S.text = $("text").value = ""; filtered(); }));
  else if (next && S.queue !== "decided") box.replaceChildren(h("h2", {}, "This queue is done"), h("p", {}, "Every answer is in the file."), button(`On to “${next[1]}”`, () => goTo(next[0]), "primary"));
  else if (!open().length && !report) box.replaceChildren(h("h2", {}, "Nothing is open any more"), h("p", {}, coded(S.state.next)), button("What next", nextStep, "primary"));
  else box.replaceChildren(h("h2", {}, "Nothing here"));
}

function many(rows) {
  if (report) return;
  const some = picked();
  const box = $("many");
  if (some) {
    box.replaceChildren(h("span", {}, `${some.length} selected`), button(`Accept ${some.length}`, acceptMany, "primary"), button(`Skip ${some.length}`, skipMany), button("Clear", () => { S.selected.clear(); list(); }, "quiet"));
    return;
  }
  const waiting = rows.filter((row) => row.queue !== "decided"), none = rows.filter((row) => row.queue === "none");
  const steps = [0.99, 0.98, 0.95, 0.9, 0.8, 0.5].filter((least) => waiting.some((row) => row.best?.confidence >= least));
  if (!steps.includes(S.from)) S.from = steps[0] ?? S.from;
  const likely = waiting.filter((row) => row.best?.confidence >= S.from);
  const wrong = likely.reduce((sum, row) => sum + 1 - row.best.confidence, 0);
  const from = h("select", { "aria-label": "From which confidence up", onchange: (event) => { S.from = Number(event.target.value); many(shown()); $("many").querySelector("select")?.focus(); } },
    steps.map((least) => h("option", { value: String(least), selected: least === S.from }, `${Math.round(least * 100)} % up`)));
  const isPart = S.text || Object.values(S.on).some((on) => on.size);
  box.replaceChildren(...[
    likely.length && button(`Accept the ${likely.length} shown (${wrong < 0.5 ? "probably none wrong" : `about ${Math.round(wrong)} wrong`})`, acceptMany, S.queue === "right" ? "primary" : ""),
    likely.length && h("label", {}, "from", from),
    none.length > 1 && button(`Skip the ${none.length} for which Trakt has nothing`, () => skipRows(none)),
    S.state.others > 0 && ["decided", "all"].includes(S.queue) && button(`Show the ${S.state.others} automatic ones, too`, () => { S.scope = "all"; load(); }, "quiet"),
    isPart && waiting.length > 1 && waiting.length > none.length && button(`Skip the ${waiting.length} shown`, skipMany),
  ].filter(Boolean));
}

function highlight(scroll = false) {
  for (const node of $("rows").querySelectorAll(".row")) {
    node.classList.toggle("active", node.dataset.key === S.active);
    if (node.dataset.key === S.active && scroll) node.scrollIntoView({ block: "nearest" });
  }
  if (document.getElementById(`row-${S.active}`)) $("rows").setAttribute("aria-activedescendant", `row-${S.active}`);
  else $("rows").removeAttribute("aria-activedescendant");
}

function render() { standing(); facets(); list(); if (!S.rows.has(S.active)) panel(); }

/** After a change of the filters: the entry on the right is one of those on the left. */
function filtered() { render(); if (!shown().some((row) => row.key === S.active)) select(shown()[0]?.key); }

// --- moving and selecting ---

function rowClicked(key, event) {
  if (event.target.closest(".tick") || event.metaKey || event.ctrlKey) toggle(key);
  else if (event.shiftKey) range(key);
  else { select(key); $("layout").classList.add("open"); if (matchMedia("(max-width: 820px)").matches) $("panel").focus(); }
}
function toggle(key) { S.selected.has(key) ? S.selected.delete(key) : S.selected.add(key); S.anchor = key; list(); }
function range(key) {
  const keys = shown().map((row) => row.key);
  const [from, to] = [keys.indexOf(S.anchor ?? S.active ?? key), keys.indexOf(key)].sort((one, other) => one - other);
  for (const one of keys.slice(Math.max(0, from), to + 1)) S.selected.add(one);
  list();
}
function move(step, extend = false) {
  const keys = shown().map((row) => row.key);
  if (!keys.length) return;
  const at = keys.indexOf(S.active);
  const next = keys[Math.min(keys.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (extend) range(next);
  select(next);
}
function select(key) {
  S.active = key ?? null;
  S.run = null;
  highlight(true);
  panel();
}

// --- one entry ---

async function panel() {
  const box = $("panel"), row = S.rows.get(S.active);
  if (!row) { box.replaceChildren(h("p", { class: "empty" }, "Choose an entry to see what it may be.")); S.detail = null; return; }
  const key = row.key;
  if (S.detail?.key !== key) {
    S.detail = { ...row, cards: null };
    draw();
  }
  try {
    const detail = report ? { ...row, ...report.details[key] } : await query("entry", { key });
    if (S.active !== key) return;
    S.detail = detail;
    if (!report) take([detail], false);
    draw();
    await strips();
  } catch (refused) { told(refused); }
}

function draw() {
  const d = S.detail, box = $("panel");
  const decided = d.queue === "decided";
  box.replaceChildren(...[
    button("← Back to the list", () => { $("layout").classList.remove("open"); $("rows").focus(); }, "quiet back"),
    h("div", { class: "lead" }, picture(`cover/${d.key}`, d.title), h("div", {}, h("h2", {}, d.title), d.english && h("p", { class: "facts" }, d.english), h("p", { class: "facts" }, facts(d)), h("p", { class: "facts" }, progress(d)), h("p", { class: "facts" }, link(d.url, d.key)))),
    d.why && h("p", { class: "why" }, `Open because ${d.why}`),
    ...d.attention.map((words) => h("p", { class: "why" }, words)),
    d.note && h("p", { class: "note" }, `Note: ${d.note}`),
    !report && h("div", { class: "actions" }, decided && d.decision !== "auto" ? button("Reopen", reopen) : null, d.decision !== "skip" && button("Skip …", skipOne), button("Search …", () => finder("search")), button("Id or address …", () => finder("typed")), relatives(d).length > 1 && button(`The same for the ${relatives(d).length} of this franchise`, franchise)),
    h("div", { id: "finder" }),
    h("h3", {}, decided && d.decision !== "skip" ? "Its match" : "What it may be"),
    d.cards === null ? h("div", { class: "skeleton" }) : null,
    ...(d.cards ?? []).map(card),
    d.cards?.length === 0 ? h("p", { class: "says" }, "Nothing on Trakt looks like it. Search with other words, paste an address, or skip it.") : null,
    h("div", { id: "strips" }),
  ].filter(Boolean));
  askForPictures();
}

function card(one, n) {
  const end = (name, episode) => episode && (episode.title || episode.date) && [h("dt", {}, name), h("dd", {}, joined([episode.title, episode.date]))];
  const can = !report && !one.taken;
  return h("article", { class: `card${one.taken ? " taken" : ""}`, "aria-label": `${n + 1}: ${one.title}` },
    h("header", {}, picture(one.poster, one.title), h("div", { class: "grow" }, h("p", { class: "name" }, link(one.url, one.title), one.year ? [" ", mark(`(${one.year})`, one.differs.year)] : ""), h("p", { class: "sub" }, place(one)), one.own && h("p", { class: "state" }, "its match now"), one.taken && h("p", { class: "sub" }, h("span", { class: "differs" }, `taken by ${nameOf(one.taken)}`))),
      one.percent && h("div", { class: "sure" }, one.percent, meter(one.confidence))),
    h("dl", { class: "ends" }, end("first", one.first), end("last", one.last), !one.first && one.begins && [h("dt", {}, "aired"), h("dd", {}, one.begins === one.ends ? one.begins : `${one.begins} – ${one.ends}`)]),
    one.table?.length ? h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "list"), h("th", { scope: "col" }, "Trakt"))), h("tbody", {}, one.table.slice(0, 30).map((line) => h("tr", {}, line.map((cell) => h("td", {}, cell)))))) : null,
    one.signals?.length || one.caps?.length ? h("ul", { class: "signals", "aria-label": "What speaks for and against it" },
      one.signals.map((signal) => h("li", { class: signal.weight > 0 ? "for" : "against", title: `${signal.weight > 0 ? "+" : ""}${signal.weight}` }, `${signal.weight > 0 ? "+" : "−"} ${signal.name}: ${signal.says}`)), one.caps.map((cap) => h("li", { class: "against" }, cap))) : null,
    can && h("footer", {}, button(n === 0 && one.confidence >= 0.5 ? "Accept" : one.own ? "Confirm" : "Choose", () => choose(one.match), n === 0 && one.confidence >= 0.5 ? "primary" : ""), n < 5 && h("kbd", { "aria-hidden": "true" }, String(n + 1))));
}
const nameOf = (key) => S.rows.get(key)?.title ?? key;
const relatives = (row) => open().filter((one) => one.group === S.rows.get(row.key)?.group);

function finder(kind) {
  const box = $("finder"), results = h("div", {});
  const isSearch = kind === "search";
  const input = h("input", { type: "text", "aria-label": isSearch ? "Search for" : "Id, match or address", autocomplete: "off", spellcheck: "false",
    placeholder: isSearch ? "Title in any words" : "1420 S03E13-E22, movie 97, or an address on trakt.tv or themoviedb.org", value: isSearch ? S.detail.english || S.detail.title : "" });
  let asked = 0;
  const look = async () => {
    const turn = ++asked, key = S.active;
    results.replaceChildren(h("div", { class: "skeleton" }));
    try {
      const said = isSearch ? await query("search", { key, words: input.value }) : await query("typed", { key, text: input.value });
      if (turn !== asked || key !== S.active) return;
      results.replaceChildren(...(isSearch ? works(said.works, results) : offers(said)));
    } catch (refused) { if (turn === asked) results.replaceChildren(h("p", { class: "says error" }, refused.message)); }
  };
  let timer;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => input.value.trim() ? look() : results.replaceChildren(), isSearch ? 250 : 400); });
  input.addEventListener("keydown", (event) => { if (event.key === "Escape") { box.replaceChildren(); $("rows").focus(); } if (event.key === "Enter") { clearTimeout(timer); look(); } });
  box.replaceChildren(h("h3", {}, isSearch ? "Search" : "Id, match or address", button("Close", () => box.replaceChildren(), "quiet")), input, results);
  input.focus();
  input.select();
  if (isSearch && S.state.can_search) look();
  if (isSearch && !S.state.can_search) results.replaceChildren(h("p", { class: "says" }, "There is nothing to search here: anitrakt login --tmdb adds a catalogue, free for everybody. An id or an address works."));
}
function works(found, results) {
  if (!found.length) return [h("p", { class: "says" }, "Nothing is called so. Fewer words find more.")];
  return [h("ul", { class: "results" }, found.map((work) => h("li", {}, h("div", {}, h("p", { class: "name" }, link(work.url, work.title), work.year ? [" ", mark(`(${work.year})`, work.differs)] : ""), h("p", { class: "sub" }, work.what)),
    button(work.what === "film" ? "Choose …" : "Where in it …", async () => {
      try { const said = await query("places", { key: S.active, work: work.work }); results.replaceChildren(...offers(said)); if (said.show) strips(said.show); } catch (refused) { told(refused); }
    }))))];
}
const offers = (said) => [said.says && h("p", { class: "says" }, said.says), ...said.offers.map((one) => h("article", { class: "card" },
  h("header", {}, picture(one.poster, one.title), h("div", { class: "grow" }, h("p", { class: "name" }, link(one.url, one.title), one.year ? [" ", mark(`(${one.year})`, one.differs.year)] : ""), h("p", { class: "sub" }, place(one))), one.percent && h("div", { class: "sure" }, one.percent, meter(one.confidence))),
  h("footer", {}, button("Choose", () => choose(one.match)))))].filter(Boolean);

async function strips(show = S.detail?.cards?.find((one) => one.show)?.show) {
  if (report || !show || !$("strips")) return;
  const key = S.active;
  const said = await query("seasons", { key, show });
  if (key !== S.active || !said.known) return;
  const mine = new Set((S.detail.cards ?? []).filter((one, n) => n === 0 && !one.taken && one.show === show).flatMap((one) => episodesOf(one.place)));
  const legend = h("p", { class: "legend" }, ["this|this match", "taken|taken by another entry", "watched|watched already"].map((one) => { const [kind, words] = one.split("|"); return h("span", {}, h("i", { class: kind }), words); }));
  $("strips").replaceChildren(h("h3", {}, "Its seasons", h("span", {}, "click the first and the last episode")), legend, h("div", { id: "run", "aria-live": "polite" }),
    ...said.seasons.map((season) => h("div", { class: "strip" }, h("p", {}, `${season.name} · ${plural(season.episodes.length, "episode")}`),
      h("div", { class: "cells", role: "group", "aria-label": season.name }, season.episodes.map((cell, n) => cellNode(show, season, cell, mine, n === 0))))));
}
function cellNode(show, season, cell, mine, first) {
  const code = `S${String(season.number).padStart(2, "0")}E${String(cell.n).padStart(2, "0")}`;
  const kinds = [mine.has(code) && "this", cell.taken && "taken", cell.watched && "watched"].filter(Boolean);
  const words = [code, cell.title, cell.date, cell.taken && `taken by ${nameOf(cell.taken)}`, cell.watched && "watched already", mine.has(code) && "this match"].filter(Boolean).join(", ");
  return button(String(cell.n), () => runTo(show, season.number, cell.n), kinds.join(" "), { "aria-label": words, title: words, "data-cell": code, tabindex: first ? "0" : "-1",
    onkeydown: (event) => { const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]; if (!step) return; const cells = [...event.target.parentNode.children], next = cells[cells.indexOf(event.target) + step]; if (next) { event.target.tabIndex = -1; next.tabIndex = 0; next.focus(); event.preventDefault(); } } });
}
function episodesOf(text) {
  return text.split(", ").flatMap((run) => {
    const found = /^S(\d+)E(\d+)(?:-E(\d+))?/.exec(run);
    if (!found) return [];
    const from = Number(found[2]), to = Number(found[3] ?? found[2]);
    return Array.from({ length: Math.min(to - from + 1, 3000) }, (_, n) => `S${found[1]}E${String(from + n).padStart(2, "0")}`);
  });
}
async function runTo(show, season, n) {
  const run = S.run;
  const isEnd = run && run.show === show && run.season === season && !run.last;
  S.run = isEnd ? { ...run, first: Math.min(run.first, n), last: Math.max(run.first, n) } : { show, season, first: n, last: 0 };
  const two = (number) => String(number).padStart(2, "0");
  const text = `S${two(season)}E${two(S.run.first)}${S.run.last > S.run.first ? `-E${two(S.run.last)}` : ""}`;
  const codes = new Set(episodesOf(text));
  for (const cell of $("strips").querySelectorAll("[data-cell]")) cell.classList.toggle("picked", codes.has(cell.dataset.cell));
  if (!isEnd && S.detail.episodes !== 1) { $("run").replaceChildren(h("p", { class: "says" }, `From ${text}: click the last episode, or this one again.`)); return; }
  try { $("run").replaceChildren(...offers(await query("typed", { key: S.active, text: `${show} ${text}` }))); } catch (refused) { $("run").replaceChildren(h("p", { class: "says error" }, refused.message)); S.run = null; }
}

// --- answers ---

function take(rows, redraw = true) {
  for (const row of rows) {
    const before = S.rows.get(row.key);
    if (before) S.rows.set(row.key, { ...before, ...Object.fromEntries(Object.entries(row).filter(([name]) => name in before)) });
  }
  if (redraw) render();
}
function answered(said, goOn = true) {
  const keys = shown().map((row) => row.key), at = keys.indexOf(S.active);
  const { rows, says, left, was, ...state } = said;
  if (was !== S.version) load();      // others have written meanwhile
  Object.assign(S, { version: state.version, undo: state.undo, state: { ...S.state, ...state } });
  S.selected.clear();
  take(rows);
  toast([says, ...left.slice(0, 3), left.length > 3 && `and ${left.length - 3} more stay open`].filter(Boolean).join(" · "), true);
  if (!goOn) return select(rows[0]?.key ?? S.active);
  if (S.rows.get(S.active)?.queue !== "decided") return void panel();     // it stayed open, or the person has gone on
  const still = shown().map((row) => row.key);
  select(keys.slice(at + 1).find((key) => still.includes(key)) ?? still.at(-1));
}
function told(refused) {
  if (!(refused instanceof Refused)) throw refused;
  if (refused.said.row) { take([refused.said.row]); panel(); }
  if (refused.status) toast([refused.message, refused.said.todo].filter(Boolean).join(" "));
}
const seen = (row) => ({ key: row.key, seen: S.rows.get(row.key).seen });

async function choose(match, alone = false) {
  const row = S.detail;
  const given = { ...seen(row), match, alone };
  try { answered(await api("choose", given)); } catch (refused) {
    if (refused.said?.kind !== "doubted") return told(refused);
    const yes = await ask(refused.message, [h("ul", { class: "doubts" }, refused.said.doubts.map((one) => h("li", {}, one)))], [["No", false], ["Yes, it is", true, "primary"]], true);
    if (yes) try { answered(await api("choose", { ...given, alone: false, insists: true })); } catch (again) { told(again); }
  }
}
function accept() {
  const best = S.detail?.cards?.find((one) => !one.taken);
  if (!best) return toast("There is nothing to accept: / searches, i takes an id or an address.");
  return choose(best.match, true);
}
async function acceptMany() {
  const some = picked();
  await acceptRows(some ?? shown().filter((row) => row.queue !== "decided"), some ? 0.5 : S.from);
}
async function acceptRows(rows, from) {
  try {
    const said = await api("several", { keys: rows.map((row) => row.key), from });
    if (!said.takes.length) return void (await ask("Nothing here can be accepted together", [h("ul", { class: "plain scroll" }, said.leaves.map((one) => h("li", {}, one.says)))], [["Close", false, "primary"]]));
    const yes = await ask(`${said.sentence[0].toUpperCase()}${said.sentence.slice(1)}?`, [
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What would be accepted" }, h("ul", { class: "plain" }, said.takes.map((one) => h("li", {}, `${one.says} `, h("span", { class: "place" }, one.place)))),
        said.leaves.length ? h("h3", {}, "These stay open") : "", said.leaves.length ? h("ul", { class: "plain" }, said.leaves.map((one) => h("li", {}, one.says))) : "")],
    [["Cancel", false], [`Accept ${said.takes.length}`, true, "primary"]]);
    if (yes) answered(await api("accept-all", { items: said.takes }));
  } catch (refused) { told(refused); }
}
const skipOne = () => skipRows([S.detail]);
const skipMany = () => skipRows(picked() ?? shown().filter((row) => row.queue !== "decided"));
async function skipRows(rows) {
  if (!rows.length) return;
  const title = rows.length === 1 ? `Skip “${rows[0].title}”?` : `Skip ${entries(rows.length)}?`;
  const note = h("input", { type: "text", name: "note", "aria-label": "Note", placeholder: rows.length === 1 ? "A note, if you like" : "One note for all, if you like", onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); $("dialog").querySelector("[data-value=true]").click(); } } });
  const names = rows.length > 1 && h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What would be skipped" }, h("ul", { class: "plain" }, rows.slice(0, 200).map((row) => h("li", {}, row.title))));
  if (!(await ask(title, [h("p", { class: "says" }, "It is never sent. Undo takes it back."), names, note].filter(Boolean), [["Cancel", false], ["Skip", true, "primary"]]))) return;
  try { answered(await api("skip", { items: rows.map(seen), note: S.note })); } catch (refused) { told(refused); }
}
async function reopen() { try { answered(await api("reopen", seen(S.detail)), false); } catch (refused) { told(refused); } }
const franchise = () => acceptRows(relatives(S.detail), 0.5);
async function takeBack() {
  try { answered(await api("undo", { undo: S.undo }), false); } catch (refused) { told(refused); if (refused.status === 409) load(); }
}

// --- the end ---

async function nextStep() {
  const rows = [h("p", {}, `${entries(S.state.ready)} ready, ${S.state.skipped} skipped, ${S.state.open || "none"} open.`), h("p", { class: "says" }, coded(S.state.next))];
  if (!S.session.upload) return void (await ask("What next", rows, [["Close", false, "primary"]]));
  const said = h("div", { id: "upload", "aria-live": "polite" });
  rows.splice(1, 1, uploader(said), said);
  await ask("Upload to Trakt", rows, [["Close", false, "primary"]]);
}
function uploader(said) {
  const run = async (call) => { said.replaceChildren(h("div", { class: "skeleton" })); try { said.replaceChildren(...uploads(await call())); } catch (refused) { said.replaceChildren(h("p", { class: "says error" }, [refused.message, refused.said?.todo].filter(Boolean).join(" "))); } };
  const make = async (answers = {}) => {
    try { return await api("upload/make", { answers }); } catch (refused) {
      if (refused.said?.kind !== "question") throw refused;
      return new Promise((resolve, reject) => said.replaceChildren(h("p", {}, refused.message), h("div", { class: "actions" }, refused.said.choices.map((choice, n) => button(choice, () => make({ ...answers, [refused.said.flag]: choice }).then(resolve, reject), n ? "" : "primary")))));
    }
  };
  const drop = h("div", { class: "drop", ondragover: (event) => { event.preventDefault(); drop.classList.add("over"); }, ondragleave: () => drop.classList.remove("over"), ondrop: (event) => { event.preventDefault(); drop.classList.remove("over"); const [file] = event.dataTransfer.files; if (file) run(() => api("upload/check", file)); } },
    "Drop a data download of Trakt here, or ", h("label", {}, h("input", { type: "file", accept: ".zip", "aria-label": "Choose a data download", onchange: (event) => { const [file] = event.target.files; if (file) run(() => api("upload/check", file)); } })), button("Check the newest in the downloads folder", () => run(() => api("upload/check", {})), "quiet"));
  return h("div", {}, h("div", { class: "actions" }, button("Make the files", () => run(make), "primary")), drop);
}
function uploads(said) {
  if (said.needs_download) return [h("p", { class: "why" }, "First: ", link(said.page, "download your data from Trakt"), ". ", said.says, ". Then drop it here, and make the files.")];
  return [
    ...said.arrived.map((line) => h("p", { class: "says" }, line)), ...said.notes.map((line) => h("p", { class: "says" }, coded(line))),
    said.practice && h("p", { class: "why" }, coded(said.practice)),
    said.files.length ? h("p", {}, said.written ? `Written to ${said.folder}. Upload each once, in this order:` : "New, and not written yet (“Make the files” writes it):") : h("p", {}, "There is nothing new to upload."),
    h("ol", { class: "upload" }, said.files.map((file) => h("li", {}, h("label", {}, h("input", { type: "checkbox" }), h("span", {}, link(file.page, file.name), ` (${file.says}). Trakt shows ${file.shows.join(", ")}; where it shows another number, cancel.`))))),
    said.first && h("p", {}, "Then look at ", link(said.first.page, said.first.title), " on Trakt."),
    ...said.left_out.map((group) => h("details", {}, h("summary", {}, group.says), h("p", { class: "says" }, coded(group.cure)), h("p", { class: "says" }, group.names.join(", ") + (group.more ? ` and ${group.more} more` : "")))),
  ].filter(Boolean);
}
async function end() {
  try { const said = await api("done", {}); clearInterval(S.watching); document.body.replaceChildren(h("main", { class: "empty" }, h("h2", {}, said.says), h("p", {}, coded(S.state.next)))); } catch (refused) { told(refused); }
}
const showKeys = () => ask("Keys", [h("dl", {}, KEYS.flatMap(([key, words]) => [h("dt", {}, key.split("  ").flatMap((one, n) => (n ? [" ", h("kbd", {}, one)] : [h("kbd", {}, one)]))), h("dd", {}, words)]))], [["Close", false, "primary"]]);

// --- pictures: only those on the screen, from this server alone ---

let wanted;
function askForPictures() {
  if (!S.session.pictures) return;
  clearTimeout(wanted);
  wanted = setTimeout(async () => {
    const boxes = [...document.querySelectorAll("[data-picture]")].filter((box) => { const at = box.getBoundingClientRect(); return at.bottom > -400 && at.top < innerHeight + 400 && !box.querySelector("img"); });
    const names = [...new Set(boxes.map((box) => box.dataset.picture))].filter((name) => !S.never.has(name) && !S.there.has(name));
    if (!names.length) return;
    try {
      const said = await api("pictures", { names });
      said.there.forEach((name) => S.there.add(name));
      said.never.forEach((name) => S.never.add(name));
      for (const box of boxes) if (S.there.has(box.dataset.picture)) hang(box, box.dataset.picture);
      if (names.length > said.there.length + said.never.length) wanted = setTimeout(askForPictures, 1500);
    } catch { /* they only adorn the page */ }
  }, 150);
}

// --- keys ---

const TOUCHES = {
  a: accept, "/": () => S.detail && finder("search"), i: () => S.detail && finder("typed"), s: () => S.detail && skipOne(), n: () => move(1), j: () => move(1), b: () => move(-1), k: () => move(-1),
  ArrowDown: () => move(1), ArrowUp: () => move(-1), o: () => S.detail?.url && window.open(S.detail.url, "_blank", "noopener"), e: () => $("panel").querySelector(".signals")?.scrollIntoView({ block: "center" }),
  r: () => S.detail?.queue === "decided" && S.detail.decision !== "auto" && reopen(), x: () => S.active && toggle(S.active), A: acceptMany, S: skipMany, f: () => S.detail && franchise(), u: takeBack, "?": showKeys,
  X: () => S.active && range(S.active), J: () => move(1, true), K: () => move(-1, true), Escape: () => { S.selected.clear(); list(); $("rows").focus(); }, Enter: () => $("panel").focus(),
};
const READING = new Set(["n", "j", "b", "k", "ArrowDown", "ArrowUp", "o", "e", "x", "Enter", "Escape"]);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  if (event.target.closest("input:not([type=checkbox]), select")) { if (event.key === "Escape") event.target.blur(); return; }
  if (event.target.closest("button, a, summary, input") && ["Enter", " "].includes(event.key)) return;
  if (event.target.closest(".cells") && event.key.startsWith("Arrow")) return;
  const digit = /^[1-5]$/.test(event.key) && !report ? S.detail?.cards?.[Number(event.key) - 1] : null;
  const act = digit && !digit.taken ? () => choose(digit.match) : event.shiftKey && event.key.startsWith("Arrow") ? () => move(event.key === "ArrowDown" ? 1 : -1, true) : report && !READING.has(event.key) ? null : TOUCHES[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- beginning ---

async function load() {
  const said = report ? report.state : await query("state", { scope: S.scope });
  const { rows, ...state } = said;
  Object.assign(S, { rows: new Map(rows.map((row) => [row.key, row])), state, version: state.version, undo: state.undo });
  if (!S.queue) {
    S.queue = QUEUES.find(([queue]) => rows.some((row) => row.queue === queue && queue !== "decided"))?.[0] ?? "right";
    if (open().length >= FACETS_FROM && matchMedia("(min-width: 1281px)").matches) showFacets(true);
  }
  render();
  select(S.rows.has(S.active) ? S.active : shown()[0]?.key);
}
function showFacets(on) { $("facets").hidden = !on; $("layout").classList.toggle("with-facets", on); $("filter").setAttribute("aria-expanded", String(on)); }

async function begin() {
  $("text").addEventListener("input", (event) => { S.text = event.target.value.trim().toLowerCase(); filtered(); });
  $("filter").addEventListener("click", () => showFacets($("facets").hidden));
  addEventListener("scroll", askForPictures, { passive: true });
  $("queues").replaceChildren(...ALL_QUEUES.map(([queue, name]) => button([name, h("span", { class: "count" })], () => goTo(queue), "", { "data-queue": queue })));
  if (report) return load();
  history.replaceState(null, "", "/");     // the key in the address has done its work
  $("undo").addEventListener("click", takeBack);
  $("keys").addEventListener("click", showKeys);
  $("next-step").addEventListener("click", nextStep);
  $("done").addEventListener("click", end);
  try {
    S.session = await api("session");
    S.token = S.session.token;
    if (S.session.upload) $("next-step").textContent = "Upload";
    await load();
    S.watching = setInterval(async () => { const at = S.version; if (!document.hidden) try { const said = await api("version"); if (said.version !== S.version && at === S.version) load(); } catch { /* the banner says it */ } }, 4000);
  } catch (refused) { $("rows").replaceChildren(); $("standing").textContent = ""; banner(refused.message); }
}
begin();
