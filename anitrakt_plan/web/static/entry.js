// One entry: its candidates, the seasons of their show, search, and the answers to it.
"use strict";

// --- one entry ---

async function panel() {
  const box = $("panel"),
    row = S.rows.get(S.active);
  if (!row) {
    box.replaceChildren(h("p", { class: "empty" }, "Choose an entry to see what it may be."));
    S.detail = null;
    return;
  }
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
    // what is known here costs nothing to look through; a catalogue has been asked already
    const isUnasked = !report && S.state.asks === false && S.state.can_search && !$("finder").hasChildNodes();
    if (isUnasked && !detail.cards.length && detail.queue !== "decided") finder("search", "", true);
    await strips();
  } catch (refused) {
    told(refused);
  }
}

function draw() {
  const d = S.detail,
    box = $("panel");
  const decided = d.queue === "decided";
  // what somebody is typing here outlives that the entry is drawn anew
  const typing = box.dataset.key === d.key ? $("finder") : null;
  const focused = typing?.contains(document.activeElement) ? document.activeElement : null;
  box.dataset.key = d.key;
  box.replaceChildren(
    ...[
      button(
        "← Back to the list",
        () => {
          $("layout").classList.remove("open");
          $("rows").focus();
          document.getElementById(`row-${S.active}`)?.scrollIntoView({ block: "center" });
        },
        "quiet back",
      ),
      h(
        "div",
        { class: "lead" },
        picture(`cover/${d.key}`, d.title),
        h(
          "div",
          {},
          h("h2", {}, d.title),
          d.english && h("p", { class: "facts" }, d.english),
          h("p", { class: "facts" }, facts(d)),
          h("p", { class: "facts" }, progress(d)),
          h("p", { class: "facts" }, link(d.url, d.key)),
        ),
      ),
      d.why && h("p", { class: "why" }, `Open because ${d.why}`),
      ...d.attention.map((words) => h("p", { class: "why" }, words)),
      d.note && h("p", { class: "note" }, `Note: ${d.note}`),
      !report &&
        h(
          "div",
          { class: "actions" },
          decided && d.decision !== "auto" ? button("Reopen", reopen) : null,
          d.decision !== "skip" && button("Skip …", skipOne),
          S.state.can_search && button("Search …", () => finder("search")),
          button("Id or address …", () => finder("typed")),
          relatives(d).length > 1 && button(`The same for the ${relatives(d).length} of this franchise`, franchise),
        ),
      typing ?? h("div", { id: "finder" }),
      h("h3", {}, decided && d.decision !== "skip" ? "Its match" : "What it may be"),
      d.cards === null ? h("div", { class: "skeleton" }) : null,
      ...(d.cards ?? []).map(card),
      d.cards?.length === 0
        ? h("p", { class: "says" }, S.state.asks === false ? UNASKED : NOTHING_LIKE_IT)
        : null,
      h("div", { id: "strips" }),
    ].filter(Boolean),
  );
  focused?.focus();
  askForPictures();
}

const NOTHING_LIKE_IT = "Nothing on Trakt looks like it. Search with other words, paste an address, or skip it.";
const UNASKED =
  "No catalogue was asked: anitrakt login --tmdb adds TMDB's, free for everybody. Until then paste an address or an id.";

function card(one, n) {
  const end = (name, episode) =>
    episode && (episode.title || episode.date) && [h("dt", {}, name), h("dd", {}, joined([episode.title, episode.date]))];
  const can = !report && !one.taken && !one.misfit;
  return h(
    "article",
    { class: `card${one.taken ? " taken" : ""}`, "aria-label": `${n + 1}: ${one.title}` },
    h(
      "header",
      {},
      picture(one.poster, one.title),
      h(
        "div",
        { class: "grow" },
        h("p", { class: "name" }, link(one.url, one.title), one.year ? [" ", mark(`(${one.year})`, one.differs.year)] : ""),
        h("p", { class: "sub" }, place(one), one.minutes ? ` · ${one.minutes} minutes` : "", one.network ? ` · ${one.network}` : ""),
        one.own && h("p", { class: "state" }, "its match now"),
        one.taken && h("p", { class: "sub" }, h("span", { class: "differs" }, `taken by ${nameOf(one.taken)}`)),
      ),
      one.percent && h("div", { class: "sure" }, one.percent, meter(one.confidence)),
    ),
    h(
      "dl",
      { class: "ends" },
      end("first", one.first),
      end("last", one.last),
      !one.first && one.begins && [h("dt", {}, "aired"), h("dd", {}, one.begins === one.ends ? one.begins : `${one.begins} – ${one.ends}`)],
    ),
    one.table?.length
      ? h(
          "table",
          {},
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "list"), h("th", { scope: "col" }, "Trakt"))),
          h(
            "tbody",
            {},
            one.table.slice(0, 30).map((line) =>
              h(
                "tr",
                {},
                line.map((cell) => h("td", {}, cell)),
              ),
            ),
          ),
        )
      : null,
    one.signals?.length || one.caps?.length
      ? h(
          "ul",
          { class: "signals", "aria-label": "What speaks for and against it" },
          one.signals.map((signal) =>
            h(
              "li",
              { class: signal.speaks, title: `${signal.weight > 0 ? "+" : ""}${signal.weight}` },
              `${signal.speaks === "for" ? "+" : "−"} ${signal.name}: ${signal.says}`,
            ),
          ),
          one.caps.map((cap) => h("li", { class: "against" }, cap)),
        )
      : null,
    !report &&
      !one.taken &&
      one.misfit &&
      h(
        "footer",
        {},
        h("p", { class: "says" }, `It can't be all of this: ${one.misfit}.`),
        one.show && button("Other episodes …", () => finder("typed", `${one.show} ${one.place}`)),
      ),
    can &&
      h(
        "footer",
        {},
        button(
          n === 0 && one.confidence >= 0.5 ? "Accept" : one.own ? "Confirm" : "Choose",
          () => choose(one.match),
          n === 0 && one.confidence >= 0.5 ? "primary" : "",
        ),
        n < 5 && h("kbd", { "aria-hidden": "true" }, String(n + 1)),
      ),
  );
}
const nameOf = (key) => S.rows.get(key)?.title ?? key;
const relatives = (row) => open().filter((one) => one.group === S.rows.get(row.key)?.group);

/** Search, or a field for an id; `text` stands in it. `quietly`: its answers are shown, and the keyboard stays where it is. */
function finder(kind, text = "", quietly = false) {
  const box = $("finder"),
    results = h("div", {});
  const isSearch = kind === "search";
  const input = h("input", {
    type: "text",
    "aria-label": isSearch ? "Search for" : "Id, match or address",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: isSearch ? "Title in any words" : "1420 S03E13-E22, movie 97, or an address on trakt.tv or themoviedb.org",
    value: text || (isSearch ? S.detail.english || S.detail.title : ""),
  });
  let asked = 0;
  const look = async () => {
    const turn = ++asked,
      key = S.active;
    results.replaceChildren(h("div", { class: "skeleton" }));
    try {
      const said = isSearch ? await query("search", { key, words: input.value }) : await query("typed", { key, text: input.value });
      if (turn !== asked || key !== S.active) return;
      results.replaceChildren(...(isSearch ? works(said.works, results) : offers(said)));
    } catch (refused) {
      if (turn === asked) results.replaceChildren(h("p", { class: "says error" }, refused.message));
    }
  };
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => (input.value.trim() ? look() : results.replaceChildren()), isSearch ? 250 : 400);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      box.replaceChildren();
      $("rows").focus();
    }
    if (event.key === "Enter") {
      clearTimeout(timer);
      look();
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      results.querySelector("button")?.focus();
    }
  });
  box.replaceChildren(
    h(
      "h3",
      {},
      isSearch ? "Search" : "Id, match or address",
      button("Close", () => box.replaceChildren(), "quiet"),
    ),
    input,
    results,
  );
  if (!quietly) {
    input.focus();
    input.select();
  }
  if (isSearch && S.state.can_search) look();
  if (isSearch && !S.state.can_search)
    results.replaceChildren(
      h(
        "p",
        { class: "says" },
        "There is nothing to search here: anitrakt login --tmdb adds a catalogue, free for everybody. An id or an address works.",
      ),
    );
}
function works(found, results) {
  if (!found.length) return [h("p", { class: "says" }, "Nothing is called so. Fewer words find more.")];
  return [
    h(
      "ul",
      { class: "results" },
      found.map((work) =>
        h(
          "li",
          {},
          h(
            "div",
            {},
            h("p", { class: "name" }, link(work.url, work.title), work.year ? [" ", mark(`(${work.year})`, work.differs)] : ""),
            h("p", { class: "sub" }, work.what),
          ),
          button(work.what === "film" ? "Choose …" : "Where in it …", async () => {
            try {
              const said = await query("places", { key: S.active, work: work.work });
              results.replaceChildren(...offers(said));
              if (said.show) strips(said.show);
            } catch (refused) {
              told(refused);
            }
          }),
        ),
      ),
    ),
  ];
}
const offers = (said) =>
  [
    said.says && h("p", { class: "says" }, said.says),
    ...said.offers.map((one) =>
      h(
        "article",
        { class: "card" },
        h(
          "header",
          {},
          picture(one.poster, one.title),
          h(
            "div",
            { class: "grow" },
            h("p", { class: "name" }, link(one.url, one.title), one.year ? [" ", mark(`(${one.year})`, one.differs.year)] : ""),
            h("p", { class: "sub" }, place(one)),
          ),
          one.percent && h("div", { class: "sure" }, one.percent, meter(one.confidence)),
        ),
        h(
          "footer",
          {},
          button("Choose", () => choose(one.match)),
        ),
      ),
    ),
  ].filter(Boolean);

async function strips(show = S.detail?.cards?.find((one) => one.show)?.show) {
  if (report || !show || !$("strips")) return;
  const key = S.active;
  const said = await query("seasons", { key, show });
  if (key !== S.active || !said.known) return;
  const mine = new Set(
    (S.detail.cards ?? []).filter((one, n) => n === 0 && !one.taken && one.show === show).flatMap((one) => episodesOf(one.place)),
  );
  const legend = h(
    "p",
    { class: "legend" },
    ["this|this match", "taken|taken by another entry", "watched|watched already"].map((one) => {
      const [kind, words] = one.split("|");
      return h("span", {}, h("i", { class: kind }), words);
    }),
  );
  $("strips").replaceChildren(
    h("h3", {}, "Its seasons", h("span", {}, "click the first and the last episode")),
    legend,
    h("div", { id: "run", "aria-live": "polite" }),
    ...said.seasons.map((season) =>
      h(
        "div",
        { class: "strip" },
        h("p", {}, `${season.name} · ${plural(season.episodes.length, "episode")}`),
        h(
          "div",
          { class: "cells", role: "group", "aria-label": season.name },
          season.episodes.map((cell, n) => cellNode(show, season, cell, mine, n === 0)),
        ),
      ),
    ),
  );
}
function cellNode(show, season, cell, mine, first) {
  const code = `S${String(season.number).padStart(2, "0")}E${String(cell.n).padStart(2, "0")}`;
  const kinds = [mine.has(code) && "this", cell.taken && "taken", cell.watched && "watched"].filter(Boolean);
  const words = [
    code,
    cell.title,
    cell.date,
    cell.taken && `taken by ${nameOf(cell.taken)}`,
    cell.watched && "watched already",
    mine.has(code) && "this match",
  ]
    .filter(Boolean)
    .join(", ");
  return button(String(cell.n), () => runTo(show, season.number, cell.n), kinds.join(" "), {
    "aria-label": words,
    title: words,
    "data-cell": code,
    tabindex: first ? "0" : "-1",
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const cells = [...event.target.parentNode.children],
        next = cells[cells.indexOf(event.target) + step];
      if (next) {
        event.target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
        event.preventDefault();
      }
    },
  });
}
function episodesOf(text) {
  return text.split(", ").flatMap((run) => {
    const found = /^S(\d+)E(\d+)(?:-E(\d+))?/.exec(run);
    if (!found) return [];
    const from = Number(found[2]),
      to = Number(found[3] ?? found[2]);
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
  if (!isEnd && S.detail.episodes !== 1) {
    $("run").replaceChildren(h("p", { class: "says" }, `From ${text}: click the last episode, or this one again.`));
    return;
  }
  try {
    $("run").replaceChildren(...offers(await query("typed", { key: S.active, text: `${show} ${text}` })));
  } catch (refused) {
    $("run").replaceChildren(h("p", { class: "says error" }, refused.message));
    S.run = null;
  }
}

// --- answers ---

async function choose(match, alone = false) {
  const row = S.detail;
  const given = { ...seen(row), match, alone };
  try {
    answered(await api("choose", given));
  } catch (refused) {
    if (refused.said?.kind !== "doubted") return told(refused);
    const yes = await ask(
      refused.message,
      [
        h(
          "ul",
          { class: "doubts" },
          refused.said.doubts.map((one) => h("li", {}, one)),
        ),
      ],
      [
        ["No", false],
        ["Yes, it is", true, "primary"],
      ],
      true,
    );
    if (yes)
      try {
        answered(await api("choose", { ...given, alone: false, insists: true }));
      } catch (again) {
        told(again);
      }
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
    if (!said.takes.length)
      return void (await ask(
        "Nothing here can be accepted together",
        [
          h(
            "ul",
            { class: "plain scroll" },
            said.leaves.map((one) => h("li", {}, one.says)),
          ),
        ],
        [["Close", false, "primary"]],
      ));
    const yes = await ask(
      `${said.sentence[0].toUpperCase()}${said.sentence.slice(1)}?`,
      [
        h(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": "What would be accepted" },
          h(
            "ul",
            { class: "plain" },
            said.takes.map((one) => h("li", {}, `${one.says} `, h("span", { class: "place" }, one.place))),
          ),
          said.leaves.length ? h("h3", {}, "These stay open") : "",
          said.leaves.length
            ? h(
                "ul",
                { class: "plain" },
                said.leaves.map((one) => h("li", {}, one.says)),
              )
            : "",
        ),
      ],
      [
        ["Cancel", false],
        [`Accept ${said.takes.length}`, true, "primary"],
      ],
    );
    if (yes) answered(await api("accept-all", { items: said.takes }));
  } catch (refused) {
    told(refused);
  }
}
const skipOne = () => skipRows([S.detail]);
const skipMany = () => skipRows(picked() ?? shown().filter((row) => row.queue !== "decided"));
async function skipRows(rows, more = "") {
  if (!rows.length) return;
  const title = rows.length === 1 ? `Skip “${rows[0].title}”?` : `Skip ${entries(rows.length)}?`;
  const note = h("input", {
    type: "text",
    name: "note",
    "aria-label": "Note",
    placeholder: rows.length === 1 ? "A note, if you like" : "One note for all, if you like",
    onkeydown: (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        $("dialog").querySelector("[data-value=true]").click();
      }
    },
  });
  const never = rows.length === 1 ? "It is never sent. Undo takes it back." : "They are never sent. One Undo takes all of it back.";
  const names =
    rows.length > 1 &&
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "What would be skipped" },
      h(
        "ul",
        { class: "plain" },
        rows.slice(0, 200).map((row) => h("li", {}, row.title)),
      ),
    );
  if (
    !(await ask(title, [more && h("p", { class: "says" }, more), h("p", { class: "says" }, never), names, note].filter(Boolean), [
      ["Cancel", false],
      ["Skip", true, "primary"],
    ]))
  )
    return;
  try {
    answered(await api("skip", { items: rows.map(seen), note: S.note }));
  } catch (refused) {
    told(refused);
  }
}
async function reopen() {
  try {
    answered(await api("reopen", seen(S.detail)), false);
  } catch (refused) {
    told(refused);
  }
}
const franchise = () => acceptRows(relatives(S.detail), 0.5);
