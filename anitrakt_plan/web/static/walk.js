// What both pages share: the beginning, moving through rows, answers that come back, a file that others write, the end.
// A page says what is `shown`, how it is drawn (`render`, `list`, `panel`), and how it is read (`load`).
"use strict";

// --- words ---

const coded = (text) => text.split("`").map((part, n) => (n % 2 ? h("code", {}, part) : part));
const joined = (parts) =>
  parts.filter((one) => one !== "" && one !== null && one !== undefined).flatMap((one, n) => (n ? [" · ", one] : [one]));

// --- moving and selecting ---

function highlight(scroll = false) {
  for (const node of $("rows").querySelectorAll(".row")) {
    node.classList.toggle("active", node.dataset.key === S.active);
    if (node.dataset.key === S.active && scroll) node.scrollIntoView({ block: "nearest" });
  }
  if (document.getElementById(`row-${S.active}`)) $("rows").setAttribute("aria-activedescendant", `row-${S.active}`);
  else $("rows").removeAttribute("aria-activedescendant");
}

function rowClicked(key, event) {
  if (event.target.closest(".tick") || event.metaKey || event.ctrlKey) toggle(key);
  else if (event.shiftKey) range(key);
  else {
    select(key);
    $("layout").classList.add("open");
    if (matchMedia("(max-width: 820px)").matches) {
      $("panel").focus();
      scrollTo(0, 0);
    }
  }
}
function toggle(key) {
  S.selected.has(key) ? S.selected.delete(key) : S.selected.add(key);
  S.anchor = key;
  list();
}
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

// --- answers ---

function take(rows, redraw = true) {
  for (const row of rows) {
    const before = S.rows.get(row.key);
    if (before) S.rows.set(row.key, { ...before, ...Object.fromEntries(Object.entries(row).filter(([name]) => name in before)) });
  }
  if (redraw) render();
}
function answered(said, goOn = true) {
  const keys = shown().map((row) => row.key),
    at = keys.indexOf(S.active);
  const { rows, says, left, was, ...state } = said;
  if (was !== S.version) load(); // others have written meanwhile
  Object.assign(S, { version: state.version, undo: state.undo, state: { ...S.state, ...state } });
  S.selected.clear();
  take(rows);
  toast([says, ...left.slice(0, 3), left.length > 3 && `and ${left.length - 3} more stay open`].filter(Boolean).join(" · "), true);
  if (!goOn) return select(rows[0]?.key ?? S.active);
  if (S.rows.get(S.active)?.queue !== "decided") return void panel(); // it stayed open, or the person has gone on
  const still = shown().map((row) => row.key);
  select(keys.slice(at + 1).find((key) => still.includes(key)) ?? still.at(-1));
}
function told(refused) {
  if (!(refused instanceof Refused)) throw refused;
  if (refused.said.row) {
    take([refused.said.row]);
    panel();
  }
  if (refused.status) toast([refused.message, refused.said.todo].filter(Boolean).join(" "));
}
const seen = (row) => ({ key: row.key, seen: S.rows.get(row.key).seen });

async function takeBack() {
  try {
    answered(await api("undo", { undo: S.undo }), false);
  } catch (refused) {
    told(refused);
    if (refused.status === 409) load();
  }
}

// --- the end, and others ---

async function end() {
  try {
    const said = await api("done", {});
    clearInterval(S.watching);
    document.body.replaceChildren(h("main", { class: "empty" }, h("h2", {}, said.says), h("p", {}, coded(S.state?.next ?? ""))));
  } catch (refused) {
    told(refused);
  }
}
const keyList = (keys) =>
  ask(
    "Keys",
    [
      h(
        "dl",
        {},
        keys.flatMap(([key, words]) => [
          h(
            "dt",
            {},
            key.split("  ").flatMap((one, n) => (n ? [" ", h("kbd", {}, one)] : [h("kbd", {}, one)])),
          ),
          h("dd", {}, words),
        ]),
      ),
    ],
    [["Close", false, "primary"]],
  );

// --- the beginning ---

function filterByTitle() {
  $("text").addEventListener("input", (event) => {
    S.text = event.target.value.trim().toLowerCase();
    filtered();
  });
}

/** Take the buttons and the session up, and show what there is; `begun` is called once the session is known. */
async function start(keys, begun = () => {}) {
  history.replaceState(null, "", "/"); // the key in the address has done its work
  $("undo").addEventListener("click", takeBack);
  $("keys").addEventListener("click", keys);
  $("next-step").addEventListener("click", nextStep);
  $("done").addEventListener("click", end);
  try {
    S.session = await api("session");
    S.token = S.session.token;
    begun();
    await load();
    watch();
  } catch (refused) {
    $("rows").replaceChildren();
    $("standing").textContent = "";
    banner(refused.message);
  }
}

/** Look every few seconds whether others have written the file. */
function watch() {
  S.watching = setInterval(async () => {
    const at = S.version;
    if (!document.hidden)
      try {
        const said = await api("version");
        if (said.version !== S.version && at === S.version) load();
      } catch {
        /* the banner says it */
      }
  }, 4000);
}
