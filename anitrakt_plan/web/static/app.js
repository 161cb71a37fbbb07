// The page for review. It shows what the server says and sends what the person answers; every rule is the server's.
"use strict";

// --- the end ---

async function nextStep() {
  const rows = [
    h("p", {}, `${entries(S.state.ready)} ready, ${S.state.skipped} skipped, ${S.state.open || "none"} open.`),
    h("p", { class: "says" }, coded(S.state.next)),
  ];
  if (!S.session.upload) return void (await ask("What next", rows, [["Close", false, "primary"]]));
  const said = h("div", { id: "upload", "aria-live": "polite" });
  rows.splice(1, 1, uploader(said), said);
  await ask("Upload to Trakt", rows, [["Close", false, "primary"]]);
}
function uploader(said) {
  const run = async (call) => {
    said.replaceChildren(h("div", { class: "skeleton" }));
    try {
      said.replaceChildren(...uploads(await call()));
    } catch (refused) {
      said.replaceChildren(h("p", { class: "says error" }, [refused.message, refused.said?.todo].filter(Boolean).join(" ")));
    }
  };
  const make = async (answers = {}) => {
    try {
      return await api("upload/make", { answers });
    } catch (refused) {
      if (refused.said?.kind !== "question") throw refused;
      return new Promise((resolve, reject) =>
        said.replaceChildren(
          h("p", {}, refused.message),
          h(
            "div",
            { class: "actions" },
            refused.said.choices.map((choice, n) =>
              button(choice, () => make({ ...answers, [refused.said.flag]: choice }).then(resolve, reject), n ? "" : "primary"),
            ),
          ),
        ),
      );
    }
  };
  const drop = h(
    "div",
    {
      class: "drop",
      ondragover: (event) => {
        event.preventDefault();
        drop.classList.add("over");
      },
      ondragleave: () => drop.classList.remove("over"),
      ondrop: (event) => {
        event.preventDefault();
        drop.classList.remove("over");
        const [file] = event.dataTransfer.files;
        if (file) run(() => api("upload/check", file));
      },
    },
    "Drop a data download of Trakt here, or ",
    h(
      "label",
      {},
      h("input", {
        type: "file",
        accept: ".zip",
        "aria-label": "Choose a data download",
        onchange: (event) => {
          const [file] = event.target.files;
          if (file) run(() => api("upload/check", file));
        },
      }),
    ),
    button("Check the newest in the downloads folder", () => run(() => api("upload/check", {})), "quiet"),
  );
  return h(
    "div",
    {},
    h(
      "div",
      { class: "actions" },
      button("Make the files", () => run(make), "primary"),
    ),
    drop,
  );
}
function uploads(said) {
  if (said.needs_download)
    return [
      h(
        "p",
        { class: "why" },
        "First: ",
        link(said.page, "download your data from Trakt"),
        ". ",
        said.says,
        ". Then drop it here, and make the files.",
      ),
    ];
  return [
    ...said.arrived.map((line) => h("p", { class: "says" }, line)),
    ...said.notes.map((line) => h("p", { class: "says" }, coded(line))),
    said.practice && h("p", { class: "why" }, coded(said.practice)),
    said.files.length
      ? h(
          "p",
          {},
          said.written
            ? `Written to ${said.folder}. Upload each once, in this order:`
            : "New, and not written yet (“Make the files” writes it):",
        )
      : !said.stopped && h("p", {}, "There is nothing new to upload."),
    h(
      "ol",
      { class: "upload" },
      said.files.map((file) =>
        h(
          "li",
          {},
          h(
            "label",
            {},
            h("input", { type: "checkbox" }),
            h(
              "span",
              {},
              link(file.page, file.name),
              ` (${file.says}). Trakt shows ${file.shows.join(", ")}; where it shows another number, cancel.`,
            ),
          ),
        ),
      ),
    ),
    said.first && h("p", {}, "Then look at ", link(said.first.page, said.first.title), " on Trakt."),
    ...said.left_out.map((group) =>
      h(
        "details",
        {},
        h("summary", {}, group.says),
        h("p", { class: "says" }, coded(group.cure)),
        h("p", { class: "says" }, group.names.join(", ") + (group.more ? ` and ${group.more} more` : "")),
      ),
    ),
  ].filter(Boolean);
}
// --- keys ---

const showKeys = () => keyList(KEYS);
const TOUCHES = {
  a: accept,
  "/": () => S.detail && finder("search"),
  i: () => S.detail && finder("typed"),
  s: () => S.detail && skipOne(),
  n: () => move(1),
  j: () => move(1),
  b: () => move(-1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  o: () => S.detail?.url && window.open(S.detail.url, "_blank", "noopener"),
  e: () => $("panel").querySelector(".signals")?.scrollIntoView({ block: "center" }),
  r: () => S.detail?.queue === "decided" && S.detail.decision !== "auto" && reopen(),
  x: () => S.active && toggle(S.active),
  A: acceptMany,
  S: skipMany,
  f: () => S.detail && franchise(),
  u: takeBack,
  "?": showKeys,
  X: () => S.active && range(S.active),
  J: () => move(1, true),
  K: () => move(-1, true),
  Escape: () => {
    S.selected.clear();
    list();
    $("rows").focus();
  },
  Enter: () => $("panel").focus(),
};
const READING = new Set(["n", "j", "b", "k", "ArrowDown", "ArrowUp", "o", "e", "x", "Enter", "Escape"]);
/** What a search has found for an entry that has no suggestion, to be chosen by its number. */
const foundButtons = () => [...($("finder")?.querySelectorAll(".results button, .card footer button") ?? [])];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
  if (event.target.closest("input:not([type=checkbox]), select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.target.closest("button, a, summary, input") && ["Enter", " "].includes(event.key)) return;
  if (event.target.closest(".cells") && event.key.startsWith("Arrow")) return;
  const digit = /^[1-5]$/.test(event.key) && !report ? S.detail?.cards?.[Number(event.key) - 1] : null;
  const found = /^[1-5]$/.test(event.key) && !S.detail?.cards?.length ? foundButtons()[Number(event.key) - 1] : null;
  const act =
    found
      ? () => found.click()
      : digit && !digit.taken
        ? () => (digit.misfit ? toast(`It can't be all of this: ${digit.misfit}.`) : choose(digit.match))
      : event.shiftKey && event.key.startsWith("Arrow")
        ? () => move(event.key === "ArrowDown" ? 1 : -1, true)
        : report && !READING.has(event.key)
          ? null
          : TOUCHES[event.key];
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
function showFacets(on) {
  $("facets").hidden = !on;
  $("filter").setAttribute("aria-expanded", String(on));
  facets();
}

async function begin() {
  filterByTitle();
  $("filter").addEventListener("click", () => showFacets($("facets").hidden));
  addEventListener("scroll", askForPictures, { passive: true, capture: true }); // the list scrolls by itself
  $("queues").replaceChildren(
    ...ALL_QUEUES.map(([queue, name]) => button([name, h("span", { class: "count" })], () => goTo(queue), "", { "data-queue": queue })),
  );
  if (report) return load();
  return start(showKeys, () => {
    if (S.session.upload) $("next-step").textContent = "Upload";
  });
}
begin();
