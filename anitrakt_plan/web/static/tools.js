// The page's state, and what its parts share: making nodes, asking the server, dialogs, pictures.
"use strict";

const $ = (id) => document.getElementById(id);
const QUEUES = [
  ["right", "Look right"],
  ["choice", "Need a choice"],
  ["none", "Not found"],
  ["decided", "Decided"],
];
const ALL_QUEUES = [...QUEUES, ["all", "All"]];
const FACETS = [
  ["why", "Why it is open"],
  ["candidates", "Candidates"],
  ["sure", "Best suggestion"],
  ["kind", "Kind"],
  ["status", "Status"],
  ["year", "Year"],
  ["maps", "Id maps"],
  ["decision", "Decision"],
  ["change", "What is new"],
  ["franchise", "Franchise"],
];
const FACETS_FROM = 60; // so many open entries open the filters by themselves
const KEYS = [
  ["a", "accept the best suggestion"],
  ["1–5", "choose a candidate"],
  ["/", "search"],
  ["i", "type an id or paste an address"],
  ["s", "skip, with a note"],
  ["n  j", "next entry"],
  ["b  k", "entry before"],
  ["o", "open its page"],
  ["e", "what spoke for and against"],
  ["r", "reopen a decision"],
  ["x", "select; with Shift up to here"],
  ["A", "accept the selected, or all shown"],
  ["S", "skip the selected, or all shown"],
  ["f", "the same for its franchise"],
  ["u", "undo, without end"],
  ["?", "these keys"],
];

const report = $("data") ? JSON.parse($("data").textContent) : null;
const S = {
  rows: new Map(),
  queue: "",
  scope: "open",
  on: {},
  text: "",
  selected: new Set(),
  active: null,
  anchor: null,
  detail: null,
  run: null,
  token: "",
  version: "",
  undo: 0,
  session: {},
  from: 0.9,
  note: "",
  there: new Set(),
  never: new Set(),
};

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

class Refused extends Error {
  constructor(said, status) {
    super(said.what);
    this.said = said;
    this.status = status;
  }
}

async function api(path, body) {
  const asked = { headers: { "X-Anitrakt-Token": S.token } };
  if (body instanceof Blob)
    Object.assign(asked, { method: "POST", body, headers: { ...asked.headers, "Content-Type": "application/zip" } });
  else if (body !== undefined)
    Object.assign(asked, { method: "POST", body: JSON.stringify(body), headers: { ...asked.headers, "Content-Type": "application/json" } });
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

function banner(words) {
  $("banner").hidden = !words;
  $("banner").textContent = words;
}
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
    const row = buttons.map(([label, given, kind]) =>
      button(
        label,
        () => {
          value = given;
          dialog.close();
        },
        kind ?? "",
        { "data-value": String(given) },
      ),
    );
    dialog.replaceChildren(h("h2", { id: "dialog-title" }, title), ...content, h("div", { class: "buttons" }, row));
    dialog.onclose = () => {
      const note = dialog.querySelector("input[name=note]");
      S.note = note ? note.value : "";
      resolve(value);
    };
    dialog.showModal();
    (dialog.querySelector("input") ?? (safe ? row[0] : row.at(-1))).focus();
  });
}

// --- pictures: only those on the screen, from this server alone ---

let wanted;
function askForPictures() {
  if (!S.session.pictures) return;
  clearTimeout(wanted);
  wanted = setTimeout(async () => {
    const boxes = [...document.querySelectorAll("[data-picture]")].filter((box) => {
      const at = box.getBoundingClientRect();
      return at.bottom > -400 && at.top < innerHeight + 400 && !box.querySelector("img");
    });
    const names = [...new Set(boxes.map((box) => box.dataset.picture))].filter((name) => !S.never.has(name) && !S.there.has(name));
    if (!names.length) return;
    try {
      const said = await api("pictures", { names });
      said.there.forEach((name) => S.there.add(name));
      said.never.forEach((name) => S.never.add(name));
      for (const box of boxes) if (S.there.has(box.dataset.picture)) hang(box, box.dataset.picture);
      if (names.length > said.there.length + said.never.length) wanted = setTimeout(askForPictures, 1500);
    } catch {
      /* they only adorn the page */
    }
  }, 150);
}
