// What the tests ask a page, from inside it. Every answer is a list of findings in
// words, empty where all is well, or a plain record.

window.look = (() => {
  let shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) shifted += entry.value;
    }
  }).observe({ type: "layout-shift", buffered: true });

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // An element in few words: what a finding calls it.
  const say = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const kind = [...element.classList].map((name) => `.${name}`).join("");
    const text = (element.getAttribute("src") || element.textContent || "").trim();
    return `<${element.localName}${id}${kind}> ${text.slice(0, 60)}`.trim();
  };

  const within = (element, place) => {
    const heading = all("main h1, main h2, main h3").filter(
      (each) => each.compareDocumentPosition(element) & 4,
    );
    const last = heading.at(-1)?.firstChild?.textContent.trim();
    return `${place} under "${last || "no heading"}"`;
  };

  // Whether a picture is there, waited for but not for ever: one that is lazy and out of
  // sight never comes.
  const loads = (image) =>
    Promise.race([
      image.decode().then(() => true, () => false),
      new Promise((resolve) => { setTimeout(resolve, 20000, false); }),
    ]);

  const frame = () => new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });

  // A telephone leaves out sections that are far, and cuts what sticks out of the others
  // (book.css).
  const WHOLE = "section { content-visibility: visible !important; }";

  // Add rules to the page, until their element is removed.
  const styled = (rules) => {
    const style = document.createElement("style");
    style.textContent = rules;
    document.head.append(style);
    return style;
  };

  const ours = () => all("main img").filter((image) => image.closest("article, .bd-article"));

  const figures = () =>
    ours().filter((image) => image.naturalWidth > 150 && !image.closest("a.navbar-brand"));

  return {
    shifted: () => shifted,

    formulas() {
      const wrong = [];
      for (const formula of all(".math")) {
        const made = all(".katex", formula);
        const outer = made.filter((each) => !each.parentElement.closest(".katex"));
        if (outer.length !== 1 || !made[0].getBoundingClientRect().width) {
          wrong.push(`formula not shown: ${formula.textContent.trim().slice(0, 60)}`);
        } else if (!formula.querySelector("math")) {
          wrong.push(`formula without MathML: ${formula.textContent.slice(0, 60)}`);
        }
      }
      for (const error of all(".katex-error, .merror, mjx-merror")) {
        wrong.push(`formula with an error: ${error.title || error.textContent}`);
      }
      const loose = all("main p, main li, main td").filter((each) =>
        /\$\$|\\\(|\\frac|\\mathrm/.test(
          [...each.childNodes].filter((node) => node.nodeType === 3)
            .map((node) => node.data).join(" "),
        ),
      );
      return wrong.concat(loose.map((each) => `formula as raw text: ${say(each)}`));
    },

    // Pictures as they are before anyone scrolls: which of them wait.
    waiting() {
      const far = 2.5 * innerHeight;
      return ours()
        .filter((image) => image.getBoundingClientRect().top > far)
        .filter((image) => image.loading !== "lazy")
        .map((image) => `far below the fold, but not lazy: ${say(image)}`);
    },

    async pictures() {
      const wrong = [];
      for (const image of [...document.images]) {
        image.loading = "eager";
        if (!(await loads(image))) {
          wrong.push(`picture does not load: ${say(image)}`);
          continue;
        }
        if (image.alt === null || !image.hasAttribute("alt")) {
          wrong.push(`picture without alt: ${say(image)}`);
        }
        if (!image.getAttribute("width") || !image.getAttribute("height")) {
          wrong.push(`picture without width and height: ${say(image)}`);
        }
      }
      for (const image of ours().filter((each) => each.naturalWidth)) {
        if (image.alt.trim().length < 10) {
          wrong.push(`picture whose alt says nothing ("${image.alt}"): ${say(image)}`);
        }
        const { width, height } = image.getBoundingClientRect();
        const form = image.naturalWidth / image.naturalHeight;
        const fitted = /contain|scale-down/.test(getComputedStyle(image).objectFit);
        if (width && !fitted && Math.abs(width / height / form - 1) > 0.03) {
          wrong.push(`picture out of shape, ${width} x ${height}: ${say(image)}`);
        }
        const sharp = image.naturalWidth / width;
        if (width && !/\.svg|svg\+xml/.test(image.src) && sharp < 1.95) {
          wrong.push(`${sharp.toFixed(2)} pixels per point, not 2: ${say(image)}`);
        }
      }
      return wrong;
    },

    // Pictures that are to be there at once and are not.
    unloaded: () =>
      [...document.images]
        .filter((image) => image.loading !== "lazy" && !image.naturalWidth)
        .map((image) => `picture does not load: ${say(image)}`),

    captions: () =>
      figures()
        .filter((image) => !image.closest("figure")?.querySelector("figcaption")
          ?.textContent.trim())
        .map((image) => `${within(image, "no caption")}: ${say(image)}`),

    // Lines that only a sideways scroll would show.
    cut: () =>
      all("main .highlight pre, main pre")
        .filter((pre) => pre.scrollWidth > pre.clientWidth + 1 && pre.clientWidth)
        .map((pre) => {
          const longest = pre.textContent.split("\n")
            .reduce((a, b) => (b.length > a.length ? b : a));
          return `${within(pre, "scrolls sideways")}: ${longest.trim().slice(0, 90)}`;
        }),

    // What sticks out of a page that should only scroll up and down.
    sideways() {
      const style = styled(WHOLE);
      const page = document.scrollingElement.scrollWidth;
      const held = (element) => {
        for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
          if (getComputedStyle(up).overflowX !== "visible") return true;
        }
        return false;
      };
      const wide = page <= innerWidth ? [] : all("body *").filter(
        (each) => each.getBoundingClientRect().right > innerWidth + 1 && !held(each),
      );
      style.remove();
      return page <= innerWidth ? [] : [
        `${page} points wide on a screen of ${innerWidth}: ` +
          wide.slice(0, 3).map(say).join("; "),
      ];
    },

    // Text that a cell printed and that fills more than a screen, unfolded.
    long: () =>
      all("main .cell_output pre")
        .filter((pre) => !pre.closest("details"))
        .filter((pre) => pre.getBoundingClientRect().height > 800)
        .map((pre) => within(pre, "long output, not folded")),

    // What still moves for a reader who asked for no motion.
    moving() {
      const seconds = (list) =>
        Math.max(...list.split(",").map((each) =>
          parseFloat(each) * (each.trim().endsWith("ms") ? 0.001 : 1)));
      const kinds = new Map();
      for (const element of all("html, body, body *")) {
        for (const part of [undefined, "::before", "::after"]) {
          const style = getComputedStyle(element, part);
          if (part && style.content === "none") continue;
          const transition = style.transitionProperty === "none"
            ? 0 : seconds(style.transitionDuration);
          const animation = style.animationName === "none"
            ? 0 : seconds(style.animationDuration);
          if (Math.max(transition, animation) > 0.05) {
            const kind = `<${element.localName} class="${element.className}">`;
            kinds.set(kind + (part || ""), Math.max(transition, animation));
          }
        }
      }
      const found = [...kinds].map(([kind, time]) => `moves for ${time} s: ${kind}`);
      if (getComputedStyle(document.documentElement).scrollBehavior === "smooth") {
        found.push("scrolls smoothly");
      }
      return found.slice(0, 8);
    },

    unfold() {
      for (const details of all("details")) details.open = true;
    },

    // After a change of width page.js looks for what scrolls, one part of the page at a
    // time, whenever there is time. Waiting in the same line, we come after all of them.
    async looked() {
      await frame();
      for (let left = all("article > section > *").length; left >= 0; left -= 1) {
        await new Promise((resolve) => { requestIdleCallback(resolve, { timeout: 100 }); });
      }
    },

    // axe-core has to be in the page. Of the thousands of words in code and formulas,
    // it looks at one of each color and size on each ground: the others are not seen.
    // It calls some contrasts incomplete although it knows both colors: of a letter
    // alone, and of a word in the color of its ground. Those count. Text on a shade it
    // does not judge at all, so it sees the color below: shades of the book lie at the
    // edges of what scrolls. What is left open lies on or under something else: no ratio
    // would be that of what a reader sees.
    async axe(options) {
      const style = styled(`${WHOLE} * { background-image: none !important; }`);
      const seen = new Set();
      for (const word of all("pre span, .katex-html span")) {
        const { color, backgroundColor, fontSize, fontWeight } = getComputedStyle(word);
        const ground = getComputedStyle(word.closest("pre, p, div, li, td")).backgroundColor;
        const look = [color, backgroundColor, fontSize, fontWeight, ground].join();
        word.style.visibility = seen.has(look) ? "hidden" : "visible";
        seen.add(look);
      }
      const { violations, incomplete } = await axe.run(document, {
        resultTypes: ["violations", "incomplete"],
        ...options,
      });
      style.remove();
      const known = ({ any }) => any.some(({ data }) => data?.fgColor && data.bgColor);
      const judged = incomplete
        .filter(({ id }) => id === "color-contrast")
        .map((rule) => ({ ...rule, nodes: rule.nodes.filter(known) }))
        .filter(({ nodes }) => nodes.length);
      return violations.concat(judged).map(({ id, impact, help, nodes }) => ({
        id, impact, help, count: nodes.length,
        where: nodes.slice(0, 3).map((node) => {
          const why = [...node.any, ...node.all, ...node.none][0]?.message || "";
          return `${node.target.join(" ")} ${node.html.slice(0, 100)} ${why.slice(0, 160)}`;
        }),
      }));
    },

    // What has the focus, and whether that can be seen. Even a transition of no time
    // needs a frame to end.
    async focus() {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const seen = () => {
        const { outlineStyle, outlineColor, outlineWidth, boxShadow, borderColor,
          backgroundColor, textDecorationLine, textDecorationThickness, color,
        } = getComputedStyle(element);
        const outline = outlineStyle === "none" ? "" : outlineWidth + outlineColor;
        return [outline, boxShadow, borderColor, backgroundColor, textDecorationLine,
          textDecorationThickness, color].join();
      };
      await frame();
      const focused = seen();
      element.blur();
      await frame();
      const plain = seen();
      element.focus({ preventScroll: true });
      const { width, height } = element.getBoundingClientRect();
      return {
        name: say(element),
        label: element.getAttribute("aria-label") || element.title
          || element.textContent.trim().slice(0, 60)
          || element.querySelector("img")?.alt || element.labels?.[0]?.textContent,
        key: all("*").indexOf(element),
        inMain: Boolean(element.closest("main")),
        inArticle: Boolean(element.closest("article")),
        visible: focused !== plain,
        size: [width, height],
      };
    },

    // The room that explorers take, and with them the whole page.
    async room() {
      const style = styled(WHOLE);
      await frame(); // fonts of what is shown only now begin to load
      await document.fonts.ready;
      const explorers = all("figure.explorer");
      const found = {
        started: all("figure.explorer > .explorer-spoken").length, // explorers.js adds it
        heights: explorers.map((each) => each.getBoundingClientRect().height),
        page: document.documentElement.scrollHeight,
      };
      style.remove();
      return found;
    },

    // One explorer as it stands now, and as its list of frames says it should.
    async explorer(number) {
      const figure = all("figure.explorer")[number];
      const image = figure.querySelector("img");
      const data = JSON.parse(figure.querySelector("script").textContent);
      const inputs = all("input[type=range]", figure);
      const place = inputs.reduce((sum, input, k) =>
        sum * data.shape[k] + Number(input.value), 0);
      if (!image.complete) figure.scrollIntoView();
      const loaded = await loads(image);
      const box = figure.getBoundingClientRect();
      const below = figure.parentElement.getBoundingClientRect().bottom - box.top;
      return {
        id: figure.id,
        src: image.getAttribute("src"),
        alt: image.alt,
        loaded,
        right: image.getAttribute("src") === data.frames[place].src
          && image.alt === data.frames[place].alt,
        size: [box.width, box.height, below].map(Math.round).join(" x "),
        page: document.documentElement.scrollHeight,
        controls: inputs.map((input, k) => ({
          name: input.labels[0]?.textContent.trim(),
          value: Number(input.value),
          most: Number(input.max),
          label: data.labels[k][input.value],
          said: input.getAttribute("aria-valuetext"),
          shown: input.parentElement.querySelector("output")?.textContent,
        })),
      };
    },
  };
})();
