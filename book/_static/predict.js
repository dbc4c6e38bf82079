/* Predict-questions: the reader commits to an answer, then sees whether and why. Without
   this script they are a question and a <details> for each answer, and work as such. */
(() => {
  "use strict";

  function make(tag, settings, ...children) {
    const element = Object.assign(document.createElement(tag), settings);
    element.append(...children);
    return element;
  }

  function start(question, number) {
    const answers = [...question.querySelectorAll(":scope > details")].map((details) => {
      const summary = details.querySelector("summary");
      const why = [...details.childNodes].filter((node) => node !== summary);
      const right = make("div", {}, ...why).textContent.trim().startsWith("Right");
      const radio = make("input", { type: "radio", name: `predict-${number}` });
      const text = make("span", {}, ...summary.childNodes);
      const mark = make("span", { className: "predict-mark" });
      const label = make("label", {}, radio, text, mark);
      details.remove();
      return { radio, text, mark, label, why, right };
    });
    const asked = question.querySelector(":scope > p");
    const legend = make("legend", {}, ...asked.childNodes);
    asked.remove();
    const button = make("button", { type: "button", textContent: "Answer" });
    const status = make("div", { className: "predict-why" });
    status.setAttribute("role", "status");
    const rest = make("details", { className: "predict-others", hidden: true });
    const more = [...question.childNodes]; // a picture or a second paragraph
    const labels = answers.map(({ label }) => label);
    question.append(make("fieldset", {}, legend, ...more, ...labels, button), status, rest);

    function reveal(answer) {
      return [make("p", { className: "predict-answer" }, answer.text.cloneNode(true)),
        ...answer.why];
    }

    function answer() {
      if ("answered" in question.dataset) return;
      const chosen = answers.find(({ radio }) => radio.checked);
      if (!chosen) {
        status.replaceChildren(make("p", { textContent: "Choose one of the answers first." }));
        answers[0].radio.focus();
        return;
      }
      const right = answers.find((one) => one.right);
      question.dataset.answered = chosen.right ? "right" : "wrong";
      chosen.mark.textContent = "your answer";
      right.mark.textContent = chosen.right ? "your answer, and right" : "right";
      chosen.label.classList.add("wrong");
      right.label.classList.replace("wrong", "right") || right.label.classList.add("right");
      answers.forEach(({ radio }) => { radio.disabled = true; });
      button.setAttribute("aria-disabled", "true"); // and so it keeps the focus
      button.textContent = "Answered";
      status.replaceChildren(make("div", {}, ...chosen.why));
      if (!chosen.right) status.append(make("div", {}, ...reveal(right)));
      const others = answers.filter((one) => one !== chosen && one !== right);
      rest.append(make("summary", { textContent: "Why not the others" }),
        ...others.flatMap(reveal));
      rest.hidden = others.length === 0;
    }

    button.addEventListener("click", answer);
  }

  document.querySelectorAll("div.predict").forEach((question, number) => {
    const plain = question.cloneNode(true);
    try {
      start(question, number);
    } catch (error) { // the others are asked all the same
      question.replaceWith(plain);
      console.error(`question ${number + 1} stays as it is without a script:`, error);
    }
  });
})();
