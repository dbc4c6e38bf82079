/* Explorers: the sliders choose one of the frames that book/_tools/explorers.py wrote. */
(() => {
  "use strict";
  const REST = 400; // ms without a move after which a screen reader hears the picture

  function start(figure) {
    const inputs = [...figure.querySelectorAll("input")];
    const image = figure.querySelector("img");
    const data = JSON.parse(figure.querySelector("script").textContent);
    const spoken = document.createElement("p");
    spoken.className = "explorer-spoken";
    spoken.setAttribute("aria-live", "polite");
    figure.append(spoken);
    let ahead = null;
    let timer = 0;

    function fetchAhead() {
      ahead ??= data.frames.map(({ src }) => Object.assign(new Image(), { src }));
    }

    function show() {
      let place = 0;
      inputs.forEach((input, k) => {
        const label = data.labels[k][input.value];
        place = place * data.shape[k] + Number(input.value);
        input.setAttribute("aria-valuetext", label);
        input.nextElementSibling.textContent = label;
      });
      const { src, alt } = data.frames[place];
      image.loading = "eager"; // and in step with the slider
      image.decoding = "sync";
      image.src = src;
      image.alt = alt;
      clearTimeout(timer);
      timer = setTimeout(() => { spoken.textContent = alt; }, REST);
    }

    figure.addEventListener("input", show);
    figure.addEventListener("focusin", fetchAhead);
    figure.addEventListener("pointerenter", fetchAhead);
    if (inputs.some((input) => input.value !== "0")) show(); // kept by a reload
    if (!navigator.connection?.saveData) {
      const near = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        fetchAhead();
      }, { rootMargin: "50% 0px" });
      near.observe(figure);
    }
  }

  for (const figure of document.querySelectorAll("figure.explorer")) {
    try {
      start(figure);
    } catch (error) { // the others move all the same
      console.error(`${figure.id} does not move:`, error);
    }
  }
})();
