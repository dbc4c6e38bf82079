/* What moves on every page but explorers and questions: colors, search, sidebars, menus,
   copies of code, the place in the contents, and frames that scroll by keyboard. */
(() => {
  "use strict";
  const page = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Colors: as the system has them, or as the reader chose.
  const system = matchMedia("(prefers-color-scheme: dark)");
  function color(mode) {
    const dark = mode === "auto" ? system.matches : mode === "dark";
    page.dataset.mode = mode;
    page.dataset.theme = dark ? "dark" : "light";
    all(".theme-switch-button").forEach((button) => {
      button.title = `Colors: ${mode}`;
      button.setAttribute("aria-label", button.title);
    });
  }
  function change() {
    const modes = system.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const next = modes[(modes.indexOf(page.dataset.mode) + 1) % modes.length];
    color(next);
    localStorage.setItem("mode", next); // layout.html sees to it that there is one
  }
  system.addEventListener("change", () => color(page.dataset.mode));
  all(".theme-switch-button").forEach((b) => b.addEventListener("click", change));
  color(page.dataset.mode);

  // Search: a field in the page where there is one, or else one that opens above it.
  const cover = document.querySelector(".search-button__wrapper");
  const own = all("form.bd-search input").find((input) => !cover.contains(input));
  let before = null; // what had the focus
  function search(open) {
    if (own) {
      own.focus();
    } else if (open !== cover.classList.contains("show")) {
      if (open) before = document.activeElement;
      cover.classList.toggle("show", open);
      if (open) cover.querySelector("input").select();
      else before?.focus();
    }
  }
  all(".search-button__button").forEach((button) => {
    button.addEventListener("click", () => search(true));
  });
  cover.querySelector(".search-button__overlay").addEventListener("click", () => {
    search(false);
  });
  if (/^(Mac|iP)/.test(navigator.platform)) {
    all(".kbd-shortcut__modifier").forEach((key) => { key.textContent = "⌘"; });
  }
  document.addEventListener("keydown", (event) => {
    // Browsers that fill in a field send events without a key.
    if (event.key?.toLowerCase() === "k" && (event.ctrlKey !== event.metaKey)
        && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      search(own || !cover.classList.contains("show"));
    } else if (event.key === "Escape" && cover.classList.contains("show")) {
      search(false);
    }
  });

  // Sidebars: a box that is checked shows one that has no room, and hides the other.
  for (const [side, room] of [["primary", 960], ["secondary", 1200]]) {
    const box = document.getElementById(`pst-${side}-sidebar-checkbox`);
    const bar = document.querySelector(`.bd-sidebar-${side}`);
    const button = document.querySelector(`.${side}-toggle`);
    if (!bar || !button) continue;
    const roomy = matchMedia(`(min-width: ${room}px)`);
    const shown = () => roomy.matches !== box.checked;
    const say = () => button.setAttribute("aria-expanded", shown());
    button.setAttribute("aria-label", side === "primary" ? "Chapters" : "Contents");
    button.addEventListener("click", () => {
      box.checked = !box.checked;
      say();
      if (box.checked && shown()) {
        setTimeout(() => bar.querySelector("a, button").focus(), 300); // it slides in
      }
    });
    bar.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !box.checked) return;
      box.checked = false;
      button.focus();
    });
    bar.addEventListener("click", (event) => {
      if (shown() && event.target.closest('a[href^="#"]')) box.checked = false;
    });
    bar.addEventListener("click", say);
    bar.addEventListener("keydown", say);
    box.addEventListener("change", say); // a click beside the bar
    roomy.addEventListener("change", say);
    say();
  }

  // Menus.
  for (const button of all('[data-bs-toggle="dropdown"]')) {
    const around = button.parentElement;
    const open = (yes) => {
      around.querySelector(".dropdown-menu").classList.toggle("show", yes);
      button.setAttribute("aria-expanded", yes);
    };
    button.addEventListener("click", () => {
      open(button.getAttribute("aria-expanded") !== "true");
    });
    around.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        open(false);
        button.focus();
      }
    });
    around.addEventListener("focusout", (event) => {
      if (!around.contains(event.relatedTarget)) open(false);
    });
    document.addEventListener("click", (event) => {
      if (!around.contains(event.target)) open(false);
    });
  }

  // Listings can be copied. Each gets its button when it comes near the window.
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        const code = target.querySelector("pre").textContent;
        try {
          await navigator.clipboard.writeText(code);
        } catch {
          button.textContent = "Not allowed to copy";
          return;
        }
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      target.append(button);
    }
  }, { rootMargin: "50% 0px" });
  if (navigator.clipboard) {
    all("div.highlight:not(.cell_output *)").forEach((code) => near.observe(code));
  }

  // The place in the contents: the last section that reaches into the upper part.
  const links = new Map(all('.bd-toc-nav a[href^="#"]').map((link) => [
    document.getElementById(decodeURIComponent(link.hash.slice(1))), link,
  ]));
  const inside = new Set();
  const place = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inside.add(target);
      else inside.delete(target);
    }
    const here = [...links.keys()].findLast((section) => inside.has(section));
    for (const [section, link] of links) {
      link.classList.toggle("active", section === here);
      link.parentElement.classList.toggle("active", section.contains(here ?? null));
    }
  }, { rootMargin: "-10% 0px -65%" });
  links.delete(null);
  for (const section of links.keys()) place.observe(section);

  // A link inside the page: sections on the way there get their heights only as they
  // are shown, so its place is looked for until it stays, or the reader moves on.
  function settle() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let still = 0;
    const done = new AbortController();
    for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
      window.addEventListener(kind, () => done.abort(), { signal: done.signal });
    }
    const look = () => {
      if (done.signal.aborted || still > 20) return done.abort();
      const before = window.scrollY;
      target.scrollIntoView();
      still = Math.abs(window.scrollY - before) < 2 ? still + 1 : 0;
      requestAnimationFrame(look);
    };
    look();
  }
  window.addEventListener("hashchange", settle);
  window.addEventListener("load", () => {
    const [visit] = performance.getEntriesByType("navigation");
    if (visit?.type === "navigate") settle(); // and not one that goes back
  });

  const later = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));

  // The chapter's own line in the list of all, on a low screen.
  later(() => {
    const list = document.querySelector(".bd-sidebar-primary");
    const current = list?.querySelector(".current.active > a");
    if (current && current.offsetTop > 0.8 * list.clientHeight) {
      list.scrollTop = current.offsetTop - 0.5 * list.clientHeight;
    }
  });

  // A printed table keeps its columns; book.css makes its letters as small as that
  // takes. Other outputs go on in the next line.
  for (const output of all(".output:is(.stream, .text_plain)")) {
    const lines = output.textContent.split("\n");
    if (lines.filter((line) => /\S {2,}\S/.test(line)).length > 1) {
      output.classList.add("in-columns");
      const longest = Math.max(...lines.map((line) => line.length));
      output.style.setProperty("--columns", longest);
    }
  }

  // What scrolls sideways in its own frame can be reached by keyboard. Code wraps where
  // there is room; on a telephone its lines are counted, which is quicker than to lay
  // out a page that nobody has scrolled to.
  const CODE = ".unet-source pre, .in-columns pre";
  const FRAMES = `.output:has(table), .unet-table,
    .pst-scrollable-table-container`;
  const COLUMN = 7; // pixels
  const narrow = matchMedia("(max-width: 767.98px)");
  function mark(frame, wide) {
    if (wide) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
  function count() {
    const columns = (window.innerWidth - 70) / COLUMN;
    for (const code of all("article pre")) {
      mark(code, code.textContent.split("\n").some((line) => line.length > columns));
    }
  }
  function measure(part) {
    const frames = all(narrow.matches ? FRAMES : `${FRAMES}, ${CODE}`, part);
    const wide = frames.map((frame) => frame.scrollWidth > frame.clientWidth
      || frame.scrollHeight > frame.clientHeight + 1);
    frames.forEach((frame, n) => mark(frame, wide[n]));
  }
  function markCode() {
    if (narrow.matches) count();
    else all(`article pre[tabindex]:not(${CODE})`).forEach((code) => mark(code, false));
  }
  function reach() {
    const parts = all("article > section > *");
    const next = () => {
      if (!parts.length) return;
      measure(parts.shift());
      later(next, { timeout: 100 });
    };
    markCode();
    later(next, { timeout: 100 });
  }
  let width = window.innerWidth, rest;
  window.addEventListener("resize", () => {
    if (width === (width = window.innerWidth)) return;
    markCode();
    measure(document);
    // The theme's lists at both sides slide, and the text's width with them.
    clearTimeout(rest);
    rest = setTimeout(() => measure(document), 500);
  });
  document.addEventListener("toggle", (event) => measure(event.target), true);
  if (document.readyState === "complete") reach();
  else window.addEventListener("load", reach);
})();
