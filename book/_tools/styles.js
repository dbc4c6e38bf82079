// Keeps the rules of a style sheet that some page can use. The arguments: PurgeCSS's
// folder, that of the built pages. The sheet comes in by stdin and goes out by stdout.
const { PurgeCSS } = require(process.argv[2]);
const pages = process.argv[3];

// Of a page the words in its tags, and not those of its text; of a script all words.
const words = (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [];
const tags = (text) => words((text.match(/<[a-z][^>]*>/gi) ?? []).join(" "));

let sheet = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => { sheet += part; });
process.stdin.on("end", async () => {
  const [kept] = await new PurgeCSS().purge({
    content: [`${pages}/**/*.html`, `${pages}/_static/*.js`],
    css: [{ raw: sheet }],
    extractors: [{ extractor: tags, extensions: ["html"] }],
    defaultExtractor: words,
  });
  process.stdout.write(kept.css);
});
