// Searches the index of the folder, which lies in files that a page from disk may load, too: `index/names.js` and
// `index/0.js`, `index/1.js` ... (what is in them is told in index_files.py). Whatever they hold is shown as text.
"use strict";
(() => {
  const A_PAGE = 50, MOST_CHIPS = 12, MOST_OTHERS = 8, MOST_PLACES = 3;
  const ORDER = ["dead", "expired", "suspect", "failing", "moved", "blocked", "alive", "unknown"];
  const SHOWN = new Set(ORDER.slice(0, 5));
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const QUALIFIERS = ["site", "note", "section", "notebook", "tag", "kind", "health", "in", "after", "before"];
  const TERM = /(-?)(?:([A-Za-z]+):(?!\/\/|:))?(?:"((?:[^"\\]|\\.)*)"?|([^\s"]\S*))?/g;
  const PERIOD = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;
  const byId = (id) => document.getElementById(id);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const link = (href, className, text) => Object.assign(element("a", className, text), { href });
  const number = (value) => value.toLocaleString("en");

  // ---- The index: rows of addresses, each with what is searched in it.
  let names = null, waiting = 0, limit = A_PAGE;
  const rows = [];
  const load = (name) => {
    const script = element("script");
    script.src = `index/${name}.js`;
    script.onerror = () => { byId("tally").textContent = "The search index cannot be read: is the folder complete?"; };
    document.head.append(script);
  };
  window.catalogueIndex = {
    names(given) {
      names = given;
      for (const note of names.notes) note.push(fold(note[1]), fold(note[2]), note[3].map(fold));
      for (const topic of names.topics) topic.push(fold(topic[2]));
      waiting = names.shards;
      for (let shard = 0; shard < names.shards; shard += 1) load(shard);
      if (!waiting) run();
    },
    rows(given) {
      for (const [url, host, site, health, places] of given) {
        const words = places.map(([text, , topic, , , , , context]) =>
          fold(`${text} ${context}`) + (topic < 0 ? "" : ` ${names.topics[topic][3]}`));
        rows.push({ url, host, site, health: names.healths[health], places, words, address: fold(`${url} ${host}`), within: fold(`.${host}. .${site}.`) });
      }
      waiting -= 1;
      run();
    },
  };

  // ---- What was typed: groups of terms; of each group one has to be true.
  function read(text) {
    const groups = [];
    const problems = [];
    let isOr = false;
    for (const [whole, no, named, phrase, bare] of text.matchAll(TERM)) {
      if (!whole || whole === "-") continue;
      if (whole === "OR") { isOr = groups.length > 0; continue; }
      let kind = (named || "").toLowerCase();
      let value = phrase === undefined ? bare || "" : phrase.replace(/\\(["\\])/g, "$1");
      if (kind && !QUALIFIERS.includes(kind)) {
        problems.push(`There is no qualifier ${kind}: (there are ${QUALIFIERS.map((one) => `${one}:`).join(", ")}).`);
        value = `${named} ${value}`;
        kind = "";
      }
      if (["in", "after", "before"].includes(kind) && !PERIOD.test(value)) {
        problems.push(`${kind}: must be followed by a day such as 2026-03-05, a month or a year, not by “${value}”.`);
        continue;
      }
      if (!fold(value).trim()) continue;
      const isPath = kind === "section" || kind === "notebook";
      const folded = isPath ? fold(value).replace(/^\//, "").split(/\s*[/›]\s*/).join(" › ") : fold(value);
      const term = { kind, value: folded, without: no === "-" };
      if (isOr) groups[groups.length - 1].push(term); else groups.push([term]);
      isOr = false;
    }
    return { groups, problems };
  }

  const within = (path, part) => ` › ${path} › `.includes(` › ${part} › `);
  // Days compare as text. What is not dated came some time before its day: certainly then, or perhaps.
  const onDay = {
    in: (day, asked, isDated, isPerhaps) => (isDated ? day.startsWith(asked) : isPerhaps && day >= asked),
    after: (day, asked, isDated, isPerhaps) => day >= asked && (isDated || isPerhaps),
    before: (day, asked, isDated, isPerhaps) => day < asked || (!isDated && isPerhaps),
  };

  function holds(term, row, place, words, isPerhaps) {
    const [, noteNumber, topic, day, isDated, , kind] = place;
    const note = names.notes[noteNumber];
    switch (term.kind) {
      case "": return words.includes(term.value) || row.address.includes(term.value);
      case "site": return row.within.includes(`.${term.value.replace(/^www\./, "")}.`);
      case "note": return note[4].includes(term.value);
      case "notebook": return within(note[5], term.value);
      case "tag": return note[6].includes(term.value);
      case "section": return topic >= 0 && within(names.topics[topic][3], term.value);
      case "kind": return names.kinds[kind] === term.value.replace(/s$/, "");
      case "health": return row.health === (term.value === "unchecked" ? "unknown" : term.value);
      default: return onDay[term.kind](day, term.value, Boolean(isDated), isPerhaps !== term.without);
    }
  }

  const isTrue = (groups, row, place, words, isPerhaps) =>
    groups.every((group) => group.some((term) => holds(term, row, place, words, isPerhaps) !== term.without));

  // ---- What is shown.
  function date(day, isDated) {
    if (!day) return "";
    const [year, month, date_] = day.split("-");
    return `${isDated ? "" : "by "}${Number(date_)} ${MONTHS[Number(month) - 1]} ${year}`;
  }

  function readable(url) {
    try { return decodeURI(url).replace(/^https?:\/\//i, ""); } catch { return url; }
  }

  function shownRow({ row, places }) {
    const [text, noteNumber, topic, day, isDated, id, kind, context] = places[0];
    const item = element("li");
    const dot = element("span", `dot is-${row.health}`);
    dot.title = row.health === "unknown" ? "not checked" : row.health;
    dot.append(element("span", "unseen", dot.title));
    const said = element("div", "said");
    const isNamed = text && !/^https?:\/\/\S+$/i.test(text);
    const title = /^https?:/i.test(row.url) ? link(row.url, "title", isNamed ? text : readable(row.url)) : element("span", "title", text);
    title.rel = "noreferrer noopener";
    said.append(title, " ", element("span", "host", row.host));
    if (names.kinds[kind] === "image") said.append(" ", element("span", "badge is-image", "image"));
    if (SHOWN.has(row.health)) said.append(" ", element("span", `badge is-${row.health}`, row.health));
    if (context) said.append(element("span", "about", context));
    if (topic >= 0) {
      const where = element("span", "where");
      where.append(topicLink(names.topics[topic]));
      said.append(where);
    }
    if (places.length > 1) {
      const also = element("ul", "also");
      for (const [, other, otherTopic, otherDay, isOtherDated, otherId] of places.slice(1, 1 + MOST_PLACES)) {
        const one = element("li");
        one.append(link(`${names.notes[other][0]}#link-${otherId}`, "", names.notes[other][1]));
        if (otherTopic >= 0) one.append(element("span", "soft", ` › ${names.topics[otherTopic][2]}`));
        one.append(element("span", "soft day", ` · ${date(otherDay, isOtherDated)}`));
        also.append(one);
      }
      const more = places.length - 1 - MOST_PLACES;
      if (more > 0) also.append(element("li", "soft", `and ${number(more)} more place${more === 1 ? "" : "s"}`));
      said.append(also);
    }
    const note = names.notes[noteNumber];
    item.append(dot, said, link(`${note[0]}#link-${id}`, "in-note", note[1]), element("span", "when", date(day, isDated)));
    return item;
  }

  function chips(list, counts, kind, order) {
    const known = [...counts].sort(order).slice(0, MOST_CHIPS);
    list.replaceChildren(...(known.length > 1 || new RegExp(`(^|\\s)${kind}:`).test(box.value) ? known : []).map(([name, count]) => {
      const term = `${kind}:${name}`;
      const isOn = box.value.split(/\s+/).includes(term);
      const chip = link(`#q=${encodeURIComponent(isOn ? without(term) : `${box.value} ${term}`.trim())}`, isOn ? "chosen" : "");
      chip.append(kind === "health" && name === "unknown" ? "not checked" : name, " ", element("span", "n", number(count)));
      if (isOn) chip.append(" ✕", element("span", "unseen", ", remove"));
      const item = element("li");
      item.append(chip);
      return item;
    }));
  }
  const without = (term) => box.value.split(/\s+/).filter((one) => one !== term).join(" ");

  // A topic leads to its page; below a heading without a title it has none.
  function topicLink([page, anchor, path]) {
    return page < 0 ? element("span", "", path) : link(`${names.pages[page]}#${anchor}`, "", path);
  }

  // Notes and topics that have all the words in their names, the shortest first: those that are about them.
  function others(groups) {
    const terms = groups.flat();
    const isAsked = terms.length && !terms.some((term) => term.kind);
    const has = (name) => groups.every((group) => group.some((term) => name.includes(term.value) !== term.without));
    const shortest = (found) => found.sort(([, , one], [, , other]) => one.length - other.length);
    const notes = isAsked ? names.notes.filter((note) => has(note[4])).map((note) => [link(note[0], "", note[1]), note[2], note[1]]) : [];
    const topics = isAsked ? names.topics.filter((topic) => topic[0] >= 0 && has(topic[3])) : [];
    named(byId("notes"), "Notes", shortest(notes).map(([made]) => made));
    named(byId("topics"), "Topics", shortest(topics.slice()).slice(0, MOST_OTHERS).map(topicLink), topics.length);
  }

  function named(list, title, links, count = links.length) {
    const items = links.slice(0, MOST_OTHERS).map((made) => { const item = element("li"); item.append(made); return item; });
    if (count > MOST_OTHERS) items.push(element("li", "soft", `and ${number(count - MOST_OTHERS)} more`));
    list.replaceChildren(...(items.length ? [element("li", "soft", title), ...items] : []));
  }

  function run() {
    if (!names) return;
    const { groups, problems } = read(box.value);
    const found = [], healths = new Map(), sites = new Map();
    let count = 0, perhaps = 0;
    const hasTime = groups.some((group) => group.some((term) => term.kind in onDay));
    for (const row of rows) {
      const places = row.places.filter((place, at) => isTrue(groups, row, place, row.words[at], false));
      if (hasTime) perhaps += row.places.filter((place, at) => isTrue(groups, row, place, row.words[at], true)).length - places.length;
      if (!places.length) continue;
      found.push({ row, places });
      count += places.length;
      healths.set(row.health, (healths.get(row.health) || 0) + 1);
      sites.set(row.site, (sites.get(row.site) || 0) + 1);
    }
    const loaded = waiting ? `, ${number(rows.length)} of ${number(names.addresses)} addresses searched so far` : "";
    byId("tally").textContent = `${number(count)} link${count === 1 ? "" : "s"} to ${number(found.length)} address${found.length === 1 ? "" : "es"}${loaded}`;
    if (perhaps) byId("tally").textContent += `, and perhaps ${number(perhaps)} more: their day is not known`;
    byId("problem").hidden = !problems.length;
    byId("problem").textContent = problems.join(" ");
    chips(byId("healths"), healths, "health", ([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other));
    chips(byId("sites"), sites, "site", ([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
    others(groups);
    const list = element("ul", "links two-lines");
    list.append(...found.slice(0, limit).map(shownRow));
    const none = waiting ? [] : [element("p", "zero-results", "No link was found.")];
    byId("found").replaceChildren(...(found.length ? [element("h2", "unseen", "Links"), list] : none));
    byId("more").hidden = found.length <= limit;
    document.title = document.title.replace(/^.*?(?= · |$)/, box.value || "Search");
  }

  // ---- What is asked for is in the address, so that it can be kept.
  const box = byId("q");
  function asked() {
    const given = new URLSearchParams(location.hash.startsWith("#q=") ? location.hash.slice(1) : location.search);
    box.value = given.get("q") || "";
    limit = A_PAGE;
    run();
  }
  let timer = 0;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { limit = A_PAGE; run(); }, 120);
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `q=${encodeURIComponent(box.value)}`;
  });
  byId("more").addEventListener("click", () => {
    const first = limit;
    limit += 4 * A_PAGE;
    run();
    const next = document.querySelectorAll("#found .links > li")[first];
    const focus = next && next.querySelector("a");
    if (focus) focus.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === box || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
  addEventListener("hashchange", asked);
  asked();
  load("names");
})();
