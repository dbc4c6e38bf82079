// Draws formulas with KaTeX, whose file is the first argument. Each line of input is one
// formula; its answer, a line too, holds either what to show or what is wrong with it.
const katex = require(process.argv[2]);

const draw = ({ formula, display }) => {
  try {
    const options = { displayMode: display, strict: "error", output: "htmlAndMathml" };
    return { html: katex.renderToString(formula, options) };
  } catch (error) {
    return { error: error.message };
  }
};

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    process.stdout.write(`${JSON.stringify(draw(JSON.parse(line)))}\n`);
  });
