// What the pages do in the browser. Each page works without it.
"use strict";
(() => {
  // table.js of Datasette asks for this when a menu of a column opens.
  window.DATASETTE_ALLOW_FACET = !document.body.classList.contains("no-facets");

  // A menu closes when something else is clicked on, or with Escape.
  const menus = () => document.querySelectorAll("details.menu[open], details.facet-info[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });

  // On a small screen the note comes first; the chosen moment is in sight.
  if (window.matchMedia("(max-width: 1080px)").matches) {
    for (const outline of document.querySelectorAll(".outline details")) outline.open = false;
  }
  const strip = document.querySelector(".time-strip");
  const chosen = strip && strip.querySelector(".chosen rect");
  if (chosen) {
    const middle = chosen.getBoundingClientRect().x - strip.getBoundingClientRect().x - strip.clientWidth / 2;
    strip.scrollLeft += middle;
  }

  // A long text is shown in parts: the next one is fetched when the end of this one comes into sight.
  const next = () => document.querySelector("a[data-part]");
  const goesOn = window.IntersectionObserver && new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) showNext();
  }, { rootMargin: "600px" });
  let coming = null;
  const showNext = () => { coming = coming || fetchNext().finally(() => { coming = null; }); return coming; };
  const fetchNext = async () => {
    const more = next();
    if (!more) return;
    if (goesOn) goesOn.unobserve(more);
    const answer = await fetch(more.href);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector(".prose .part");
    if (!part) return;
    for (const one of part.querySelectorAll("[id]")) {
      const there = document.getElementById(one.id);
      if (there && there.matches("[data-elsewhere]")) {
        there.removeAttribute("id");
        there.removeAttribute("data-elsewhere");
        there.setAttribute("href", `#${one.id}`);
      } else if (there) one.removeAttribute("id");
    }
    const here = document.querySelectorAll(".prose .part");
    here[here.length - 1].after(part);
    for (const list of page.querySelectorAll("[data-of-part]")) {
      const known = document.querySelector(`[data-of-part="${list.dataset.ofPart}"]`);
      if (known) {
        known.append(...list.children);
        known.parentElement.querySelector(".n").textContent = known.children.length;
      }
    }
    const after = page.querySelector(".part-after");
    if (after) more.parentElement.replaceWith(after);
    else more.parentElement.remove();
    watchNext();
  };
  const watchNext = () => { if (goesOn && next()) goesOn.observe(next()); };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a[data-part]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showNext();
  });

  // A line inside a paragraph: to where the paragraph begins; one in another part of a long text: to that part.
  // Where else in a long text a place is, is not known: part by part is fetched until it is there.
  const isHere = (id) => {
    const there = document.getElementById(id);
    return there && !there.matches("[data-elsewhere]");
  };
  const goToHash = async () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { return; }
    if (!id || isHere(id)) return;
    const line = Number((/^line-(\d+)$/.exec(id) || [])[1]);
    const shown = [...document.querySelectorAll(".prose .part")];
    if (line) {
      const isIn = (one) => Number(one.dataset.first) <= line && line <= Number(one.dataset.last);
      const part = [...document.querySelectorAll(".parts a")].find(isIn);
      if (part && !shown.some(isIn)) {
        const to = new URL(part.href);
        to.hash = id;
        location.replace(to);
        return;
      }
      const before = [...document.querySelectorAll(".prose [id^=line-]")].filter((one) => Number(one.id.slice(5)) < line);
      if (before.length) location.replace(`#${before.pop().id}`);
      return;
    }
    while (next() && !isHere(id)) {
      const href = next().href;
      await showNext();
      if (next() && next().href === href) return;
    }
    if (shown.length && isHere(id)) location.replace(`#${id}`);
  };
  window.addEventListener("hashchange", goToHash);
  goToHash().then(watchNext);

  // What is wider than the page can be reached, and so moved, by keyboard.
  for (const code of document.querySelectorAll(".prose pre")) {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  }

  // Who walks through time stays at the heading that was read, or as far from the top.
  const headings = () => [...document.querySelectorAll(".prose :is(h2, h3, h4, h5, h6)[id]")];
  const walked = sessionStorage.getItem("walked");
  sessionStorage.removeItem("walked");
  if (walked && document.querySelector(".time") && !location.hash) {
    const { title, below, down } = JSON.parse(walked);
    const same = headings().find((heading) => heading.textContent === title);
    window.scrollTo(0, same ? same.getBoundingClientRect().top + below : down);
  }
  for (const step of document.querySelectorAll(".time a")) {
    step.addEventListener("click", () => {
      const read = headings().filter((heading) => heading.getBoundingClientRect().top < 120).pop();
      const below = read ? -read.getBoundingClientRect().top : 0;
      const place = { title: read && read.textContent, below, down: window.scrollY };
      if (place.down > 0) sessionStorage.setItem("walked", JSON.stringify(place));
    });
  }

  // The box of the finder offers qualifiers for the word that is being typed, after all that stands before it.
  const box = document.querySelector("#q[list]");
  if (box) {
    let names = null;
    const all = () => {
      names = names || fetch(box.list.dataset.names).then((answer) => (answer.ok ? answer.json() : []), () => []);
      return names;
    };
    box.addEventListener("focus", all);
    box.addEventListener("input", async () => {
      const typed = /-?(?:[a-z]+:"[^"]*|\S*)$/i.exec(box.value)[0];
      const minus = typed.startsWith("-") ? "-" : "";
      const wanted = typed.slice(minus.length).replace('"', "").toLowerCase();
      const before = box.value.slice(0, box.value.length - typed.length) + minus;
      // `site:hub` is in site:github.com; what begins so comes first.
      const [, kind, part] = /^([a-z]+:)?(.*)$/s.exec(wanted);
      const fits = (name) => name.startsWith(kind || "") && name.slice((kind || "").length).includes(part);
      const found = { begins: [], has: [] };
      for (const one of wanted ? await all() : []) {
        const name = one.replace('"', "").toLowerCase();
        if (fits(name)) found[name.startsWith(wanted) ? "begins" : "has"].push(one);
      }
      box.list.replaceChildren(...[...found.begins, ...found.has].slice(0, 30).map((one) => {
        const option = document.createElement("option");
        option.value = before + one;
        return option;
      }));
    });
  }

  // A remote picture is loaded in a frame of its own, which alone may ask another host.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const frame = document.createElement("iframe");
    frame.className = "picture-frame";
    frame.setAttribute("sandbox", "");
    frame.title = link.dataset.alt || "Remote picture";
    frame.src = link.href;
    link.replaceWith(frame);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy], button[data-copy-from]");
    if (!button) return;
    const said = button.textContent;
    const { copy, copyFrom } = button.dataset;
    try {
      await navigator.clipboard.writeText(copy || (await (await fetch(copyFrom)).text()));
      button.textContent = "Copied";
    } catch {
      button.textContent = copy || "Could not be copied";
    }
    setTimeout(() => { button.textContent = said; }, 1500);
  });

  // ← and → walk through time, / goes to the search box.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of menus()) menu.open = false;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], .CodeMirror, .table-wrapper")) return;
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const step = rel && document.querySelector(`a[rel="${rel}"]`);
    if (step) step.click();
    if (event.key === "/") {
      const search = document.getElementById("q") || document.getElementById("everywhere");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });
})();
